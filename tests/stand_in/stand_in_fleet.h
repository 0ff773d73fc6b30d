// SPDX-License-Identifier: GPL-3.0-or-later
// Many stand-in agents in a thread of their own.
#pragma once

#include "shared/transport/transport.h"
#include "tests/stand_in/stand_in_agent.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace vitfleet::test {

/// What happens to results on their way; shares of items.
struct Distortion
{
    double repeated = 0, reordered = 0, late = 0;
    std::uint64_t seed = 1;
    std::uint32_t lastItem = 0; ///< waits until nothing else is on its way, so that the run cannot end before

    bool isAny() const { return repeated > 0 || reordered > 0 || late > 0; }
};

class StandInFleet
{
public:
    struct Counts
    {
        std::uint64_t computed = 0, committed = 0, outbox = 0;
        std::uint64_t repeated = 0, reordered = 0, late = 0; ///< items that were
    };

    /// Agents listen on free ports of 127.0.0.1 and admit `application`. Throws where they cannot.
    StandInFleet(const std::vector<StandInSettings>& settings, const transport::PublicKey& application,
                 Distortion distortion = {}, bool remembersCommitted = false);
    ~StandInFleet();
    StandInFleet(const StandInFleet&) = delete;

    const std::vector<std::string>& addressLines() const { return m_lines; }
    Counts counts();
    struct Times
    {
        StandInAgent::Clock::time_point firstLease{}, lastResult{}; ///< of all agents
        double waited = 0; ///< seconds from the first lease to an agent's own, the mean of all that had one
        double idle = 0;   ///< seconds from an agent's last result to that of all
    };
    Times times();
    /// Items that the application has acknowledged so far.
    std::vector<std::uint32_t> committed();
    /// After the application has ended: until all that it had sent is read, so that committed() is complete. False
    /// where connections are still there after `limit`.
    bool waitForEnd(std::chrono::milliseconds limit = std::chrono::seconds(10));

private:
    struct Distorted
    {
        StandInAgent::Clock::time_point due;
        StandInAgent* agent;
        std::vector<protocol::ResultItem> results;
    };
    void start(const std::vector<StandInSettings>& settings, const transport::PublicKey& application);
    void tick();
    /// Runs `work` in the agents' thread and waits for it.
    void inThread(const std::function<void()>& work);
    void deliver(StandInAgent& agent, std::vector<protocol::ResultItem> results);
    void hold(StandInAgent& agent, protocol::ResultItem result, int fromMs, int toMs);
    bool happens(double share) { return static_cast<double>(m_random() % 100'000) < share * 100'000; }

    transport::Context m_context;
    EventLoop m_loop;
    std::vector<std::unique_ptr<StandInAgent>> m_agents;
    std::vector<std::string> m_lines;
    Distortion m_distortion;
    bool m_remembersCommitted;
    std::mt19937_64 m_random;
    std::vector<Distorted> m_held;
    std::vector<std::pair<StandInAgent*, protocol::ResultItem>> m_last;
    Subscription m_ticker;
    std::size_t m_nextBeat = 0;
    StandInAgent::Clock::time_point m_beatsSince{};
    std::mutex m_mutex; ///< for what follows
    Counts m_counts;
    Times m_times;
    std::unordered_set<std::uint32_t> m_committed;
    std::thread m_thread;
};

} // namespace vitfleet::test
