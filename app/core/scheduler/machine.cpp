// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scheduler/machine.h"

#include <utility>

namespace vitfleet::app::scheduler::detail {

std::vector<Action> Machine::step(const Event& event, Time now)
{
    m_actions.clear();
    m_now = std::max(m_now, now);
    m_bestFinish.reset();
    std::visit([this](const auto& e) { on(e); }, event);
    // What was found is not handed out before it has been told what of it is settled already.
    if (!std::holds_alternative<ItemsFound>(event) && !std::holds_alternative<ItemsSettled>(event) &&
        std::exchange(m_newItems, false))
        fillAll();
    finishStep();
    return std::move(m_actions);
}

/// What follows from any event: work for nodes that are waiting for it, and the end.
void Machine::finishStep()
{
    if (m_fleetChanged) {
        m_fleetChanged = false;
        countFleet();
        failPoison();
        sweepStuck();
        fillAll();
    }
    if (m_scanFinished && !m_reportedEnd && m_counts.settled == m_items.size() && auditsAreDone()) {
        m_reportedEnd = true;
        emit(AllSettled{});
    }
}

NodeIndex Machine::indexOf(NodeId node) const
{
    const auto found = m_nodeIndex.find(node.value);
    return found == m_nodeIndex.end() ? noNode : found->second;
}

NodeIndex Machine::makeNode(NodeId node)
{
    const auto [place, isNew] = m_nodeIndex.try_emplace(node.value, static_cast<NodeIndex>(m_nodes.size()));
    if (isNew)
        m_nodes.emplace_back().id = node;
    return place->second;
}

LeaseIndex Machine::indexOf(LeaseId lease) const
{
    if (lease.value < m_firstLease || lease.value - m_firstLease >= m_leaseNode.size() - 1)
        return 0;
    return static_cast<LeaseIndex>(lease.value - m_firstLease + 1);
}

void Machine::on(const ItemsFound& event)
{
    // Numbers are consecutive by contract; a batch that was told before adds nothing.
    if (event.first.value != m_items.size() || event.count == 0)
        return;
    m_items.grow(event.count);
    m_plain.append(event.first.value, event.count);
    m_plainWaiting += event.count;
    m_reportedEnd = false;
    m_settledAt.reset();
    for (Item item = event.first.value; !m_settledAhead.empty() && item < m_items.size(); ++item)
        if (m_settledAhead.erase(item) != 0)
            settleQuietly(item);
    m_newItems = true;
}

void Machine::on(const ItemsSettled& event)
{
    for (const ItemId id : event.items) {
        if (id.value >= m_items.size())
            m_settledAhead.insert(id.value);
        else if (m_items.state(id.value) != ItemState::Settled)
            settleQuietly(id.value);
    }
    m_newItems = true; // a lease may have become empty
}

/// Its row came from elsewhere. Whoever holds it may never have been sent it, so nobody owes it any more.
void Machine::settleQuietly(Item item)
{
    leaveQueue(item);
    settle(item);
    std::vector<LeaseIndex> holding{m_items.lease(item)};
    if (m_items.holders(item) > 1) {
        holding.clear();
        for (const auto& [number, lease] : m_leases)
            if (lease.find(item))
                holding.push_back(number);
    }
    for (const LeaseIndex number : holding)
        if (release(number, item) && m_leases.at(number).left == 0)
            closeLease(number);
}

bool Machine::isSettled(ItemId item) const
{
    return item.value < m_items.size() ? m_items.state(item.value) == ItemState::Settled
                                       : m_settledAhead.count(item.value) != 0;
}

void Machine::on(const ScanFinished&)
{
    m_scanFinished = m_newItems = true;
}

void Machine::on(const NodeReady& event)
{
    Node& node = m_nodes[makeNode(event.node)];
    node.meter.setPrior(event.itemsPerSecond);
    node.batch = std::max(event.batch, 1U);
    node.name = event.name;
    node.online = true;
    node.suspect = node.hung = false;
    node.askedBack = 0;
    node.notBefore = m_now;
    m_fleetChanged = true;
}

void Machine::on(const NodeLimit& event)
{
    m_nodes[makeNode(event.node)].maxChunkItems = std::max(event.maxChunkItems, 1U);
}

void Machine::on(const NodeSuspect& event)
{
    const NodeIndex index = indexOf(event.node);
    if (index == noNode || m_nodes[index].suspect == event.suspect)
        return;
    m_nodes[index].suspect = event.suspect;
    m_fleetChanged = true;
}

void Machine::on(const NodeProgress& event)
{
    if (const NodeIndex index = indexOf(event.node); index != noNode)
        m_nodes[index].started = event.startedItems;
}

void Machine::on(const NodeTransfer& event)
{
    const NodeIndex index = indexOf(event.node);
    if (index != noNode && !m_nodes[index].leases.empty())
        m_leases.at(m_nodes[index].leases.front()).activeAt = m_now;
}

void Machine::on(const NodeDrain& event)
{
    const NodeIndex index = makeNode(event.node);
    m_nodes[index].draining = true;
    unreserve(index);
    if (event.now)
        askBack(index, m_nodes[index].owed);
    m_fleetChanged = true;
}

void Machine::on(const NodeUndrain& event)
{
    if (const NodeIndex index = indexOf(event.node); index != noNode) {
        m_nodes[index].draining = false;
        m_fleetChanged = true;
    }
}

void Machine::on(const SetPaused& event)
{
    m_paused = event.paused;
    fillAll();
}

void Machine::on(const StoreHeldUp& event)
{
    if (m_heldUp == event.held)
        return;
    m_heldUp = event.held;
    if (m_heldUp)
        return;
    for (const Node& node : m_nodes)
        if (!node.leases.empty())
            m_leases.at(node.leases.front()).activeAt = m_now; // only now can it bring something again
    fillAll();
}

void Machine::on(const Tick&)
{
    countFleet();
    checkLeaseTimes();
    failPoison();
    sweepStuck();
    fillAll();
}

Counts Machine::counts() const
{
    Counts counts = m_counts;
    counts.total = m_items.size();
    counts.queued = queuedItems();
    counts.leased = counts.total - counts.queued - counts.settled;
    return counts;
}

NodeView Machine::view(NodeId id) const
{
    const NodeIndex index = indexOf(id);
    if (index == noNode)
        return {};
    const Node& node = m_nodes[index];
    NodeView view;
    view.leasedItems = node.owed;
    if (!node.leases.empty())
        view.newestChunk = static_cast<std::uint32_t>(m_leases.at(node.leases.back()).items.size());
    view.itemsPerSecond = node.meter.speed();
    view.setAside = node.setAside;
    return view;
}

std::uint32_t Machine::leasedItems(NodeId id) const
{
    const NodeIndex index = indexOf(id);
    return index == noNode ? 0 : m_nodes[index].owed;
}

Time Machine::expectedEnd(Time now) const
{
    double speed = 0;
    for (const Node& node : m_nodes)
        if (isEligible(node) && node.meter.speed() > 0)
            speed += node.meter.speedNow(now, 0, node.started.value_or(1));
    if (speed <= 0)
        return Time(0);
    const double seconds = static_cast<double>(m_items.size() - m_counts.settled) / speed;
    return std::chrono::duration_cast<Time>(std::chrono::duration<double>(std::min(seconds, 1e9)));
}

} // namespace vitfleet::app::scheduler::detail

