// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that went away with work: nobody's error, unless the same item was in execution every time.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {

void Machine::on(const NodeGone& event)
{
    const NodeIndex index = indexOf(event.node);
    if (index == noNode || !m_nodes[index].online)
        return;
    Node& node = m_nodes[index];
    node.online = node.suspect = node.hung = false;
    node.askedBack = 0;
    setHungry(node, false);
    countFleet(); // what follows asks who is left
    // Without a beat since it got work, the first items may all have been in execution.
    const std::uint32_t inExecution = event.inOrder ? 0 : std::max(node.started.value_or(m_policy.firstChunkItems), 1U);
    dropLeases(index, inExecution, nullptr);
    m_fleetChanged = true;
}

/// Closes all leases of a node. Of the items that it still owed, the oldest `inExecution` count as lost in execution,
/// or are charged with the error; the others go back as if nothing had happened.
void Machine::dropLeases(NodeIndex index, std::uint32_t inExecution, const Error* charge)
{
    Node& node = m_nodes[index];
    unreserve(index);
    node.meter.stop(); // the silence before a loss says nothing about speed
    std::uint32_t seen = 0, queued = 0;
    std::optional<Item> firstCharged;
    std::vector<NodeIndex> elsewhere;
    while (!node.leases.empty()) {
        const LeaseIndex number = node.leases.front();
        // By value: what follows must not lean on a lease that is about to be closed.
        const std::vector<Item> items = m_leases.at(number).items;
        for (const Item item : items) {
            if (!release(number, item))
                continue;
            const bool wasInExecution = seen++ < inExecution;
            if (isAuditOf(number, item)) {
                if (wasInExecution)
                    endAudit(item, AuditEnded::Verdict::Dropped); // it is a sample: one less hurts nobody
                else
                    queueAudit(item);
            }
            if (m_items.state(item) != ItemState::Leased)
                continue;
            if (wasInExecution && charge) {
                std::vector<NodeIndex> others = recordFailure(index, item, *charge);
                if (!firstCharged) {
                    firstCharged = item;
                    elsewhere = std::move(others);
                }
            } else if (wasInExecution) {
                troubleOf(item).losses.push_back(index);
            }
            if (m_items.holders(item) == 0) {
                ++queued;
                tryElsewhere(item);
            }
        }
        closeLease(number);
    }
    m_counts.redispatched += queued;
    if (queued > 0)
        emit(Redispatched{node.id, queued});
    if (firstCharged)
        noteNodeError(index, *firstCharged, *charge, elsewhere);
}

/// Items that were in execution at too many losses become rows, once somebody is online again.
void Machine::failPoison()
{
    if (m_online == 0)
        return;
    const std::vector<Item> alone = m_alone;
    for (const Item item : alone) {
        const Trouble& trouble = *findTrouble(item);
        if (trouble.losses.size() < m_policy.poisonLosses)
            continue;
        std::string detail = "lost in execution on ";
        for (std::size_t i = 0; i < trouble.losses.size(); ++i)
            detail += (i == 0 ? "" : ", ") + nameOf(trouble.losses[i]);
        failItem(item, Error{ErrorCode::ItemPoison, std::move(detail)});
    }
}

} // namespace vitfleet::app::scheduler::detail
