// SPDX-License-Identifier: GPL-3.0-or-later
// What waits for a node. Plain items wait as ranges, in item order; items that some nodes may not have wait in one
// bucket for each set of excluded nodes, so that a node that asks never walks over items that it may not take.
#pragma once

#include "app/core/scheduler/scheduler.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace vitfleet::app::scheduler::detail {

using Item = std::uint32_t;
using NodeIndex = std::uint32_t;

/// Items that every node may take. An item that is settled while it waits stays behind as a hole, which whoever pops
/// skips: that keeps every operation O(1) amortised.
class PlainQueue
{
public:
    struct Range
    {
        Item first = 0;
        std::uint32_t count = 0;
    };

    void append(Item first, std::uint32_t count);
    /// Items that were given out already go first again: their neighbours are done, and their age is the highest.
    void giveBack(Item item);

    /// The next item for which `isWaiting` holds; what does not is forgotten.
    template <typename IsWaiting>
    std::optional<Item> pop(const IsWaiting& isWaiting)
    {
        for (std::deque<Range>* ranges : {&m_returned, &m_fresh}) {
            while (!ranges->empty()) {
                Range& range = ranges->front();
                const Item item = range.first++;
                if (--range.count == 0)
                    ranges->pop_front();
                if (isWaiting(item))
                    return item;
            }
        }
        return std::nullopt;
    }

    template <typename Visit>
    void forEach(const Visit& visit) const
    {
        for (const std::deque<Range>* ranges : {&m_returned, &m_fresh})
            for (const Range& range : *ranges)
                for (std::uint32_t i = 0; i < range.count; ++i)
                    visit(range.first + i);
    }

private:
    std::deque<Range> m_returned, m_fresh;
};

/// Items with the same history: the nodes that may not have them, and whether one of these called the item itself bad.
struct BucketKey
{
    bool verdict = false;
    std::vector<NodeIndex> excluded; ///< ascending
    auto operator<=>(const BucketKey&) const = default;
};

struct Bucket
{
    std::deque<Item> items;         ///< with holes, as in PlainQueue
    std::size_t waiting = 0;        ///< without the holes
    std::optional<Time> stuckSince; ///< since when no node that may take them has been there
};

using Buckets = std::map<BucketKey, Bucket>;

} // namespace vitfleet::app::scheduler::detail
