// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that the kernel makes: read whole, or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::host {

/// At most 64 KiB of it; nothing where it cannot be read.
std::optional<std::string> readSmallFile(const std::filesystem::path& file);
std::string_view trimmed(std::string_view text);
std::vector<std::string_view> lines(std::string_view text);
std::vector<std::string_view> words(std::string_view text);
std::optional<std::uint64_t> toNumber(std::string_view text);
/// The number before " kB" of a line such as "MemTotal:  16384 kB", in bytes.
std::optional<std::uint64_t> kilobytesField(std::string_view text, std::string_view name);

} // namespace vitfleet::host
