// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/context.h"
#include "shared/transport/transport.h"
#include "shared/transport/unread.h"
#include "shared/transport/zmq_socket.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>

namespace vitfleet::transport {
namespace {

using namespace std::chrono_literals;

constexpr int connectTimeoutMs = static_cast<int>(limits::connectTimeout / std::chrono::milliseconds(1));
/// What libzmq holds is out of sight: few, so that what waits is where queuedBytes() of the link sees it.
constexpr int sendMark = 8;
/// Longer than any attempt lives: each new attempt is ours, with a new socket, because libzmq itself gives up after
/// some refusals and not after others.
constexpr int neverMs = 3'600'000;
constexpr auto quickRetry = 100ms;
constexpr auto retryInterval = 20ms;
/// From here on a handshake that fails was given up by our own time limit (5 s), not by the peer.
constexpr auto silentAfter = 4500ms;
constexpr std::uint32_t zapRefused = 400;

constexpr int monitored = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                          ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                          ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL;

enum class HostKind : std::uint8_t
{
    Invalid = 0,
    Ipv4,
    Ipv6,
    Name
};

HostKind hostKindOf(const std::string& endpoint)
{
    const std::size_t begin = endpoint.find("://") == std::string::npos ? 0 : endpoint.find("://") + 3;
    if (endpoint.compare(begin, 1, "[") == 0)
        return HostKind::Ipv6;
    in_addr ignored{};
    const std::string host = endpoint.substr(begin, endpoint.rfind(':') - begin);
    return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ? HostKind::Ipv4 : HostKind::Name;
}

} // namespace

struct AgentConnection::Private
{
    /// A socket from its making to its first failure.
    struct Attempt
    {
        ~Attempt()
        {
            socketWatch.reset();
            monitorWatch.reset();
            if (socket && monitor)
                ::zmq_socket_monitor(socket.handle(), nullptr, 0);
        }
        Socket socket;
        Socket monitor;
        std::unique_ptr<SocketWatch> socketWatch;
        std::unique_ptr<SocketWatch> monitorWatch;
        EventLoop::Clock::time_point connectedAt; ///< by TCP; zero: not yet
        int descriptor = -1;                      ///< of that connection, which is libzmq's
        std::uint64_t handedOver = 0;             ///< of its bytes, by libzmq
        bool up = false;
    };

    Private(Context& c, EventLoop& l, std::string e, const PublicKey& s, const KeyPair& k, Callbacks&& cb)
        : context(c.internals().handle), loop(l), endpoint(std::move(e)), serverKey(s), keys(k),
          callbacks(std::make_shared<const Callbacks>(std::move(cb)))
    {
    }
    void start();
    bool open(Attempt& next);
    void onEvent();
    void onHandshakeFailed(const MonitorEvent& event);
    void onMessage();
    void onWritable();
    SendStatus sendEnvelope(const protocol::Message& message, protocol::BytesView payload);
    void fail(ErrorCode code, const std::string& detail, EventLoop::Clock::duration delay);
    void tryAgainAfter(EventLoop::Clock::duration delay);

