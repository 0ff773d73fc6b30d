// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/context.h"
#include "shared/transport/endpoint.h"
#include "shared/transport/transport.h"
#include "shared/transport/unread.h"
#include "shared/transport/zmq_socket.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <limits>
#include <mutex>
#include <optional>
#include <sys/socket.h>
#include <unordered_map>

namespace vitfleet::transport {
namespace {

using namespace std::chrono_literals;

constexpr int zapEnforceDomain = 93; ///< ZMQ_ZAP_ENFORCE_DOMAIN, which Debian's header hides as a draft
constexpr int backlog = 1024;        ///< connections that wait to be taken: strangers must not crowd out the owner
constexpr auto strangerInterval = 1s;
constexpr auto retryInterval = 20ms;
constexpr auto unreadInterval = 100ms; ///< as fast as a line carries it, memory fills
constexpr auto proofTimeout = 5s;
constexpr std::size_t routingIdBytes = 5; ///< of those that libzmq makes: NUL and a number

Error listenError(const std::string& host, std::uint16_t port, const std::string& why)
{
    return {ErrorCode::Listen, host + ":" + std::to_string(port) + ": " + why};
}

/// The connection that a frame came over; -1 where libzmq does not say.
int descriptorOf(const Frame& frame)
{
    const std::string_view text = frame.property("__fd");
    int fd = -1;
    std::from_chars(text.data(), text.data() + text.size(), fd);
    return fd;
}

/// Connects with a key that nobody knows; true where that was refused for this reason and for no other.
bool strangerIsRefused(void* context, const std::string& endpoint, bool ipv6, const PublicKey& serverKey)
{
    const KeyPair stranger = KeyPair::generate();
    Socket socket(context, ZMQ_DEALER);
    if (!socket || !setCommonOptions(socket) || !socket.set(ZMQ_IPV6, ipv6 ? 1 : 0) ||
        !socket.set(ZMQ_CURVE_SERVERKEY, serverKey.bytes) ||
        !socket.set(ZMQ_CURVE_PUBLICKEY, stranger.publicKey().bytes) ||
        !socket.set(ZMQ_CURVE_SECRETKEY, stranger.secretBytes()))
        return false;
    Socket monitor = openMonitor(context, socket, ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    if (!monitor || ::zmq_connect(socket.handle(), endpoint.c_str()) != 0)
        return false;
    const auto deadline = EventLoop::Clock::now() + proofTimeout;
    MonitorEvent event;
    while (!receiveEvent(monitor, event)) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - EventLoop::Clock::now());
        if (left <= 0ms)
            break;
        zmq_pollitem_t item{monitor.handle(), 0, ZMQ_POLLIN, 0};
        ::zmq_poll(&item, 1, static_cast<long>(left.count()));
    }
    ::zmq_socket_monitor(socket.handle(), nullptr, 0);
    return event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
}

/// libzmq's own routing ids are a NUL and 32 bits; zero means another one, which a client has chosen.
ConnectionId connectionFrom(protocol::BytesView routingId)
{
    if (routingId.size() != routingIdBytes || routingId[0] != std::byte{0})
        return 0;
    ConnectionId id = 1;
    for (const std::byte byte : routingId.subspan(1))
        id = id << 8 | std::to_integer<ConnectionId>(byte);
    return id;
}

std::array<std::byte, routingIdBytes> routingIdOf(ConnectionId connection)
{
    std::array<std::byte, routingIdBytes> id{};
    for (std::size_t i = routingIdBytes - 1; i > 0; --i, connection >>= 8)
        id[i] = static_cast<std::byte>(connection & 0xff);
    return id;
}

} // namespace

struct AgentSocket::Private
{
    Private(Context::Private& c, EventLoop& l, Callbacks&& cb)
        : context(c), loop(l), callbacks(std::make_shared<const Callbacks>(std::move(cb)))
    {
    }
    ~Private();
    Result<void> open(const std::string& host, std::uint16_t wantedPort, const KeyPair& keys);
    void setAuthorized(const std::vector<PublicKey>& keys);
    void closeConnectionsOfOthers();
    void startWatching();
    void receiveOne();
    void handle(std::span<Frame> frames, std::size_t count, Received received, std::uint64_t bytes);
    void closeHoarders();
    void receiveMonitorEvent();
    void noteStranger(const std::string& address);
    void reportStrangers();
    void closePort();
    void onWritable();

