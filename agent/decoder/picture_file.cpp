// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/picture_file.h"

#include "shared/base/limits.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

namespace vitfleet::decoder {

bool fileStatus(int fd, struct stat& status)
{
    return syscall(SYS_fstat, fd, &status) == 0;
}

Result<void> readPictureFile(int fd, std::vector<std::byte>& bytes)
{
    struct stat file
    {
    };
    if (!fileStatus(fd, file))
        return Error{ErrorCode::NodeIo, std::strerror(errno)};
    if (!S_ISREG(file.st_mode))
        return Error{ErrorCode::PathNotFile, {}};
    if (file.st_size > static_cast<off_t>(limits::maxItemBytes))
        return Error{ErrorCode::ImgTooLarge, std::to_string(file.st_size) + " bytes"};
    try {
        bytes.resize(static_cast<std::size_t>(file.st_size));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::DecoderMemory, "reading " + std::to_string(file.st_size) + " bytes"};
    }
    std::size_t at = 0;
    while (at < bytes.size()) {
        const ssize_t got = pread(fd, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Error{ErrorCode::NodeIo, std::strerror(errno)};
        if (got == 0)
            break; // it has shrunk
        at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
    return {};
}

} // namespace vitfleet::decoder
