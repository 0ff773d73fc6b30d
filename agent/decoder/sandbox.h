// SPDX-License-Identifier: GPL-3.0-or-later
// What a decoder may do once it looks at pictures; docs/security.md has the whole of it.
#pragma once

#include "shared/base/result.h"

namespace vitfleet::decoder {

/// First of all: ends with its parent, leaves signals from the terminal to it, gains no privileges, cannot be looked
/// into.
void enterProcess();

/// Once libraries are loaded and before the first picture: memory (limits::decoderMemoryBytes), open files, no core
/// dumps, no processes, no written files, silence on standard error, and then the system call filter
/// (seccomp_filter.h), over which it may talk to nobody but `socket`. NodeIo where that cannot be had.
Result<void> enterSandbox(int socket);

} // namespace vitfleet::decoder