    Context::Private& context;
    EventLoop& loop;
    std::shared_ptr<const Callbacks> callbacks; ///< shared with a call in progress
    std::string domain;
    Socket router;
    Socket monitor;
    std::uint16_t port = 0;
    std::string endpoint;                                ///< that libzmq listens at
    std::unordered_map<std::string, PublicKey> admitted; ///< by ZAP's User-Id
    struct Line
    {
        std::optional<PublicKey> key; ///< of the last message that came over it
        std::uint64_t handedOver = 0; ///< of its bytes, by libzmq
    };
    /// By descriptor, from libzmq's monitor. It has no way of its own to end one of a ROUTER's connections.
    std::unordered_map<int, Line> connections;
    std::unique_ptr<SocketWatch> routerWatch;
    std::unique_ptr<SocketWatch> monitorWatch;
    bool blocked = false;
    Subscription retry;
    Subscription unreadTimer;
    Subscription strangerPause;
    std::shared_ptr<Private*> self = std::make_shared<Private*>(this); ///< posted work looks whether it is still there

    std::mutex mutex;             ///< for what follows: the ZAP thread writes it
    std::string lastStranger;     ///< its address
    std::uint64_t strangers = 0;  ///< since the last report
    bool strangersPosted = false; ///< a report is under way, or waits for the pause to end
};

AgentSocket::Private::~Private()
{
    if (!domain.empty())
        context.zap->removeDomain(domain);
    routerWatch.reset();
    monitorWatch.reset();
    if (monitor)
        ::zmq_socket_monitor(router.handle(), nullptr, 0);
}

