// SPDX-License-Identifier: GPL-3.0-or-later
// The links between the application and each agent, which can be cut, healed, reset and slowed down.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace vitfleet::chaos {

/// Puts this process into network and mount namespaces of its own, so that nothing it does there is seen outside or
/// survives it; as root, or as a user where the kernel lets users have namespaces. Before the first thread. False where
/// the machine does not allow it.
bool enterNamespaces();

enum class Direction : std::uint8_t
{
    Invalid = 0,
    Both,
    ToAgent,   ///< what the application says is lost
    FromAgent, ///< what the agent says is lost
};
const char* name(Direction direction);

class Network
{
public:
    virtual ~Network() = default;
    /// "namespaces" or "loopback".
    virtual std::string kind() const = 0;
    /// Where agent `host` listens, on any port.
    virtual std::string listenHost(unsigned host) const = 0;
    /// A file that Process enters; empty: none.
    virtual std::string space(unsigned host) const = 0;
    /// HOST:PORT for the application, of an agent that listens on `port`.
    virtual std::string address(unsigned host, std::uint16_t port) = 0;

    virtual void cut(unsigned host, Direction direction) = 0;
    virtual void heal(unsigned host) = 0;
    /// Ends every TCP connection of this agent at once.
    virtual void reset(unsigned host) = 0;
    /// Bytes a second in each direction; 0: as fast as it goes.
    virtual void limit(unsigned host, std::uint64_t bytesPerSecond) = 0;
};

/// Each agent in a network namespace of its own, on a bridge. After enterNamespaces(). Throws where it cannot be made.
std::unique_ptr<Network> makeNamespaces(unsigned hosts);
/// Everything on 127.0.0.1, with a proxy between.
std::unique_ptr<Network> makeLoopback(unsigned hosts);

} // namespace vitfleet::chaos
