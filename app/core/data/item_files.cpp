// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/item_files.h"

#include "shared/base/limits.h"
#include "shared/base/utf8.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace vitfleet::app {
namespace {

/// Where a descriptor really leads; empty where that cannot be told.
std::string realPlace(int fd)
{
    std::array<char, PATH_MAX> place{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), place.data(), place.size());
    return length > 0 ? std::string(place.data(), static_cast<std::size_t>(length)) : std::string{};
}

} // namespace

Error pathError(int number, const std::string& path)
{
    const std::string detail = shownPath(path) + ": " + std::strerror(number);
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return {ErrorCode::PathMissing, detail};
    case EACCES:
    case EPERM:
        return {ErrorCode::PathDenied, detail};
    case ELOOP:
        return {ErrorCode::PathNotFile, detail};
    case ENAMETOOLONG:
        return {ErrorCode::PathEncoding, detail};
    default:
        return {ErrorCode::NodeIo, detail};
    }
}

std::string shownPath(std::string_view path)
{
    if (isText(path))
        return std::string(clippedText(path, limits::maxPathBytes));
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string shown;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            shown += c;
        } else {
            shown += "\\x";
            shown += digits[byte >> 4];
            shown += digits[byte & 15];
        }
        if (shown.size() >= limits::maxPathBytes)
            break;
    }
    shown.resize(std::min(shown.size(), limits::maxPathBytes));
    return shown;
}

Result<std::vector<std::byte>> readAt(int fd, std::uint64_t offset, std::size_t bytes)
{
    std::vector<std::byte> data(bytes);
    std::size_t have = 0;
    while (have < bytes) {
        const ssize_t got = ::pread(fd, data.data() + have, bytes - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error{ErrorCode::NodeIo, std::strerror(errno)};
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    data.resize(have);
    return data;
}

Result<ItemFiles> ItemFiles::open(const std::filesystem::path& root)
{
    ItemFiles files;
    std::error_code error;
    files.m_root = std::filesystem::absolute(root, error).lexically_normal();
    if (files.m_root.filename().empty() && files.m_root.has_parent_path() && files.m_root != files.m_root.root_path())
        files.m_root = files.m_root.parent_path(); // "/data/" is "/data"
    files.m_realRoot = std::filesystem::canonical(files.m_root, error).string();
    if (error)
        return Error{ErrorCode::DataMissing, files.m_root.string() + ": " + error.message()};
    if (!files.m_realRoot.ends_with('/'))
        files.m_realRoot += '/';
    return files;
}

Result<ItemFiles::Opened> ItemFiles::openItem(const std::string& relative) const
{
    if (relative.size() > limits::maxPathBytes || !isText(relative))
        return Error{ErrorCode::PathEncoding, shownPath(relative)};
    const std::string path = (m_root / relative).string();
    const UniqueFd place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (!place)
        return pathError(errno, relative);
    struct stat status
    {
    };
    if (::fstat(place.get(), &status) != 0)
        return pathError(errno, relative);
    const std::string real = realPlace(place.get());
    if (!real.starts_with(m_realRoot) && real + '/' != m_realRoot)
        return Error{ErrorCode::PathEscape, relative};
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::PathNotFile, relative};
    // The very file that was looked at, whatever its name leads to by now.
    Opened opened;
    opened.fd = UniqueFd(::open(("/proc/self/fd/" + std::to_string(place.get())).c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.fd)
        return pathError(errno, relative);
    opened.bytes = static_cast<std::uint64_t>(status.st_size);
    return opened;
}

void ItemFiles::describe(const std::string& relative, ItemRecord& item) const
{
    item.path = shownPath(relative);
    auto opened = openItem(relative);
    if (!opened) {
        item.scanError = opened.error();
        return;
    }
    auto head = readAt(opened->fd.get(), 0, limits::headHashBytes);
    if (!head) {
        item.scanError = head.error();
        return;
    }
    item.bytes = opened->bytes;
    item.headHash = digest::headHash(*head);
}

Result<std::vector<std::byte>> ItemFiles::read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) const
{
    auto opened = openItem(item.path);
    if (!opened)
        return opened.error();
    if (opened->bytes != item.bytes) {
        return Error{ErrorCode::ItemChanged,
                     item.path + ": " + std::to_string(opened->bytes) + " bytes, was " + std::to_string(item.bytes)};
    }
    const std::uint64_t left = item.bytes > offset ? item.bytes - offset : 0;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, maxBytes));
    const std::size_t headBytes = std::min<std::uint64_t>(item.bytes, limits::headHashBytes);
    auto data = readAt(opened->fd.get(), offset, offset == 0 ? std::max(wanted, headBytes) : wanted);
    if (!data)
        return data.error();
    if (offset == 0 && digest::headHash(std::span(*data).first(std::min(data->size(), headBytes))) != item.headHash)
        return Error{ErrorCode::ItemChanged, item.path};
    if (data->size() < wanted)
        return Error{ErrorCode::ItemChanged, item.path + ": it became shorter"};
    data->resize(wanted);
    return data;
}

} // namespace vitfleet::app
