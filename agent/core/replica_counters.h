// SPDX-License-Identifier: GPL-3.0-or-later
// What replica threads raise and others read, also while a run with a replica that hangs waits to be taken down.
#pragma once

#include "agent/core/replica_watch.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace vitfleet::agent {

class ReplicaCounters
{
public:
    struct Counter
    {
        std::atomic<std::uint64_t> progress{0};
        std::atomic<bool> busy{false};
    };

    explicit ReplicaCounters(std::size_t replicas) : m_counters(replicas) {}
    Counter& of(std::size_t replica) { return m_counters[replica]; }
    std::vector<ReplicaWatch::Replica> read() const
    {
        std::vector<ReplicaWatch::Replica> replicas;
        for (const Counter& counter : m_counters)
            replicas.push_back({counter.progress.load(std::memory_order_relaxed), counter.busy.load()});
        return replicas;
    }

private:
    std::vector<Counter> m_counters;
};

} // namespace vitfleet::agent
