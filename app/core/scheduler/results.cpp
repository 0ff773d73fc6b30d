// SPDX-License-Identifier: GPL-3.0-or-later
// Answers: which become rows, which change nothing, and what an error leads to.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {
namespace {

/// A lease that lasts long is measured before it ends.
constexpr Time measureAfter = std::chrono::milliseconds(500);
/// Asking a thousand nodes at each result whether they want what waits would take all of a core's time near the end,
/// when many want more than is good for them: a large fleet is asked only so often, beside the node that has answered.
constexpr Time askInterval = std::chrono::milliseconds(10);

} // namespace

void Machine::accept(NodeIndex node, Item item)
{
    const Trouble* trouble = findTrouble(item);
    const std::uint32_t attempt = 1 + (trouble ? trouble->attempts() : 0);
    leaveQueue(item);
    settle(item);
    emit(AcceptResult{m_nodes[node].id, ItemId(item), attempt, false});
}

void Machine::reject(NodeIndex node, Item item, RejectResult::Why why)
{
    emit(RejectResult{m_nodes[node].id, ItemId(item), why});
}

void Machine::on(const ResultArrived& event)
{
    const NodeIndex index = indexOf(event.node);
    const LeaseIndex number = indexOf(event.lease);
    const Item item = event.item.value;
    const bool known = index != noNode && item < m_items.size();
    const bool held = known && number != 0 && m_leaseNode[number] == index && hasHeld(number, item);
    // A row of an earlier session: its agent may repeat what it never heard to be committed.
    const bool older = event.lease.value < m_firstLease || (known && m_items.lease(item) == 0);
    if (!held && !(known && older && m_items.state(item) == ItemState::Settled)) {
        ++m_counts.foreign;
        emit(RejectResult{event.node, event.item, RejectResult::Why::Foreign});
        return;
    }

    Node& node = m_nodes[index];
    const bool owed = held && release(number, item, true);
    const bool late = held && !owed && markLate(number, item);
    const auto open = m_leases.find(owed ? number : 0);
    const bool probe = open != m_leases.end() && open->second.probe;
    if (open != m_leases.end())
        open->second.activeAt = m_now;
    else if (late &&
             !node.leases.empty()) // it still works on what it was given before it was lost, and comes to this later
        m_leases.at(node.leases.front()).activeAt = m_now;
    if (node.hung) {
        node.hung = false; // it is heard again
        m_fleetChanged = true;
    }
    const bool nodeError = event.error.code != ErrorCode::None && info(event.error.code).kind != ErrorKind::Item;
    // Failing is no speed: a broken node would be given ever more.
    if (owed && !nodeError)
        node.meter.count();

    if (owed && isAuditOf(number, item)) {
        onAuditAnswer(index, item, event.error);
    } else if (m_items.state(item) == ItemState::Settled) {
        ++m_counts.duplicates;
        reject(index, item, RejectResult::Why::Duplicate);
    } else if (event.error.code == ErrorCode::None) {
        onLabel(index, item, probe);
    } else if (nodeError) {
        onNodeError(index, item, event.error);
    } else {
        onItemError(index, item, event.error);
    }

    if (open != m_leases.end() && open->second.left == 0)
        closeLease(number);
    else if (node.meter.sinceMark(m_now) >= measureAfter)
        takeMeasurement(node);
    if (m_fleetChanged)
        return; // finishStep() fills all
    const bool mayAskAll = m_nodes.size() < largeFleet || m_now - m_filledAt >= askInterval;
    if (waitingItems() > 0 && m_hungry > 0 && mayAskAll)
        fillAll();
    else
        fill(index);
    if (node.hungry && m_scanFinished && queuedItems() == 0)
        balanceTail();
}

void Machine::onLabel(NodeIndex node, Item item, bool fromProbe)
{
    // The label wins, and whoever called the item bad was wrong.
    std::vector<Trouble::Report> contradicted;
    if (const Trouble* trouble = findTrouble(item))
        contradicted = trouble->verdicts;
    accept(node, item);
    if (mayAudit(node, item))
        beginAudit(node, item);
    noteLabel(node, fromProbe);
    for (const Trouble::Report& verdict : contradicted)
        if (verdict.node != node)
            noteContradiction(verdict.node, verdict.error);
}

