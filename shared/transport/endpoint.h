// SPDX-License-Identifier: GPL-3.0-or-later
// Private to this folder: where a listening socket is.
#pragma once

#include "shared/base/result.h"
#include "shared/transport/zmq_socket.h"

#include <cstdint>
#include <string>

namespace vitfleet::transport {

/// libzmq binds to numbers only. Listen where the host has none; "*" stays.
Result<std::string> numericHost(const std::string& host);
/// "tcp://HOST:PORT", IPv6 in brackets.
std::string endpointOf(const std::string& numericHost, const std::string& port);
/// What libzmq has made of it; empty where the socket is bound to nothing.
std::string boundEndpoint(const Socket& socket);
std::uint16_t portOf(const std::string& endpoint);
/// Of a TCP socket; 0 for anything else.
std::uint16_t localPort(int fd);

} // namespace vitfleet::transport
