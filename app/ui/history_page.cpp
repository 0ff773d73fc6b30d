// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/history_page.h"

#include "app/models/results_loader.h"
#include "app/models/run_history.h"
#include "app/models/run_report.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/models/undo.h"
#include "app/ui/actions.h"
#include "app/ui/compare_card.h"
#include "app/ui/format.h"
#include "app/ui/kept_splitter.h"
#include "app/ui/plain_table.h"
#include "app/ui/save_dialog.h"
#include "app/ui/scale_out_card.h"
#include "app/ui/segmented.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace vitfleet::app {

HistoryPage::HistoryPage(const UiContext& context, QWidget* parent)
    : Page(tr("History"), parent), m_context(context), m_model(new RunHistory(this)),
      m_table(new PlainTable(QStringLiteral("runs"), tr("Runs"),
                             {52, 110, 140, 0, 150, 84, 64, 84, 84, 70, 66, 70, 110}, context.theme, context.settings)),
      m_compare(new CompareCard(context)), m_scaleOut(new ScaleOutCard(context)), m_stack(new QStackedWidget),
      m_view(new Segmented(tr("What of the history is shown"), {tr("Runs"), tr("Scale-out")})),
      m_message(new ElidedLabel("secondary")), m_results(makeButton(tr("Show results"), true)),
      m_clone(makeButton(tr("Clone"))), m_compareButton(makeButton(tr("Compare"))), m_report(makeButton(tr("Report…"))),
      m_delete(makeButton(tr("Delete")))
{
    header()->addWidget(m_view);
    header()->addWidget(m_message, 1);
    for (QPushButton* button : {m_clone, m_compareButton, m_report, m_delete, m_results})
        header()->addWidget(button);
    Actions& actions = *context.actions;
    const QString history = tr("History");
    m_view->addTo(actions, QStringLiteral("history.view"), history, tr("History: %1"));
    actions.addButton(QStringLiteral("history.results"), history, m_results, tr("Results of the selected run"));
    actions.addButton(QStringLiteral("history.clone"), history, m_clone, tr("Clone the selected run"));
    actions.addButton(QStringLiteral("history.compare"), history, m_compareButton, tr("Compare the two selected runs"));
    actions.addButton(QStringLiteral("history.report"), history, m_report, tr("Report of the selected run"));
    actions.addButton(QStringLiteral("history.delete"), history, m_delete, tr("Delete the selected run"));
    auto* toRun = makeButton(tr("Set up a run"));
    Actions::setDoes(toRun, {QStringLiteral("run.new")});
    connect(toRun, &QPushButton::clicked, this, &HistoryPage::runRequested);
    m_stack->addWidget(
        new EmptyState(tr("Every run is kept here, with what is needed to repeat it and to compare it."), toRun));
    m_stack->addWidget(makeRuns());
    m_stack->addWidget(m_scaleOut);
    column()->addWidget(m_stack, 1);
    connectActions();
    updateActions();
    m_model->load(context.asker);
}

QWidget* HistoryPage::makeRuns()
{
    m_table->setModel(m_model);
    m_table->setTightWidths({44, 92, 136, 0, 80, -1, 52, 68, 74, 56, 52, 52, -1});
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    auto* card = new Card;
    card->content()->setContentsMargins(4, 4, 4, 4);
    card->content()->addWidget(m_table);
    return new KeptSplitter(QStringLiteral("history"), m_context.settings, {{card, 3}, {m_compare, 2}});
}

void HistoryPage::connectActions()
{
    connect(m_view, &Segmented::changed, this, [this] { updateActions(); });
    connect(m_model, &RunHistory::loaded, this, [this] {
        if (std::exchange(m_isUnreadable, false))
            say({}, "secondary");
        updateActions();
    });
    connect(m_model, &RunHistory::failed, this, &HistoryPage::showUnreadable);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &HistoryPage::updateActions);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &HistoryPage::updateActions);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &HistoryPage::updateActions);
    connect(m_table, &QAbstractItemView::activated, m_results, &QPushButton::click);
    connect(m_results, &QPushButton::clicked, this, [this] {
        if (const auto runs = selected(); !runs.empty())
            Q_EMIT resultsRequested(runs.front());
    });
    connect(m_clone, &QPushButton::clicked, this, [this] {
        if (const auto runs = selected(); !runs.empty())
            Q_EMIT cloneRequested(m_model->find(runs.front())->record);
    });
    connect(m_compareButton, &QPushButton::clicked, this, &HistoryPage::compareSelected);
    connect(m_report, &QPushButton::clicked, this, [this] { report(); });
    connect(m_delete, &QPushButton::clicked, this, &HistoryPage::deleteSelected);
    auto* key = new QShortcut(QKeySequence(Qt::Key_Delete), m_table, nullptr, nullptr, Qt::WidgetShortcut);
    connect(key, &QShortcut::activated, m_delete, &QPushButton::click);
}

std::vector<RunId> HistoryPage::selected() const
{
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::ranges::sort(rows, std::greater<>(), &QModelIndex::row); // the older run first
    std::vector<RunId> runs;
    for (const QModelIndex& row : rows) {
        if (const PastRun* run = m_model->run(row))
            runs.push_back(run->record.id);
    }
    return runs;
}

