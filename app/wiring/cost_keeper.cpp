// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/cost_keeper.h"

#include <algorithm>

namespace vitfleet::app {

CostKeeper::CostKeeper(Engine& engine, ScaleOut& scaleOut, StoreWriter& writer)
    : m_engine(engine), m_scaleOut(scaleOut), m_writer(writer)
{
    onScaleOut(*scaleOut.snapshot());
    m_snapshots = engine.subscribe([this](std::shared_ptr<const FleetSnapshot> snapshot) { onSnapshot(*snapshot); });
    m_allocations =
        scaleOut.subscribe([this](std::shared_ptr<const ScaleOutSnapshot> snapshot) { onScaleOut(*snapshot); });
}

CostKeeper::~CostKeeper()
{
    m_snapshots = {};
    m_allocations = {};
    if (m_run)
        finish(m_rows);
}

void CostKeeper::onSnapshot(const FleetSnapshot& snapshot)
{
    const std::lock_guard lock(m_mutex);
    if (!snapshot.run)
        return;
    const RunSnapshot& run = *snapshot.run;
    const bool isActive = run.state == RunState::Created || run.state == RunState::Running;
    if (isActive && m_run != run.id) {
        m_run = run.id;
        m_rowsBefore = run.labelled + run.errors;
        m_held.clear();
        if (m_last)
            observe(*m_last);
    }
    if (m_run != run.id)
        return;
    m_rows = run.labelled + run.errors;
    for (auto& [name, held] : m_held)
        held.cost.observe(snapshot);
    if (!isActive)
        finish(m_rows);
}

void CostKeeper::onScaleOut(const ScaleOutSnapshot& snapshot)
{
    const std::lock_guard lock(m_mutex);
    for (const AllocationSnapshot& allocation : snapshot.allocations) {
        if (allocation.units.empty() || m_profiles.contains(allocation.profile))
            continue;
        const auto all = m_scaleOut.profiles();
        if (!all)
            continue;
        const auto found = std::ranges::find(*all, allocation.profile, &Profile::name);
        if (found != all->end())
            m_profiles[allocation.profile] = *found;
    }
    m_last = snapshot;
    if (m_run)
        observe(snapshot);
}

/// What is held from now on. With m_mutex held.
void CostKeeper::observe(const ScaleOutSnapshot& snapshot)
{
    const auto now = RunCost::Clock::now();
    for (const AllocationSnapshot& allocation : snapshot.allocations) {
        const auto profile = m_profiles.find(allocation.profile);
        if (profile == m_profiles.end() || (allocation.units.empty() && !m_held.contains(allocation.profile)))
            continue;
        Held& held = m_held[allocation.profile];
        held.profile = profile->second;
        held.cost.observe(allocation, now);
    }
    // Given back and asked for again, it may have another price.
    std::erase_if(m_profiles, [&](const auto& entry) {
        const AllocationSnapshot* allocation = snapshot.find(entry.first);
        return (!allocation || allocation->units.empty()) && !m_held.contains(entry.first);
    });
}

void CostKeeper::finish(std::uint64_t rows)
{
    const auto now = RunCost::Clock::now();
    const RunId run = *m_run;
    m_run.reset();
    for (auto& [name, held] : m_held) {
        if (held.cost.nodeSeconds(now) <= 0)
            continue;
        // Energy is the hosts': with nodes of several profiles it is nobody's alone.
        RunCostRecord record = costRecord(held.cost, held.profile, now);
        if (m_held.size() > 1)
            record.joules.reset();
        m_writer.addCost(run, record);
        EventRecord event;
        event.run = run;
        event.kind = EventKind::Note;
        event.text = costText(held.cost, held.profile, rows - std::min(rows, m_rowsBefore), now) + ".";
        m_engine.note(std::move(event));
    }
    m_held.clear();
}

} // namespace vitfleet::app
