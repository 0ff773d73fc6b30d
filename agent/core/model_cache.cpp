// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/model_cache.h"

#include "agent/core/data_root.h"
#include "shared/base/log.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <system_error>

namespace vitfleet::agent {
namespace {

namespace fs = std::filesystem;

/// What a model reader may open in a directory: none of these may lie there unannounced, or what is loaded would not
/// be what was hashed.
constexpr std::array<std::string_view, 5> loadedNames = {"config.json", "preprocessor_config.json",
                                                         "processor_config.json", "model.safetensors",
                                                         "model.safetensors.index.json"};

std::int64_t nanoseconds(const timespec& time)
{
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

std::optional<FileStamp> stampOf(const fs::path& file)
{
    struct stat status
    {
    };
    if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return std::nullopt;
    return FileStamp{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                     nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

bool LocatedModel::isUnchanged() const
{
    return std::ranges::all_of(files, [](const auto& file) { return stampOf(file.first) == file.second; });
}

protocol::Sha256 digestOf(std::span<const protocol::ModelFile> files)
{
    std::vector<std::pair<std::string, digest::Sha256>> hashes;
    for (const auto& file : files)
        hashes.emplace_back(file.name, file.sha256);
    return digest::modelDigest(std::move(hashes));
}

ModelCache::ModelCache(fs::path cache, std::vector<fs::path> roots)
    : m_cache(std::move(cache)), m_roots(std::move(roots))
{
    // What killed agents have left half fetched. A day old: others may be fetching into the same cache right now.
    std::error_code error;
    const auto old = fs::file_time_type::clock::now() - std::chrono::hours(24);
    for (const auto& entry : fs::directory_iterator(m_cache, error)) {
        std::error_code ignored;
        if (entry.path().filename().string().starts_with(incomingPrefix) && entry.last_write_time(ignored) < old &&
            !ignored)
            fs::remove_all(entry.path(), ignored);
    }
}

std::optional<LocatedModel> ModelCache::locate(std::span<const protocol::ModelFile> files, const std::string& hint)
{
    std::error_code error;
    const fs::path hinted = hint.empty() ? fs::path() : fs::canonical(hint, error);
    if (!hint.empty() && !error && fs::path(hint).is_absolute() && isBelowRoot(hinted)) {
        if (auto found = match(hinted, files))
            return found;
    }
    const fs::path cached = m_cache / digest::toHex(digestOf(files));
    if (!fs::is_directory(cached, error))
        return std::nullopt;
    if (auto found = match(cached, files))
        return found;
    log::warning("model_cache_damaged", {{"directory", cached.string()}});
    fs::remove_all(cached, error);
    return std::nullopt;
}

bool ModelCache::isBelowRoot(const fs::path& resolved) const
{
    return std::ranges::any_of(m_roots, [&](const fs::path& root) {
        std::error_code error;
        const fs::path resolvedRoot = fs::canonical(root, error);
        return !error && isAtOrBelow(resolved, resolvedRoot);
    });
}

std::optional<LocatedModel> ModelCache::match(const fs::path& directory, std::span<const protocol::ModelFile> files)
{
    for (const std::string_view name : loadedNames) {
        const bool announced = std::ranges::find(files, name, &protocol::ModelFile::name) != files.end();
        std::error_code error;
        if (!announced && fs::exists(fs::symlink_status(directory / name, error)))
            return std::nullopt;
    }
    LocatedModel located{directory, digestOf(files), {}};
    // Sizes first: of another model not a byte needs to be read.
    for (const auto& file : files) {
        // The Hugging Face cache links its files to blobs beside them, so links are followed, inside the roots.
        std::error_code error;
        const fs::path resolved = fs::canonical(directory / file.name, error);
        const bool inside = !error && (isAtOrBelow(resolved, directory) || isBelowRoot(resolved));
        const auto stamp = inside ? stampOf(resolved) : std::nullopt;
        if (!stamp || stamp->bytes != file.bytes)
            return std::nullopt;
        located.files.emplace_back(resolved, *stamp);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto hash = hashOf(located.files[i].first, located.files[i].second);
        if (!hash || *hash != files[i].sha256)
            return std::nullopt;
    }
    return located;
}

std::optional<protocol::Sha256> ModelCache::hashOf(const fs::path& file, const FileStamp& stamp)
{
    const auto key = std::pair(file.string(), stamp);
    if (const auto known = m_hashes.find(key); known != m_hashes.end())
        return known->second;
    const auto hash = digest::sha256OfFile(file);
    if (!hash.ok() || stampOf(file) != stamp) // it was being written while it was read
        return std::nullopt;
    m_hashes.emplace(key, *hash);
    return *hash;
}

Result<std::unique_ptr<IncomingModel>> ModelCache::fetchInto(std::vector<protocol::ModelFile> files)
{
    return IncomingModel::create(m_cache, std::move(files));
}

} // namespace vitfleet::agent
