// SPDX-License-Identifier: GPL-3.0-or-later
// What a decoder may still ask of the kernel once its libraries are loaded and its ring is mapped (seccomp-bpf).
#pragma once

#include "shared/base/result.h"

namespace vitfleet::decoder {

/// From here on this process and its threads compute, allocate, read the descriptors that they have and talk over
/// `socket`: nothing is opened, connected, started, renamed or mapped as code. Anything else fails with EPERM; the
/// calls with which an intruder would go on (another program, another process, a socket) end the process. NodeIo where
/// the kernel has no filters, and then no picture may be looked at.
Result<void> confineProcess(int socket);

} // namespace vitfleet::decoder
