// SPDX-License-Identifier: GPL-3.0-or-later
// What the scheduler remembers of items, leases and nodes.
#pragma once

#include "app/core/scheduler/item_queue.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vitfleet::app::scheduler::detail {

/// A lease's number in this session, from 1; 0 is none.
using LeaseIndex = std::uint32_t;
inline constexpr NodeIndex noNode = ~NodeIndex{0};
/// From so many nodes on what asks all of them is done less often.
inline constexpr std::size_t largeFleet = 100;

enum class ItemState : std::uint8_t
{
    Invalid = 0,
    Queued,     ///< any node may take it
    Restricted, ///< waits in a bucket: some nodes may not have it
    Alone,      ///< was in execution at several losses: gets a lease and a node of its own
    Leased,     ///< at least one node works on it
    Settled,    ///< has its row
};

/// Five bytes an item: state, number of nodes that hold it, whether there is trouble, and its latest lease.
class ItemStates
{
public:
    std::uint32_t size() const { return static_cast<std::uint32_t>(m_bits.size()); }
    void grow(std::uint32_t count)
    {
        m_bits.resize(m_bits.size() + count, static_cast<std::uint8_t>(ItemState::Queued));
        m_lease.resize(m_lease.size() + count, 0);
    }
    ItemState state(Item item) const { return static_cast<ItemState>(m_bits[item] & stateMask); }
    void setState(Item item, ItemState state)
    {
        m_bits[item] = static_cast<std::uint8_t>((m_bits[item] & ~stateMask) | static_cast<std::uint8_t>(state));
    }
    std::uint32_t holders(Item item) const { return (m_bits[item] & holderMask) >> holderShift; }
    void addHolder(Item item) { m_bits[item] = static_cast<std::uint8_t>(m_bits[item] + (1U << holderShift)); }
    void dropHolder(Item item) { m_bits[item] = static_cast<std::uint8_t>(m_bits[item] - (1U << holderShift)); }
    bool hasTrouble(Item item) const { return (m_bits[item] & troubleBit) != 0; }
    void setTrouble(Item item, bool on)
    {
        m_bits[item] = static_cast<std::uint8_t>(on ? m_bits[item] | troubleBit : m_bits[item] & ~troubleBit);
    }
    LeaseIndex lease(Item item) const { return m_lease[item]; }
    void setLease(Item item, LeaseIndex lease) { m_lease[item] = lease; }

private:
    static constexpr unsigned stateMask = 0x07, holderMask = 0x38, holderShift = 3, troubleBit = 0x80;
    std::vector<std::uint8_t> m_bits;
    std::vector<LeaseIndex> m_lease;
};

/// At most this many nodes hold one item: its owner, and one more while the owner is suspect.
inline constexpr std::uint32_t maxHolders = 2;

/// Only for items with which something went wrong.
struct Trouble
{
    struct Report
    {
        NodeIndex node = noNode;
        Error error;
    };
    std::vector<Report> verdicts;    ///< item errors
    std::vector<Report> failures;    ///< node errors
    std::vector<NodeIndex> losses;   ///< nodes that were lost while it was in execution there, each time
    std::vector<NodeIndex> excluded; ///< ascending
    NodeIndex reservedBy = noNode;   ///< runs dry to try it alone
    std::optional<Time> stuckSince;  ///< as in Bucket, while it waits to be tried alone

    bool isExcluded(NodeIndex node) const { return std::ranges::binary_search(excluded, node); }
    void exclude(NodeIndex node)
    {
        const auto place = std::ranges::lower_bound(excluded, node);
        if (place == excluded.end() || *place != node)
            excluded.insert(place, node);
    }
    BucketKey key() const { return {!verdicts.empty(), excluded}; }
    std::uint32_t attempts() const { return static_cast<std::uint32_t>(verdicts.size() + failures.size()); }
};

/// A lease whose node still owes answers.
struct Lease
{
    NodeIndex node = noNode;
    std::vector<Item> items; ///< ascending, which is the order of work
    std::vector<bool> owed;  ///< not answered and not given back
    std::vector<bool> answered;
    std::vector<bool> returned; ///< given back: they will never be answered; empty while there are none
    std::uint32_t left = 0;     ///< how many are owed
    bool probe = false;         ///< of a node that had been set aside
    bool alone = false;         ///< one suspicious item
    Time sentAt{0};
    Time activeAt{0}; ///< last result, or when it came to the front of its node's leases
    Time expected{0}; ///< duration at the speed known when it was sent; zero: unknown

