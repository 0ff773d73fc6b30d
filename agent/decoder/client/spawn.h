// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/decoder/client/decoder_pool.h"

namespace vitfleet::decoder {

/// Starts the program with nothing but its ends of the socket pair and the ring, and a bare environment. Returns 0 or
/// errno.
int spawnDecoder(const DecoderPool::Settings& settings, int socket, int ring, int& pid);

} // namespace vitfleet::decoder
