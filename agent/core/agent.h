// SPDX-License-Identifier: GPL-3.0-or-later
// The agent: its socket, its owner, its beat and its end. Everything here runs in the engine thread, which is the one
// that runs the event loop.
#pragma once

#include "agent/core/courier.h"
#include "agent/core/owner_watch.h"
#include "agent/core/parts.h"
#include "agent/core/rate_meter.h"
#include "agent/core/run_controller.h"
#include "agent/core/session.h"
#include "agent/core/settings.h"
#include "agent/core/worker.h"
#include "shared/base/event_loop.h"
#include "shared/transport/transport.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::agent {

class Agent
{
public:
    struct Listen
    {
        std::string host; ///< "*": all addresses
        std::uint16_t port = 0;
    };
    struct Setup
    {
        AgentSettings settings;
        Listen listen;
        const transport::KeyPair& keys;
        std::vector<transport::PublicKey> authorized;
        AgentParts& parts;
        /// After stop(), where the application that launched it asked for the end, or where it has failed.
        std::function<void()> stopped;
    };

    /// Binds the port and answers from then on, as the loop runs. Listen.
    static Result<std::unique_ptr<Agent>> start(transport::Context& context, EventLoop& loop, Setup setup);
    /// Joins all threads: waits for what they are computing, loading or reading.
    ~Agent();

    std::uint16_t port() const { return m_socket->port(); }
    void setAuthorized(std::vector<transport::PublicKey> keys);
    /// Somebody uses it: has a connection and beats.
    bool hasLiveOwner() const { return m_session.ownerIsAlive(Clock::now()); }

    /// Ends cleanly: gives unstarted items back, finishes and sends those that replicas are computing, waits until they
    /// are committed, takes its leave, then calls Setup::stopped. All of it within limits::drainTimeout. A second call
    /// changes nothing.
    void stop(const std::string& reason);
    /// It was stopped because it cannot go on.
    bool hasFailed() const { return m_hasFailed; }
    /// The destructor would not have to wait.
    bool isIdle() const { return m_worker->isIdle() && m_run->isQuiet(); }

private:
    using Connection = transport::ConnectionId;
    using Clock = std::chrono::steady_clock;

    Agent(EventLoop& loop, AgentSettings settings, AgentParts& parts);

    void onMessage(Connection connection, const transport::PublicKey& peer, protocol::Message message,
                   protocol::BytesView payload);
    void onHello(Connection connection, const transport::PublicKey& peer, const protocol::Hello& hello);
    Result<void> onOwnersMessage(const protocol::Message& message, protocol::BytesView payload);
    void onBadMessage(Connection connection, const Error& error);
    void onStranger(const std::string& address, std::uint64_t count);
    void onPortClosed(const Error& error);
    void onShutdown();

    void welcome(Connection connection, const protocol::Hello& hello);
    void refuse(Connection connection, const Error& error);
    void probeOwner();
    Session::Keeping keeping() const;
    void beat();
    void sendBeatIfDue();
    bool isBeatDue(Clock::duration interval) const;
    transport::SendStatus sendData(Connection data, const protocol::Message& message, protocol::BytesView payload);
    protocol::AgentBeat makeBeat();
    transport::SendStatus send(Connection connection, const protocol::Message& message,
                               protocol::BytesView payload = {});
    void stopStep();
    void leave();
    void ownerIs(OwnerWatch::Stage stage);
    void judge(const protocol::AgentBeat& beat, bool isOwned);
    void fail();

    EventLoop& m_loop;
    AgentSettings m_settings;
    AgentParts& m_parts;
    Session m_session;
    std::unique_ptr<transport::AgentSocket> m_socket;
    std::unique_ptr<Courier> m_courier;
    std::unique_ptr<Worker> m_worker;
    std::unique_ptr<RunController> m_run;
    RateMeter m_rate;
    float m_imagesPerSecond = 0;
    Usage m_usage;
    std::uint64_t m_beatSequence = 0;
    int m_hungBeats = 0;
    OwnerWatch m_ownerWatch;
    std::deque<Connection> m_refused; ///< the last ones: they are not told twice
    Subscription m_beatTimer, m_lateBeat, m_stopTimer;
    Clock::time_point m_beatAt{};         ///< when the owner was sent one
    std::size_t m_bytesSinceBeat = 0;     ///< of results, which a beat must not wait behind
    bool m_takesBeatsWithResults = false; ///< the owner
    std::optional<Clock::time_point> m_stopDeadline;
    std::string m_stopReason;
    bool m_hasFailed = false;
    std::function<void()> m_stopped;
};

} // namespace vitfleet::agent
