// SPDX-License-Identifier: GPL-3.0-or-later
// A folder, walked in the bytewise order of its relative paths, one directory's names in memory at a time.
#include "app/core/data/data_kinds.h"
#include "app/core/data/item_files.h"
#include "shared/base/limits.h"
#include "shared/base/utf8.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace vitfleet::app {
namespace {

struct Entry
{
    std::string name; ///< of a folder with a slash at its end, so that sorting names sorts whole paths
    bool isFolder() const { return name.ends_with('/'); }
};

struct CloseDir
{
    void operator()(DIR* dir) const { ::closedir(dir); }
};

bool isFolder(int parent, const dirent& entry)
{
    if (entry.d_type != DT_UNKNOWN)
        return entry.d_type == DT_DIR;
    struct stat status
    {
    };
    return ::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode);
}

/// Sorted in descending order: the walk takes them from the back.
Result<std::vector<Entry>> namesIn(const std::filesystem::path& folder, bool isRoot)
{
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (isRoot ? 0 : O_NOFOLLOW)));
    if (!fd)
        return Error{errno == EACCES ? ErrorCode::PathDenied : ErrorCode::NodeIo, std::strerror(errno)};
    const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(fd.get()));
    if (!dir)
        return Error{ErrorCode::NodeIo, std::strerror(errno)};
    static_cast<void>(fd.release()); // closedir() closes it
    std::vector<Entry> entries;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..")
            continue;
        entries.push_back({std::string(name) + (isFolder(::dirfd(dir.get()), *entry) ? "/" : "")});
        errno = 0;
    }
    if (errno != 0)
        return Error{ErrorCode::NodeIo, std::strerror(errno)};
    std::ranges::sort(entries, std::greater{}, &Entry::name);
    return entries;
}

/// "n01440764_tench.JPEG" → "n01440764": pictures that carry their WordNet id in their name.
std::string wordNetPrefix(std::string_view name)
{
    constexpr std::size_t length = 9;
    const bool matches =
        name.size() > length && name[0] == 'n' && name[length] == '_' &&
        std::ranges::all_of(name.substr(1, length - 1), [](unsigned char c) { return std::isdigit(c) != 0; });
    return matches ? std::string(name.substr(0, length)) : std::string{};
}

/// The first folder below the root, as torchvision's ImageFolder takes it.
std::string expectedOf(const std::string& relative)
{
    if (!isText(relative))
        return {};
    const auto slash = relative.find('/');
    return slash != std::string::npos ? relative.substr(0, slash) : wordNetPrefix(relative);
}

class FolderDataSet final : public DataSet
{
public:
    FolderDataSet(ItemFiles files, std::uint64_t limit) : m_files(std::move(files)), m_limit(limit) {}

    std::string kind() const override { return "folder"; }
    std::string path() const override { return m_files.root().string(); }
    std::string root() const override { return m_files.root().string(); }

    Result<void> scan(const Batch& batch, const std::atomic<bool>& cancelled) override
    {
        ItemBatches items(batch, cancelled, m_limit);
        auto top = namesIn(m_files.root(), true);
        if (!top)
            return Error{ErrorCode::DataMissing, path() + ": " + top.error().detail};
        struct Level
        {
            std::string prefix;
            std::vector<Entry> entries;
        };
        std::vector<Level> levels;
        levels.push_back({{}, std::move(*top)});
        while (!levels.empty() && !items.isFull()) {
            if (levels.back().entries.empty()) {
                levels.pop_back();
                continue;
            }
            const Entry entry = std::move(levels.back().entries.back());
            levels.back().entries.pop_back();
            std::string relative = levels.back().prefix + entry.name;
            std::optional<Error> error;
            if (entry.isFolder()) {
                auto below = relative.size() <= limits::maxPathBytes
                                 ? namesIn(m_files.root() / relative, false)
                                 : Result<std::vector<Entry>>(ErrorCode::PathEncoding, "the path is too long");
                if (below) {
                    levels.push_back({std::move(relative), std::move(*below)});
                    continue;
                }
                error = below.error(); // one item stands for what cannot be seen
            }
            if (auto added = items.add(makeItem(relative, error)); !added)
                return added;
        }
        return items.finish(path());
    }

    Result<std::vector<std::byte>> read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) override
    {
        return m_files.read(item, offset, maxBytes);
    }

private:
    ItemRecord makeItem(const std::string& relative, const std::optional<Error>& error) const
    {
        ItemRecord item;
        item.expected = expectedOf(relative);
        if (error) {
            item.path = shownPath(relative);
            item.scanError = Error{error->code, item.path + ": " + error->detail};
        } else {
            m_files.describe(relative, item);
        }
        return item;
    }

    ItemFiles m_files;
    std::uint64_t m_limit;
};

} // namespace

Result<std::unique_ptr<DataSet>> openFolder(const DataSetSpec& spec)
{
    auto files = ItemFiles::open(spec.path);
    if (!files)
        return files.error();
    return std::unique_ptr<DataSet>(std::make_unique<FolderDataSet>(std::move(*files), spec.limit));
}

} // namespace vitfleet::app
