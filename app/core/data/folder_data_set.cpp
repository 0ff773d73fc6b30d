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

/// NodeIo where the disk does not tell; of whatever else cannot be seen the item itself says why.
Result<bool> isFolder(int parent, const dirent& entry)
{
    if (entry.d_type != DT_UNKNOWN)
        return entry.d_type == DT_DIR;
    struct stat status
    {
    };
    if (::fstatat(parent, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        return S_ISDIR(status.st_mode);
    Error failed = pathError(errno, entry.d_name);
    return failed.code == ErrorCode::NodeIo ? Result<bool>(std::move(failed)) : false;
}

/// Sorted in descending order: the walk takes them from the back.
Result<std::vector<Entry>> namesIn(const std::filesystem::path& root, const std::string& relative)
{
    const std::filesystem::path folder = relative.empty() ? root : root / relative;
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (relative.empty() ? 0 : O_NOFOLLOW)));
    if (!fd)
        return pathError(errno, relative);
    const std::unique_ptr<DIR, CloseDir> dir(::fdopendir(fd.get()));
    if (!dir)
        return pathError(errno, relative);
    static_cast<void>(fd.release()); // closedir() closes it
    std::vector<Entry> entries;
    errno = 0;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..")
            continue;
        const auto isOne = isFolder(::dirfd(dir.get()), *entry);
        if (!isOne)
            return isOne.error();
        entries.push_back({std::string(name) + (*isOne ? "/" : "")});
        errno = 0;
    }
    if (errno != 0)
        return pathError(errno, relative);
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
        const auto list = [&](const std::string& relative) {
            Result<std::vector<Entry>> names =
                Error{ErrorCode::PathEncoding, shownPath(relative) + ": the path is too long"};
            items.look([&] {
                if (relative.size() <= limits::maxPathBytes)
                    names = namesIn(m_files.root(), relative);
                return names ? ErrorCode::None : names.error().code;
            });
            return names;
        };
        auto top = list({});
        if (!top && items.isCancelled())
            return Error{ErrorCode::Cancelled, {}};
        if (!top)
            return Error{top.error().code == ErrorCode::NodeIo ? ErrorCode::NodeIo : ErrorCode::DataMissing,
                         path() + top.error().detail};
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
                auto below = list(relative);
                if (below) {
                    levels.push_back({std::move(relative), std::move(*below)});
                    continue;
                }
                // How many pictures it has nobody knows: a run that ended without them would seem complete.
                if (below.error().code == ErrorCode::NodeIo)
                    return items.isCancelled() ? Error{ErrorCode::Cancelled, {}} : below.error();
                error = below.error(); // one item stands for what cannot be seen
            }
            ItemRecord item;
            items.look([&] {
                item = makeItem(relative, error);
                return item.scanError.code;
            });
            if (auto added = items.add(std::move(item)); !added)
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
            item.scanError = *error;
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
