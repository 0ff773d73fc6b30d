// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/results_page.h"

#include "app/models/results_model.h"
#include "app/models/stored_run.h"
#include "app/ui/filter_box.h"
#include "app/ui/format.h"
#include "app/ui/results_table.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace vitfleet::app {
namespace {

constexpr qint64 followEveryMs = 700;

} // namespace

ResultsPage::ResultsPage(const UiContext& context, QWidget* parent)
    : Page(parent), m_context(context), m_model(new ResultsModel(context.results, this)),
      m_table(new ResultsTable(*m_model, context)), m_stack(new QStackedWidget),
      m_subtitle(new ElidedLabel("secondary")), m_count(makeLabel({}, "secondary")),
      m_message(new ElidedLabel("secondary")), m_label(new FilterBox(tr("Label"), context.theme)),
      m_correct(new FilterBox(tr("Right or wrong"), context.theme)),
      m_status(new FilterBox(tr("Status"), context.theme)), m_refresh(makeButton(tr("Refresh"))),
      m_export(makeButton(tr("Export CSV…"), true))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(pageMargin, pageTop, pageMargin, cardGap);
    layout->setSpacing(cardGap);
    layout->addWidget(makeHeader());
    auto* toRun = makeButton(tr("Set up a run"));
    connect(toRun, &QPushButton::clicked, this, &ResultsPage::runRequested);
    m_stack->addWidget(
        new EmptyState(tr("Results appear here as soon as a run has labelled its first pictures."), toRun));
    auto* whole = new QWidget;
    auto* column = new QVBoxLayout(whole);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(cardGap);
    column->addWidget(makeFilters());
    auto* card = new Card;
    card->content()->setContentsMargins(4, 4, 4, 4);
    card->content()->addWidget(m_table);
    column->addWidget(card, 1);
    m_stack->addWidget(whole);
    layout->addWidget(m_stack, 1);

    connect(m_model, &ResultsModel::matchingRowsChanged, this, &ResultsPage::showCount);
    connect(&context.results, &ResultsLoader::exported, this, [this](const QString& file, quint64 rows, bool filtered) {
        m_exporting = false;
        say(filtered ? tr("%1 rows (filtered) written to %2").arg(formatCount(rows), file)
                     : tr("%1 rows written to %2").arg(formatCount(rows), file),
            "ok");
    });
    connect(&context.results, &ResultsLoader::exportFailed, this, [this](const Error& error) {
        m_exporting = false;
        say(formatError(error), "errorText");
    });
    connect(&context.results, &ResultsLoader::failed, this,
            [this](const Error& error) { say(formatError(error), "errorText"); });
    for (FilterBox* box : {m_label, m_correct, m_status})
        connect(box, &QComboBox::currentIndexChanged, this, &ResultsPage::applyFilter);
    connect(m_refresh, &QPushButton::clicked, this, &ResultsPage::refresh);
    connect(m_export, &QPushButton::clicked, this, [this] { exportShown(); });
    m_refresh->setToolTip(tr("Read the rows again (F5)"));
    showRun(std::nullopt);
}

QWidget* ResultsPage::makeHeader()
{
    auto* header = new QWidget;
    header->setFixedHeight(32);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    row->addWidget(makeLabel(tr("Results"), "title"));
    row->addWidget(m_subtitle, 1);
    row->addWidget(m_refresh);
    row->addWidget(m_export);
    return header;
}

QWidget* ResultsPage::makeFilters()
{
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_label->addItem(tr("All labels"));
    m_correct->addItems({tr("Right and wrong"), tr("Right"), tr("Wrong")});
    m_status->addItems({tr("All rows"), tr("Labelled"), tr("Errors")});
    for (FilterBox* box : {m_label, m_correct, m_status})
        row->addWidget(box);
    row->addSpacing(8);
    m_message->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(m_message, 1);
    row->addSpacing(8);
    row->addWidget(m_count);
    return holder;
}

void ResultsPage::fillLabels(const std::vector<std::string>& labels)
{
    const QSignalBlocker blocker(m_label);
    m_label->clear();
    m_label->addItem(tr("All labels"));
    for (const std::string& label : labels)
        m_label->addItem(QString::fromStdString(label));
}

void ResultsPage::applyFilter()
{
    ResultFilter filter;
    if (m_label->currentIndex() > 0)
        filter.labels.push_back(m_label->currentText().toStdString());
    if (m_correct->currentIndex() > 0)
        filter.correct = m_correct->currentIndex() == 1;
    filter.status = static_cast<ResultFilter::Status>(m_status->currentIndex());
    m_model->setFilter(filter);
}

