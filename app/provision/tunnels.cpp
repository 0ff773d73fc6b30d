// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/tunnels.h"

#include "shared/base/log.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitfleet::app {

using namespace std::chrono_literals;

Result<std::uint16_t> freePort()
{
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return Error{ErrorCode::ProviderRefused, std::string("no free port: ") + std::strerror(errno)};
    return ntohs(address.sin_port);
}

bool answers(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return false;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    for (const addrinfo* entry = list.get(); entry; entry = entry->ai_next) {
        const UniqueFd fd(::socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!fd)
            continue;
        if (::connect(fd.get(), entry->ai_addr, entry->ai_addrlen) == 0)
            return true;
        pollfd waiting{fd.get(), POLLOUT, 0};
        if (errno != EINPROGRESS || ::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0)
            continue;
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0)
            return true;
    }
    return false;
}

Result<std::uint16_t> Tunnels::open(const std::string& key, const std::string& target, MakeCommand make)
{
    if (const auto found = m_open.find(key); found != m_open.end() && found->second.target == target)
        return found->second.port;
    // Those that were opened just now have not taken theirs yet.
    auto port = freePort();
    while (port && std::ranges::any_of(m_open, [&](const auto& open) { return open.second.port == *port; }))
        port = freePort();
    if (!port)
        return port.error();
    auto command = BackgroundCommand::start(make(*port));
    if (!command)
        return command.error();
    Tunnel tunnel;
    tunnel.target = target;
    tunnel.port = *port;
    tunnel.make = std::move(make);
    tunnel.command = std::move(*command);
    tunnel.startedAt = std::chrono::steady_clock::now();
    m_open.insert_or_assign(key, std::move(tunnel));
    return *port;
}

void Tunnels::tend()
{
    const auto now = std::chrono::steady_clock::now();
    for (auto& [key, tunnel] : m_open) {
        if (tunnel.command.isRunning() || now - tunnel.startedAt < 1s)
            continue;
        log::warning("tunnel_ended", {{"unit", key}, {"words", tunnel.command.lastWords()}});
        tunnel.startedAt = now;
        if (auto command = BackgroundCommand::start(tunnel.make(tunnel.port)))
            tunnel.command = std::move(*command);
    }
}

} // namespace vitfleet::app
