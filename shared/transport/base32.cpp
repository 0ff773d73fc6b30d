// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/base32.h"

namespace vitfleet::transport {
namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";

int valueOf(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '2' && c <= '7')
        return c - '2' + 26;
    return -1;
}

} // namespace

std::string toBase32(std::span<const std::uint8_t> bytes)
{
    std::string text;
    unsigned pending = 0;
    int bits = 0;
    for (const std::uint8_t byte : bytes) {
        pending = (pending << 8 | byte) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            text += alphabet[(pending >> (bits - 5)) & 31];
    }
    if (bits > 0)
        text += alphabet[(pending << (5 - bits)) & 31];
    return text;
}

std::optional<std::vector<std::uint8_t>> fromBase32(std::string_view text)
{
    std::vector<std::uint8_t> bytes;
    unsigned pending = 0;
    int bits = 0;
    for (const char c : text) {
        const int value = valueOf(c);
        if (value < 0)
            return std::nullopt;
        pending = (pending << 5 | static_cast<unsigned>(value)) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::uint8_t>(pending >> bits));
        }
    }
    // One text for one value: no character too many, and nothing in the bits that are left over.
    if (bits >= 5 || (pending & ((1U << bits) - 1)) != 0)
        return std::nullopt;
    return bytes;
}

} // namespace vitfleet::transport
