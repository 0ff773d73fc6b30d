// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/run_progress.h"

#include "app/models/counted.h"
#include "app/models/event_text.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/ui/actions.h"
#include "app/ui/confusion_view.h"
#include "app/ui/format.h"
#include "app/ui/just_in.h"
#include "app/ui/node_timeline.h"
#include "app/ui/theme.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <utility>

namespace vitfleet::app {
namespace {

const QString dash = QStringLiteral("–");
// What most runs need; larger ones move their neighbours once.
constexpr qint64 countEveryMs = 1'000;
constexpr int roomForAccuracy = 700; ///< the matrix has it too
constexpr int roomForNodes = 620;    ///< beside figures, seal and pictures
constexpr quint64 widestCount = 88'888, widestRate = 8'888, widestFailed = 88;

} // namespace

RunProgress::RunProgress(const UiContext& context, QWidget* parent)
    : QWidget(parent), m_context(context), m_percent(new SteadyLabel("figure")), m_rate(new SteadyLabel("strong")),
      m_elapsed(new SteadyLabel("secondary")), m_eta(new SteadyLabel("secondary")),
      m_accuracy(new ElidedLabel("secondary")), m_bar(new SegmentBar), m_done(new LegendEntry(false)),
      m_running(new LegendEntry(false)), m_failed(new LegendEntry(false)), m_queued(new LegendEntry(true)),
      m_sum(new SteadyLabel("strong")), m_sealCard(new Card(tr("The seal"))), m_seal(makeLabel({}, "body")),
      m_justIn(new JustIn(context)), m_confusionCard(new Card(tr("Confusion"))),
      m_confusion(new ConfusionView(context.theme)), m_nodesCard(new Card(tr("Nodes"))),
      m_timeline(new NodeTimeline(context.history, context.theme))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(cardGap);
    layout->addWidget(makeFigures());
    makeSeal();
    layout->addWidget(m_sealCard);
    auto* latest = new Card(tr("Just in"));
    latest->setSubtitle(tr("each stays until a newer one takes its place"), tr("the newest"));
    latest->content()->addWidget(m_justIn, 1);
    m_confusionCard->content()->addWidget(m_confusion, 1);
    auto* middle = new QHBoxLayout;
    middle->setSpacing(cardGap);
    middle->addWidget(m_confusionCard, 1);
    middle->addWidget(latest, 1);
    layout->addLayout(middle, 3);
    m_nodesCard->setSubtitle(
        tr("what each did in the last minute: a full bar works, a thin line waits, hatched is late, held or lost"),
        tr("the last minute"));
    m_nodesCard->content()->addWidget(m_timeline, 1);
    layout->addWidget(m_nodesCard, 1);
    showRun(nullptr);
}

QWidget* RunProgress::makeFigures()
{
    auto* card = new Card;
    auto* top = new QHBoxLayout;
    top->setSpacing(14);
    for (QWidget* widget : std::initializer_list<QWidget*>{m_percent, m_rate, m_elapsed, m_eta})
        top->addWidget(widget);
    top->addWidget(m_accuracy, 1);
    card->content()->addLayout(top);
    m_percent->reserve(QStringLiteral("100.0 %"));
    m_rate->reserve(tr("%1 img/s").arg(formatCount(widestRate)));
    m_elapsed->reserve(tr("elapsed %1").arg(QStringLiteral("00:00")));
    m_eta->reserve(tr("ETA %1").arg(QStringLiteral("00:00")));
    card->content()->addWidget(m_bar);
    m_legend = new QWidget;
    auto* entries = new QHBoxLayout(m_legend);
    entries->setContentsMargins(0, 0, 0, 0);
    entries->setSpacing(10);
    for (LegendEntry* entry : {m_done, m_running, m_failed, m_queued})
        entries->addWidget(entry);
    entries->addStretch();
    m_done->reserve(tr("%1 labelled").arg(formatCount(widestCount)));
    m_running->reserve(tr("%1 running").arg(formatCount(widestRate)));
    m_failed->reserve(tr("%1 failed").arg(formatCount(widestFailed)));
    m_queued->reserve(tr("%1 queued").arg(formatCount(widestCount)));
    m_sum->reserve(QStringLiteral("%1 + %2 + %3 + %1 = %1")
                       .arg(formatCount(widestCount), formatCount(widestRate), formatCount(widestFailed)));
    m_sum->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_sum->setToolTip(tr("labelled + running + failed + queued = planned"));
    m_bottom = new QGridLayout;
    m_bottom->setContentsMargins(0, 0, 0, 0);
    m_bottom->setVerticalSpacing(4);
    m_bottom->addWidget(m_legend, 0, 0);
    m_bottom->addWidget(m_sum, 0, 1);
    m_bottom->setColumnStretch(0, 1);
    card->content()->addLayout(m_bottom);
    return card;
}

