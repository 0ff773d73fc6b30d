// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/zmq_socket.h"

#include "shared/base/limits.h"
#include "shared/transport/unread.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace vitfleet::transport {
namespace {

constexpr int handshakeMs = static_cast<int>(limits::handshakeTimeout / std::chrono::milliseconds(1));
constexpr int keepaliveIdleS = 5;
constexpr int keepaliveIntervalS = 2;
constexpr int keepaliveCount = 3;
// As long as heartbeats are waited for while bulk data is under way: a slow link that loses packets is not a dead one.
constexpr int tcpMaxRetransmitMs = static_cast<int>(limits::lostAfterWithBulkData / std::chrono::milliseconds(1));
// So that one busy socket does not hold up timers and other sockets.
constexpr int messagesAtATime = 256;

} // namespace

protocol::BytesView Frame::bytes() const
{
    return {static_cast<const std::byte*>(::zmq_msg_data(&m_message)), ::zmq_msg_size(&m_message)};
}

std::string_view Frame::text() const
{
    return {static_cast<const char*>(::zmq_msg_data(&m_message)), ::zmq_msg_size(&m_message)};
}

std::string_view Frame::property(const char* name) const
{
    const char* value = ::zmq_msg_gets(&m_message, name);
    return value ? std::string_view(value) : std::string_view();
}

Socket& Socket::operator=(Socket&& other) noexcept
{
    if (this != &other) {
        close();
        m_handle = std::exchange(other.m_handle, nullptr);
    }
    return *this;
}

void Socket::close()
{
    if (void* handle = std::exchange(m_handle, nullptr))
        ::zmq_close(handle);
}

bool Socket::set(int option, int value)
{
    return ::zmq_setsockopt(m_handle, option, &value, sizeof value) == 0;
}

bool Socket::set(int option, std::int64_t value)
{
    return ::zmq_setsockopt(m_handle, option, &value, sizeof value) == 0;
}

bool Socket::set(int option, std::span<const std::uint8_t> value)
{
    return ::zmq_setsockopt(m_handle, option, value.data(), value.size()) == 0;
}

bool Socket::set(int option, const std::string& value)
{
    return ::zmq_setsockopt(m_handle, option, value.data(), value.size()) == 0;
}

int Socket::fd() const
{
    int fd = -1;
    std::size_t size = sizeof fd;
    ::zmq_getsockopt(m_handle, ZMQ_FD, &fd, &size);
    return fd;
}

int Socket::events() const
{
    int events = 0;
    std::size_t size = sizeof events;
    return ::zmq_getsockopt(m_handle, ZMQ_EVENTS, &events, &size) == 0 ? events : 0;
}

Received Socket::receive(std::span<Frame> frames, std::size_t& count, std::uint64_t* bytes)
{
    count = 0;
    if (bytes)
        *bytes = 0;
    Frame excess;
    for (bool more = true; more;) {
        Frame& frame = count < frames.size() ? frames[count] : excess;
        if (::zmq_msg_recv(frame.handle(), m_handle, ZMQ_DONTWAIT) < 0)
            return Received::Nothing; // between two frames too: the rest went with its connection
        more = ::zmq_msg_more(frame.handle()) != 0;
        if (bytes)
            *bytes += wireBytes(frame.bytes().size());
        count = std::min(count + 1, frames.size() + 1);
    }
    return count > frames.size() ? Received::TooManyFrames : Received::Message;
}