void Machine::onItemError(NodeIndex node, Item item, const Error& error)
{
    const Trouble* known = findTrouble(item);
    if (known && !known->verdicts.empty() && known->verdicts.front().node != node) {
        accept(node, item); // two nodes agree
        return;
    }
    if (known && !known->verdicts.empty()) {
        reject(node, item, RejectResult::Why::TriedElsewhere); // it said so before
    } else {
        std::vector<NodeIndex> besides = known ? known->excluded : std::vector<NodeIndex>{};
        if (!std::ranges::binary_search(besides, node))
            besides.insert(std::ranges::lower_bound(besides, node), node);
        if (m_online > 0 && eligibleBesides(besides) == 0) {
            accept(node, item); // nobody could contradict
            return;
        }
        const bool waits = m_items.state(item) != ItemState::Leased;
        if (waits)
            leaveQueue(item); // while its history still says where it waits
        Trouble& trouble = troubleOf(item);
        trouble.exclude(node);
        trouble.verdicts.push_back({node, error});
        reject(node, item, RejectResult::Why::TriedElsewhere);
        if (waits) {
            tryElsewhere(item);
            return;
        }
    }
    if (m_items.state(item) == ItemState::Leased && m_items.holders(item) == 0) {
        ++m_counts.redispatched;
        tryElsewhere(item);
    }
}

void Machine::onNodeError(NodeIndex node, Item item, const Error& error)
{
    const bool waits = m_items.state(item) != ItemState::Leased;
    const Trouble* known = findTrouble(item);
    if (waits && known && std::ranges::find(known->failures, node, &Trouble::Report::node) != known->failures.end()) {
        reject(node, item, RejectResult::Why::TriedElsewhere); // it said so before
        return;
    }
    if (waits)
        leaveQueue(item);
    const std::vector<NodeIndex> elsewhere = recordFailure(node, item, error);
    reject(node, item, RejectResult::Why::TriedElsewhere);
    const bool isFinal = findTrouble(item)->failures.size() >= m_policy.maxAttempts;
    if (isFinal && m_items.holders(item) == 0) {
        failItem(item, failureOf(*findTrouble(item)));
    } else if (waits) {
        tryElsewhere(item);
    } else if (m_items.holders(item) == 0) {
        ++m_counts.redispatched;
        tryElsewhere(item);
    }
    noteNodeError(node, item, error, elsewhere);
}

/// A node error of this item: it goes to other nodes only. Returns the nodes on which it failed before.
std::vector<NodeIndex> Machine::recordFailure(NodeIndex node, Item item, const Error& error)
{
    Trouble& trouble = troubleOf(item);
    trouble.exclude(node);
    std::vector<NodeIndex> elsewhere;
    bool isNew = true;
    for (const Trouble::Report& report : trouble.failures) {
        if (report.node == node)
            isNew = false;
        else
            elsewhere.push_back(report.node);
    }
    if (isNew)
        trouble.failures.push_back({node, error});
    return elsewhere;
}

/// Puts an item that nobody holds where it can go on; where it cannot, it ends.
void Machine::tryElsewhere(Item item)
{
    if (const Trouble* trouble = findTrouble(item)) {
        if (trouble->failures.size() >= m_policy.maxAttempts) {
            failItem(item, failureOf(*trouble));
            return;
        }
        if (m_online > 0 && !trouble->verdicts.empty() && eligibleBesides(trouble->excluded) == 0) {
            failItem(item, trouble->verdicts.front().error);
            return;
        }
    }
    enqueue(item);
}

std::string Machine::nameOf(NodeIndex node) const
{
    return m_nodes[node].name.empty() ? "node " + std::to_string(m_nodes[node].id.value) : m_nodes[node].name;
}

Error Machine::failureOf(const Trouble& trouble) const
{
    Error error{trouble.failures.back().error.code, {}};
    for (const Trouble::Report& report : trouble.failures) {
        if (!error.detail.empty())
            error.detail += "; ";
        error.detail += nameOf(report.node) + ": ";
        error.detail += info(report.error.code).name;
        if (!report.error.detail.empty())
            error.detail += " " + report.error.detail;
    }
    return error;
}

Error Machine::noEligibleError(const Trouble& trouble) const
{
    // What the nodes said is worth more than that none is left.
    return trouble.failures.empty() ? Error{ErrorCode::NoEligibleNode, {}} : failureOf(trouble);
}

} // namespace vitfleet::app::scheduler::detail