    void* context;
    EventLoop& loop;
    const std::string endpoint;
    const PublicKey serverKey;
    const KeyPair keys;
    std::shared_ptr<const Callbacks> callbacks; ///< shared with a call in progress
    std::unique_ptr<Attempt> attempt;           ///< null between two
    Subscription nextAttempt;
    ErrorCode reported = ErrorCode::None; ///< by the last `down` since `up`
    bool hungUp = false;                  ///< the last attempt was cut off in the middle of its handshake
    bool useIpv6 = false;                 ///< for names, which are tried both ways in turn
    bool blocked = false;
    Subscription retrySend;
};

bool AgentConnection::Private::open(Attempt& next)
{
    const HostKind kind = hostKindOf(endpoint);
    const bool ipv6 = kind == HostKind::Ipv6 || (kind == HostKind::Name && useIpv6);
    next.socket = Socket(context, ZMQ_DEALER);
    Socket& socket = next.socket;
    if (!socket || !setCommonOptions(socket) || !socket.set(ZMQ_SNDHWM, sendMark) || !socket.set(ZMQ_IMMEDIATE, 1) ||
        !socket.set(ZMQ_CONNECT_TIMEOUT, connectTimeoutMs) || !socket.set(ZMQ_RECONNECT_IVL, neverMs) ||
        !socket.set(ZMQ_IPV6, ipv6 ? 1 : 0) || !socket.set(ZMQ_CURVE_SERVERKEY, serverKey.bytes) ||
        !socket.set(ZMQ_CURVE_PUBLICKEY, keys.publicKey().bytes) ||
        !socket.set(ZMQ_CURVE_SECRETKEY, keys.secretBytes()))
        return false;
    next.monitor = openMonitor(context, socket, monitored);
    return next.monitor && ::zmq_connect(socket.handle(), endpoint.c_str()) == 0;
}

void AgentConnection::Private::start()
{
    auto next = std::make_unique<Attempt>();
    if (!open(*next)) {
        const std::string why = ::zmq_strerror(errno);
        // Not from here: our caller may not expect a callback.
        nextAttempt = loop.after(0ms, [this, why] { fail(ErrorCode::Unreachable, why, limits::reconnectInterval); });
        return;
    }
    attempt = std::move(next);
    attempt->monitorWatch = std::make_unique<SocketWatch>(loop, attempt->monitor, [this] { onEvent(); });
}

void AgentConnection::Private::onEvent()
{
    MonitorEvent event;
    if (!attempt || !receiveEvent(attempt->monitor, event))
        return;
    const bool connected = attempt->connectedAt != EventLoop::Clock::time_point();
    switch (event.event) {
    case ZMQ_EVENT_CONNECTED:
        attempt->connectedAt = EventLoop::Clock::now();
        attempt->descriptor = static_cast<int>(event.value);
        return;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: {
        const auto keep = callbacks;
        attempt->up = true;
        reported = ErrorCode::None;
        hungUp = false;
        attempt->socketWatch = std::make_unique<SocketWatch>(
            loop, attempt->socket, [this] { onMessage(); }, [this] { onWritable(); });
        if (keep->up)
            keep->up();
        return;
    }
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        return onHandshakeFailed(event);
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return fail(ErrorCode::Protocol, endpoint, limits::reconnectInterval);
    case ZMQ_EVENT_DISCONNECTED:
        if (attempt->up)
            return fail(ErrorCode::Unreachable, "the connection has ended", quickRetry);
        return fail(ErrorCode::Protocol, endpoint, limits::reconnectInterval);
    default: // closed, or an attempt that libzmq would repeat
        if (!connected) {
            useIpv6 = !useIpv6;
            fail(ErrorCode::Unreachable, endpoint, limits::reconnectInterval);
        }
        return;
    }
}

void AgentConnection::Private::onHandshakeFailed(const MonitorEvent& event)
{
    if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        if (event.value == zapRefused)
            return fail(ErrorCode::NotEnrolled, "this application's key is " + keys.publicKey().toBase32(),
                        limits::reconnectInterval);
        return fail(ErrorCode::Unreachable, "the agent's key check answers " + std::to_string(event.value),
                    limits::reconnectInterval);
    }
    if (EventLoop::Clock::now() - attempt->connectedAt >= silentAfter)
        return fail(ErrorCode::Unreachable, "connected, but no answer", limits::reconnectInterval);
    // A server with another key hangs up like this, but so does one that ends at this very moment: ask twice.
    if (std::exchange(hungUp, true))
        return fail(ErrorCode::AgentKey, "expected " + serverKey.fingerprint(), limits::reconnectInterval);
    tryAgainAfter(quickRetry);
}

void AgentConnection::Private::tryAgainAfter(EventLoop::Clock::duration delay)
{
    attempt.reset();
    blocked = false;
    nextAttempt = loop.after(delay, [this] { start(); });
}

