// SPDX-License-Identifier: GPL-3.0-or-later
// What a run costs while it goes: the time of the nodes that a profile holds, and the energy that its nodes' processors
// use, from the counters in their heartbeats.
#pragma once

#include "app/core/scale_out.h"
#include "app/core/snapshot.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace vitfleet::app {

class RunCost
{
public:
    using Clock = std::chrono::steady_clock;

    /// Nodes of that profile are what is paid for, from when they run (also while their agent starts or stops) until
    /// they are gone. What waits in a queue costs nothing.
    void observe(const AllocationSnapshot& allocation, Clock::time_point now);
    /// Energy is a host's: with several agents on one, it is counted once. A host without a counter makes the whole
    /// run's energy unknown, as does one whose GPUs several agents use: each may see its own GPU only. Where GPUs are
    /// counted and processors are not, the sum is a part and said to be: see missing().
    void observe(const FleetSnapshot& fleet);

    double nodeSeconds(Clock::time_point now) const;
    /// Of all hosts that took part; nothing where it is not known of each, and energyAbsence() says why.
    std::optional<double> joules() const;
    std::string energyAbsence() const;
    /// What is not in joules(); empty: it is all.
    std::string missing() const;
    /// Nothing where they are a part: for columns, which cannot say so.
    std::optional<double> wholeJoules() const { return missing().empty() ? joules() : std::nullopt; }

private:
    struct Host
    {
        NodeId teller; ///< the agent whose counter is read
        double last = 0;
        double joules = 0;
        bool known = false;  ///< its counter has been seen
        std::string absence; ///< as the last snapshot with this host tells: counters begin a moment after the work
        std::string missing;
        bool sharesGpus = false;
    };
    std::map<std::string, Host> m_hosts;
    std::uint32_t m_held = 0;
    double m_nodeSeconds = 0;
    Clock::time_point m_since{};
};

/// "152 node-seconds, 0.02 EUR (2.11 EUR per million pictures); energy: absent (…)"
std::string costText(const RunCost& cost, const Profile& profile, std::uint64_t rows, RunCost::Clock::time_point now);
/// The same to be kept with the run.
RunCostRecord costRecord(const RunCost& cost, const Profile& profile, RunCost::Clock::time_point now);

} // namespace vitfleet::app
