// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/stand_in/stand_in_fleet.h"

#include <algorithm>
#include <chrono>
#include <future>

namespace vitfleet::test {

using namespace std::chrono_literals;
using protocol::ResultItem;

namespace {

constexpr auto tickInterval = 5ms;

} // namespace

StandInFleet::StandInFleet(const std::vector<StandInSettings>& settings, const transport::PublicKey& application,
                           Distortion distortion, bool remembersCommitted)
    : m_distortion(distortion), m_remembersCommitted(remembersCommitted), m_random(distortion.seed)
{
    std::promise<void> started;
    auto future = started.get_future();
    m_loop.post([&] {
        try {
            start(settings, application);
            started.set_value();
        } catch (...) {
            started.set_exception(std::current_exception());
        }
    });
    m_thread = std::thread([this] { m_loop.run(); });
    try {
        future.get();
    } catch (...) {
        m_loop.stop();
        m_thread.join();
        throw;
    }
}

StandInFleet::~StandInFleet()
{
    m_loop.post([this] {
        m_ticker.run();
        m_agents.clear();
        m_loop.stop();
    });
    if (m_thread.joinable())
        m_thread.join();
}

void StandInFleet::start(const std::vector<StandInSettings>& settings, const transport::PublicKey& application)
{
    StandInAgent::Hooks hooks;
    if (m_distortion.isAny())
        hooks.deliver = [this](StandInAgent& agent, std::vector<ResultItem> results) {
            deliver(agent, std::move(results));
        };
    if (m_remembersCommitted)
        hooks.committed = [this](const std::vector<std::uint32_t>& items) {
            const std::lock_guard lock(m_mutex);
            m_committed.insert(items.begin(), items.end());
        };
    for (std::size_t i = 0; i < settings.size(); ++i) {
        m_agents.push_back(std::make_unique<StandInAgent>(
            m_context, m_loop, "127.0.0.1", "stand-in-" + std::to_string(i + 1),
            settings[i].keys ? *settings[i].keys : transport::KeyPair::generate(), application, settings[i], hooks));
        m_lines.push_back(m_agents.back()->addressLine());
    }
    m_beatsSince = StandInAgent::Clock::now();
    m_ticker = m_loop.every(tickInterval, [this] { tick(); });
}

void StandInFleet::tick()
{
    const auto now = StandInAgent::Clock::now();
    // All in the course of each quarter of a second.
    const auto due = static_cast<std::size_t>(4 * std::chrono::duration<double>(now - m_beatsSince).count() *
                                              static_cast<double>(m_agents.size()));
    for (; m_nextBeat < due; ++m_nextBeat)
        m_agents[m_nextBeat % m_agents.size()]->beat();
    Counts counts;
    Times times;
    for (const auto& agent : m_agents) {
        agent->work(now);
        counts.computed += agent->computed();
        counts.committed += agent->committedCount();
        counts.outbox += agent->outboxSize();
        times.lastResult = std::max(times.lastResult, agent->lastResult());
        if (const auto first = agent->firstLease();
            first != StandInAgent::Clock::time_point{} &&
            (first < times.firstLease || times.firstLease == Times().firstLease))
            times.firstLease = first;
    }
    std::size_t working = 0;
    for (const auto& agent : m_agents) {
        if (agent->firstLease() == StandInAgent::Clock::time_point{})
            continue;
        ++working;
        times.waited += std::chrono::duration<double>(agent->firstLease() - times.firstLease).count();
        if (agent->lastResult() != StandInAgent::Clock::time_point{})
            times.idle += std::chrono::duration<double>(times.lastResult - agent->lastResult()).count();
    }
    times.waited /= static_cast<double>(std::max<std::size_t>(working, 1));
    times.idle /= static_cast<double>(std::max<std::size_t>(working, 1));
    for (std::size_t i = 0; i < m_held.size();) {
        if (m_held[i].due > now) {
            ++i;
            continue;
        }
        Distorted ready = std::move(m_held[i]);
        m_held.erase(m_held.begin() + static_cast<std::ptrdiff_t>(i));
        ready.agent->sendResults(std::move(ready.results));
    }
    if (m_held.empty()) {
        for (auto& [agent, result] : std::exchange(m_last, {}))
            agent->sendResults({result});
    }
    const std::lock_guard lock(m_mutex);
    m_counts.computed = counts.computed;
    m_counts.committed = counts.committed;
    m_counts.outbox = counts.outbox;
    m_times = times;
}

void StandInFleet::hold(StandInAgent& agent, ResultItem result, int fromMs, int toMs)
{
    const auto delay = fromMs + static_cast<int>(m_random() % static_cast<std::uint64_t>(toMs - fromMs));
    m_held.push_back({StandInAgent::Clock::now() + std::chrono::milliseconds(delay), &agent, {std::move(result)}});
}

void StandInFleet::deliver(StandInAgent& agent, std::vector<ResultItem> results)
{
    std::vector<ResultItem> now;
    const std::lock_guard lock(m_mutex);
    for (ResultItem& result : results) {
        if (result.item.value == m_distortion.lastItem) {
            m_last.emplace_back(&agent, std::move(result));
            continue;
        }
        if (happens(m_distortion.repeated)) {
            ++m_counts.repeated;
            hold(agent, result, 0, 1500);
        }
        if (happens(m_distortion.late)) {
            ++m_counts.late;
            hold(agent, std::move(result), 1000, 3000);
        } else if (happens(m_distortion.reordered)) {
            ++m_counts.reordered;
            hold(agent, std::move(result), 0, 200);
        } else {
            now.push_back(std::move(result));
        }
    }
    agent.sendResults(std::move(now));
}

StandInFleet::Counts StandInFleet::counts()
{
    const std::lock_guard lock(m_mutex);
    return m_counts;
}

StandInFleet::Times StandInFleet::times()
{
    const std::lock_guard lock(m_mutex);
    return m_times;
}

void StandInFleet::inThread(const std::function<void()>& work)
{
    std::promise<void> done;
    m_loop.post([&] {
        work();
        done.set_value();
    });
    done.get_future().wait();
}

bool StandInFleet::waitForEnd(std::chrono::milliseconds limit)
{
    constexpr auto lookInterval = 1ms;
    const auto deadline = StandInAgent::Clock::now() + limit;
    for (std::size_t connections = 1; connections > 0;) {
        if (StandInAgent::Clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(lookInterval);
        inThread([&] {
            connections = 0;
            for (const auto& agent : m_agents)
                connections += agent->connectionCount();
        });
    }
    // libzmq hands over what it has read before it tells of a connection's end. To send makes a socket look for that,
    // and have it read right after this turn of the loop.
    inThread([this] {
        for (const auto& agent : m_agents)
            agent->beat();
    });
    inThread([] {});
    return true;
}

std::vector<std::uint32_t> StandInFleet::committed()
{
    const std::lock_guard lock(m_mutex);
    return {m_committed.begin(), m_committed.end()};
}

} // namespace vitfleet::test
