// SPDX-License-Identifier: GPL-3.0-or-later
// A provider, an engine and a ledger that are scripts, for the fleet of one profile.
#pragma once

#include "app/provision/profile_fleet.h"
#include "shared/transport/keys.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

namespace vitfleet::test {

using namespace app;
using namespace std::chrono_literals;

class MemoryLedger : public UnitLedger
{
public:
    Result<std::vector<UnitRecord>> units() override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<UnitRecord> all;
        for (const auto& [key, unit] : m_units)
            all.push_back(unit);
        return all;
    }
    Result<void> putUnits(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_mutex);
        for (const UnitRecord& unit : units)
            m_units[unit.key()] = unit;
        return {};
    }
    Result<void> removeUnits(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_mutex);
        for (const UnitRecord& unit : units)
            m_units.erase(unit.key());
        return {};
    }
    std::size_t size()
    {
        const std::lock_guard lock(m_mutex);
        return m_units.size();
    }

private:
    std::mutex m_mutex;
    std::map<std::string, UnitRecord> m_units;
};

/// What the test and the provider share: the provider itself lives in the fleet.
struct World
{
    std::mutex mutex;
    MemoryLedger ledger;
    std::map<std::string, UnitStatus> units;
    std::vector<std::string> stopped, cleaned;
    std::vector<std::size_t> ledgerAtStart; ///< how many units it had when start() was called
    Error startError{ErrorCode::None, {}};
    std::size_t startedBeforeError = 0; ///< of each allocation
    Error statusError{ErrorCode::None, {}};
    bool tail = false; ///< only the last of an allocation can be ended
    bool stops = true; ///< otherwise what is told to end goes on
    int starts = 0, looks = 0;
    std::filesystem::path requestFile;
    std::uint32_t mostAtOnce = 0;
    int nextJob = 100;
    bool agentsWork = true; ///< otherwise they die before they have done anything
    Error addError{ErrorCode::None, {}};
    Error trouble{ErrorCode::None, {}}; ///< of every node
    std::chrono::milliseconds settledAfter = 60s;

    // The engine.
    std::map<std::uint32_t, LaunchedNode> nodes;
    std::vector<std::pair<std::uint32_t, std::string>> ended;
    std::vector<std::string> notes;
    std::uint32_t nextNode = 1;

    static launch::Reply reply(int number)
    {
        launch::Reply made;
        made.address.host = "127.0.0.1";
        made.address.port = static_cast<std::uint16_t>(number);
        made.address.key = transport::KeyPair::generate().publicKey();
        made.pid = number;
        return made;
    }
    std::size_t nodeCount()
    {
        const std::lock_guard lock(mutex);
        return nodes.size();
    }
    void setAll(UnitStatus::Phase phase, const std::string& reason)
    {
        const std::lock_guard lock(mutex);
        for (auto& [key, unit] : units) {
            unit.phase = phase;
            unit.reason = reason;
        }
    }
};