Result<void> AgentSocket::Private::open(const std::string& host, std::uint16_t wantedPort, const KeyPair& keys)
{
    const Result<std::string> numeric = numericHost(host);
    if (!numeric)
        return numeric.error();
    // The handler stands before the port opens.
    if (!context.zap)
        context.zap = ZapServer::start(context.handle);
    if (!context.zap)
        return listenError(host, wantedPort, "the key check cannot be started");
    domain = context.zap->addDomain();
    router = Socket(context.handle, ZMQ_ROUTER);
    const bool ipv6 = *numeric == "*" || numeric->find(':') != std::string::npos;
    if (!router || !setCommonOptions(router) || !router.set(ZMQ_IPV6, ipv6 ? 1 : 0) ||
        !router.set(ZMQ_BACKLOG, backlog) || !router.set(ZMQ_ROUTER_MANDATORY, 1) ||
        !router.set(ZMQ_ROUTER_HANDOVER, 0) || !router.set(ZMQ_CURVE_SERVER, 1) ||
        !router.set(ZMQ_CURVE_SECRETKEY, keys.secretBytes()) || !router.set(ZMQ_ZAP_DOMAIN, domain) ||
        !router.set(zapEnforceDomain, 1))
        return listenError(host, wantedPort, ::zmq_strerror(errno));
    monitor = openMonitor(context.handle, router,
                          ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                              ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    const std::string wanted = endpointOf(*numeric, wantedPort == 0 ? "*" : std::to_string(wantedPort));
    if (!monitor || ::zmq_bind(router.handle(), wanted.c_str()) != 0)
        return listenError(host, wantedPort, ::zmq_strerror(errno));
    endpoint = boundEndpoint(router);
    port = portOf(endpoint);

    const bool anyAddress = *numeric == "*" || *numeric == "0.0.0.0";
    const std::string reachable = anyAddress ? "127.0.0.1" : *numeric == "::" ? "::1" : *numeric;
    if (!strangerIsRefused(context.handle, endpointOf(reachable, std::to_string(port)),
                           reachable.find(':') != std::string::npos, keys.publicKey()))
        return listenError(host, port, "a stranger was not refused");
    return {};
}

void AgentSocket::Private::setAuthorized(const std::vector<PublicKey>& keys)
{
    const bool fewer = std::ranges::any_of(
        admitted, [&keys](const auto& known) { return std::ranges::find(keys, known.second) == keys.end(); });
    admitted.clear();
    for (const PublicKey& key : keys)
        admitted.emplace(key.toBase32(), key);
    context.zap->setKeys(domain, keys);
    if (fewer)
        closeConnectionsOfOthers();
}

void AgentSocket::Private::closeConnectionsOfOthers()
{
    for (const auto& [fd, line] : connections) {
        // The number may be another file's by now; one of this port's connections at worst, whose peer comes back.
        if (localPort(fd) == port && !(line.key && admitted.contains(line.key->toBase32())))
            ::shutdown(fd, SHUT_RDWR);
    }
}

void AgentSocket::Private::closeHoarders()
{
    for (auto& [fd, line] : connections) {
        if (!holdsTooMuch(fd, line.handedOver) || localPort(fd) != port)
            continue;
        log::warning("message_without_end", {{"fingerprint", line.key ? line.key->fingerprint() : std::string()}});
        ::shutdown(fd, SHUT_RDWR);
        line.handedOver = std::numeric_limits<std::uint64_t>::max(); // once
    }
}

void AgentSocket::Private::startWatching()
{
    // Only from here on: the stranger of the proof is none.
    context.zap->onRefused(domain, [this](const std::string& address) { noteStranger(address); });
    context.zap->onEnded(domain, [this] {
        loop.post([weak = std::weak_ptr(self)] {
            if (const auto alive = weak.lock())
                (*alive)->closePort();
        });
    });
    routerWatch = std::make_unique<SocketWatch>(
        loop, router, [this] { receiveOne(); }, [this] { onWritable(); });
    monitorWatch = std::make_unique<SocketWatch>(loop, monitor, [this] { receiveMonitorEvent(); });
    unreadTimer = loop.every(unreadInterval, [this] { closeHoarders(); });
}

void AgentSocket::Private::receiveOne()
{
    std::array<Frame, limits::maxMessageFrames> frames;
    std::size_t count = 0;
    std::uint64_t bytes = 0;
    const Received received = router.receive(frames, count, &bytes);
    if (received != Received::Nothing)
        handle(frames, count, received, bytes);
}

void AgentSocket::Private::handle(std::span<Frame> frames, std::size_t count, Received received, std::uint64_t bytes)
{
    const auto keep = callbacks;
    const ConnectionId connection = connectionFrom(frames[0].bytes());
    // The routing id is ours and carries no metadata; every other frame does.
    const auto peer = admitted.find(std::string(frames[1].property("User-Id")));
    const auto line = connections.find(descriptorOf(frames[1]));
    if (line != connections.end())
        line->second.handedOver += bytes - wireBytes(frames[0].bytes().size());
    if (peer == admitted.end()) { // no longer authorised
        if (line != connections.end() && localPort(line->first) == port)
            ::shutdown(line->first, SHUT_RDWR);
        return;
    }
    const PublicKey key = peer->second;
    if (line != connections.end())
        line->second.key = key;
    const auto bad = [&](const Error& error) {
        if (keep->badMessage)
            keep->badMessage(connection, key, error);
    };
    if (connection == 0)
        return bad({ErrorCode::Protocol, "the peer has chosen its own routing id"});
    if (received == Received::TooManyFrames || count != frames.size())
        return bad({ErrorCode::Protocol, received == Received::TooManyFrames ? "too many frames" : "frames missing"});
    Result<protocol::Message> message = protocol::decode(frames[1].bytes(), frames[2].bytes());
    if (!message)
        return bad(message.error());
    if (keep->message)
        keep->message(connection, key, std::move(*message), frames[2].bytes());
}

void AgentSocket::Private::receiveMonitorEvent()
{
    MonitorEvent event;
    if (!receiveEvent(monitor, event))
        return;
    if (event.event == ZMQ_EVENT_ACCEPTED)
        connections.insert_or_assign(static_cast<int>(event.value), Line());
    else if (event.event == ZMQ_EVENT_DISCONNECTED)
        connections.erase(static_cast<int>(event.value));
    else
        noteStranger(event.address);
}

/// Any thread.
void AgentSocket::Private::noteStranger(const std::string& address)
{
    const std::lock_guard lock(mutex);
    ++strangers;
    lastStranger = address;
    if (strangersPosted)
        return;
    strangersPosted = true;
    loop.post([weak = std::weak_ptr(self)] {
        if (const auto alive = weak.lock())
            (*alive)->reportStrangers();
    });
}

void AgentSocket::Private::reportStrangers()
{
    std::string address;
    std::uint64_t count = 0;
    {
        const std::lock_guard lock(mutex);
        count = std::exchange(strangers, 0);
        address = lastStranger;
        strangersPosted = count != 0;
    }
    if (count == 0)
        return; // a whole pause without any: the next one is reported at once
    strangerPause = loop.after(strangerInterval, [this] { reportStrangers(); });
    if (const auto keep = callbacks; keep->stranger)
        keep->stranger(address, count);
}

/// Without the key check libzmq admits nobody; that is not for it alone to guard.
void AgentSocket::Private::closePort()
{
    monitorWatch.reset();
    ::zmq_unbind(router.handle(), endpoint.c_str()); // libzmq ends the port's connections as well, and tells nobody
    connections.clear();
    routerWatch->afterUse();
    if (const auto keep = callbacks; keep->closed)
        keep->closed({ErrorCode::Listen, endpoint + ": the key check has ended"});
}

void AgentSocket::Private::onWritable()
{
    if (!std::exchange(blocked, false))
        return;
    retry.run();
    if (const auto keep = callbacks; keep->writable)
        keep->writable();
}

AgentSocket::AgentSocket(std::unique_ptr<Private> priv) : d(std::move(priv)) {}

AgentSocket::~AgentSocket() = default;

Result<std::unique_ptr<AgentSocket>> AgentSocket::listen(Context& context, EventLoop& loop, const std::string& host,
                                                         std::uint16_t port, const KeyPair& keys,
                                                         std::vector<PublicKey> authorized, Callbacks callbacks)
{
    auto priv = std::make_unique<Private>(context.internals(), loop, std::move(callbacks));
    if (const Result<void> opened = priv->open(host, port, keys); !opened)
        return opened.error();
    priv->setAuthorized(authorized);
    priv->startWatching();
    return std::unique_ptr<AgentSocket>(new AgentSocket(std::move(priv)));
}

std::uint16_t AgentSocket::port() const
{
    return d->port;
}

std::size_t AgentSocket::connectionCount() const
{
    return d->connections.size();
}

void AgentSocket::setAuthorized(std::vector<PublicKey> keys)
{
    d->setAuthorized(keys);
}

SendStatus AgentSocket::send(ConnectionId connection, const protocol::Message& message, protocol::BytesView payload)
{
    const Result<protocol::Bytes> envelope = protocol::encode(message, payload);
    if (!envelope) {
        log::error("message_too_large", {{"detail", envelope.error().detail}});
        return SendStatus::TooLarge;
    }
    // Only the first frame can fail: libzmq has chosen the peer with it, and drops the others where that has gone.
    if (!d->router.send(routingIdOf(connection), true)) {
        const bool full = errno == EAGAIN;
        d->routerWatch->afterUse();
        if (!full)
            return SendStatus::Gone;
        d->blocked = true;
        // libzmq tells of room by an edge that any call may use up: look again by time as well.
        d->retry = d->loop.after(retryInterval, [priv = d.get()] { priv->onWritable(); });
        return SendStatus::WouldBlock;
    }
    d->router.send(*envelope, true);
    d->router.send(payload, false);
    d->routerWatch->afterUse();
    return SendStatus::Sent;
}

} // namespace vitfleet::transport
