// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/keys.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>

namespace vitfleet::transport {
namespace {

constexpr std::size_t maxHostBytes = 253; ///< of a name in the DNS (RFC 1035)
constexpr std::size_t keyBytes = 52;      ///< of a key in base32

bool isLetterOrDigit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// A name or an IPv4 address. Also keeps out what another program might read as an option or a path.
bool isHostName(std::string_view host)
{
    if (host.empty() || host.size() > maxHostBytes || !isLetterOrDigit(host.front()))
        return false;
    return std::ranges::all_of(host, [](char c) { return isLetterOrDigit(c) || c == '-' || c == '.' || c == '_'; });
}

/// An IPv6 address, with a zone where it has one (RFC 4007).
bool isIpv6(const std::string& host)
{
    const std::size_t zone = host.find('%');
    in6_addr ignored{};
    if (::inet_pton(AF_INET6, host.substr(0, zone).c_str(), &ignored) != 1)
        return false;
    return zone == std::string::npos || isHostName(std::string_view(host).substr(zone + 1));
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0 || text.front() == '0')
        return std::nullopt;
    return port;
}

Error addressError(std::string_view text)
{
    return {ErrorCode::Address, std::string(text.substr(0, maxHostBytes + keyBytes + 8))};
}

} // namespace

Result<AgentAddress> AgentAddress::parse(std::string_view text)
{
    const std::string_view whole = text;
    AgentAddress address;
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        address.key = PublicKey::fromBase32(text.substr(slash + 1));
        if (!address.key)
            return addressError(whole);
        text = text.substr(0, slash);
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == text.size())
        return addressError(whole);
    const auto port = parsePort(text.substr(colon + 1));
    std::string host(text.substr(0, colon));
    // Names are compared without regard to case, and pins are kept by name.
    std::ranges::transform(host, host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    if (!port || !(bracketed ? isIpv6(host) : isHostName(host)))
        return addressError(whole);
    address.host = std::move(host);
    address.port = *port;
    return address;
}

std::string AgentAddress::hostPort() const
{
    const bool ipv6 = host.find(':') != std::string::npos;
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string AgentAddress::endpoint() const
{
    return "tcp://" + hostPort();
}

std::string AgentAddress::line() const
{
    return key ? hostPort() + "/" + key->toBase32() : hostPort();
}

} // namespace vitfleet::transport
