// SPDX-License-Identifier: GPL-3.0-or-later
// The agent's half of the data connection: messages in order, and the outbox's results in bunches, both held back while
// the peer does not read. Engine thread only.
#pragma once

#include "agent/core/outbox.h"
#include "shared/base/event_loop.h"
#include "shared/protocol/codec.h"
#include "shared/transport/transport.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace vitfleet::agent {

class Courier
{
public:
    /// To the owner's data connection; Gone where there is none.
    using Send = std::function<transport::SendStatus(const protocol::Message&, protocol::BytesView)>;

    Courier(EventLoop& loop, Send send) : m_loop(loop), m_send(std::move(send)) {}

    /// Sends in order, or drops where the owner is not connected: after a reconnect it asks for everything anew.
    void send(protocol::Message message, protocol::Bytes payload = {});
    void addResult(protocol::ResultItem result);
    std::size_t committed(const std::vector<protocol::Committed::Range>& ranges) { return m_outbox.committed(ranges); }

    /// Another run: its results only from now on.
    void beginRun(std::string runUid);
    /// Keeps results back until resend(): a new process of the owner's has not asked for this run yet.
    void hold();
    bool isHeld() const { return m_held; }
    /// Everything that is not committed goes out again.
    void resend();
    /// The data connection is a new one: what waited for the old one is void.
    void reconnected();

    const Outbox& outbox() const { return m_outbox; }
    bool isDrained() const { return m_waiting.empty(); }

private:
    struct Waiting
    {
        protocol::Message message;
        protocol::Bytes payload;
    };
    bool trySend(const protocol::Message& message, protocol::BytesView payload);
    void flush();
    bool flushResults();
    void flushAfter(EventLoop::Clock::duration delay);

    EventLoop& m_loop;
    Send m_send;
    Outbox m_outbox;
    std::string m_runUid;
    bool m_held = false;
    std::deque<Waiting> m_waiting;
    Subscription m_timer;
    bool m_timerSet = false;
};

} // namespace vitfleet::agent
