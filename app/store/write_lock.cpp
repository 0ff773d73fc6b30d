// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/write_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace vitfleet::app::sqlite {

namespace {

/// What the holder wrote of itself: "PID HOST". Anybody may have put anything there.
struct Holder
{
    std::string process, host;
};

Holder readHolder(int fd)
{
    char text[320] = {};
    const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
    ssize_t at = 0;
    std::string pid, host;
    for (; at < got && text[at] >= '0' && text[at] <= '9'; ++at)
        pid += text[at];
    for (++at; at < got && text[at] > ' ' && text[at] < 0x7f; ++at)
        host += text[at];
    return {pid.empty() ? "another process" : "process " + pid, host};
}

} // namespace

Result<WriteLock> WriteLock::take(const std::filesystem::path& database, const std::string& host)
{
    const std::string name = database.string() + "-lock";
    UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd) {
        const std::string detail = name + ": " + std::strerror(errno);
        switch (errno) {
        case EACCES:
        case EPERM:
        case EROFS:
            return Error{ErrorCode::DbReadOnly, detail};
        case ENOSPC:
        case EDQUOT:
            return Error{ErrorCode::DbFull, detail};
        default:
            return Error{ErrorCode::DbOpen, detail};
        }
    }
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(fd.get(), F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES) {
            const Holder holder = readHolder(fd.get());
            const std::string detail = database.string() + " is held by " + holder.process;
            if (!holder.host.empty() && holder.host != host)
                return Error{ErrorCode::DbNetworkFs, detail + " on " + holder.host};
            return Error{ErrorCode::DbBusy, detail};
        }
        return Error{ErrorCode::DbOpen, name + ": " + std::strerror(errno)};
    }
    // The number is for people only, so that it may not be written (a full disk) does not matter.
    const std::string pid = std::to_string(::getpid()) + " " + host + "\n";
    [[maybe_unused]] const bool named =
        ::ftruncate(fd.get(), 0) == 0 && ::pwrite(fd.get(), pid.data(), pid.size(), 0) > 0;
    return WriteLock(std::move(fd));
}

bool WriteLock::isHeld(const std::filesystem::path& database)
{
    const UniqueFd fd(::open((database.string() + "-lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fd && ::fcntl(fd.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace vitfleet::app::sqlite
