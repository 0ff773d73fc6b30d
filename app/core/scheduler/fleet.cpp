// SPDX-License-Identifier: GPL-3.0-or-later
// Which nodes may work, and how fast they are.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {

bool Machine::isEligible(const Node& node) const
{
    return isPresent(node) && !node.setAside;
}

bool Machine::isPresent(const Node& node) const
{
    return node.online && !node.draining && !node.hung;
}

bool Machine::mayTakeMore(const Node& node) const
{
    return !m_paused && !m_heldUp && isPresent(node) && !node.suspect && m_now >= node.notBefore &&
           node.leases.size() < m_policy.credit;
}

std::uint32_t Machine::eligibleBesides(const std::vector<NodeIndex>& excluded) const
{
    const auto out = std::ranges::count_if(excluded, [this](NodeIndex n) { return isEligible(m_nodes[n]); });
    return m_eligible - static_cast<std::uint32_t>(out);
}

std::uint32_t Machine::presentBesides(const std::vector<NodeIndex>& excluded) const
{
    const auto out = std::ranges::count_if(excluded, [this](NodeIndex n) { return isPresent(m_nodes[n]); });
    return m_present - static_cast<std::uint32_t>(out);
}

void Machine::countFleet()
{
    m_online = m_eligible = m_present = 0;
    double known = 0;
    std::uint32_t knownNodes = 0;
    for (const Node& node : m_nodes) {
        m_online += node.online ? 1 : 0;
        m_present += isPresent(node) ? 1 : 0;
        if (!isEligible(node))
            continue;
        ++m_eligible;
        if (node.meter.speed() > 0) {
            known += node.meter.speed();
            ++knownNodes;
        }
    }
    m_meanSpeed = knownNodes > 0 ? known / knownNodes : 0;
    m_fleetSpeed = known + (m_eligible - knownNodes) * (m_meanSpeed > 0 ? m_meanSpeed : 1.0);
}

double Machine::assumedSpeed(const Node& node) const
{
    if (node.meter.speed() > 0)
        return node.meter.speed();
    return m_meanSpeed > 0 ? m_meanSpeed : 1.0;
}

double Machine::speedNow(const Node& node) const
{
    return node.meter.speedNow(m_now, assumedSpeed(node), node.started.value_or(1));
}

/// A node's speed has been measured anew: sums follow by difference, and are counted afresh at every tick.
void Machine::takeMeasurement(Node& node)
{
    const double before = assumedSpeed(node);
    node.meter.mark(m_now);
    if (isEligible(node))
        m_fleetSpeed = std::max(m_fleetSpeed + assumedSpeed(node) - before, 1e-9);
}

} // namespace vitfleet::app::scheduler::detail
