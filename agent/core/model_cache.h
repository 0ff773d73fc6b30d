// SPDX-License-Identifier: GPL-3.0-or-later
// Finds a run's model on this node by what its files contain, never by their name alone, and keeps fetched ones. Worker
// thread only.
#pragma once

#include "shared/base/result.h"
#include "shared/digest/digest.h"
#include "shared/protocol/messages.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace vitfleet::agent {

/// What a file was when it was hashed: if nothing of this has changed, its content has not.
struct FileStamp
{
    std::uint64_t device = 0, inode = 0, bytes = 0;
    std::int64_t modifiedNs = 0, changedNs = 0;
    auto operator<=>(const FileStamp&) const = default;
};
/// Nothing for what is no regular file.
std::optional<FileStamp> stampOf(const std::filesystem::path& file);

/// A model directory whose files were hashed.
struct LocatedModel
{
    std::filesystem::path directory;
    protocol::Sha256 digest{};
    std::vector<std::pair<std::filesystem::path, FileStamp>> files;
    /// Whether each file still is the one that was hashed: to be asked after it was loaded.
    bool isUnchanged() const;
};

/// Protocol where a peer's list of model files cannot be right: no bare names, two of one name, too many, too large.
Result<void> checkModelFiles(std::span<const protocol::ModelFile> files);
protocol::Sha256 digestOf(std::span<const protocol::ModelFile> files);

inline constexpr const char* incomingPrefix = ".incoming-";

/// A model that is being fetched: files in a folder of their own, moved into the cache once all hashes are right.
/// The folder goes with this object, unless it was moved.
class IncomingModel
{
public:
    static Result<std::unique_ptr<IncomingModel>> create(const std::filesystem::path& cache,
                                                         std::vector<protocol::ModelFile> files);
    ~IncomingModel();

    /// The next piece of a file, in order. NodeIo.
    Result<void> append(std::uint32_t file, std::span<const std::byte> piece);
    /// ModelMismatch with both hashes where a file is not what was announced; NodeIo.
    Result<LocatedModel> finish();

private:
    struct Writing;
    IncomingModel(std::filesystem::path cache, std::filesystem::path folder, std::vector<protocol::ModelFile> files);
    std::filesystem::path m_cache, m_folder;
    std::vector<protocol::ModelFile> m_files;
    std::vector<Writing> m_writing;
};

class ModelCache
{
public:
    /// `roots` are the folders below which models may be read in place.
    ModelCache(std::filesystem::path cache, std::vector<std::filesystem::path> roots);

    /// The directory `hint` where it is readable below a root and equal, else the cache's copy. A copy that is damaged
    /// is removed.
    std::optional<LocatedModel> locate(std::span<const protocol::ModelFile> files, const std::string& hint);
    Result<std::unique_ptr<IncomingModel>> fetchInto(std::vector<protocol::ModelFile> files);

private:
    std::optional<LocatedModel> match(const std::filesystem::path& directory,
                                      std::span<const protocol::ModelFile> files);
    std::optional<protocol::Sha256> hashOf(const std::filesystem::path& file, const FileStamp& stamp);
    bool isBelowRoot(const std::filesystem::path& resolved) const;

    std::filesystem::path m_cache;
    std::vector<std::filesystem::path> m_roots;
    std::map<std::pair<std::string, FileStamp>, protocol::Sha256> m_hashes; ///< a file is hashed once
};

} // namespace vitfleet::agent