bool Socket::send(protocol::BytesView frame, bool more)
{
    return ::zmq_send(m_handle, frame.data(), frame.size(), ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0;
}

bool Socket::sendOwned(protocol::Bytes frame, bool more)
{
    // libzmq allocates for what it does not copy: for little that costs more than the copy.
    constexpr std::size_t worthKeeping = 4096;
    if (frame.size() < worthKeeping)
        return send(frame, more);
    auto kept = std::make_unique<protocol::Bytes>(std::move(frame));
    zmq_msg_t message;
    const auto release = [](void*, void* bytes) { delete static_cast<protocol::Bytes*>(bytes); };
    if (::zmq_msg_init_data(&message, kept->data(), kept->size(), release, kept.get()) != 0)
        return false;
    static_cast<void>(kept.release()); // the message's from here on
    if (::zmq_msg_send(&message, m_handle, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0)
        return true;
    ::zmq_msg_close(&message);
    return false;
}

bool setCommonOptions(Socket& socket)
{
    // ZMTP heartbeats stay off: with a low receive mark they abort the process in libzmq 4.3.4.
    return socket.set(ZMQ_LINGER, 0) && socket.set(ZMQ_MAXMSGSIZE, static_cast<std::int64_t>(limits::maxFrameBytes)) &&
           socket.set(ZMQ_SNDHWM, limits::maxHeldMessages) && socket.set(ZMQ_RCVHWM, limits::maxHeldMessages) &&
           socket.set(ZMQ_HANDSHAKE_IVL, handshakeMs) && socket.set(ZMQ_TCP_KEEPALIVE, 1) &&
           socket.set(ZMQ_TCP_KEEPALIVE_IDLE, keepaliveIdleS) &&
           socket.set(ZMQ_TCP_KEEPALIVE_INTVL, keepaliveIntervalS) &&
           socket.set(ZMQ_TCP_KEEPALIVE_CNT, keepaliveCount) && socket.set(ZMQ_TCP_MAXRT, tcpMaxRetransmitMs);
}

struct SocketWatch::State : std::enable_shared_from_this<State>
{
    State(EventLoop& l, const Socket& s, std::function<void()> r, std::function<void()> w)
        : loop(l), socket(&s), receiveOne(std::move(r)), woken(std::move(w))
    {
    }
    void run();
    void runLater();

    EventLoop& loop;
    const Socket* socket; ///< null once the watch has ended
    const std::function<void()> receiveOne;
    const std::function<void()> woken;
    bool posted = false;
};

void SocketWatch::State::run()
{
    const auto keep = shared_from_this();
    int left = messagesAtATime;
    while (socket && left > 0 && (socket->events() & ZMQ_POLLIN) != 0) {
        receiveOne();
        --left;
    }
    if (socket && left == 0)
        runLater();
    if (socket && woken)
        woken();
}

void SocketWatch::State::runLater()
{
    if (posted)
        return;
    posted = true;
    loop.post([self = shared_from_this()] {
        self->posted = false;
        self->run();
    });
}

SocketWatch::SocketWatch(EventLoop& loop, const Socket& socket, std::function<void()> receiveOne,
                         std::function<void()> woken)
    : m_state(std::make_shared<State>(loop, socket, std::move(receiveOne), std::move(woken))),
      m_subscription(loop.watch(socket.fd(), EventLoop::Trigger::Edge, [state = m_state] { state->run(); }))
{
    m_state->runLater(); // what arrived before the watch gives no edge
}

SocketWatch::~SocketWatch()
{
    m_state->socket = nullptr;
}

void SocketWatch::afterUse()
{
    if ((m_state->socket->events() & ZMQ_POLLIN) != 0)
        m_state->runLater();
}

Socket openMonitor(void* context, const Socket& socket, int events)
{
    static std::atomic<std::uint64_t> lastNumber = 0;
    const std::string endpoint = "inproc://vitfleet-monitor-" + std::to_string(++lastNumber);
    Socket monitor(context, ZMQ_PAIR);
    // Without a mark: libzmq's I/O thread would wait for us where it is reached.
    const bool ready = monitor && ::zmq_socket_monitor(socket.handle(), endpoint.c_str(), events) == 0 &&
                       monitor.set(ZMQ_LINGER, 0) && monitor.set(ZMQ_RCVHWM, 0) &&
                       ::zmq_connect(monitor.handle(), endpoint.c_str()) == 0;
    return ready ? std::move(monitor) : Socket();
}

bool receiveEvent(Socket& monitor, MonitorEvent& event)
{
    std::array<Frame, 2> frames;
    std::size_t count = 0;
    if (monitor.receive(frames, count) != Received::Message || count != 2)
        return false;
    const protocol::BytesView head = frames[0].bytes();
    if (head.size() != sizeof event.event + sizeof event.value)
        return false;
    std::memcpy(&event.event, head.data(), sizeof event.event);
    std::memcpy(&event.value, head.data() + sizeof event.event, sizeof event.value);
    event.address = frames[1].text();
    return true;
}

} // namespace vitfleet::transport
