// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/net/agent_link.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <chrono>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;
using transport::SendStatus;

constexpr auto quickRetry = 100ms;
/// A timer of the same length must not miss it by a hair.
constexpr auto beatMargin = 50ms;
/// A larger payload takes its time on a slow link.
constexpr std::size_t bulkBytes = 64 * 1024;

bool comesFromAgents(const protocol::Message& message)
{
    using namespace protocol;
    return std::holds_alternative<AgentBeat>(message) || std::holds_alternative<ModelRequest>(message) ||
           std::holds_alternative<RunReady>(message) || std::holds_alternative<RunFailed>(message) ||
           std::holds_alternative<ProbeResult>(message) || std::holds_alternative<ItemRequest>(message) ||
           std::holds_alternative<Results>(message) || std::holds_alternative<Revoked>(message) ||
           std::holds_alternative<Leaving>(message);
}

} // namespace

AgentLink::AgentLink(const Common& common, std::string endpoint, const transport::PublicKey& agent, Callbacks callbacks)
    : m_common(common), m_endpoint(std::move(endpoint)), m_agent(agent), m_callbacks(std::move(callbacks))
{
    m_lines[0].channel = Channel::Control;
    m_lines[1].channel = Channel::Data;
}

void AgentLink::connect()
{
    // The agent takes its owner from the control connection: the other one is opened once that is settled.
    open(line(Channel::Control));
}

void AgentLink::open(Line& opened)
{
    drop(opened);
    opened.connection = std::make_unique<transport::AgentConnection>(
        m_common.context, m_common.loop, m_endpoint, m_agent, m_common.keys,
        transport::AgentConnection::Callbacks{
            .up = [this, &opened] { sayHello(opened); },
            .down = [this, &opened](const Error& error) { onDown(opened, error); },
            .message = [this, &opened](protocol::Message message,
                                       protocol::BytesView payload) { onMessage(opened, std::move(message), payload); },
            .badMessage = [this](const Error& error) { failBoth(error); },
            .writable = [this, &opened] { flush(opened); },
        });
}

void AgentLink::drop(Line& dropped)
{
    dropped.connection.reset();
    dropped.saidHello = false;
    dropped.welcomed = false;
    dropped.welcomeTimeout.run();
    for (const Queued& queued : dropped.queue)
        m_queuedBytes -= queued.payload.size();
    dropped.queue.clear();
}

void AgentLink::dropBoth()
{
    m_up = false;
    for (Line& each : m_lines)
        drop(each);
}

void AgentLink::close()
{
    m_closed = true;
    m_nextAttempt.run();
    dropBoth();
}

void AgentLink::reconnect()
{
    m_reported = ErrorCode::None;
    dropBoth();
    connectAfter(0ms);
}

void AgentLink::connectAfter(EventLoop::Clock::duration delay)
{
    m_nextAttempt = m_common.loop.after(delay, [this] { connect(); });
}

void AgentLink::sayHello(Line& greeted)
{
    protocol::Hello hello;
    hello.role =
        greeted.channel == Channel::Control ? protocol::ConnectionRole::Control : protocol::ConnectionRole::Data;
    hello.processNonce = m_common.processNonce;
    hello.software = "vitfleet " VITFLEET_VERSION;
    hello.hasRun = m_common.hasRun;
    hello.takesBeatsWithResults = true;
    greeted.saidHello = greeted.connection->send(hello) == SendStatus::Sent;
    greeted.welcomeTimeout = m_common.loop.after(limits::welcomeTimeout, [this] {
        failBoth({ErrorCode::Unreachable, "connected, but not welcomed"});
    });
}

void AgentLink::onDown(const Line& lost, const Error& error)
{
    const bool wasUp = m_up;
    if (lost.saidHello) {
        // Half a session is none: both begin anew.
        dropBoth();
        connectAfter(quickRetry);
    }
    report(error, wasUp);
}

void AgentLink::failBoth(const Error& error)
{
    const bool wasUp = m_up;
    dropBoth();
    connectAfter(limits::reconnectInterval);
    report(error, wasUp);
}

void AgentLink::report(const Error& error, bool wasUp)
{
    if (std::exchange(m_reported, error.code) == error.code && !wasUp)
        return;
    const auto keep = shared_from_this();
    if (!m_closed && m_callbacks.down)
        m_callbacks.down(error);
}