class ScriptedProvider : public Provider
{
public:
    explicit ScriptedProvider(World& world) : m_world(world) {}
    FleetPlan plan(std::uint32_t) const override { return {}; }
    bool endsFromTheTail() const override
    {
        const std::lock_guard lock(m_world.mutex);
        return m_world.tail;
    }
    std::uint32_t mostAtOnce() override
    {
        const std::lock_guard lock(m_world.mutex);
        return m_world.mostAtOnce;
    }
    Result<void> prepare(std::vector<UnitRecord>& units) override
    {
        for (UnitRecord& unit : units)
            unit.folder = "/launch/" + unit.allocation;
        return {};
    }
    Result<void> start(std::vector<UnitRecord>& units, const std::vector<UnitRecord>&) override
    {
        const std::size_t stored = m_world.ledger.size();
        const std::lock_guard lock(m_world.mutex);
        ++m_world.starts;
        m_world.ledgerAtStart.push_back(stored);
        const bool fails = m_world.startError.code != ErrorCode::None;
        std::size_t left = fails ? m_world.startedBeforeError : units.size();
        for (UnitRecord& unit : units) {
            if (left-- == 0)
                break;
            const int job = m_world.nextJob++;
            unit.providerId = std::to_string(job);
            UnitStatus status;
            status.phase = UnitStatus::Phase::Running;
            status.providerId = unit.providerId;
            status.reply = World::reply(job);
            m_world.units[unit.key()] = status;
        }
        return fails ? Result<void>(m_world.startError) : Result<void>();
    }
    Result<std::map<std::string, UnitStatus>> status(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        ++m_world.looks;
        if (m_world.statusError.code != ErrorCode::None)
            return m_world.statusError;
        std::map<std::string, UnitStatus> found;
        for (const UnitRecord& unit : units) {
            if (const auto known = m_world.units.find(unit.key()); known != m_world.units.end())
                found[unit.key()] = known->second;
            else
                found[unit.key()].phase = UnitStatus::Phase::Gone;
        }
        return found;
    }
    Result<void> stop(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        for (const UnitRecord& unit : units) {
            m_world.stopped.push_back(unit.providerId);
            if (m_world.stops)
                m_world.units.erase(unit.key());
            if (m_world.tail) // takes those behind it with it
                std::erase_if(m_world.units, [&unit](const auto& other) {
                    return other.first.substr(0, 32) == unit.allocation && other.first > unit.key();
                });
        }
        return {};
    }
    Result<std::string> reach(const UnitRecord&, const launch::Reply& reply) override { return reply.address.line(); }
    void leave(const UnitRecord&) override {}
    Result<void> cleanUp(const std::vector<UnitRecord>& units) override
    {
        const std::lock_guard lock(m_world.mutex);
        m_world.cleaned.push_back(units.front().folder);
        return {};
    }

private:
    World& m_world;
};

inline std::unique_ptr<ProfileFleet> makeFleet(World& world, const std::vector<UnitRecord>& found = {})
{
    ProfileFleet::Options options;
    options.profile.name = "test";
    options.profile.provider = ProviderKind::Slurm;
    options.profile.timeoutSeconds = 1;
    options.ledger = &world.ledger;
    options.changed = [] {};
    options.requestFile = world.requestFile;
    options.interval = 5ms;
    options.nodes = {
        [&world](LaunchedNode node, std::function<void(Result<NodeId>)> done) {
            std::uint32_t id = 0;
            {
                const std::lock_guard lock(world.mutex);
                if (world.addError.code != ErrorCode::None)
                    return done(world.addError);
                id = world.nextNode++;
                world.nodes[id] = std::move(node);
            }
            done(NodeId(id));
        },
        [&world](NodeId node, Error reason) {
            const std::lock_guard lock(world.mutex);
            world.ended.emplace_back(node.value, reason.detail);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            world.nodes.erase(node.value);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            return world.nodes.contains(node.value);
        },
        [&world](EventRecord event) {
            const std::lock_guard lock(world.mutex);
            world.notes.push_back(event.text);
        },
        [&world](NodeId node) {
            const std::lock_guard lock(world.mutex);
            return world.agentsWork && world.nodes.contains(node.value);
        },
        [&world](NodeId) {
            const std::lock_guard lock(world.mutex);
            return world.trouble;
        },
    };
    options.firstRetry = 5ms;
    options.settledAfter = world.settledAfter;
    return std::make_unique<ProfileFleet>(
        std::move(options), [&world](const std::atomic<bool>*) { return std::make_unique<ScriptedProvider>(world); },
        found);
}

inline bool allRun(const ProfileFleet& fleet, std::uint32_t count)
{
    const AllocationSnapshot snapshot = fleet.snapshot();
    return snapshot.units.size() == count && snapshot.count(UnitState::Running) == count;
}

} // namespace vitfleet::test
