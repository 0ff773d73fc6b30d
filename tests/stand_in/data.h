// SPDX-License-Identifier: GPL-3.0-or-later
// Data sets of any length that take little room.
#pragma once

#include <cstdint>
#include <filesystem>

namespace vitfleet::test {

/// An IDX file of pictures of one pixel each.
void writeIdx(const std::filesystem::path& file, std::uint32_t items);
/// A folder of so many names for a few files of `bytes` bytes.
void writeFolder(const std::filesystem::path& folder, std::uint32_t items, std::size_t bytes);

} // namespace vitfleet::test
