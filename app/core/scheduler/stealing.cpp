// SPDX-License-Identifier: GPL-3.0-or-later
// The tail of a run: when nothing waits any more and somebody is idle, work is taken from where it would end last.
#include "app/core/scheduler/machine.h"

#include <cmath>

namespace vitfleet::app::scheduler::detail {
namespace {

/// Moving an item costs a round trip and a fresh start: below this nothing is won.
constexpr double stealCost = 0.03;
/// Estimates are rough: a smaller gain would move items to and fro.
constexpr double worthwhile = 1.1;
/// Looking over a large fleet costs time, and results arrive often.
constexpr Time balanceInterval = std::chrono::milliseconds(5);
/// A node that does not answer a TakeBack is asked again.
constexpr Time answerTime = std::chrono::seconds(3);

} // namespace

void Machine::balanceTail()
{
    if (m_paused || m_heldUp || !m_scanFinished || queuedItems() > 0 || m_counts.settled == m_items.size())
        return;
    if (m_now - m_balancedAt < balanceInterval)
        return;
    double speed = 0, owed = 0;
    bool anySuspect = false;
    BestIdle best;
    for (NodeIndex index = 0; index < m_nodes.size(); ++index) {
        const Node& node = m_nodes[index];
        anySuspect = anySuspect || (node.suspect && node.owed > 0);
        if (!isEligible(node) || node.suspect)
            continue;
        speed += speedNow(node);
        owed += node.owed;
        if (node.hungry)
            best.add(index, (node.owed + 1) / speedNow(node) + stealCost);
    }
    if (best.node == noNode)
        return;
    m_balancedAt = m_now;
    if (anySuspect)
        duplicateSuspects();

    const double horizon = owed / std::max(speed, 1e-9);
    double capacity = 0;
    for (const Node& node : m_nodes)
        if (node.hungry && isEligible(node) && !node.suspect)
            capacity += std::max(horizon * speedNow(node) - node.owed, 0.0);
    auto budget = static_cast<std::uint32_t>(std::clamp(capacity, 1.0, 4e9));
    while (budget > 0) {
        const std::uint32_t taken = takeFromLongest(horizon, best, budget);
        if (taken == 0)
            break;
        budget -= taken;
    }
}

/// Asks the node that would end last for what it cannot do before the others are through, `most` items at most.
/// Returns how many; zero where that would win nothing.
std::uint32_t Machine::takeFromLongest(double horizon, const BestIdle& best, std::uint32_t most)
{
    NodeIndex longest = noNode;
    double end = 0;
    for (NodeIndex index = 0; index < m_nodes.size(); ++index) {
        const Node& node = m_nodes[index];
        const bool isAsked = node.askedBack > 0 && m_now - node.askedBackAt < answerTime;
        const std::uint32_t started = std::max(node.started.value_or(1), 1U);
        if (!node.online || node.suspect || isAsked || node.owed <= started || m_now < node.noStealBefore)
            continue;
        if (const double nodeEnd = node.owed / speedNow(node); nodeEnd > end) {
            end = nodeEnd;
            longest = index;
        }
    }
    if (longest == noNode || end <= best.besides(longest) * worthwhile)
        return 0;
    const Node& node = m_nodes[longest];
    const std::uint32_t unstarted = node.owed - std::max(node.started.value_or(1), 1U);
    const double keeps = std::floor(horizon * speedNow(node));
    const auto excess = static_cast<std::uint32_t>(std::max(node.owed - keeps, 1.0));
    const std::uint32_t items = std::min({unstarted, excess, most});
    askBack(longest, items);
    return items;
}

/// Items of nodes whose heartbeat is late go to idle nodes as well: the first answer counts.
void Machine::duplicateSuspects()
{
    for (NodeIndex index = 0; index < m_nodes.size(); ++index) {
        Node& node = m_nodes[index];
        if (!node.hungry || !isEligible(node) || !mayTakeMore(node) || node.reservedFor)
            continue;
        std::vector<Item> items = suspectItemsFor(index, chunkFor(node));
        if (items.empty())
            continue;
        setHungry(node, false);
        sendLease(index, std::move(items), false, false);
    }
}

std::vector<Item> Machine::suspectItemsFor(NodeIndex index, std::uint32_t count) const
{
    std::vector<Item> items;
    for (const Node& node : m_nodes) {
        if (!node.suspect)
            continue;
        for (const LeaseIndex number : node.leases) {
            const Lease& lease = m_leases.at(number);
            for (std::size_t i = 0; i < lease.items.size() && items.size() < count; ++i) {
                const Item item = lease.items[i];
                if (!lease.owed[i] || m_items.state(item) != ItemState::Leased || m_items.holders(item) >= maxHolders)
                    continue;
                // Whatever was lost before is not risked on two nodes at once.
                const Trouble* trouble = findTrouble(item);
                if (trouble && (trouble->isExcluded(index) || !trouble->losses.empty()))
                    continue;
                items.push_back(item);
            }
        }
    }
    return items;
}

} // namespace vitfleet::app::scheduler::detail
