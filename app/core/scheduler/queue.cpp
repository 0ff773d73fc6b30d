// SPDX-License-Identifier: GPL-3.0-or-later
// Where an item waits, and how it ends.
#include "app/core/scheduler/machine.h"

namespace vitfleet::app::scheduler::detail {

Trouble& Machine::troubleOf(Item item)
{
    m_items.setTrouble(item, true);
    return m_trouble[item];
}

const Trouble* Machine::findTrouble(Item item) const
{
    return m_items.hasTrouble(item) ? &m_trouble.at(item) : nullptr;
}

bool Machine::isExcluded(Item item, NodeIndex node) const
{
    const Trouble* trouble = findTrouble(item);
    return trouble && trouble->isExcluded(node);
}

void Machine::enqueue(Item item)
{
    const Trouble* trouble = findTrouble(item);
    if (trouble && trouble->losses.size() + 1 >= m_policy.poisonLosses && !trouble->losses.empty()) {
        m_items.setState(item, ItemState::Alone);
        m_alone.push_back(item);
    } else if (trouble && !trouble->excluded.empty()) {
        m_items.setState(item, ItemState::Restricted);
        Bucket& bucket = m_buckets[trouble->key()];
        bucket.items.push_back(item);
        ++bucket.waiting;
        ++m_restrictedWaiting;
    } else {
        m_items.setState(item, ItemState::Queued);
        m_plain.giveBack(item);
        ++m_plainWaiting;
    }
}

void Machine::leaveQueue(Item item)
{
    switch (m_items.state(item)) {
    case ItemState::Queued:
        --m_plainWaiting;
        break;
    case ItemState::Restricted: {
        const auto bucket = m_buckets.find(findTrouble(item)->key());
        --m_restrictedWaiting;
        if (--bucket->second.waiting == 0)
            m_buckets.erase(bucket);
        break;
    }
    case ItemState::Alone:
        std::erase(m_alone, item);
        break;
    case ItemState::Invalid:
    case ItemState::Leased:
    case ItemState::Settled:
        break;
    }
    m_items.setState(item, ItemState::Invalid);
}

void Machine::settle(Item item)
{
    m_items.setState(item, ItemState::Settled);
    ++m_counts.settled;
    if (m_items.hasTrouble(item)) {
        m_trouble.erase(item);
        m_items.setTrouble(item, false);
    }
}

void Machine::failItem(Item item, Error error)
{
    const Trouble* trouble = findTrouble(item);
    const std::uint32_t attempts = trouble ? trouble->attempts() : 0;
    leaveQueue(item);
    settle(item);
    emit(FailItem{ItemId(item), std::move(error), std::max(attempts, 1U)});
}

std::vector<Item> Machine::takePlain(std::uint32_t count)
{
    std::vector<Item> items;
    items.reserve(std::min(count, m_plainWaiting));
    while (items.size() < count && m_plainWaiting > 0) {
        const auto item = m_plain.pop([this](Item i) { return m_items.state(i) == ItemState::Queued; });
        if (!item)
            break;
        leaveQueue(*item);
        items.push_back(*item);
    }
    return items;
}

std::vector<Item> Machine::takeRestricted(NodeIndex node, std::uint32_t count)
{
    std::vector<Item> items;
    for (auto next = m_buckets.begin(); next != m_buckets.end() && items.size() < count;) {
        const auto place = next++;
        if (std::ranges::binary_search(place->first.excluded, node))
            continue;
        const BucketKey key = place->first;
        // leaveQueue() drops the bucket with its last item.
        for (std::size_t waiting = place->second.waiting; waiting > 0 && items.size() < count;) {
            const Item item = place->second.items.front();
            place->second.items.pop_front();
            if (m_items.state(item) != ItemState::Restricted || findTrouble(item)->key() != key)
                continue;
            --waiting;
            leaveQueue(item);
            items.push_back(item);
        }
    }
    return items;
}

/// Items that no node is left for: a verdict without a second opinion becomes final, the others after a while.
/// While no node is online nothing becomes an error.
void Machine::sweepStuck()
{
    for (auto next = m_buckets.begin(); next != m_buckets.end();) {
        const auto place = next++;
        if (sweepBucket(place->first, place->second))
            m_buckets.erase(place);
    }
    const std::vector<Item> alone = m_alone;
    for (const Item item : alone)
        sweepAlone(item);
}

/// How long an item waits for a node that it may go to: long for one that is known and away, briefly for one that may
/// only just be joining.
Time Machine::patienceFor(const std::vector<NodeIndex>& excluded) const
{
    return m_nodes.size() > excluded.size() ? m_policy.eligibleTimeout : m_policy.newcomerTimeout;
}

void Machine::sweepAlone(Item item)
{
    Trouble& trouble = m_trouble.at(item);
    const bool present = presentBesides(trouble.excluded) > 0;
    if (m_online == 0 || present)
        trouble.stuckSince.reset();
    if (m_online == 0 || eligibleBesides(trouble.excluded) > 0)
        return;
    if (!trouble.verdicts.empty()) {
        failItem(item, trouble.verdicts.front().error);
    } else if (!present && !trouble.excluded.empty()) { // without exclusions it waits, as plain items do
        if (!trouble.stuckSince)
            trouble.stuckSince = m_now;
        if (m_now - *trouble.stuckSince >= patienceFor(trouble.excluded))
            failItem(item, noEligibleError(trouble));
    }
}

/// Whether the bucket is empty now.
bool Machine::sweepBucket(const BucketKey& key, Bucket& bucket)
{
    if (m_online == 0 || presentBesides(key.excluded) > 0)
        bucket.stuckSince.reset();
    if (m_online == 0 || eligibleBesides(key.excluded) > 0)
        return false;
    if (!key.verdict) {
        if (presentBesides(key.excluded) > 0)
            return false;
        if (!bucket.stuckSince)
            bucket.stuckSince = m_now;
        if (m_now - *bucket.stuckSince < patienceFor(key.excluded))
            return false;
    }
    const std::deque<Item> items = std::move(bucket.items);
    bucket.items.clear();
    for (const Item item : items) {
        if (m_items.state(item) != ItemState::Restricted || findTrouble(item)->key() != key)
            continue;
        const Trouble& trouble = *findTrouble(item);
        Error error = key.verdict ? trouble.verdicts.front().error : noEligibleError(trouble);
        const std::uint32_t attempts = trouble.attempts();
        --m_restrictedWaiting;
        settle(item);
        emit(FailItem{ItemId(item), std::move(error), std::max(attempts, 1U)});
    }
    return true;
}

} // namespace vitfleet::app::scheduler::detail
