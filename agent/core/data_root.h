// SPDX-License-Identifier: GPL-3.0-or-later
// Opens files of a run's data set, and nothing outside it: paths come from a peer, and links from whoever may write
// into the folder.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::agent {

struct OpenedFile
{
    UniqueFd fd; ///< a regular file, opened for reading
    std::uint64_t bytes = 0;
};

/// The folder of one run's data set.
class DataRoot
{
public:
    /// How links are kept inside: openat2's RESOLVE_BENEATH, or where the kernel has none, or a filter refuses it, the
    /// resolved path compared before and after opening.
    enum class Resolver : std::uint8_t
    {
        Invalid = 0,
        Kernel,
        Compare
    };

    /// `directory` must be absolute and, with all links resolved, lie at or below one of `allowed`. PathEscape where it
    /// does not (also where there is no such folder below them: a peer learns nothing about others), PathDenied.
    static Result<DataRoot> open(const std::filesystem::path& directory,
                                 const std::vector<std::filesystem::path>& allowed);
    static Result<DataRoot> open(const std::filesystem::path& directory,
                                 const std::vector<std::filesystem::path>& allowed, Resolver resolver);

    /// Opens a regular file by its relative path, never blocking on what is none. PathEncoding, PathEscape,
    /// PathMissing, PathDenied, PathNotFile; NodeIo where the reason lies in this node.
    Result<OpenedFile> openFile(const std::string& path) const;

private:
    DataRoot(UniqueFd folder, std::filesystem::path resolved, Resolver resolver);
    Result<UniqueFd> openBeneath(const std::string& path) const;
    Result<UniqueFd> openCompared(const std::string& path) const;

    UniqueFd m_folder;
    std::filesystem::path m_resolved;
    Resolver m_resolver;
};

/// Whether `path` is `root` or lies below it; both resolved.
bool isAtOrBelow(const std::filesystem::path& path, const std::filesystem::path& root);
/// The code for an errno of opening or reading an item, and its text.
Error pathError(int errorNumber);

} // namespace vitfleet::agent
