// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/unread.h"

#include "shared/base/limits.h"

#include <linux/sockios.h>
#include <linux/tcp.h> // glibc's own has no tcpi_bytes_received
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

namespace vitfleet::transport {

static_assert(maxUnreadBytes > (limits::maxHeldMessages + 1) * (limits::maxEnvelopeBytes + limits::maxPayloadBytes));

std::uint64_t wireBytes(std::size_t frameBytes)
{
    constexpr std::size_t commandBytes = 8 + 8 + 16 + 1; // "MESSAGE" with its length, nonce, authenticator, flags
    constexpr std::size_t longFrame = 256;
    const std::size_t body = frameBytes + commandBytes;
    return body + (body < longFrame ? 2 : 9);
}

std::optional<std::uint64_t> arrivedBytes(int fd)
{
    tcp_info info{};
    socklen_t size = sizeof info;
    int waiting = 0; // in the kernel, which has a limit of its own
    if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || ::ioctl(fd, SIOCINQ, &waiting) != 0)
        return std::nullopt;
    return info.tcpi_bytes_received -
           std::min(info.tcpi_bytes_received, static_cast<decltype(info.tcpi_bytes_received)>(waiting));
}

bool holdsTooMuch(int fd, std::uint64_t handedOver)
{
    const auto arrived = arrivedBytes(fd);
    return arrived && *arrived > handedOver && *arrived - handedOver > maxUnreadBytes;
}

} // namespace vitfleet::transport
