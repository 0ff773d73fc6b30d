// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/write_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace vitfleet::app::sqlite {

namespace {

std::string holder(int fd)
{
    char text[32] = {};
    const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
    std::string pid;
    for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; ++i)
        pid += text[i];
    return pid.empty() ? "another process" : "process " + pid;
}

} // namespace

Result<WriteLock> WriteLock::take(const std::filesystem::path& database)
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
        if (errno == EAGAIN || errno == EACCES)
            return Error{ErrorCode::DbBusy, database.string() + " is held by " + holder(fd.get())};
        return Error{ErrorCode::DbOpen, name + ": " + std::strerror(errno)};
    }
    // The number is for people only, so that it may not be written (a full disk) does not matter.
    const std::string pid = std::to_string(::getpid()) + "\n";
    [[maybe_unused]] const bool named =
        ::ftruncate(fd.get(), 0) == 0 && ::pwrite(fd.get(), pid.data(), pid.size(), 0) > 0;
    return WriteLock(std::move(fd));
}

} // namespace vitfleet::app::sqlite
