// SPDX-License-Identifier: GPL-3.0-or-later
// The decoder's side of decoder_protocol.h: takes requests until the pool closes the socket. What is done with a
// picture is a function, so that tests can put one there that crashes, hangs or eats memory.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "shared/base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace vitfleet::decoder {

struct Prepared
{
    std::uint32_t originalWidth = 0, originalHeight = 0;
    std::string note;
};

/// Turns a picture's bytes into `pixels` (RGB, height × width × 3).
using Prepare =
    std::function<Result<Prepared>(std::span<const std::byte> bytes, const Preprocess& preprocess, std::uint32_t width,
                                   std::uint32_t height, std::span<std::uint8_t> pixels)>;

/// Serves the ends of the socket pair and the ring that were inherited. Returns the process's exit status: 0 where the
/// pool closed the socket, 1 where there is no ring or no pool.
int serve(const Prepare& prepare);

/// The whole program but for what it decodes with: arguments, limits, serving.
int decoderMain(int argc, char** argv, const std::function<void()>& setUp, const Prepare& prepare);

} // namespace vitfleet::decoder
