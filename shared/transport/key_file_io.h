// SPDX-License-Identifier: GPL-3.0-or-later
// Small files that decide who may come in: never half written, never open to others.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace vitfleet::transport {

/// What others may do with a file at most.
enum class Privacy : unsigned char
{
    Invalid = 0,
    Secret,   ///< nothing
    ReadOnly, ///< read it
};

/// The text; nothing where there is no such file. KeyPermissions where others may do more than `privacy` allows, or
/// where it belongs to another user than this one or root; KeyFile where it is no regular file, too large or
/// unreadable.
Result<std::optional<std::string>> readKeyFile(const std::filesystem::path& file, Privacy privacy);

/// Makes the folders that are missing with mode 0700.
Result<void> makePrivateFolder(const std::filesystem::path& folder);

/// Writes a new file of mode 0600 and syncs it; false where there is one already (which stays as it is).
Result<bool> createKeyFile(const std::filesystem::path& file, std::string_view text);
/// Writes the file anew: readers see the old text or the new one.
Result<void> replaceKeyFile(const std::filesystem::path& file, std::string_view text);

/// Puts a key file into the place of another: readers see the one or the other.
Result<void> moveKeyFile(const std::filesystem::path& from, const std::filesystem::path& to);

/// Excludes other processes that change files of this folder. Released when it is destroyed.
Result<UniqueFd> lockFolder(const std::filesystem::path& folder);

/// The folder that holds `file`.
std::filesystem::path folderOf(const std::filesystem::path& file);

} // namespace vitfleet::transport
