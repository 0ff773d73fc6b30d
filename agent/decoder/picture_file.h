// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/base/result.h"

#include <cstddef>
#include <sys/stat.h>
#include <vector>

namespace vitfleet::decoder {

/// fstat(2) itself: glibc 2.36 asks with the call for paths, which the decoder's filter refuses.
bool fileStatus(int fd, struct stat& status);

/// Reads a regular file from its start into `bytes`. It is read, not mapped: a file that shrinks meanwhile would kill
/// the process. Errors: PathNotFile, ImgTooLarge (limits::maxItemBytes), DecoderMemory, NodeIo.
Result<void> readPictureFile(int fd, std::vector<std::byte>& bytes);

} // namespace vitfleet::decoder
