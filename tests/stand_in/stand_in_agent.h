// SPDX-License-Identifier: GPL-3.0-or-later
// An agent without processes, files or inference: it speaks the protocol over a real socket, takes its time for each
// item and answers as the synthetic backend would. Loop thread only.
#pragma once

#include "shared/transport/transport.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::test {

struct StandInSettings
{
    double millisecondsPerItem = 1;
    std::uint32_t batch = 8; ///< results come in messages of so many
    std::uint32_t labels = 10;
    bool seesFiles = false; ///< hashes what it is asked to, and so gets paths; else bytes
    double wrongShare = 0;  ///< of items, labelled as the next class
    std::uint16_t version = protocol::version, minVersion = protocol::minVersion; ///< of the protocol, that it speaks
    bool negotiates = true;                      ///< else it welcomes whoever says hello, in its own version
    std::uint16_t port = 0;                      ///< 0: any free one
    std::optional<transport::KeyPair> keys = {}; ///< none: new ones
};

class StandInAgent
{
public:
    using Clock = std::chrono::steady_clock;
    struct Hooks
    {
        /// Instead of sending these results at once; empty: send. Calls sendResults() later.
        std::function<void(StandInAgent&, std::vector<protocol::ResultItem>)> deliver = {};
        /// The application has acknowledged these items.
        std::function<void(const std::vector<std::uint32_t>&)> committed = {};
    };

    StandInAgent(transport::Context& context, EventLoop& loop, const std::string& host, std::string name,
                 const transport::KeyPair& keys, const transport::PublicKey& application, StandInSettings settings,
                 Hooks hooks);

    std::string addressLine() const;
    std::size_t connectionCount() const { return m_socket->connectionCount(); }
    /// Computes what is due. False where there is nothing to do.
    void work(Clock::time_point now);
    /// To be called more often than once a second: then at least one goes out, with results where some do.
    void beat();
    void sendResults(std::vector<protocol::ResultItem> results);
    /// Heartbeats stop and nothing is sent, until `silent` is false again: what was due meanwhile is sent then.
    void setSilent(bool silent) { m_silent = silent; }

    /// Epoch where there is none yet.
    Clock::time_point firstLease() const { return m_firstLease; }
    Clock::time_point lastResult() const { return m_lastResult; }
    std::uint64_t computed() const { return m_computed; }
    std::uint64_t committedCount() const { return m_committed; }
    std::size_t outboxSize() const { return m_outbox.size(); }

private:
    struct Work
    {
        LeaseId lease;
        ItemId item;
    };
    void onMessage(transport::ConnectionId from, const protocol::Message& message, protocol::BytesView payload);
    void onHello(transport::ConnectionId from, const protocol::Hello& hello);
    void onOpenRun(const protocol::OpenRun& open);
    void onProbe(const protocol::ProbeFiles& probe);
    void onLease(const protocol::LeasePart& part, protocol::BytesView payload);
    void onRevoke(const protocol::Revoke& revoke);
    void onCommitted(const protocol::Committed& committed);
    void send(const protocol::Message& message, protocol::BytesView payload = {});
    bool trySend(const protocol::Message& message, protocol::BytesView payload);
    void flush();
    void resendOutbox();
    protocol::AgentBeat makeBeat();
    protocol::ResultItem answer(const Work& work);

    EventLoop& m_loop;
    std::string m_name, m_host;
    transport::PublicKey m_key;
    StandInSettings m_settings;
    Hooks m_hooks;
    std::uint64_t m_incarnation;
    std::unique_ptr<transport::AgentSocket> m_socket;
    std::optional<transport::ConnectionId> m_control, m_data;
    std::string m_runUid, m_dataRoot;
    std::deque<Work> m_queue;
    Clock::time_point m_busyUntil{}; ///< when the batch that is being computed is done
    Clock::time_point m_firstLease{}, m_lastResult{};
    std::deque<Work> m_batch;
    std::map<std::uint64_t, protocol::ResultItem> m_outbox;
    std::deque<std::pair<protocol::Message, protocol::Bytes>> m_waiting;
    std::uint64_t m_sequence = 0, m_beats = 0, m_computed = 0, m_committed = 0;
    std::uint64_t m_owner = 0;            ///< the application process's nonce
    bool m_takesBeatsWithResults = false; ///< that application
    Clock::time_point m_beatAt{};
    bool m_held = false; ///< another process has said hello: results wait until it opens the run
    bool m_silent = false;
};

} // namespace vitfleet::test