namespace vitfleet::app::scheduler {

struct Scheduler::State
{
    detail::Machine machine;
};

Scheduler::Scheduler(Policy policy, LeaseId firstLease) : m_state(new State{detail::Machine(policy, firstLease)}) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(const Scheduler& other) : m_state(new State(*other.m_state)) {}
Scheduler& Scheduler::operator=(const Scheduler& other)
{
    if (this != &other)
        m_state = std::make_unique<State>(*other.m_state);
    return *this;
}
Scheduler::Scheduler(Scheduler&&) noexcept = default;
Scheduler& Scheduler::operator=(Scheduler&&) noexcept = default;

std::vector<Action> Scheduler::step(const Event& event, Time now)
{
    return m_state->machine.step(event, now);
}

Counts Scheduler::counts() const
{
    return m_state->machine.counts();
}

NodeView Scheduler::node(NodeId node) const
{
    return m_state->machine.view(node);
}

std::uint32_t Scheduler::leasedItems(NodeId node) const
{
    return m_state->machine.leasedItems(node);
}

Time Scheduler::expectedEnd(Time now) const
{
    return m_state->machine.expectedEnd(now);
}

bool Scheduler::isSettled(ItemId item) const
{
    return m_state->machine.isSettled(item);
}

std::string Scheduler::checkInvariants() const
{
    return m_state->machine.checkInvariants();
}

} // namespace vitfleet::app::scheduler
