// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes of one profile: a thread that makes what there is equal to what is asked for, one provider call after the
// other, so that a provider which hangs holds up nobody else.
#pragma once

#include "app/core/launched_node.h"
#include "app/core/scale_out.h"
#include "app/provision/provider.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

namespace vitfleet::app {

class ProfileFleet
{
public:
    /// What it asks of the engine. Any thread.
    struct Nodes
    {
        std::function<void(LaunchedNode, std::function<void(Result<NodeId>)>)> add;
        std::function<void(NodeId, Error)> ended;
        std::function<void(NodeId)> remove; ///< takes unstarted work back, lets it finish, forgets it
        std::function<bool(NodeId)> isThere;
        std::function<void(EventRecord)> note;
        std::function<bool(NodeId)> hasWorked; ///< has brought a row
        /// Why it cannot be of use: it cannot be reached, or takes nothing from us. None where it can.
        std::function<Error(NodeId)> trouble;
    };
    struct Options
    {
        Profile profile;
        Nodes nodes;
        UnitLedger* ledger = nullptr;
        std::filesystem::path requestFile; ///< a count that another process asks for
        std::function<void()> changed;
        std::chrono::milliseconds interval = std::chrono::seconds(1);
        std::chrono::milliseconds firstRetry =
            std::chrono::seconds(2); ///< after a failure; twice as long after the next
        /// A node that is there for so long would work if it could.
        std::chrono::milliseconds settledAfter = std::chrono::seconds(60);
    };
    using MakeProvider = std::function<std::unique_ptr<Provider>(const std::atomic<bool>* stop)>;

    /// `found`: units of an earlier process.
    ProfileFleet(Options options, const MakeProvider& makeProvider, const std::vector<UnitRecord>& found);
    /// Ends the thread; what runs stays, for the ledger knows it.
    ~ProfileFleet();

    /// Begins to work towards a count; those that are started from now on are kept or not.
    void resize(std::uint32_t nodes, bool keep);
    /// No more than that; never asks for any.
    void shrinkTo(std::uint32_t most);
    /// Works towards those that are kept.
    void settle();
    /// Gives back everything, or what is not kept.
    void release(bool alsoKept);
    bool isReleased() const;
    /// Has nothing, and works towards nothing.
    bool isIdle() const;
    std::uint32_t capacity() const { return m_provider->capacity(); }
    const Profile& profile() const { return m_options.profile; }
    AllocationSnapshot snapshot() const;

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::uint32_t maxFailures = 3; ///< in a row, before the count falls to what there is
    struct Unit
    {
        UnitRecord record;
        UnitState state = UnitState::Requested;
        std::string reason;
        UnixMs since = 0;
        bool started = false; ///< start() has been called, in this process or another
        bool ran = false;     ///< was of use: its end is no failure of its profile
        bool found = false;   ///< an earlier process asked for it, and this one has not seen it alive
        Clock::time_point joinedAt{};
        std::string address; ///< that the engine's node has
        std::string gone; ///< of the agent that went back to the queue: its answer may lie there until the next one's
        NodeId node;
        bool hasNode = false;
        bool seen = false; ///< the engine's snapshot has had it
        std::string nodeName;
        bool isOfNoUse = false;         ///< its agent does not start, and it cannot be ended alone
        bool leaving = false;           ///< to be given back
        Clock::time_point lookUntil{};  ///< its start has not been answered: it may still turn up
        Clock::time_point drainUntil{}; ///< its node may finish until then
        Clock::time_point stoppedAt{};  ///< when the provider was told; zero: not yet
    };

    void work();
    void readRequest();
    void applyTarget();
    void growBy(std::uint32_t count);
    void grow(std::uint32_t count);
    void shrink(std::uint32_t count);
    void drainAndStop();
    void poll();
    void apply(Unit& unit, const UnitStatus& status);
    void join(Unit& unit, const launch::Reply& reply);
    void leaveEngine(Unit& unit, const std::string& why);
    void judge(Unit& unit);
    void end(Unit& unit, const UnitStatus& status);
    void letGo(Unit& unit);
    void refuse(Unit& unit, const Error& error);
    void letGoOfTails();
    static bool isFinal(ErrorCode code);
    void failed(const Error& error, bool isLast);
    void setState(Unit& unit, UnitState state, std::string reason);
    void removeEnded();
    void remember(); ///< in m_snapshot
    void publish();
    void note(const std::string& text, Error error = {ErrorCode::None, {}}, const std::string& node = {});
    std::uint32_t wanted() const; ///< units that are not to be given back

    const Options m_options;
    std::atomic<bool> m_stop{false};
    std::unique_ptr<Provider> m_provider;
    std::vector<Unit> m_units;         ///< the thread's
    std::vector<UnitSnapshot> m_ended; ///< by themselves, the newest first
    std::vector<UnitRecord> m_rests;   ///< launch folders that could not be removed yet
    Error m_trouble{ErrorCode::None, {}};
    std::uint32_t m_failures = 0; ///< in a row
    Clock::time_point m_retryAt{};

    mutable std::mutex m_mutex; ///< guards the following
    std::condition_variable m_wake;
    std::uint32_t m_target = 0;
    bool m_keep = false;
    bool m_isAsked = false;   ///< anything was asked for at all: until then nothing is touched
    bool m_isSettled = false; ///< nobody has asked for a count: what was kept is what is wanted
    bool m_isLeaving = false; ///< this process gives back what is not kept: what others ask for comes too late
    bool m_again = false;
    AllocationSnapshot m_snapshot;
    struct Joined
    {
        std::string key, address;
        Result<NodeId> node;
    };
    std::vector<Joined> m_joined; ///< answers of the engine

    std::thread m_thread; ///< last
};

} // namespace vitfleet::app
