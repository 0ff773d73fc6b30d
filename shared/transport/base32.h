// SPDX-License-Identifier: GPL-3.0-or-later
// Base32 as RFC 4648 defines it, lower case and without padding.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::transport {

std::string toBase32(std::span<const std::uint8_t> bytes);
/// Either case; nothing for other characters, and for a form that toBase32() would not have written.
std::optional<std::vector<std::uint8_t>> fromBase32(std::string_view text);

} // namespace vitfleet::transport