    /// Where the item stands in `items`; nothing if it does not.
    std::optional<std::size_t> find(Item item) const
    {
        const auto place = std::ranges::lower_bound(items, item);
        if (place == items.end() || *place != item)
            return std::nullopt;
        return static_cast<std::size_t>(place - items.begin());
    }
};

/// An item that has its row and on which another node is asked.
struct Audit
{
    enum class Stage : std::uint8_t
    {
        Invalid = 0,
        Waiting, ///< for a node that has not answered it
        Asked,   ///< under `lease`
        Compared ///< the engine compares the answer that has come
    };
    Stage stage = Stage::Waiting;
    bool disputed = false;
    LeaseIndex lease = 0;
    std::vector<NodeIndex> answered; ///< first the one whose answer is the row; at most three
};

/// What is left of a closed lease: items whose answers may still come, since its node did not settle them.
struct Ghost
{
    std::vector<Item> items;    ///< ascending
    std::vector<bool> answered; ///< what comes now would be a repetition

    std::optional<std::size_t> find(Item item) const
    {
        const auto place = std::ranges::lower_bound(items, item);
        if (place == items.end() || *place != item)
            return std::nullopt;
        return static_cast<std::size_t>(place - items.begin());
    }
};

/// Items over time with old measurements fading, so that a node that becomes slow is believed soon.
class SpeedMeter
{
public:
    /// What the node says of itself counts as a short measurement.
    void setPrior(double itemsPerSecond);
    void start(Time now);
    void stop() { m_running = false; }
    bool isRunning() const { return m_running; }
    void count() { ++m_since; }
    /// Takes what was counted since the last mark into the measurement.
    void mark(Time now);
    Time sinceMark(Time now) const { return m_running ? now - m_mark : Time(0); }
    /// Zero: unknown.
    double speed() const { return m_seconds > 0 ? m_items / m_seconds : 0; }
    bool isMeasured() const { return m_measured; }
    /// No faster than what it has shown since the last mark, with `inExecution` items about to be done.
    double speedNow(Time now, double assumed, std::uint32_t inExecution) const;

private:
    double m_items = 0, m_seconds = 0;
    bool m_measured = false, m_running = false;
    Time m_mark{0};
    std::uint64_t m_since = 0;
};

struct Node
{
    NodeId id;
    bool online = false;
    bool suspect = false;
    bool draining = false;
    bool hung = false; ///< a lease timed out; until it is heard again
    std::string name;
    std::uint32_t batch = 1; ///< what it computes at once
    std::uint32_t maxChunkItems = ~std::uint32_t{0};
    std::vector<LeaseIndex> leases;       ///< oldest first
    std::uint32_t owed = 0;               ///< items, over all leases
    std::optional<std::uint32_t> started; ///< in execution as of its last beat; nothing: no beat since it had work
    Time notBefore{0};                    ///< it could not be reached, or gave back unasked: no lease before this
    SpeedMeter meter;
    bool hungry = false; ///< could take work when there was none for it
    bool alone = false;  ///< works on one suspicious item and gets nothing beside it

    // Breaker
    std::vector<Item> errorRow; ///< items of its node errors since it last labelled something
    std::uint32_t contradicted = 0;
    std::uint32_t labelsSinceContradiction = 0;
    std::uint32_t outvoted = 0; ///< audits in which two others stood against it
    std::uint32_t auditsSinceOutvoted = 0;
    bool setAside = false;
    Time setAsideUntil{0};

    std::optional<Item> reservedFor; ///< it runs dry to try this item alone

    // Taking back
    std::uint32_t askedBack = 0; ///< leases that it has not answered for yet
    Time askedBackAt{0};
    Time noStealBefore{0};
};

/// When the idle node that would be first would be through with one more item, and the one after it: nobody takes
/// work from itself.
struct BestIdle
{
    NodeIndex node = noNode;
    double first = std::numeric_limits<double>::infinity(), second = first; ///< seconds

    void add(NodeIndex index, double finish)
    {
        if (finish < first) {
            second = std::exchange(first, finish);
            node = index;
        } else {
            second = std::min(second, finish);
        }
    }
    double besides(NodeIndex index) const { return index == node ? second : first; }
};

} // namespace vitfleet::app::scheduler::detail
