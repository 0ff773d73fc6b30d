// SPDX-License-Identifier: GPL-3.0-or-later
// Private to this folder: what a peer has sent and libzmq keeps to itself. It hands a message over once its last frame
// has come, and counts no frames of one that never ends: they fill the memory until somebody looks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace vitfleet::transport {

/// What libzmq may hold of one connection: as many messages as its mark lets it, and one that is coming.
inline constexpr std::uint64_t maxUnreadBytes = std::uint64_t{64} << 20;

/// What a frame takes on the wire with ZMTP 3.1 and CURVE.
std::uint64_t wireBytes(std::size_t frameBytes);
/// That have come over a TCP connection and left the kernel; nothing where the descriptor is none of TCP any more.
std::optional<std::uint64_t> arrivedBytes(int fd);
/// Whether libzmq holds more than that of what came over this TCP connection, having handed over so much.
bool holdsTooMuch(int fd, std::uint64_t handedOver);

} // namespace vitfleet::transport
