// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's view of its connections: app/net implements it over ZeroMQ, tests with a script.
#pragma once

#include "shared/base/ids.h"
#include "shared/base/result.h"
#include "shared/protocol/codec.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

enum class Channel : std::uint8_t
{
    Invalid = 0,
    Control,
    Data
};

/// Everything runs in the engine's thread.
class FleetLink
{
public:
    struct Callbacks
    {
        /// Both connections stand and the agent has welcomed this application on each. Also after every reconnect.
        std::function<void(NodeId, const protocol::Welcome&)> up;
        /// Not (or no longer) connected: AgentKey, NotEnrolled, Unreachable, Protocol, ProtocolVersion, AgentBusy.
        /// On changes only. The link keeps trying by itself every limits::reconnectInterval.
        std::function<void(NodeId, const Error&)> down;
        /// Any message but Welcome and Refused. `payload` is valid during the call only.
        std::function<void(NodeId, Channel, protocol::Message, protocol::BytesView payload)> message;
    };
    virtual ~FleetLink() = default;
    virtual void setCallbacks(Callbacks callbacks) = 0;

    struct Address
    {
        std::string hostPort;
        std::string key; ///< base32, pinned by this call where it was given with the address
    };
    /// Parses HOST:PORT/KEY, or HOST:PORT of a pinned agent, and pins a key that is new. Address, NotPinned, AgentKey.
    virtual Result<Address> resolve(const std::string& addressLine, bool pin) = 0;
    /// The same for many, with pinning: all of them, or none where one cannot be used.
    virtual Result<std::vector<Address>> resolveAll(const std::vector<std::string>& addressLines) = 0;
    /// Starts connecting.
    virtual void add(NodeId node, const Address& address) = 0;
    /// Closes both connections; no callback follows.
    virtual void remove(NodeId node) = 0;
    /// Queues a message in order on its channel, at most `maxQueuedBytes` of payload a node; false where the node is
    /// not up or its queue is full (the engine then sends less). Owner beats are the link's own business.
    virtual bool send(NodeId node, Channel channel, const protocol::Message& message,
                      protocol::BytesView payload = {}) = 0;
    /// The same with a payload that may be kept instead of copied.
    virtual bool sendOwned(NodeId node, Channel channel, const protocol::Message& message, protocol::Bytes payload)
    {
        return send(node, channel, message, payload);
    }
    virtual std::size_t queuedBytes(NodeId node) const = 0;
    /// Drops the connections and connects anew: for a node that seems dead.
    virtual void reconnect(NodeId node) = 0;

    /// Whether a run is under way, which every hello says: an agent whose owner has none makes room for it.
    virtual void setHasRun(bool on) = 0;

    /// This application's public key in base32, and its fingerprint.
    virtual std::string publicKey() const = 0;
    virtual std::string fingerprint() const = 0;
};

} // namespace vitfleet::app
