// SPDX-License-Identifier: GPL-3.0-or-later
// What a decoder may do once it looks at pictures. The system call filter will live here, too.
#pragma once

namespace vitfleet::decoder {

/// First of all: ends with its parent, leaves signals from the terminal to it, gains no privileges, cannot be looked
/// into.
void enterProcess();

/// Once libraries are loaded and before the first picture: memory (limits::decoderMemoryBytes), open files, no core
/// dumps, silence on standard error.
void limitProcess();

} // namespace vitfleet::decoder
