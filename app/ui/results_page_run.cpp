// SPDX-License-Identifier: GPL-3.0-or-later
// The results page and its run: which one it is, what comes while it goes, which row is looked at.
#include "app/core/label_names.h"
#include "app/models/class_model.h"
#include "app/models/counted.h"
#include "app/models/results_model.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/ui/confusion_view.h"
#include "app/ui/filter_chip.h"
#include "app/ui/format.h"
#include "app/ui/mistake_list.h"
#include "app/ui/result_detail.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/score_histogram.h"
#include "app/ui/thumb_grid.h"

#include <QScrollBar>

#include <algorithm>
#include <utility>

namespace vitfleet::app {
namespace {

constexpr qint64 followEveryMs = 700;
constexpr qint64 summariseEveryMs = 3'000;
constexpr std::size_t histogramBins = 20;

struct Summaries
{
    std::vector<StoreReader::ConfusionCell> confusion;
    std::vector<StoreReader::ErrorCount> errors;
    std::vector<std::uint64_t> scores;
};

/// The scores first: rows come in between, and a label that was counted among them must not be missing in the matrix,
/// or a run would seem to have no known labels.
Result<Summaries> readAll(StoreReader& reader, RunId run)
{
    auto scores = reader.scoreHistogram(run, histogramBins);
    if (!scores)
        return scores.error();
    auto confusion = reader.confusion(run);
    if (!confusion)
        return confusion.error();
    auto errors = reader.errorCounts(run);
    if (!errors)
        return errors.error();
    return Summaries{std::move(*confusion), std::move(*errors), std::move(*scores)};
}

} // namespace

std::pair<int, int> ResultsPage::visibleRows() const
{
    return view() == GridView ? m_grid->visibleRows() : m_table->visibleRows();
}

bool ResultsPage::isUntouched() const
{
    const QScrollBar* bar = view() == GridView ? m_grid->verticalScrollBar() : m_table->verticalScrollBar();
    return bar->value() == 0 && !m_grid->selectionModel()->hasSelection();
}

void ResultsPage::step(int by)
{
    const QModelIndex current = m_grid->currentIndex();
    const int row = current.isValid() ? current.row() + by : 0;
    const QModelIndex next = m_model->index(row, 0);
    if (!next.isValid())
        return;
    m_grid->setCurrentIndex(next);
    m_grid->selectionModel()->select(next, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    (view() == GridView ? static_cast<QAbstractItemView*>(m_grid) : m_table)->scrollTo(next);
}

void ResultsPage::showDetail()
{
    const QModelIndexList rows = m_grid->selectionModel()->selectedRows();
    if (rows.isEmpty()) {
        m_detail->show(nullptr);
        return;
    }
    const QModelIndex row = rows.front();
    if (const ResultView* view = m_model->row(row))
        m_detail->show(view);
    m_detail->setNeighbours(row.row() > 0, row.row() + 1 < m_model->rowCount());
}

/// Matrix, classes and errors of the whole run; one reading at a time.
void ResultsPage::readSummaries()
{
    if (m_run == RunId())
        return;
    if (m_summarising == m_run) {
        m_summariseAgain = true;
        return;
    }
    m_summarising = m_run;
    m_summarised.start();
    m_context.asker.ask(
        this, [id = m_run](StoreReader& reader) { return readAll(reader, id); },
        [this, id = m_run](const Result<Summaries>& found) {
            if (id != m_run)
                return;
            m_summarising = {};
            m_summariseMs = m_summarised.elapsed();
            if (std::exchange(m_summariseAgain, false))
                readSummaries();
            if (!found) {
                say(formatError(found.error()), "errorText");
                return;
            }
            m_matrix->setData(m_model->labels(), found->confusion);
            m_mistakes->setData(m_model->labels(), found->confusion);
            m_classes->setScores(classScores(m_model->labels(), found->confusion));
            m_errors->setErrors(found->errors);
            m_histogram->setCounts(found->scores);
            const bool unlabelled = found->confusion.empty() && m_histogram->total() > 0;
            m_matrixStack->setCurrentIndex(unlabelled ? 1 : 0);
            for (ChoiceChip* chip : {m_correct, m_expected}) // nothing is right or wrong without labels
                chip->setVisible(!unlabelled || chip->isFiltering());
            QStringList codes;
            for (const auto& error : found->errors)
                codes << fromView(info(error.code).name);
            setLateChoices({{m_code, codes}});
            m_code->setVisible(!codes.isEmpty());
        });
}

/// While the run goes and one of them is looked at. A reading goes through every row: the longer it takes, the seldomer
/// it is made.
void ResultsPage::followSummaries()
{
    const qint64 pause = std::max(summariseEveryMs, m_summariseMs * 10);
    const bool isFresh = m_summarised.isValid() && m_summarised.elapsed() <= pause;
    if (view() >= MatrixView && !m_ended && m_summarising != m_run && !isFresh)
        readSummaries();
}

/// While the run goes: rows that are on the screen fill in where they stand; at the end everything is read once more.
void ResultsPage::follow(const RunSnapshot& run)
{
    const bool ended = !isActive(run);
    if (ended && !m_ended) {
        m_ended = true;
        if (isUntouched() || !m_model->isFiltered())
            m_model->refresh();
        else
            m_model->follow(-1, -1);
        readSummaries();
        return;
    }
    if (ended || !isVisible())
        return;
    followSummaries();
    if (m_followed.isValid() && m_followed.elapsed() < followEveryMs)
        return;
    m_followed.start();
    const auto [first, last] = visibleRows();
    m_model->follow(first, last);
}

void ResultsPage::setTo(const RunSnapshot& run)
{
    m_run = run.id;
    m_labels = run.labels;
    m_ended = !isActive(run);
    m_summarising = {};
    m_summariseAgain = false;
    m_summariseMs = 0;
    m_message->setWholeText({});
    clearFilters();
    for (QWidget* chip : std::initializer_list<QWidget*>{m_node, m_precision, m_code})
        chip->hide();
    fillFilters(run);
    m_model->setRun(run.id, distinctNames(run.labels));
    restoreFilters();
    m_detail->setLabels(distinctNames(run.labels), run.id);
    readSummaries();
}

void ResultsPage::showRun(const std::optional<RunSnapshot>& run)
{
    m_hasRows = run && run->labelled + run->errors > 0;
    m_stack->setCurrentIndex(m_hasRows ? 1 : 0);
    setUsable(m_export, m_hasRows, run ? tr("There are no rows yet.") : tr("There is no run yet."));
    if (!run) {
        m_subtitle->setWholeText({});
        return;
    }
    const bool another = run->id != m_run || m_labels != run->labels;
    if (another)
        setTo(*run);
    else if (isActive(*run))
        m_ended = false;
    QString subtitle =
        tr("Run %1 · %2 labelled, %3")
            .arg(QString::number(run->id.value), formatCount(run->labelled), counted::errors(run->errors));
    if (run->accuracyShown && run->correct + run->incorrect > 0)
        subtitle += tr(" · accuracy %1").arg(formatAccuracy(run->correct, run->correct + run->incorrect));
    if (run->synthetic)
        subtitle += tr(" · SYNTHETIC: no inference, the labels mean nothing");
    m_subtitle->setWholeText(subtitle, tr("Run %1").arg(run->id.value));
    follow(*run);
}

} // namespace vitfleet::app