void RunProgress::makeSeal()
{
    m_seal->setWordWrap(true);
    m_seal->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_sealCard->content()->addWidget(m_seal);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    auto* results = makeButton(tr("Show results"));
    auto* toCsv = makeButton(tr("Export CSV…"));
    Actions::setDoes(results, {QStringLiteral("go.2")});
    Actions::setDoes(toCsv, {QStringLiteral("results.export")});
    connect(results, &QPushButton::clicked, this, &RunProgress::resultsRequested);
    connect(toCsv, &QPushButton::clicked, this, &RunProgress::exportRequested);
    row->addWidget(results);
    row->addWidget(toCsv);
    row->addStretch();
    m_sealCard->content()->addSpacing(2);
    m_sealCard->content()->addLayout(row);
    m_sealCard->hide();
}

void RunProgress::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitHeight();
    m_accuracy->setVisible(width() >= roomForAccuracy);
    // Where both do not fit side by side, the sum goes below.
    const int room = width() - 2 * cardPadding - 4;
    const bool below = m_legend->sizeHint().width() + m_sum->minimumWidth() + 16 > room || room < 640;
    int row = 0, column = 0, rows = 0, columns = 0;
    m_bottom->getItemPosition(m_bottom->indexOf(m_sum), &row, &column, &rows, &columns);
    if (below == (row == 1))
        return;
    m_bottom->removeWidget(m_sum);
    m_bottom->addWidget(m_sum, below ? 1 : 0, below ? 0 : 1);
}

void RunProgress::fitHeight()
{
    m_nodesCard->setVisible(height() >= roomForNodes || m_sealCard->isHidden());
}

void RunProgress::showRun(const RunSnapshot* run)
{
    static const RunSnapshot nothing;
    showFigures(run ? *run : nothing);
    showSeal(run);
    if (!run) {
        m_justIn->setRows({}, {}, {});
        if (std::exchange(m_counted, RunId()) != RunId())
            m_confusion->setData({}, {});
        m_confusionCard->setSubtitle({});
        return;
    }
    m_justIn->setRows(run->id, run->latest, run->labels);
    followConfusion(*run);
}

void RunProgress::followConfusion(const RunSnapshot& run)
{
    const quint64 judged = run.correct + run.incorrect;
    if (run.id != m_counted) {
        m_counted = run.id;
        m_countedRows = 0;
        m_countMs = 0;
        m_sinceCount.invalidate();
        m_confusion->setData(run.labels, {});
    }
    if (judged > 0 && run.accuracyShown) {
        const QString accuracy = formatAccuracy(run.correct, judged);
        const QString text = isActive(run) ? tr("%1 so far; accuracy %2") : tr("%1 compared; accuracy %2");
        m_confusionCard->setSubtitle(text.arg(formatCount(judged), accuracy), accuracy);
    } else {
        m_confusionCard->setSubtitle(run.expectedKnown == 0 ? tr("the data set has no known labels") : QString());
    }
    // A count reads every row: the longer it takes, the seldomer it is made.
    const qint64 pause = std::max<qint64>(countEveryMs, m_countMs * 10);
    const bool due = !m_sinceCount.isValid() || m_sinceCount.elapsed() > pause || !isActive(run);
    if (m_counting || judged == m_countedRows || !isVisible() || !due)
        return;
    m_counting = true;
    m_countedRows = judged;
    m_sinceCount.start();
    m_context.asker.ask(
        this, [id = run.id](StoreReader& reader) { return reader.confusion(id); },
        [this, id = run.id, labels = run.labels](const Result<std::vector<StoreReader::ConfusionCell>>& cells) {
            m_counting = false;
            m_countMs = m_sinceCount.elapsed();
            if (cells && id == m_counted)
                m_confusion->setData(labels, *cells);
        });
}

