// SPDX-License-Identifier: GPL-3.0-or-later
// Both ends of a connection that keep what they hear, and peers that are neither.
#pragma once

#include "shared/base/limits.h"
#include "shared/transport/transport.h"
#include "shared/transport/zmq_socket.h"
#include "tests/support/loop_until.h"

#include <QFile>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <zmq.h>

namespace vitfleet::test {

using namespace vitfleet::transport;
using namespace vitfleet::protocol;

/// An agent's end that keeps what it hears.
struct TestAgent
{
    TestAgent(Context& context, EventLoop& loop, const KeyPair& keys, std::vector<PublicKey> admitted,
              std::uint16_t port = 0)
    {
        auto made = AgentSocket::listen(
            context, loop, "127.0.0.1", port, keys, std::move(admitted),
            {.message =
                 [this](ConnectionId from, const PublicKey& peer, Message message, BytesView payload) {
                     connections.insert(from);
                     lastConnection = from;
                     lastPeer = peer;
                     lastPayload.assign(payload.begin(), payload.end());
                     messages.push_back(std::move(message));
                 },
             .badMessage = [this](ConnectionId, const PublicKey&, const Error& error) { bad.push_back(error); },
             .stranger =
                 [this](const std::string& address, std::uint64_t count) {
                     strangers += count;
                     ++strangerCalls;
                     lastStranger = address;
                 },
             .closed = [this](const Error& error) { closed.push_back(error); }});
        if (made)
            socket = *std::move(made);
    }
    std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(socket->port()); }

    std::unique_ptr<AgentSocket> socket;
    std::set<ConnectionId> connections;
    ConnectionId lastConnection = 0;
    PublicKey lastPeer;
    Bytes lastPayload;
    std::vector<Message> messages;
    std::vector<Error> bad;
    std::vector<Error> closed;
    std::uint64_t strangers = 0;
    int strangerCalls = 0;
    std::string lastStranger;
};

/// An application's end that keeps what it hears.
struct TestClient
{
    TestClient(Context& context, EventLoop& loop, const std::string& endpoint, const PublicKey& agent,
               const KeyPair& keys)
        : connection(context, loop, endpoint, agent, keys,
                     {.up = [this] { ++ups; },
                      .down = [this](const Error& error) { downs.push_back(error.code); },
                      .message = [this](Message message, BytesView) { messages.push_back(std::move(message)); },
                      .badMessage = [this](const Error& error) { bad.push_back(error); },
                      .writable = [this] { ++writables; }})
    {
    }
    bool isDown(ErrorCode code) const { return !downs.empty() && downs.back() == code; }

    int ups = 0;
    int writables = 0;
    std::vector<ErrorCode> downs;
    std::vector<Message> messages;
    std::vector<Error> bad;
    AgentConnection connection; ///< last: its callbacks use the others
};

/// A plain TCP listener or connection, for what does not speak ZMTP.
inline UniqueFd tcpSocket()
{
    return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

inline std::uint16_t listenOn(const UniqueFd& fd)
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd.get(), 16) != 0)
        return 0;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

inline UniqueFd connectTo(std::uint16_t port)
{
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fd.reset();
    ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    return fd;
}

inline bool hungUp(const UniqueFd& fd)
{
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
    }
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

inline qint64 residentBytes()
{
    QFile statm(QStringLiteral("/proc/self/statm"));
    if (!statm.open(QIODevice::ReadOnly))
        return 0;
    return statm.readAll().split(' ').value(1).toLongLong() * ::getpagesize();
}

/// A client made with libzmq itself, for what AgentConnection would not do.
struct RawClient
{
    RawClient(const std::string& endpoint, const PublicKey* agent, const KeyPair& keys, const char* routingId = nullptr)
        : context(::zmq_ctx_new()), socket(::zmq_socket(context, ZMQ_DEALER))
    {
        const int none = 0;
        ::zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
        if (routingId)
            ::zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingId, strlen(routingId));
        if (agent) {
            ::zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, agent->bytes.data(), 32);
            ::zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey().bytes.data(), 32);
            ::zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secretBytes().data(), 32);
        }
        const int aMinute = 60'000;
        ::zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &aMinute, sizeof aMinute);
        ::zmq_socket_monitor(socket, "inproc://monitor", ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
        monitor = ::zmq_socket(context, ZMQ_PAIR);
        ::zmq_connect(monitor, "inproc://monitor");
        ::zmq_connect(socket, endpoint.c_str());
    }
    RawClient(const RawClient&) = delete;
    ~RawClient()
    {
        ::zmq_close(monitor);
        ::zmq_close(socket);
        ::zmq_ctx_term(context);
    }
    void send(std::initializer_list<BytesView> frames) const
    {
        std::size_t left = frames.size();
        for (const BytesView frame : frames)
            ::zmq_send(socket, frame.data(), frame.size(), --left > 0 ? ZMQ_SNDMORE : 0);
    }
    /// Reads whatever has been answered; how many messages.
    std::uint64_t takeAll() const
    {
        std::uint64_t count = 0;
        zmq_msg_t frame;
        ::zmq_msg_init(&frame);
        while (::zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0)
            count += ::zmq_msg_more(&frame) == 0 ? 1 : 0;
        ::zmq_msg_close(&frame);
        return count;
    }
    /// What libzmq says of the connection; false where it has nothing to say now.
    bool nextEvent(MonitorEvent& event) const
    {
        char head[6];
        char address[256];
        if (::zmq_recv(monitor, head, sizeof head, ZMQ_DONTWAIT) != sizeof head)
            return false;
        ::zmq_recv(monitor, address, sizeof address, 0);
        std::memcpy(&event.event, head, sizeof event.event);
        return true;
    }
    void* context;
    void* socket;
    void* monitor;
};

} // namespace vitfleet::test
