// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that bring a node's port to this machine (ssh -L, kubectl port-forward), one for each unit; started again
// when they end.
#pragma once

#include "app/provision/command.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace vitfleet::app {

class Tunnels
{
public:
    using MakeCommand = std::function<std::vector<std::string>(std::uint16_t localPort)>;

    /// The port of this machine; the same as before where it is open already.
    Result<std::uint16_t> open(const std::string& key, const std::string& target, MakeCommand make);
    /// Starts those again that have ended, on the same port, at most once a second each.
    void tend();
    void close(const std::string& key) { m_open.erase(key); }
    std::size_t size() const { return m_open.size(); }

private:
    struct Tunnel
    {
        std::string target;
        std::uint16_t port = 0;
        MakeCommand make;
        BackgroundCommand command;
        std::chrono::steady_clock::time_point startedAt;
    };
    std::map<std::string, Tunnel> m_open;
};

/// A port of 127.0.0.1 that nobody uses at this moment.
Result<std::uint16_t> freePort();
/// Whether something accepts connections there within `timeout`.
bool answers(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout);

} // namespace vitfleet::app