void RunProgress::showFigures(const RunSnapshot& run)
{
    const Colours& colours = m_context.theme.colours();
    const bool known = run.id != RunId();
    const quint64 done = run.labelled + run.errors;
    m_percent->setSteadyText(run.scanComplete ? formatShare(done, run.planned) : dash);
    // At the end the mean over all of it: nothing is being labelled any more.
    const bool ended = known && !isActive(run) && run.elapsedSeconds > 0;
    const double rate =
        ended ? static_cast<double>(done) / run.elapsedSeconds : static_cast<double>(run.imagesPerSecond);
    m_rate->setSteadyText(!known  ? tr("– img/s")
                          : ended ? tr("%1 img/s on average").arg(formatRate(rate))
                                  : tr("%1 img/s").arg(formatRate(rate)));
    m_elapsed->setSteadyText(tr("elapsed %1").arg(known ? formatDuration(run.elapsedSeconds) : dash));
    m_eta->setSteadyText(tr("ETA %1").arg(isActive(run) && !run.paused ? formatDuration(run.etaSeconds) : dash));
    if (run.accuracyShown && run.correct + run.incorrect > 0)
        m_accuracy->setWholeText(tr("accuracy %1").arg(formatAccuracy(run.correct, run.correct + run.incorrect)));
    else
        m_accuracy->setWholeText({});
    m_bar->setSegments({{run.labelled, colours.ok}, {run.inFlight, colours.accent}, {run.errors, colours.error}},
                       run.planned, colours.raised);
    m_done->setEntry(tr("%1 labelled").arg(formatCount(run.labelled)), colours.ok);
    m_running->setEntry(tr("%1 running").arg(formatCount(run.inFlight)), colours.accent);
    m_failed->setEntry(tr("%1 failed").arg(formatCount(run.errors)), colours.error);
    m_queued->setEntry(tr("%1 queued").arg(formatCount(run.queued)), colours.textSecondary);
    // Its place stays where there is nothing to add up yet.
    m_sum->setSteadyText(known ? QStringLiteral("%1 + %2 + %3 + %4 = %5")
                                     .arg(formatCount(run.labelled), formatCount(run.inFlight), formatCount(run.errors),
                                          formatCount(run.queued), formatCount(run.planned))
                               : QString());
    m_bar->setAccessibleDescription(tr("%1 labelled, %2 running, %3 failed, %4 queued of %5")
                                        .arg(formatCount(run.labelled), formatCount(run.inFlight),
                                             formatCount(run.errors), formatCount(run.queued),
                                             formatCount(run.planned)));
}

void RunProgress::showSeal(const RunSnapshot* run)
{
    const bool ended = run && !isActive(*run) && run->state != RunState::Invalid;
    m_sealCard->setVisible(ended);
    fitHeight();
    if (!ended)
        return;
    QStringList lines;
    const quint64 done = run->labelled + run->errors;
    if (run->state == RunState::Finished && run->seal) {
        const bool holds = run->seal->holds();
        m_sealCard->setTitle(holds ? tr("✓ The seal holds") : tr("✕ The seal is broken"), holds ? "ok" : "error");
        m_sealCard->setSubtitle(tr("counted from the database, row by row"));
        lines << app::sealText(*run->seal);
    } else if (run->state == RunState::Failed) {
        m_sealCard->setTitle(tr("✕ The run could not go on"), "error");
        m_sealCard->setSubtitle(tr("%1 of %2 done are stored").arg(formatCount(done), formatCount(run->planned)));
        lines << formatError(run->failure);
    } else if (run->state == RunState::Stopped) {
        m_sealCard->setTitle(tr("▼ Stopped"), "held");
        m_sealCard->setSubtitle(tr("%1 of %2 done are stored").arg(formatCount(done), formatCount(run->planned)));
        lines << tr("What is done is kept. Resume goes on with the other %1.").arg(formatCount(run->planned - done));
    } else {
        m_sealCard->setTitle(tr("Checking the seal"));
        m_sealCard->setSubtitle({});
        lines << tr("The rows are being counted in the database.");
    }
    lines << accuracyText(run->correct, run->incorrect, run->expectedKnown, run->expectedMatched);
    if (run->redispatched + run->duplicatesRefused > 0)
        lines << tr("Given out again after a loss: %1; late duplicates refused: %2.")
                     .arg(counted::pictures(run->redispatched), formatCount(run->duplicatesRefused));
    if (run->synthetic)
        lines << tr("SYNTHETIC: no inference took place, the labels mean nothing.");
    const QString whole = lines.join(QLatin1Char('\n'));
    if (m_seal->text() != whole)
        m_seal->setText(whole);
}

} // namespace vitfleet::app
