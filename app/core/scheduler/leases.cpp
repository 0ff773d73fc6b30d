// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets how much, and how leases begin and end.
#include "app/core/scheduler/machine.h"

#include <cmath>

namespace vitfleet::app::scheduler::detail {
namespace {

double seconds(Time time)
{
    return std::chrono::duration<double>(time).count();
}

/// At least one batch and no part of one: what is begun half empty takes its node nearly as long.
std::uint32_t wholeBatches(std::uint32_t items, std::uint32_t batch, std::uint32_t cap)
{
    return std::min(std::max(items - items % batch, batch), cap);
}

/// How far a node's own word about its speed is trusted for its first chunk.
constexpr Time firstChunkTime = std::chrono::seconds(1);
/// After the engine could not hand over a lease, and after a node gave items back.
constexpr Time retryAfter = std::chrono::milliseconds(100);
constexpr Time leaseLookInterval = std::chrono::seconds(1);

} // namespace

void Machine::fillAll()
{
    if (m_paused || m_heldUp)
        return;
    m_filledAt = m_now;
    for (NodeIndex node = 0; node < m_nodes.size(); ++node)
        if (m_nodes[node].online)
            fill(node);
    balanceTail();
}

void Machine::fill(NodeIndex index)
{
    Node& node = m_nodes[index];
    setHungry(node, false);
    if (!mayTakeMore(node))
        return;
    if (node.setAside) {
        fillProbe(index);
        return;
    }
    if (fillAlone(index))
        return;
    while (node.leases.size() < m_policy.credit) {
        const std::uint32_t wanted = waitingItems() > 0 ? chunkFor(node) : 0;
        std::vector<Item> items = takeRestricted(index, wanted);
        for (const Item item : takeAudits(index, static_cast<std::uint32_t>(wanted - items.size())))
            items.push_back(item);
        if (items.size() < wanted && m_plainWaiting > 0) {
            const auto rest = static_cast<std::uint32_t>(wanted - items.size());
            for (const Item item : takePlain(std::min(rest, roomFor(index))))
                items.push_back(item);
        }
        if (items.empty()) {
            setHungry(node, true);
            return;
        }
        sendLease(index, std::move(items), false, false);
    }
}

void Machine::setHungry(Node& node, bool hungry)
{
    if (node.hungry == hungry)
        return;
    node.hungry = hungry;
    m_hungry = hungry ? m_hungry + 1 : m_hungry - 1;
}

/// One item for a node whose pause is over, and nothing else until it is answered.
void Machine::fillProbe(NodeIndex index)
{
    Node& node = m_nodes[index];
    if (m_now < node.setAsideUntil || !node.leases.empty())
        return;
    // A plain item says more about the node than one that failed elsewhere.
    std::vector<Item> items = takePlain(1);
    if (items.empty())
        items = takeRestricted(index, 1);
    const auto alone = std::ranges::find_if(m_alone, [&](Item item) { return mayTryAlone(index, item); });
    if (items.empty() && alone != m_alone.end()) {
        items = {*alone};
        leaveQueue(items.front());
        sendLease(index, std::move(items), true, true);
    } else if (!items.empty()) {
        sendLease(index, std::move(items), true, false);
    }
}

/// Whether the node works on a suspicious item alone, or runs dry in order to.
bool Machine::fillAlone(NodeIndex index)
{
    Node& node = m_nodes[index];
    if (node.alone)
        return true;
    if (node.reservedFor && !mayTryAlone(index, *node.reservedFor))
        unreserve(index);
    for (std::size_t i = 0; i < m_alone.size() && !node.reservedFor; ++i) {
        if (!mayTryAlone(index, m_alone[i]))
            continue;
        node.reservedFor = m_alone[i];
        m_trouble.at(m_alone[i]).reservedBy = index;
    }
    if (!node.reservedFor)
        return false;
    if (node.leases.empty()) {
        const Item item = *node.reservedFor;
        unreserve(index);
        leaveQueue(item);
        sendLease(index, {item}, false, true);
    }
    return true;
}

bool Machine::mayTryAlone(NodeIndex node, Item item) const
{
    if (m_items.state(item) != ItemState::Alone)
        return false;
    const Trouble& trouble = *findTrouble(item);
    if (trouble.isExcluded(node) || (trouble.reservedBy != noNode && trouble.reservedBy != node))
        return false;
    // Lost on this node alone so far: another one decides whether the item or the node is to blame.
    const bool onlyHere = std::ranges::all_of(trouble.losses, [node](NodeIndex n) { return n == node; });
    if (!onlyHere)
        return true;
    std::vector<NodeIndex> besides = trouble.excluded;
    besides.push_back(node);
    return eligibleBesides(besides) == 0;
}

void Machine::unreserve(NodeIndex index)
{
    Node& node = m_nodes[index];
    if (!node.reservedFor)
        return;
    if (const auto found = m_trouble.find(*node.reservedFor);
        found != m_trouble.end() && found->second.reservedBy == index)
        found->second.reservedBy = noNode;
    node.reservedFor.reset();
}

/// Its share of what waits, a quarter of it, within the bounds of time and number.
std::uint32_t Machine::chunkFor(const Node& node) const
{
    const std::uint32_t cap = std::max(std::min(m_policy.maxChunkItems, node.maxChunkItems), 1U);
    const double waiting = queuedItems();
    const double speed = node.meter.speed();
    if (speed <= 0) {
        const double fair = std::ceil(waiting / (std::max(m_eligible, 1U) * std::max(m_policy.credit, 1U)));
        const std::uint32_t most = std::min(std::max({m_policy.firstChunkItems, node.batch, 1U}), cap);
        return std::clamp(static_cast<std::uint32_t>(fair), 1U, most);
    }
    double longest = seconds(m_policy.maxChunk);
    if (!node.meter.isMeasured())
        longest = std::min(longest, seconds(firstChunkTime));
    const double share = waiting * speed / std::max(m_fleetSpeed, speed) * m_policy.chunkShare;
    const double items = std::min(std::max(share, speed * seconds(m_policy.minChunk)), speed * longest);
    return wholeBatches(static_cast<std::uint32_t>(std::clamp(items, 1.0, static_cast<double>(cap))), node.batch, cap);
}

/// How many plain items the node can finish before the whole fleet is through: near the end a slow node that starts
/// one item too many decides the makespan.
std::uint32_t Machine::roomFor(NodeIndex index)
{
    if (!m_scanFinished)
        return ~std::uint32_t{0};
    const Node& node = m_nodes[index];
    const double left = static_cast<double>(m_items.size() - m_counts.settled + m_audits.size());
    const double horizon = left / std::max(m_fleetSpeed, 1e-9);
    const double room = horizon * speedNow(node) - node.owed;
    if (room >= 1) {
        // Less than a batch only where the last items, spread over all, end sooner.
        const auto whole = static_cast<std::uint32_t>(std::min(room, 4e9));
        return whole > node.batch ? whole - whole % node.batch : whole;
    }
    return finishesFirst(index) ? 1 : 0;
}

/// Whether no other node that may have it would be through with one more plain item earlier.
bool Machine::finishesFirst(NodeIndex index)
{
    const auto finish = [this](const Node& node) { return (node.owed + 1) / speedNow(node); };
    if (!m_bestFinish) {
        m_bestFinish = finish(m_nodes[index]);
        for (const Node& node : m_nodes)
            if (isEligible(node) && !node.suspect && m_now >= node.notBefore && !node.reservedFor && !node.alone)
                m_bestFinish = std::min(*m_bestFinish, finish(node));
    }
    return finish(m_nodes[index]) <= *m_bestFinish * 1.000001;
}

void Machine::sendLease(NodeIndex index, std::vector<Item> items, bool probe, bool alone)
{
    std::ranges::sort(items);
    Node& node = m_nodes[index];
    const auto number = static_cast<LeaseIndex>(m_leaseNode.size());
    m_leaseNode.push_back(index);
    Lease& lease = m_leases[number];
    lease.node = index;
    lease.left = static_cast<std::uint32_t>(items.size());
    lease.owed.assign(items.size(), true);
    lease.answered.assign(items.size(), false);
    lease.probe = probe;
    lease.alone = alone;
    lease.sentAt = lease.activeAt = m_now;
    if (const double speed = node.meter.speed(); speed > 0)
        lease.expected = std::chrono::duration_cast<Time>(std::chrono::duration<double>(lease.left / speed));
    if (node.leases.empty())
        node.started.reset();
    if (!node.meter.isRunning())
        node.meter.start(m_now);
    node.leases.push_back(number);
    node.alone = alone;
    node.owed += lease.left;

    SendLease action{node.id, idOf(number), {}};
    action.items.reserve(items.size());
    for (const Item item : items) {
        m_items.addHolder(item);
        action.items.emplace_back(item);
        if (m_items.state(item) == ItemState::Settled) {
            Audit& audit = m_audits.at(item);
            audit.stage = Audit::Stage::Asked;
            audit.lease = number;
            continue;
        }
        m_items.setState(item, ItemState::Leased);
        m_items.setLease(item, number);
    }
    lease.items = std::move(items);
    m_bestFinish.reset();
    emit(std::move(action));
}

/// Takes the item off what the lease's node owes; whether it did owe it.
bool Machine::release(LeaseIndex number, Item item, bool answered)
{
    const auto found = m_leases.find(number);
    if (found == m_leases.end())
        return false;
    Lease& lease = found->second;
    const auto place = lease.find(item);
    if (!place || !lease.owed[*place])
        return false;
    lease.owed[*place] = false;
    lease.answered[*place] = answered;
    --lease.left;
    --m_nodes[lease.node].owed;
    m_items.dropHolder(item);
    return true;
}

void Machine::closeLease(LeaseIndex number)
{
    const auto found = m_leases.find(number);
    Lease& lease = found->second;
    Node& node = m_nodes[lease.node];
    Ghost ghost;
    for (std::size_t i = 0; i < lease.items.size(); ++i) {
        const Item item = lease.items[i];
        const bool isReturned = !lease.returned.empty() && lease.returned[i];
        if (isReturned || (m_items.state(item) == ItemState::Settled && m_items.lease(item) == number))
            continue;
        ghost.items.push_back(item);
        ghost.answered.push_back(lease.answered[i]);
    }
    if (!ghost.items.empty())
        m_ghosts.emplace(number, std::move(ghost));
    m_leases.erase(found);
    const bool wasFront = node.leases.front() == number;
    std::erase(node.leases, number);
    takeMeasurement(node);
    if (node.leases.empty()) {
        node.meter.stop();
        node.started.reset();
        node.alone = false;
        return;
    }
    if (wasFront)
        m_leases.at(node.leases.front()).activeAt = m_now; // its turn begins
}

bool Machine::hasHeld(LeaseIndex number, Item item) const
{
    if (m_items.lease(item) == number)
        return true;
    if (const auto open = m_leases.find(number); open != m_leases.end())
        return open->second.find(item).has_value();
    const auto ghost = m_ghosts.find(number);
    return ghost != m_ghosts.end() && ghost->second.find(item);
}

/// Whether this is the first answer under a lease that has been closed: its node still works on what it had.
bool Machine::markLate(LeaseIndex number, Item item)
{
    const auto ghost = m_ghosts.find(number);
    const auto place = ghost == m_ghosts.end() ? std::nullopt : ghost->second.find(item);
    if (!place || ghost->second.answered[*place])
        return false;
    ghost->second.answered[*place] = true;
    return true;
}

void Machine::on(const LeaseNotSent& event)
{
    const LeaseIndex number = indexOf(event.lease);
    const NodeIndex index = indexOf(event.node);
    const auto found = m_leases.find(number);
    if (found == m_leases.end() || found->second.node != index)
        return;
    Node& node = m_nodes[index];
    node.meter.stop(); // what was not sent says nothing about speed
    const std::vector<Item> items = found->second.items;
    for (const Item item : items) {
        if (!release(number, item))
            continue;
        if (isAuditOf(number, item))
            queueAudit(item);
        else if (m_items.state(item) == ItemState::Leased && m_items.holders(item) == 0)
            enqueue(item);
    }
    // A part of it may have left before the link was full: answers to that count.
    closeLease(number);
    if (!node.leases.empty())
        node.meter.start(m_now);
    node.notBefore = m_now + retryAfter;
    fillAll();
}

void Machine::on(const ItemsReturned& event)
{
    const LeaseIndex number = indexOf(event.lease);
    const NodeIndex index = indexOf(event.node);
    if (index == noNode || number == 0 || m_leaseNode[number] != index)
        return;
    Node& node = m_nodes[index];
    const bool isAsked = node.askedBack > 0;
    node.askedBack -= isAsked ? 1 : 0;
    bool any = false;
    for (const ItemId id : event.items) {
        if (id.value >= m_items.size() || !release(number, id.value))
            continue;
        any = true;
        Lease& lease = m_leases.at(number);
        lease.returned.resize(lease.items.size());
        lease.returned[*lease.find(id.value)] = true;
        if (isAuditOf(number, id.value))
            queueAudit(id.value);
        else if (m_items.state(id.value) == ItemState::Leased && m_items.holders(id.value) == 0)
            enqueue(id.value);
    }
    // Asking again at once would only cost messages, the more so where there was nothing to give.
    node.noStealBefore = m_now + (any ? retryAfter : firstChunkTime);
    // It is about to end, which its beat will say, or it cannot work: what it is given now would come back as well.
    if (any && !isAsked)
        node.notBefore = m_now + retryAfter;
    if (const auto open = m_leases.find(number); open != m_leases.end() && open->second.left == 0)
        closeLease(number);
    sweepStuck();
    fillAll();
}

/// A lease at the front of its node's leases that brings no result for too long.
void Machine::checkLeaseTimes()
{
    // Their limit is half a minute: in a large fleet they are looked at less often.
    const bool isLarge = m_nodes.size() >= largeFleet;
    if (m_heldUp || (isLarge && m_now - m_leasesSeenAt < leaseLookInterval))
        return;
    m_leasesSeenAt = m_now;
    for (NodeIndex index = 0; index < m_nodes.size(); ++index) {
        Node& node = m_nodes[index];
        if (node.leases.empty())
            continue;
        const LeaseIndex number = node.leases.front();
        const Lease& lease = m_leases.at(number);
        const auto factored = std::chrono::duration_cast<Time>(lease.expected * m_policy.leaseFactor);
        const Time limit = std::max(m_policy.leaseFloor, factored);
        if (m_now - lease.activeAt < limit)
            continue;
        emit(NodeSuspectedHung{node.id, idOf(number)});
        node.hung = true;
        const Error error{ErrorCode::LeaseTimeout,
                          "no result for " + std::to_string(limit / std::chrono::seconds(1)) + " s"};
        dropLeases(index, std::max(node.started.value_or(1), 1U), &error);
        countFleet();
    }
}

} // namespace vitfleet::app::scheduler::detail
