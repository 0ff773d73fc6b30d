// SPDX-License-Identifier: GPL-3.0-or-later
// A fleet without sockets: agents that answer as a test wants, in the engine's own thread. Only the wire and the
// processes are missing; everything that the engine says is what it would say to real agents.
#pragma once

#include "app/core/link.h"
#include "shared/base/event_loop.h"

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::test {

/// What the scripted agents do, and what they saw. Shared by the test's thread and the engine's; guarded by `mutex`.
struct Script
{
    struct Agent
    {
        Error refusal{ErrorCode::None, {}}; ///< instead of coming up
        bool makesRoom = false;             ///< and it refuses only who has no run
        bool comesUp = true;
        bool answers = true;                    ///< leases are answered at once; otherwise they are held
        std::uint32_t answerAtMost = 1'000'000; ///< items, then it holds
        std::uint32_t badLabel = 0;             ///< if not 0: answers with this label
        std::chrono::microseconds perItem{0};   ///< what an item takes; 0: a lease is answered at once
        bool oneByOne = false;                  ///< tells each item when it is done, not all at the end of a lease
        bool seesFiles = false;                 ///< proves it, and is sent paths
        ErrorCode runFails = ErrorCode::None;
        ErrorCode itemError = ErrorCode::None; ///< instead of labels
        bool opens = true;                     ///< answers OpenRun
        bool silent = false;                   ///< no heartbeat
        std::size_t queuedBytes = 0;           ///< that wait for it
        protocol::AgentBeat beat;              ///< what it says of itself; a first replica makes progress where busy

        std::string address;
        std::uint64_t incarnation = 1;
        std::uint64_t sequence = 0;
        std::uint32_t answered = 0;
        std::chrono::steady_clock::time_point busyUntil;
        NodeId node;
        std::string runUid;
        std::string dataRoot;
        std::vector<std::pair<LeaseId, ItemId>> held;
        std::vector<LeaseId> leases; ///< all that it was given
        int closed = 0;              ///< how often it was told to forget its run
        std::set<std::uint64_t> unacknowledged;
        std::vector<std::uint64_t> acknowledged;  ///< in the order in which it was told
        std::vector<protocol::ResultItem> outbox; ///< sent again whenever a run is opened
    };
    std::mutex mutex;
    bool hasRun = false;                 ///< that the application says of itself
    std::map<std::string, Agent> agents; ///< by HOST:PORT
};

class ScriptedLink : public app::FleetLink
{
public:
    ScriptedLink(EventLoop& loop, Script& script) : m_loop(loop), m_script(script) {}
    ~ScriptedLink() override { *m_alive = false; }

    void setCallbacks(Callbacks callbacks) override { m_callbacks = std::move(callbacks); }
    Result<Address> resolve(const std::string& line, bool pin) override;
    Result<std::vector<Address>> resolveAll(const std::vector<std::string>& lines) override;
    void add(NodeId node, const Address& address) override;
    void remove(NodeId node) override;
    bool send(NodeId node, app::Channel channel, const protocol::Message& message,
              protocol::BytesView payload) override;
    std::size_t queuedBytes(NodeId node) const override;
    void reconnect(NodeId node) override;
    void setHasRun(bool on) override;
    std::string publicKey() const override { return "key"; }
    std::string fingerprint() const override { return "fingerprint"; }

    /// From the test's thread: the agent's connections break, and stand again.
    void cut(const std::string& address);
    void restore(const std::string& address);
    /// From the test's thread: everything that the agent holds is answered, whether it is connected or not.
    void answerHeld(const std::string& address);

    /// From the test's thread: the agent says this, whatever it is. `said` comes in the engine's thread.
    void say(const std::string& address, std::vector<std::pair<protocol::Message, protocol::Bytes>> messages,
             std::function<void()> said);

private:
    void post(std::function<void()> task);
    void comeUp(NodeId node);
    Script::Agent* agentOf(NodeId node);
    void open(NodeId node, Script::Agent& agent, const protocol::OpenRun& request);
    void lease(Script::Agent& agent, const protocol::LeasePart& part, protocol::BytesView payload);
    void compute(Script::Agent& agent, std::vector<protocol::ResultItem> results);
    protocol::ResultItem answer(Script::Agent& agent, LeaseId lease, ItemId item);
    void deliver(NodeId node, const std::string& runUid, std::vector<protocol::ResultItem> results);
    void revoke(NodeId node, Script::Agent& agent, const protocol::Revoke& request);
    void beatAll();

    EventLoop& m_loop;
    Script& m_script;
    Callbacks m_callbacks;
    std::map<NodeId, std::string> m_nodes;
    std::set<NodeId> m_up;
    Subscription m_beat;
    std::vector<Subscription> m_computing; ///< leases of agents that take their time
    std::shared_ptr<bool> m_alive = std::make_shared<bool>(true);
};

} // namespace vitfleet::test
