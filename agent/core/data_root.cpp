// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/data_root.h"

#include "shared/base/limits.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace vitfleet::agent {
namespace {

namespace fs = std::filesystem;

// O_NONBLOCK: opening a FIFO for reading would wait for a writer. O_NOCTTY: a terminal must not become ours.
constexpr int openFlags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

/// openat2 has no wrapper in glibc 2.36.
int openat2(int folder, const char* path, std::uint64_t flags, std::uint64_t resolve)
{
    open_how how{};
    how.flags = flags;
    how.resolve = resolve;
    // EAGAIN: a rename or mount elsewhere on the way, so that "beneath" could not be proven this time.
    for (int attempt = 0; attempt < 32; ++attempt) {
        const long fd = ::syscall(SYS_openat2, folder, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            return static_cast<int>(fd);
    }
    return -1;
}

DataRoot::Resolver bestResolver()
{
    static const DataRoot::Resolver best = [] {
        const UniqueFd probe(openat2(AT_FDCWD, ".", O_PATH | O_CLOEXEC, RESOLVE_BENEATH));
        return probe ? DataRoot::Resolver::Kernel : DataRoot::Resolver::Compare;
    }();
    return best;
}

std::string errnoText(int errorNumber)
{
    return std::generic_category().message(errorNumber);
}

} // namespace

bool isAtOrBelow(const fs::path& path, const fs::path& root)
{
    const auto mismatch = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return mismatch.first == root.end();
}

Error pathError(int errorNumber)
{
    switch (errorNumber) {
    case ENOENT:
    case ENOTDIR:
        return {ErrorCode::PathMissing, {}};
    case ELOOP:
        return {ErrorCode::PathMissing, "its links lead in a circle"};
    case EACCES:
    case EPERM:
        return {ErrorCode::PathDenied, errnoText(errorNumber)};
    case EXDEV: // openat2: the way leads out
        return {ErrorCode::PathEscape, {}};
    case ENAMETOOLONG:
    case EILSEQ:
        return {ErrorCode::PathEncoding, errnoText(errorNumber)};
    case ENXIO: // a socket, or a device without a driver
    case ENODEV:
    case EISDIR:
        return {ErrorCode::PathNotFile, {}};
    default:
        return {ErrorCode::NodeIo, errnoText(errorNumber)};
    }
}

DataRoot::DataRoot(UniqueFd folder, fs::path resolved, Resolver resolver)
    : m_folder(std::move(folder)), m_resolved(std::move(resolved)), m_resolver(resolver)
{
}

Result<DataRoot> DataRoot::open(const fs::path& directory, const std::vector<fs::path>& allowed)
{
    return open(directory, allowed, bestResolver());
}

Result<DataRoot> DataRoot::open(const fs::path& directory, const std::vector<fs::path>& allowed, Resolver resolver)
{
    const Error outside{ErrorCode::PathEscape, "the data set lies below none of this node's data roots"};
    std::error_code error;
    const fs::path resolved = fs::canonical(directory, error);
    if (!directory.is_absolute() || error)
        return outside;
    for (const fs::path& entry : allowed) {
        const fs::path root = fs::canonical(entry, error);
        if (error || !isAtOrBelow(resolved, root))
            continue;
        // The path has no links now; if one appears before it is opened, this fails rather than follows.
        const UniqueFd rootFolder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        const fs::path below = resolved.lexically_relative(root);
        UniqueFd folder;
        if (resolver == Resolver::Kernel && rootFolder)
            folder.reset(openat2(rootFolder.get(), below.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC,
                                 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
        else
            folder.reset(::open(resolved.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!folder)
            return pathError(errno);
        return DataRoot(std::move(folder), resolved, resolver);
    }
    return outside;
}

Result<OpenedFile> DataRoot::openFile(const std::string& path) const
{
    if (path.empty() || path.size() > limits::maxPathBytes || path.find('\0') != std::string::npos)
        return Error{ErrorCode::PathEncoding, path.empty() ? "the path is empty" : ""};
    auto opened = m_resolver == Resolver::Kernel ? openBeneath(path) : openCompared(path);
    if (!opened.ok())
        return opened.error();

    struct stat status
    {
    };
    if (::fstat(opened->get(), &status) != 0)
        return pathError(errno);
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::PathNotFile, S_ISDIR(status.st_mode) ? "it is a folder" : ""};
    return OpenedFile{std::move(*opened), static_cast<std::uint64_t>(status.st_size)};
}

Result<UniqueFd> DataRoot::openBeneath(const std::string& path) const
{
    UniqueFd fd(openat2(m_folder.get(), path.c_str(), openFlags, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS));
    if (!fd)
        return pathError(errno);
    return fd;
}

Result<UniqueFd> DataRoot::openCompared(const std::string& path) const
{
    const Error escape{ErrorCode::PathEscape, {}};
    if (path.front() == '/')
        return escape;
    std::error_code error;
    const fs::path resolved = fs::canonical(m_resolved / path, error);
    if (error) {
        // "../x" that does not exist is still a way out, as it is for the kernel.
        if (!isAtOrBelow((m_resolved / path).lexically_normal(), m_resolved))
            return escape;
        return pathError(error.value());
    }
    if (!isAtOrBelow(resolved, m_resolved))
        return escape;
    UniqueFd fd(::open(resolved.c_str(), openFlags | O_NOFOLLOW));
    if (!fd)
        return pathError(errno);
    // A folder on the way may have become a link between the two steps: ask where the descriptor really is.
    const fs::path really = fs::read_symlink("/proc/self/fd/" + std::to_string(fd.get()), error);
    if (error || !isAtOrBelow(really, m_resolved))
        return escape;
    return fd;
}

} // namespace vitfleet::agent
