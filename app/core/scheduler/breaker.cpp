// SPDX-License-Identifier: GPL-3.0-or-later
// The circuit breaker: a node that keeps failing gets a pause and then one item to prove itself. Items that fail on
// two nodes never count, and neither do bad pictures, unless another node labels them.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {
namespace {

/// A wrong verdict is forgotten after so many labels: one flipped bit in a long run is no broken node.
constexpr std::uint32_t labelsThatForgive = 100;
/// And being outvoted after so many audits that agreed: who answers one in ten wrongly never gets there.
constexpr std::uint32_t auditsThatForgive = 100;

} // namespace

/// `elsewhere`: the nodes on which the same item failed before.
void Machine::noteNodeError(NodeIndex index, Item item, const Error& error, const std::vector<NodeIndex>& elsewhere)
{
    if (!elsewhere.empty()) {
        for (const NodeIndex other : elsewhere)
            forgiveItem(other, item);
        return;
    }
    Node& node = m_nodes[index];
    if (std::ranges::find(node.errorRow, item) == node.errorRow.end())
        node.errorRow.push_back(item);
    if (node.setAside) {
        // It failed its probe, or what it still held.
        if (m_now >= node.setAsideUntil)
            node.setAsideUntil = m_now + m_policy.breakerPause;
    } else if (isBroken(node)) {
        setAside(index, error);
    }
}

/// The error was the item's: it is taken off the node's row.
void Machine::forgiveItem(NodeIndex index, Item item)
{
    Node& node = m_nodes[index];
    if (std::erase(node.errorRow, item) == 0)
        return;
    if (node.setAside && !isBroken(node))
        restore(index); // what else stands against it still does
}

void Machine::noteContradiction(NodeIndex index, const Error& verdict)
{
    Node& node = m_nodes[index];
    ++node.contradicted;
    node.labelsSinceContradiction = 0;
    if (!node.setAside && isBroken(node))
        setAside(index, verdict);
}

bool Machine::isBroken(const Node& node) const
{
    return node.errorRow.size() + node.contradicted + node.outvoted >= m_policy.breakerErrors;
}

void Machine::noteAgreement(NodeIndex index)
{
    Node& node = m_nodes[index];
    if (node.outvoted > 0 && ++node.auditsSinceOutvoted >= auditsThatForgive) {
        --node.outvoted;
        node.auditsSinceOutvoted = 0;
    }
}

void Machine::noteOutvoted(NodeIndex index, Item item)
{
    Node& node = m_nodes[index];
    ++node.outvoted;
    node.auditsSinceOutvoted = 0;
    if (!node.setAside && isBroken(node))
        setAside(index,
                 {ErrorCode::ResultDisputed, "two nodes stand against it, last on item " + std::to_string(item)});
}

void Machine::noteLabel(NodeIndex index, bool fromProbe)
{
    Node& node = m_nodes[index];
    if (node.setAside) {
        if (!fromProbe)
            return; // left over from before; the pause stands
        node.errorRow.clear();
        node.contradicted = node.outvoted = 0;
        restore(index);
        return;
    }
    node.errorRow.clear();
    if (node.contradicted > 0 && ++node.labelsSinceContradiction >= labelsThatForgive) {
        --node.contradicted;
        node.labelsSinceContradiction = 0;
    }
}

void Machine::setAside(NodeIndex index, const Error& lastError)
{
    Node& node = m_nodes[index];
    node.setAside = true;
    node.setAsideUntil = m_now + m_policy.breakerPause;
    unreserve(index);
    emit(SetAside{node.id, lastError});
    askBack(index, node.owed);
    m_fleetChanged = true;
}

void Machine::restore(NodeIndex index)
{
    Node& node = m_nodes[index];
    node.setAside = false;
    for (const LeaseIndex lease : node.leases)
        m_leases.at(lease).probe = false;
    emit(Restored{node.id});
    m_fleetChanged = true;
}

/// Asks for unstarted items, newest lease first.
void Machine::askBack(NodeIndex index, std::uint32_t items)
{
    Node& node = m_nodes[index];
    node.askedBack = 0;
    for (auto lease = node.leases.rbegin(); lease != node.leases.rend() && items > 0; ++lease) {
        const std::uint32_t part = std::min(items, m_leases.at(*lease).left);
        if (part == 0)
            continue;
        emit(TakeBack{node.id, idOf(*lease), part});
        items -= part;
        ++node.askedBack;
        node.askedBackAt = m_now;
    }
}

} // namespace vitfleet::app::scheduler::detail
