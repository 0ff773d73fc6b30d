// SPDX-License-Identifier: GPL-3.0-or-later
// Private to this folder: libzmq's sockets as objects, and their place in the event loop.
#pragma once

#include "shared/base/event_loop.h"
#include "shared/protocol/codec.h"

#include <zmq.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace vitfleet::transport {

/// One frame. Its bytes stay where libzmq received them.
class Frame
{
public:
    Frame() { ::zmq_msg_init(&m_message); }
    ~Frame() { ::zmq_msg_close(&m_message); }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;

    protocol::BytesView bytes() const;
    std::string_view text() const;
    /// Metadata of the connection that it came from; empty where there is none.
    std::string_view property(const char* name) const;
    zmq_msg_t* handle() { return &m_message; }

private:
    mutable zmq_msg_t m_message; ///< libzmq's accessors take it without const
};

enum class Received : std::uint8_t
{
    Invalid = 0,
    Nothing,
    Message,
    TooManyFrames, ///< what was above the limit is thrown away
};

/// Owns a socket; none after a failure to open it. One thread.
class Socket
{
public:
    Socket() = default;
    Socket(void* context, int type) : m_handle(::zmq_socket(context, type)) {}
    Socket(Socket&& other) noexcept : m_handle(std::exchange(other.m_handle, nullptr)) {}
    Socket& operator=(Socket&& other) noexcept;
    ~Socket() { close(); }

    explicit operator bool() const { return m_handle != nullptr; }
    void* handle() const { return m_handle; }
    void close();

    bool set(int option, int value);
    bool set(int option, std::int64_t value);
    bool set(int option, std::span<const std::uint8_t> value);
    bool set(int option, const std::string& value);
    int fd() const;
    /// ZMQ_POLLIN and ZMQ_POLLOUT; also lets libzmq do its own work.
    int events() const;

    /// Never waits. `frames` gets the first ones, `count` says how many there were, at most one too many. `bytes`,
    /// where given, is what all of them took on the wire.
    Received receive(std::span<Frame> frames, std::size_t& count, std::uint64_t* bytes = nullptr);
    /// Never waits; false and errno where libzmq does not take it.
    bool send(protocol::BytesView frame, bool more);
    /// The same without a copy: libzmq frees the frame once it has left.
    bool sendOwned(protocol::Bytes frame, bool more);

private:
    void* m_handle = nullptr;
};

/// The options that both ends share: limits, marks, keepalive, CURVE's own time limit.
bool setCommonOptions(Socket& socket);

/// Calls `receiveOne` as long as messages wait. ZMQ_FD is edge-triggered, and any call on the socket may use up the
/// edge: afterUse() has to follow every send.
class SocketWatch
{
public:
    /// `woken`, where given, is called once after each wake-up, when nothing is left to receive.
    SocketWatch(EventLoop& loop, const Socket& socket, std::function<void()> receiveOne,
                std::function<void()> woken = {});
    ~SocketWatch();
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;
    void afterUse();

private:
    struct State;
    std::shared_ptr<State> m_state; ///< shared with work that is posted to the loop
    Subscription m_subscription;
};

/// One event of a socket's monitor.
struct MonitorEvent
{
    std::uint16_t event = 0;
    std::uint32_t value = 0;
    std::string address;
};

/// Starts to report `events` of `socket`; the returned socket receives them.
Socket openMonitor(void* context, const Socket& socket, int events);
bool receiveEvent(Socket& monitor, MonitorEvent& event);

} // namespace vitfleet::transport
