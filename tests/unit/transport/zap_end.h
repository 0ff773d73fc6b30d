// SPDX-License-Identifier: GPL-3.0-or-later
// Lets the key check's thread end though its context lives, in a program that zap_end.cpp is linked or preloaded into.
#pragma once

#include <atomic>

namespace vitfleet::test {

/// Frames that the key check still hears; the receive after them fails. A request has seven. At the start as many as
/// VITFLEET_ZAP_FRAMES says, otherwise without an end.
extern std::atomic<long> zapFramesLeft;
extern std::atomic<bool> zapEnded;

} // namespace vitfleet::test
