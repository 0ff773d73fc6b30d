// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/run_nodes.h"

#include "app/core/scale_out.h"
#include "app/models/stored_run.h"

namespace vitfleet::app {

RunNodes::RunNodes(FleetSource& fleet, ScaleOut* scaleOut, QObject* parent)
    : QObject(parent), m_fleet(fleet), m_scaleOut(scaleOut)
{
    connect(&fleet, &FleetSource::snapshotChanged, this, &RunNodes::look);
}

std::uint32_t RunNodes::wanted(const ScaleOut& scaleOut, const std::string& profile)
{
    const auto snapshot = scaleOut.snapshot();
    const AllocationSnapshot* allocation = snapshot->find(profile);
    return allocation ? allocation->target : 0;
}

void RunNodes::broughtUp(const std::string& profile, std::uint32_t before)
{
    if (profile == m_profile) { // the run before left them to this one
        if (!isGoing())
            m_run = RunId();
        return;
    }
    giveBack();
    m_profile = profile;
    m_before = before;
}

void RunNodes::started(RunId run, bool again)
{
    m_run = run;
    m_old = again ? m_fleet.snapshot() : nullptr;
    m_held = false;
    look(); // it may have ended before its number was known
}

void RunNodes::notStarted()
{
    if (!isGoing()) // another one has them
        giveBack();
}

bool RunNodes::isGoing() const
{
    const std::optional<RunSnapshot>& run = m_fleet.snapshot()->run;
    return run && m_run != RunId() && run->id == m_run && isActive(*run);
}

void RunNodes::setHeld(bool held)
{
    m_held = held;
    look();
}

void RunNodes::look()
{
    const std::optional<RunSnapshot>& run = m_fleet.snapshot()->run;
    if (m_held || m_run == RunId() || !run || run->id != m_run || m_fleet.snapshot() == m_old)
        return;
    m_old.reset();
    if (!isActive(*run))
        giveBack();
}

void RunNodes::giveBack()
{
    if (!m_profile.empty() && m_scaleOut)
        m_scaleOut->shrinkTo(m_profile, m_before);
    m_profile.clear();
    m_run = RunId();
}

} // namespace vitfleet::app
