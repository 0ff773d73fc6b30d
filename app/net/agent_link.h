// SPDX-License-Identifier: GPL-3.0-or-later
// One agent: its two connections, the hello on both, and what waits to be sent. Engine thread only.
#pragma once

#include "app/core/link.h"
#include "shared/base/event_loop.h"
#include "shared/transport/transport.h"

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace vitfleet::app {

class AgentLink : public std::enable_shared_from_this<AgentLink>
{
public:
    /// What all links of this process have in common; outlives them.
    struct Common
    {
        transport::Context& context;
        EventLoop& loop;
        const transport::KeyPair& keys;
        std::uint64_t processNonce; ///< the owner of an agent is a key and this number
        const bool& hasRun;         ///< at the moment, which a hello says
    };
    struct Callbacks
    {
        std::function<void(const protocol::Welcome&)> up;
        std::function<void(const Error&)> down;
        std::function<void(Channel, protocol::Message, protocol::BytesView)> message;
    };

    AgentLink(const Common& common, std::string endpoint, const transport::PublicKey& agent, Callbacks callbacks);

    void connect();
    /// Ends both connections; no callback follows. Also from inside one.
    void close();
    /// Ends both connections and makes them anew at once. `down` follows only where that fails.
    void reconnect();
    bool send(Channel channel, const protocol::Message& message, protocol::BytesView payload);
    /// The same with a payload that is kept instead of copied.
    bool sendOwned(Channel channel, const protocol::Message& message, protocol::Bytes payload);
    /// Tells the agent that its owner lives, where nothing else has told it for limits::beatInterval. To be called more
    /// often than that.
    void beat();
    /// To be called now and then: ends connections whose peer fills this process's memory.
    void endIfHoarding();
    std::size_t queuedBytes() const { return m_queuedBytes; }

private:
    struct Queued
    {
        protocol::Message message;
        protocol::Bytes payload;
    };
    struct Line
    {
        Channel channel = Channel::Invalid;
        std::unique_ptr<transport::AgentConnection> connection;
        bool saidHello = false;
        bool welcomed = false;
        std::uint64_t incarnation = 0;
        Subscription welcomeTimeout;
        std::deque<Queued> queue;
    };

    Line& line(Channel channel) { return channel == Channel::Control ? m_lines[0] : m_lines[1]; }
    void open(Line& line);
    void drop(Line& line);
    void dropBoth();
    void onDown(const Line& line, const Error& error);
    void onMessage(Line& line, protocol::Message message, protocol::BytesView payload);
    void onWelcome(Line& line, const protocol::Welcome& welcome);
    void sayHello(Line& line);
    void flush(Line& line);
    bool enqueue(Line& line, const protocol::Message& message, protocol::Bytes payload);
    void noteSent(Channel channel, std::size_t payloadBytes);
    void failBoth(const Error& error);
    void connectAfter(EventLoop::Clock::duration delay);
    void report(const Error& error, bool wasUp);

    const Common m_common;
    const std::string m_endpoint;
    const transport::PublicKey m_agent;
    Callbacks m_callbacks;
    std::array<Line, 2> m_lines;
    bool m_closed = false;
    bool m_up = false;
    protocol::Welcome m_welcome;            ///< of the control connection
    ErrorCode m_reported = ErrorCode::None; ///< by the last `down` since `up`
    std::size_t m_queuedBytes = 0;
    std::uint64_t m_beats = 0;
    EventLoop::Clock::time_point m_spokenAt{}; ///< when something left that the agent hears at once
    bool m_hasBulk = false;                    ///< what is sent as data may wait behind it
    Subscription m_nextAttempt;
};

} // namespace vitfleet::app
