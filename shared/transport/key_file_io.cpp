// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/key_file_io.h"

#include "shared/base/scope.h"
#include "shared/digest/digest.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

namespace vitfleet::transport {
namespace {

/// A list of ten thousand keys with comments is below this.
constexpr std::size_t maxKeyFileBytes = std::size_t{1} << 20;

Error fileError(const std::filesystem::path& file, int error)
{
    return {ErrorCode::KeyFile, file.string() + ": " + std::generic_category().message(error)};
}

Result<void> checkPrivacy(int fd, const std::filesystem::path& file, Privacy privacy)
{
    struct stat status
    {
    };
    if (::fstat(fd, &status) != 0)
        return fileError(file, errno);
    if (!S_ISREG(status.st_mode))
        return {ErrorCode::KeyFile, file.string() + ": not a regular file"};
    if (status.st_size > static_cast<off_t>(maxKeyFileBytes))
        return {ErrorCode::KeyFile, file.string() + ": too large"};
    const mode_t forbidden = privacy == Privacy::Secret ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
    if ((status.st_mode & forbidden) != 0)
        return {ErrorCode::KeyPermissions, file.string()};
    if (status.st_uid != ::geteuid() && status.st_uid != 0)
        return {ErrorCode::KeyPermissions, file.string() + ": belongs to another user"};
    return {};
}

Result<void> writeAll(int fd, const std::filesystem::path& file, std::string_view text)
{
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return fileError(file, errno);
        if (written > 0)
            text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(fd) != 0)
        return fileError(file, errno);
    return {};
}

void syncFolder(const std::filesystem::path& folder)
{
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd)
        ::fsync(fd.get());
}

/// A complete file beside `file`, under a name of its own.
Result<std::filesystem::path> writeBeside(const std::filesystem::path& file, std::string_view text)
{
    std::filesystem::path temporary = file;
    temporary += '.';
    temporary += digest::randomHex(8);
    temporary += ".new";
    const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd)
        return fileError(temporary, errno);
    if (const auto written = writeAll(fd.get(), temporary, text); !written) {
        ::unlink(temporary.c_str());
        return written.error();
    }
    return temporary;
}

} // namespace

std::filesystem::path folderOf(const std::filesystem::path& file)
{
    const std::filesystem::path folder = file.parent_path();
    return folder.empty() ? std::filesystem::path(".") : folder;
}

Result<std::optional<std::string>> readKeyFile(const std::filesystem::path& file, Privacy privacy)
{
    // O_NONBLOCK: a FIFO in its place must not stop the program.
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        if (errno == ENOENT)
            return std::optional<std::string>();
        return fileError(file, errno);
    }
    if (const auto checked = checkPrivacy(fd.get(), file, privacy); !checked)
        return checked.error();
    std::string text(maxKeyFileBytes + 1, '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const ssize_t got = ::read(fd.get(), text.data() + used, text.size() - used);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return fileError(file, errno);
        if (got > 0)
            used += static_cast<std::size_t>(got);
    }
    if (used > maxKeyFileBytes)
        return {ErrorCode::KeyFile, file.string() + ": too large"};
    text.resize(used);
    return std::optional(std::move(text));
}

Result<void> makePrivateFolder(const std::filesystem::path& folder)
{
    std::error_code error;
    if (std::filesystem::is_directory(folder, error))
        return {};
    if (const std::filesystem::path parent = folderOf(folder); parent != folder) {
        if (const auto made = makePrivateFolder(parent); !made)
            return made;
    }
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return fileError(folder, errno);
    return {};
}

Result<bool> createKeyFile(const std::filesystem::path& file, std::string_view text)
{
    const Result<std::filesystem::path> temporary = writeBeside(file, text);
    if (!temporary)
        return temporary.error();
    const ScopedAction cleanUp([&temporary] { ::unlink(temporary->c_str()); });
    // link() and not rename(): of two processes that start at once the second must find the first one's key.
    if (::link(temporary->c_str(), file.c_str()) != 0) {
        if (errno == EEXIST)
            return false;
        return fileError(file, errno);
    }
    syncFolder(folderOf(file));
    return true;
}

Result<void> replaceKeyFile(const std::filesystem::path& file, std::string_view text)
{
    const Result<std::filesystem::path> temporary = writeBeside(file, text);
    if (!temporary)
        return temporary.error();
    if (::rename(temporary->c_str(), file.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary->c_str());
        return fileError(file, error);
    }
    syncFolder(folderOf(file));
    return {};
}

Result<void> moveKeyFile(const std::filesystem::path& from, const std::filesystem::path& to)
{
    if (::rename(from.c_str(), to.c_str()) != 0)
        return fileError(from, errno);
    syncFolder(folderOf(to));
    return {};
}

Result<UniqueFd> lockFolder(const std::filesystem::path& folder)
{
    UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return fileError(folder, errno);
    while (::flock(fd.get(), LOCK_EX) != 0) {
        if (errno != EINTR)
            return fileError(folder, errno);
    }
    return fd;
}

} // namespace vitfleet::transport
