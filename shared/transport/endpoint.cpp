// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/endpoint.h"

#include <cstdlib>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace vitfleet::transport {

Result<std::string> numericHost(const std::string& host)
{
    if (host == "*")
        return host;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
        return {ErrorCode::Listen, host + ": " + ::gai_strerror(error)};
    char text[NI_MAXHOST] = {};
    const int error = ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    ::freeaddrinfo(found);
    if (error != 0)
        return {ErrorCode::Listen, host + ": " + ::gai_strerror(error)};
    return std::string(text);
}

std::string endpointOf(const std::string& numericHost, const std::string& port)
{
    const bool bracketed = numericHost.find(':') != std::string::npos;
    return "tcp://" + (bracketed ? "[" + numericHost + "]" : numericHost) + ":" + port;
}

std::string boundEndpoint(const Socket& socket)
{
    char endpoint[256] = {};
    std::size_t size = sizeof endpoint;
    return ::zmq_getsockopt(socket.handle(), ZMQ_LAST_ENDPOINT, endpoint, &size) == 0 ? endpoint : std::string();
}

std::uint16_t portOf(const std::string& endpoint)
{
    return static_cast<std::uint16_t>(std::strtoul(endpoint.c_str() + endpoint.rfind(':') + 1, nullptr, 10));
}

std::uint16_t localPort(int fd)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    return address.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port) : 0;
}

} // namespace vitfleet::transport
