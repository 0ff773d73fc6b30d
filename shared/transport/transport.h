// SPDX-License-Identifier: GPL-3.0-or-later
// Sockets that carry protocol messages: the only place that sees zmq.hpp. Each object belongs to one thread.
#pragma once

#include "shared/base/event_loop.h"
#include "shared/base/result.h"
#include "shared/protocol/codec.h"
#include "shared/transport/keys.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::transport {

/// libzmq's context: one a process, made before the first socket. Raises ZMQ_MAX_SOCKETS and RLIMIT_NOFILE.
class Context
{
public:
    Context();
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    struct Private;
    Private& internals() { return *d; }

private:
    std::unique_ptr<Private> d;
};

enum class SendStatus : std::uint8_t
{
    Invalid = 0,
    Sent,       ///< handed to libzmq; nothing more is promised
    WouldBlock, ///< the peer does not read fast enough: nothing was sent, try again when `writable` is called
    Gone,       ///< no such connection any more
    TooLarge,   ///< the message is above a limit: a bug of the caller
};

/// One peer's connection at the agent's ROUTER, valid until the peer goes away.
using ConnectionId = std::uint64_t;

/// The agent's end: a ROUTER with CURVE and ZAP, which admits only authorised keys. The ZAP handler stands before
/// the port opens, and listen() proves that a stranger is refused before it returns.
class AgentSocket
{
public:
    struct Callbacks
    {
        /// A verified message. `payload` is valid during the call only.
        std::function<void(ConnectionId, const PublicKey& peer, protocol::Message, protocol::BytesView payload)>
            message;
        /// A peer that was admitted sent what is not our protocol: E_PROTOCOL with the reason.
        std::function<void(ConnectionId, const PublicKey& peer, const Error&)> badMessage;
        /// A stranger was turned away; for the log. Rate-limited to one call a second, with how many since the last.
        std::function<void(const std::string& peerAddress, std::uint64_t count)> stranger = {};
        /// A send gave WouldBlock a moment ago: try again. It may be too early, then this comes again.
        std::function<void()> writable = {};
        /// The key check has ended: the port is closed, and so is every connection.
        std::function<void(const Error&)> closed = {};
    };

    /// Binds HOST:PORT (host "*": every address, IPv6 too; port 0: any free one). Listen where that is not possible.
    /// Callbacks come from the loop, never from inside a call; each may end this object.
    static Result<std::unique_ptr<AgentSocket>> listen(Context& context, EventLoop& loop, const std::string& host,
                                                       std::uint16_t port, const KeyPair& keys,
                                                       std::vector<PublicKey> authorized, Callbacks callbacks);
    ~AgentSocket();

    std::uint16_t port() const;
    /// TCP connections that are open, of strangers too.
    std::size_t connectionCount() const;
    /// Replaces the admitted keys. Where one is no longer among them its messages are dropped at once and its
    /// connections are closed, as are those of peers who have not said anything yet.
    void setAuthorized(std::vector<PublicKey> keys);
    SendStatus send(ConnectionId connection, const protocol::Message& message, protocol::BytesView payload = {});

private:
    struct Private;
    explicit AgentSocket(std::unique_ptr<Private> priv);
    std::unique_ptr<Private> d;
};

/// The application's end of one connection: a DEALER with CURVE that connects, notices by libzmq's monitor why it
/// could not, and tries again every limits::reconnectInterval with a new socket. Never sends what was queued for an
/// earlier connection (ZMQ_IMMEDIATE, LINGER 0): after `up` everything starts anew. Callbacks come from the loop, never
/// from inside a call; each may end this object.
class AgentConnection
{
public:
    struct Callbacks
    {
        std::function<void()> up; ///< the handshake succeeded: say Hello
        /// Not connected, or no longer: AgentKey, NotEnrolled, Unreachable, Protocol. Called on changes only.
        std::function<void(const Error&)> down;
        std::function<void(protocol::Message, protocol::BytesView payload)> message;
        std::function<void(const Error&)> badMessage;
        /// A send gave WouldBlock a moment ago: try again. It may be too early, then this comes again.
        std::function<void()> writable = {};
    };

    AgentConnection(Context& context, EventLoop& loop, std::string endpoint, PublicKey serverKey, const KeyPair& keys,
                    Callbacks callbacks);
    ~AgentConnection();

    SendStatus send(const protocol::Message& message, protocol::BytesView payload = {});
    /// The same without a copy of the payload, which is taken where the answer is Sent and left alone otherwise.
    SendStatus sendOwned(const protocol::Message& message, protocol::Bytes& payload);
    bool isUp() const;
    /// To be called now and then: where the peer sends a message that never ends, so that libzmq holds more of it than
    /// it may, the connection ends with Protocol.
    void endIfHoarding();
    /// Drops the socket and connects anew at once (a new hello is needed; used when a peer seems dead). `down` is not
    /// called for it, only where the new connection fails.
    void reconnect();

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vitfleet::transport
