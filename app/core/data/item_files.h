// SPDX-License-Identifier: GPL-3.0-or-later
// Items that are files below a root: opening them without leaving it, and what the scan notes of each.
#pragma once

#include "app/core/records.h"
#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app {

class ItemFiles
{
public:
    /// `root` must exist: DataMissing otherwise.
    static Result<ItemFiles> open(const std::filesystem::path& root);

    /// Absolute, as it was named.
    const std::filesystem::path& root() const { return m_root; }

    struct Opened
    {
        UniqueFd fd;
        std::uint64_t bytes = 0;
    };
    /// A regular file whose real place is below the root, links followed. PathMissing, PathDenied, PathNotFile,
    /// PathEscape, PathEncoding, NodeIo. Opens nothing else: no FIFO waits, no device notices.
    Result<Opened> openItem(const std::string& relative) const;

    /// Sets path, bytes and headHash, or path and scanError. `relative` may be any bytes.
    void describe(const std::string& relative, ItemRecord& item) const;

    /// What DataSet::read() promises.
    Result<std::vector<std::byte>> read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) const;

private:
    std::filesystem::path m_root;
    std::string m_realRoot; ///< links resolved, with a slash at its end
};

/// What a failed call with a path means: PathMissing, PathDenied, PathNotFile, PathEncoding; else NodeIo.
Error pathError(int number, const std::string& path);

/// The path as a row can hold it: what is not text as \xNN, and not longer than a path may be.
std::string shownPath(std::string_view path);

/// Up to `bytes` bytes from `offset`; fewer only at the end of the file. NodeIo.
Result<std::vector<std::byte>> readAt(int fd, std::uint64_t offset, std::size_t bytes);

} // namespace vitfleet::app
