// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scheduler/machine.h"

#include <array>
#include <set>

namespace vitfleet::app::scheduler::detail {
namespace {

std::string complain(const char* what, std::uint64_t which)
{
    return std::string(what) + ": " + std::to_string(which);
}

} // namespace

std::string Machine::checkInvariants() const
{
    std::vector<std::uint8_t> holders(m_items.size(), 0);
    if (std::string wrong = checkLeases(holders); !wrong.empty())
        return wrong;
    if (std::string wrong = checkQueues(); !wrong.empty())
        return wrong;
    std::array<std::uint32_t, 6> inState{};
    for (Item item = 0; item < m_items.size(); ++item) {
        const ItemState state = m_items.state(item);
        if (state == ItemState::Invalid || state > ItemState::Settled)
            return complain("item in no state", item);
        ++inState[static_cast<std::size_t>(state)];
        if (m_items.holders(item) != holders[item])
            return complain("item's holders differ from the leases", item);
        if (state == ItemState::Leased && holders[item] == 0)
            return complain("leased item that nobody holds", item);
        if (state != ItemState::Leased && state != ItemState::Settled && holders[item] != 0)
            return complain("waiting item that somebody holds", item);
        if (m_items.hasTrouble(item) != (m_trouble.count(item) != 0))
            return complain("item's trouble is lost", item);
        if (state == ItemState::Settled && m_items.hasTrouble(item))
            return complain("settled item with trouble", item);
    }
    if (std::string wrong = checkAudits(); !wrong.empty())
        return wrong;
    const Counts counts = this->counts();
    if (inState[static_cast<std::size_t>(ItemState::Queued)] != m_plainWaiting)
        return complain("wrong count of plain items", m_plainWaiting);
    if (inState[static_cast<std::size_t>(ItemState::Restricted)] != m_restrictedWaiting)
        return complain("wrong count of restricted items", m_restrictedWaiting);
    if (inState[static_cast<std::size_t>(ItemState::Alone)] != m_alone.size())
        return complain("wrong count of items to be tried alone", m_alone.size());
    if (inState[static_cast<std::size_t>(ItemState::Settled)] != counts.settled)
        return complain("wrong count of settled items", counts.settled);
    if (inState[static_cast<std::size_t>(ItemState::Leased)] != counts.leased)
        return complain("wrong count of leased items", counts.leased);
    return {};
}

/// Fills in how many open leases owe each item.
std::string Machine::checkLeases(std::vector<std::uint8_t>& holders) const
{
    std::size_t open = 0;
    for (const Node& node : m_nodes) {
        std::uint32_t owed = 0;
        if (node.leases.size() > m_policy.credit)
            return complain("node above its credit", node.id.value);
        if (!node.online && !node.leases.empty())
            return complain("node that is gone holds leases", node.id.value);
        for (const LeaseIndex number : node.leases) {
            const auto found = m_leases.find(number);
            if (found == m_leases.end() || &m_nodes[found->second.node] != &node)
                return complain("node's lease is not its own", number);
            const Lease& lease = found->second;
            const auto left = static_cast<std::uint32_t>(std::ranges::count(lease.owed, true));
            if (left != lease.left || left == 0)
                return complain("wrong count in lease", number);
            if (!std::ranges::is_sorted(lease.items))
                return complain("lease out of order", number);
            if (lease.items.size() > std::max(m_policy.maxChunkItems, 1U))
                return complain("lease above the limit", number);
            if ((lease.alone || lease.probe) && (lease.items.size() != 1 || node.leases.size() != 1))
                return complain("suspicious item or probe not alone", number);
            for (std::size_t i = 0; i < lease.items.size(); ++i)
                if (lease.owed[i] && ++holders[lease.items[i]] > maxHolders)
                    return complain("item given out too often", lease.items[i]);
            owed += left;
            ++open;
        }
        if (owed != node.owed)
            return complain("wrong count of a node's items", node.id.value);
    }
    return open == m_leases.size() ? std::string{} : complain("leases without a node", m_leases.size() - open);
}

std::string Machine::checkAudits() const
{
    std::uint32_t waiting = 0;
    for (const auto& [item, audit] : m_audits) {
        if (m_items.state(item) != ItemState::Settled)
            return complain("audited item without a row", item);
        if (audit.answered.empty() || audit.answered.size() > 3)
            return complain("audit with a wrong number of answers", item);
        if (std::set<NodeIndex>(audit.answered.begin(), audit.answered.end()).size() != audit.answered.size())
            return complain("a node was asked twice about an item", item);
        if (audit.stage == Audit::Stage::Waiting) {
            ++waiting;
            if (std::ranges::find(m_auditQueue, item) == m_auditQueue.end())
                return complain("waiting audit that nobody would find", item);
        } else if (audit.stage == Audit::Stage::Asked) {
            const auto lease = m_leases.find(audit.lease);
            const auto place = lease == m_leases.end() ? std::nullopt : lease->second.find(item);
            if (!place || !lease->second.owed[*place])
                return complain("audit that nobody owes", item);
        }
    }
    return waiting == m_auditsWaiting ? std::string{} : complain("wrong count of waiting audits", m_auditsWaiting);
}

std::string Machine::checkQueues() const
{
    std::vector<bool> reachable(m_items.size(), false);
    m_plain.forEach([&](Item item) { reachable[item] = true; });
    for (Item item = 0; item < m_items.size(); ++item)
        if (m_items.state(item) == ItemState::Queued && !reachable[item])
            return complain("queued item that nobody would find", item);
    for (const auto& [key, bucket] : m_buckets) {
        std::set<Item> waiting; // an item that left and came back stands in it twice
        for (const Item item : bucket.items)
            if (m_items.state(item) == ItemState::Restricted && findTrouble(item)->key() == key)
                waiting.insert(item);
        if (waiting.size() != bucket.waiting || waiting.empty())
            return complain("wrong count in a bucket", waiting.size());
    }
    for (const Item item : m_alone)
        if (m_items.state(item) != ItemState::Alone)
            return complain("item to be tried alone is elsewhere", item);
    return {};
}

} // namespace vitfleet::app::scheduler::detail