void AgentConnection::Private::fail(ErrorCode code, const std::string& detail, EventLoop::Clock::duration delay)
{
    const auto keep = callbacks;
    hungUp = code == ErrorCode::AgentKey;
    tryAgainAfter(delay);
    if (std::exchange(reported, code) != code && keep->down)
        keep->down({code, detail});
}

void AgentConnection::Private::onMessage()
{
    const auto keep = callbacks;
    std::array<Frame, limits::maxMessageFrames - 1> frames;
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    const Received received = attempt->socket.receive(frames, count, &bytes);
    attempt->handedOver += bytes;
    if (received == Received::Nothing)
        return;
    const auto bad = [&](const Error& error) {
        if (keep->badMessage)
            keep->badMessage(error);
    };
    if (received == Received::TooManyFrames || count != frames.size())
        return bad({ErrorCode::Protocol, received == Received::TooManyFrames ? "too many frames" : "frames missing"});
    Result<protocol::Message> message = protocol::decode(frames[0].bytes(), frames[1].bytes());
    if (!message)
        return bad(message.error());
    if (keep->message)
        keep->message(std::move(*message), frames[1].bytes());
}

void AgentConnection::Private::onWritable()
{
    if (!std::exchange(blocked, false))
        return;
    retrySend.run();
    if (const auto keep = callbacks; keep->writable)
        keep->writable();
}

AgentConnection::AgentConnection(Context& context, EventLoop& loop, std::string endpoint, PublicKey serverKey,
                                 const KeyPair& keys, Callbacks callbacks)
    : d(std::make_unique<Private>(context, loop, std::move(endpoint), serverKey, keys, std::move(callbacks)))
{
    d->start();
}

AgentConnection::~AgentConnection() = default;

/// The first frame: where it has gone out, the other one goes too.
SendStatus AgentConnection::Private::sendEnvelope(const protocol::Message& message, protocol::BytesView payload)
{
    if (!attempt || !attempt->up)
        return SendStatus::Gone;
    const Result<protocol::Bytes> envelope = protocol::encode(message, payload);
    if (!envelope) {
        log::error("message_too_large", {{"detail", envelope.error().detail}});
        return SendStatus::TooLarge;
    }
    if (attempt->socket.send(*envelope, true))
        return SendStatus::Sent;
    const bool full = errno == EAGAIN;
    attempt->socketWatch->afterUse();
    if (!full)
        return SendStatus::Gone;
    blocked = true;
    // libzmq tells of room by an edge that any call may use up: look again by time as well.
    retrySend = loop.after(retryInterval, [this] { onWritable(); });
    return SendStatus::WouldBlock;
}

SendStatus AgentConnection::send(const protocol::Message& message, protocol::BytesView payload)
{
    const SendStatus status = d->sendEnvelope(message, payload);
    if (status == SendStatus::Sent) {
        d->attempt->socket.send(payload, false);
        d->attempt->socketWatch->afterUse();
    }
    return status;
}

SendStatus AgentConnection::sendOwned(const protocol::Message& message, protocol::Bytes& payload)
{
    const SendStatus status = d->sendEnvelope(message, payload);
    if (status == SendStatus::Sent) {
        d->attempt->socket.sendOwned(std::exchange(payload, {}), false);
        d->attempt->socketWatch->afterUse();
    }
    return status;
}

void AgentConnection::endIfHoarding()
{
    if (!isUp() || !holdsTooMuch(d->attempt->descriptor, d->attempt->handedOver))
        return;
    // Not from here: our caller may not expect a callback.
    d->nextAttempt = d->loop.after(0ms, [priv = d.get()] {
        priv->fail(ErrorCode::Protocol, "a message without an end", limits::reconnectInterval);
    });
}

bool AgentConnection::isUp() const
{
    return d->attempt && d->attempt->up;
}

void AgentConnection::reconnect()
{
    d->reported = ErrorCode::None;
    d->tryAgainAfter(0ms);
}

} // namespace vitfleet::transport