void HistoryPage::updateActions()
{
    const bool scaleOut = m_view->current() == 1;
    m_stack->setCurrentIndex(scaleOut ? 2 : m_model->rowCount() > 0 ? 1 : 0);
    for (QPushButton* button : {m_clone, m_compareButton, m_report, m_delete, m_results})
        button->setVisible(!scaleOut && m_model->rowCount() > 0);
    bool anyCosts = false;
    for (int row = 0; row < m_model->rowCount(); ++row)
        anyCosts |= !m_model->run(m_model->index(row, 0))->costs.empty();
    m_table->setUseless(RunHistory::CostColumn, !anyCosts);
    const auto runs = selected();
    const bool active = std::ranges::find(runs, m_active) != runs.end() && m_active != RunId();
    const QString one = tr("Select one run first.");
    setUsable(m_results, runs.size() == 1, one);
    setUsable(m_clone, runs.size() == 1, one);
    setUsable(m_report, runs.size() == 1, one);
    setUsable(m_delete, runs.size() == 1 && !active, active ? tr("This run is going.") : one);
    setUsable(m_compareButton, runs.size() == 2, tr("Select two runs first, with Ctrl and the second."));
}

void HistoryPage::compareSelected()
{
    if (const auto runs = selected(); runs.size() == 2)
        m_compare->compare(runs[0], runs[1]);
}

void HistoryPage::deleteSelected()
{
    const auto runs = selected();
    if (runs.size() != 1)
        return;
    const RunId run = runs.front();
    m_context.undo.offer(
        tr("Delete run %1").arg(run.value), [this, run] { setHidden(run, false); },
        [this, run] {
            m_context.results.deleteRun(run, [this, run](const Result<void>& deleted) {
                if (!deleted)
                    say(formatError(deleted.error()), "errorText");
                setHidden(run, deleted.ok());
            });
        });
    setHidden(run, true);
    say(tr("Run %1 is deleted; Ctrl+Z takes it back.").arg(run.value), "secondary");
}

void HistoryPage::setHidden(RunId run, bool hidden)
{
    m_model->setHidden(run, hidden);
    Q_EMIT runHidden(run, hidden);
}

void HistoryPage::report(const QString& file)
{
    const auto runs = selected();
    if (runs.size() != 1)
        return;
    if (!file.isEmpty()) {
        writeReport(runs.front(), file);
        return;
    }
    QFileDialog* dialog = makeSaveDialog(this, m_context.settings, tr("Report"), tr("Web pages (*.html)"),
                                         QStringLiteral("run-%1").arg(runs.front().value), QStringLiteral("html"));
    connect(dialog, &QFileDialog::fileSelected, this,
            [this, run = runs.front()](const QString& chosen) { writeReport(run, chosen); });
    dialog->open();
}

void HistoryPage::writeReport(RunId run, const QString& file)
{
    say(tr("Writing %1 …").arg(file), "secondary");
    m_context.asker.askAtLength(
        this,
        [run, file](StoreReader& reader) -> Result<void> {
            const auto found = readReport(reader, run);
            if (!found)
                return found.error();
            return app::writeReport(*found, file);
        },
        [this, file](const Result<void>& written) {
            if (written)
                say(tr("Report written to %1").arg(file), "ok");
            else
                say(formatError(written.error()), "errorText");
        });
}

void HistoryPage::say(const QString& message, const char* role)
{
    m_isUnreadable = false;
    m_message->setWholeText(message);
    setRole(m_message, role);
}

void HistoryPage::showUnreadable(const Error& error)
{
    say(formatError(error), "errorText");
    m_isUnreadable = true;
}

void HistoryPage::showScaleOut()
{
    m_view->setCurrent(1);
}

void HistoryPage::update(const FleetSnapshot& snapshot)
{
    m_scaleOut->update(snapshot);
    const RunId run = snapshot.run ? snapshot.run->id : RunId();
    const RunState state = snapshot.run ? snapshot.run->state : RunState::Invalid;
    const RunId active = snapshot.run && isActive(*snapshot.run) ? run : RunId();
    if (m_active != active) {
        m_active = active;
        m_model->setActive(active);
        updateActions();
    }
    if (run == m_seenRun && state == m_seenState)
        return;
    m_seenRun = run;
    m_seenState = state;
    m_model->load(m_context.asker);
}

void HistoryPage::showEvent(QShowEvent* event)
{
    Page::showEvent(event);
    m_model->load(m_context.asker); // counts have grown
}

void HistoryPage::takeFocus()
{
    m_table->setFocus(Qt::OtherFocusReason);
}

bool HistoryPage::goBack()
{
    if (m_view->current() == 1) {
        m_view->setCurrent(0);
        return true;
    }
    if (!m_table->selectionModel()->hasSelection())
        return false;
    m_table->clearSelection();
    m_table->setCurrentIndex({});
    return true;
}

void HistoryPage::refresh()
{
    m_model->load(m_context.asker);
}

QList<QWidget*> HistoryPage::panes() const
{
    return {m_view, m_table, m_scaleOut};
}

} // namespace vitfleet::app