void ResultsPage::showCount()
{
    const QString rows = formatCount(m_model->matchingRows());
    QString text = m_model->isFiltered() ? tr("%1 rows shown (filtered)").arg(rows) : tr("%1 rows").arg(rows);
    const quint64 unseen = m_model->unseenRows();
    if (unseen > 0)
        text += tr(" · %1 new, F5").arg(formatCount(unseen));
    m_count->setText(text);
}

void ResultsPage::say(const QString& message, const char* role)
{
    m_message->setWholeText(message);
    setRole(m_message, role);
}

void ResultsPage::exportShown(const QString& file)
{
    if (!m_hasRows || m_exporting)
        return;
    if (!file.isEmpty()) {
        writeCsv(file);
        return;
    }
    auto* dialog = new QFileDialog(this, tr("Export CSV"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("CSV files (*.csv)"));
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(QStringLiteral("results.csv"));
    connect(dialog, &QFileDialog::fileSelected, this, &ResultsPage::writeCsv);
    dialog->open();
}

void ResultsPage::writeCsv(const QString& file)
{
    m_exporting = true;
    say(tr("Writing %1 …").arg(file), "secondary");
    m_context.results.exportCsv(m_model->query(), file);
}

QString ResultsPage::exportCommand() const
{
    if (!m_hasRows || m_model->isFiltered())
        return {};
    return QStringLiteral("vitfleet-cli export %1 results.csv --db %2").arg(m_run.value).arg(m_context.database);
}

void ResultsPage::takeFocus()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

QList<QWidget*> ResultsPage::panes() const
{
    return {m_export, m_label, m_table};
}

void ResultsPage::refresh()
{
    m_model->refresh();
}

bool ResultsPage::goBack()
{
    if (m_table->selectionModel()->hasSelection()) {
        m_table->clearSelection();
        m_table->setCurrentIndex({});
        return true;
    }
    if (!m_model->isFiltered())
        return false;
    for (FilterBox* box : {m_label, m_correct, m_status}) {
        const QSignalBlocker blocker(box);
        box->setCurrentIndex(0);
        box->updateGeometry();
        box->update();
    }
    applyFilter();
    return true;
}

/// While the run goes: rows that are on the screen fill in where they stand; at the end everything is read once more.
void ResultsPage::follow(const RunSnapshot& run)
{
    const bool ended = !isActive(run);
    if (ended && !m_ended) {
        m_ended = true;
        if (m_table->isUntouched() || !m_model->isFiltered())
            m_model->refresh();
        else
            m_model->follow(-1, -1);
        return;
    }
    if (ended || !isVisible() || (m_followed.isValid() && m_followed.elapsed() < followEveryMs))
        return;
    m_followed.start();
    const auto [first, last] = m_table->visibleRows();
    m_model->follow(first, last);
}

void ResultsPage::showRun(const std::optional<RunSnapshot>& run)
{
    m_hasRows = run && run->labelled + run->errors > 0;
    m_stack->setCurrentIndex(m_hasRows ? 1 : 0);
    setUsable(m_export, m_hasRows, run ? tr("There are no rows yet.") : tr("There is no run yet."));
    setUsable(m_refresh, m_hasRows, run ? tr("There are no rows yet.") : tr("There is no run yet."));
    if (m_refresh->isEnabled())
        m_refresh->setToolTip(tr("Read the rows again (F5)"));
    if (!run)
        return;
    if (run->id != m_run) {
        m_run = run->id;
        m_ended = !isActive(*run);
        m_message->setWholeText({});
        fillLabels(run->labels);
        for (FilterBox* box : {m_correct, m_status}) {
            const QSignalBlocker blocker(box);
            box->setCurrentIndex(0);
        }
        m_model->setRun(run->id, run->labels);
    } else if (isActive(*run)) {
        m_ended = false;
    }
    QString subtitle = tr("Run %1 · %2 labelled, %3 errors")
                           .arg(QString::number(run->id.value), formatCount(run->labelled), formatCount(run->errors));
    if (run->accuracyShown && run->correct + run->incorrect > 0)
        subtitle += tr(" · accuracy %1").arg(formatAccuracy(run->correct, run->correct + run->incorrect));
    if (run->synthetic)
        subtitle += tr(" · SYNTHETIC: no inference, the labels mean nothing");
    m_subtitle->setWholeText(subtitle);
    follow(*run);
}

} // namespace vitfleet::app
