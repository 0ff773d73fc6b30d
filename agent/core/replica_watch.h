// SPDX-License-Identifier: GPL-3.0-or-later
// Which replica stands still inside a batch, also where others go on and the node as a whole makes progress. Pure: the
// time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace vitfleet::agent {

class ReplicaWatch
{
public:
    using Duration = std::chrono::steady_clock::duration;
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Replica
    {
        std::uint64_t progress = 0; ///< raised after every encoder layer
        bool busy = false;          ///< inside a batch
    };
    struct Stall
    {
        std::uint32_t replica = 0; ///< the one that has stood still the longest,
        Duration time{};           ///< for so long; zero: none does
    };

    /// At every beat. A replica whose steps take long is given ten of them before it counts as standing still.
    Stall look(std::span<const Replica> replicas, TimePoint now);

private:
    struct Seen
    {
        std::uint64_t progress = 0;
        TimePoint movedAt{};
        bool rested = false; ///< at that look: what it did until the next one may have begun at any time between
        Duration step{};     ///< between two raises of its counter, when it last moved
    };
    std::vector<Seen> m_seen;
};

} // namespace vitfleet::agent