void AgentLink::onMessage(Line& from, protocol::Message message, protocol::BytesView payload)
{
    const auto keep = shared_from_this();
    if (const auto* refused = std::get_if<protocol::Refused>(&message))
        return failBoth({refused->code, refused->detail});
    if (const auto* welcome = std::get_if<protocol::Welcome>(&message))
        return onWelcome(from, *welcome);
    if (!comesFromAgents(message))
        return failBoth({ErrorCode::Protocol, "a message that agents do not send"});
    // Before both are welcomed there is nothing to answer; a heartbeat may come in between.
    if (m_up && m_callbacks.message)
        m_callbacks.message(from.channel, std::move(message), payload);
}

void AgentLink::onWelcome(Line& from, const protocol::Welcome& welcome)
{
    if (!from.saidHello || from.welcomed)
        return failBoth({ErrorCode::Protocol, "a welcome that was not asked for"});
    if (welcome.protocolVersion < protocol::minVersion || welcome.protocolVersion > protocol::version)
        return failBoth({ErrorCode::ProtocolVersion,
                         "the agent wants to speak version " + std::to_string(welcome.protocolVersion)});
    from.welcomed = true;
    from.incarnation = welcome.incarnation;
    from.welcomeTimeout.run();
    Line& control = line(Channel::Control);
    Line& data = line(Channel::Data);
    if (&from == &control) {
        m_welcome = welcome;
        open(data);
        return;
    }
    if (control.incarnation != data.incarnation) {
        // The agent was restarted between the two.
        dropBoth();
        connectAfter(quickRetry);
        return;
    }
    m_up = true;
    m_hasBulk = false;
    m_reported = ErrorCode::None;
    if (m_callbacks.up)
        m_callbacks.up(m_welcome);
}

bool AgentLink::send(Channel channel, const protocol::Message& message, protocol::BytesView payload)
{
    if (!m_up)
        return false;
    Line& used = line(channel);
    const SendStatus status = used.queue.empty() ? used.connection->send(message, payload) : SendStatus::WouldBlock;
    if (status == SendStatus::Sent)
        noteSent(channel, payload.size());
    return status == SendStatus::Sent || (status == SendStatus::WouldBlock &&
                                          enqueue(used, message, protocol::Bytes(payload.begin(), payload.end())));
}

bool AgentLink::sendOwned(Channel channel, const protocol::Message& message, protocol::Bytes payload)
{
    if (!m_up)
        return false;
    Line& used = line(channel);
    const std::size_t bytes = payload.size();
    const SendStatus status =
        used.queue.empty() ? used.connection->sendOwned(message, payload) : SendStatus::WouldBlock;
    if (status == SendStatus::Sent)
        noteSent(channel, bytes);
    return status == SendStatus::Sent ||
           (status == SendStatus::WouldBlock && enqueue(used, message, std::move(payload)));
}

void AgentLink::noteSent(Channel channel, std::size_t payloadBytes)
{
    m_hasBulk |= payloadBytes > bulkBytes;
    if (channel == Channel::Control || !m_hasBulk)
        m_spokenAt = EventLoop::Clock::now();
}

bool AgentLink::enqueue(Line& used, const protocol::Message& message, protocol::Bytes payload)
{
    if (m_queuedBytes + payload.size() > limits::maxQueuedBytes || used.queue.size() >= limits::maxQueuedMessages)
        return false;
    m_queuedBytes += payload.size();
    used.queue.push_back({message, std::move(payload)});
    return true;
}

void AgentLink::flush(Line& flushed)
{
    while (!flushed.queue.empty()) {
        Queued& next = flushed.queue.front();
        const std::size_t bytes = next.payload.size();
        const SendStatus status = flushed.connection->sendOwned(next.message, next.payload);
        if (status == SendStatus::WouldBlock || status == SendStatus::Gone)
            return; // `writable` or `down` follows
        m_queuedBytes -= bytes;
        flushed.queue.pop_front();
    }
}

void AgentLink::endIfHoarding()
{
    for (const Line& each : m_lines) {
        if (each.connection)
            each.connection->endIfHoarding();
    }
}

void AgentLink::beat()
{
    Line& control = line(Channel::Control);
    const auto now = EventLoop::Clock::now();
    if (!control.welcomed || now - m_spokenAt < limits::beatInterval - beatMargin)
        return;
    m_spokenAt = now;
    // Not queued: one that does not get through at once is late already.
    control.connection->send(protocol::OwnerBeat{++m_beats});
}

} // namespace vitfleet::app
