// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/replica_watch.h"

#include "shared/base/limits.h"

namespace vitfleet::agent {
namespace {

constexpr int stepsAllowed = 10;
/// Looks are a heartbeat apart, and a replica may have rested for most of one unseen: only of steps that are clearly
/// longer is it known that they are long.
constexpr auto longStep = limits::beatInterval * 3 / 2;

} // namespace

ReplicaWatch::Stall ReplicaWatch::look(std::span<const Replica> replicas, TimePoint now)
{
    if (m_seen.size() != replicas.size()) {
        m_seen.clear();
        for (const Replica& replica : replicas)
            m_seen.push_back({replica.progress, now, !replica.busy, {}});
    }
    Stall longest;
    for (std::uint32_t i = 0; i < replicas.size(); ++i) {
        Seen& seen = m_seen[i];
        const std::uint64_t raised = replicas[i].progress - seen.progress;
        // Of the first step after a rest nobody knows when it began, and a look may be late by as much as it took.
        if (raised > 0 && !seen.rested)
            seen.step = (now - seen.movedAt) / static_cast<std::int64_t>(raised);
        if (raised > 0 || !replicas[i].busy) {
            seen.progress = replicas[i].progress;
            seen.movedAt = now;
            seen.rested = !replicas[i].busy;
        }
        const Duration still = now - seen.movedAt;
        const Duration allowed = seen.step > longStep ? stepsAllowed * seen.step : Duration();
        if (still >= allowed && still > longest.time)
            longest = {i, still};
    }
    return longest;
}

} // namespace vitfleet::agent
