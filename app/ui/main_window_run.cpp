// SPDX-License-Identifier: GPL-3.0-or-later
// Which run the window shows: the one that goes, one of the history, or the newest of the database.
#include "app/models/fleet_history.h"
#include "app/models/fleet_source.h"
#include "app/models/results_loader.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"
#include "app/models/thumbnails.h"
#include "app/ui/alert_strip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/main_window.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/status_bar.h"

namespace vitfleet::app {

std::optional<RunSnapshot> MainWindow::shownRun() const
{
    if (m_pinned)
        return m_pinned;
    const auto snapshot = shown(m_context.fleet.snapshot());
    return snapshot->run ? snapshot->run : m_stored;
}

void MainWindow::showResultsOf(RunId run)
{
    using Found = std::pair<RunRecord, std::optional<Seal>>;
    m_context.asker.ask(
        this,
        [run](StoreReader& reader) -> Result<Found> {
            auto record = reader.run(run);
            if (!record)
                return record.error();
            auto seal = reader.seal(run);
            return Found(std::move(*record), seal ? *seal : std::nullopt);
        },
        [this](const Result<Found>& found) {
            if (!found) {
                m_history->showUnreadable(found.error());
                return;
            }
            const auto& live = m_context.fleet.snapshot()->run;
            const bool isLive = live && live->id == found->first.id;
            m_pinned = isLive ? std::nullopt : std::optional(storedRun(found->first, found->second));
            m_results->setPinned(m_pinned.has_value());
            m_context.thumbnails.setDataSet(dataSetOf(found->first), found->first.id);
            update(m_context.fleet.snapshot());
            showPage(ResultsPageIndex);
            m_results->takeFocus();
        });
}

void MainWindow::showNewest()
{
    if (!m_pinned)
        return;
    m_pinned.reset();
    m_results->setPinned(false);
    m_context.results.loadRun(m_shownRun, {m_gone.begin(), m_gone.end()}); // its pictures lie elsewhere
    update(m_context.fleet.snapshot());
}

std::shared_ptr<const FleetSnapshot> MainWindow::shown(const std::shared_ptr<const FleetSnapshot>& snapshot) const
{
    if (!snapshot->run || !m_gone.contains(snapshot->run->id))
        return snapshot;
    auto without = std::make_shared<FleetSnapshot>(*snapshot);
    without->run.reset();
    return without;
}

void MainWindow::setGone(RunId run, bool gone)
{
    if (gone)
        m_gone.insert(run);
    else
        m_gone.erase(run);
    const auto& live = m_context.fleet.snapshot()->run;
    const bool wasPinned = m_pinned && m_pinned->id == run;
    if (wasPinned) {
        m_pinned.reset();
        m_results->setPinned(false);
    }
    if (m_stored && m_stored->id == run)
        m_stored.reset();
    if (live && live->id != run && !m_gone.contains(live->id) && !wasPinned)
        return; // it was nowhere to be seen
    const auto snapshot = shown(m_context.fleet.snapshot());
    m_shownRun = snapshot->run ? snapshot->run->id : RunId();
    // The newest of those that are left takes its place; its record says where its pictures are.
    m_context.results.loadRun(m_shownRun, {m_gone.begin(), m_gone.end()});
    update(snapshot);
}

void MainWindow::update(const std::shared_ptr<const FleetSnapshot>& latest)
{
    const auto snapshot = shown(latest);
    m_context.history.update(*snapshot);
    m_fleet->update(snapshot);
    m_run->showRun(snapshot->run ? snapshot->run : m_stored);
    m_run->update(*snapshot);
    if (snapshot->run && snapshot->run->id != m_shownRun) {
        m_pinned.reset(); // a new run is what one wants to see
        m_results->setPinned(false);
    }
    m_results->showRun(shownRun());
    m_history->update(*snapshot);
    m_alert->update(*snapshot);
    m_status->update(*snapshot);
    updateActions();
    if (snapshot->run && snapshot->run->id != m_shownRun) {
        // Its record says where its pictures are.
        m_shownRun = snapshot->run->id;
        m_context.results.loadRun(m_shownRun);
    }
}

void MainWindow::onRunLoaded(const RunRecord& run, const std::optional<Seal>& seal)
{
    const bool hasRun = shown(m_context.fleet.snapshot())->run.has_value();
    if (m_gone.contains(run.id) || (hasRun && run.id != m_shownRun))
        return;
    if (!m_pinned) // else the results page shows another run
        m_context.thumbnails.setDataSet(dataSetOf(run), run.id);
    if (hasRun) {
        m_context.liveThumbnails.setDataSet(dataSetOf(run), run.id);
        return;
    }
    m_stored = storedRun(run, seal);
    update(m_context.fleet.snapshot());
}

} // namespace vitfleet::app
