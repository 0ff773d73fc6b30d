// SPDX-License-Identifier: GPL-3.0-or-later
// Resizing with Pillow's results: filters whose support widens with the scale, 8-bit pixels, 22-bit fixed-point
// weights, one direction after the other with rounding to 8 bits in between.
// Source: Pillow's documentation ("Concepts: Filters") and comparison with Pillow 13.0.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "agent/imaging/resample_kernels.h"
#include "agent/imaging/rgb_image.h"

namespace vitfleet::imaging {

/// `source` at another size, which must not be 0. Throws std::bad_alloc. `source` itself is returned where it has that
/// size already.
RgbImage resample(RgbImage source, std::uint32_t width, std::uint32_t height, Resample filter,
                  const ResampleKernels& kernels = bestKernels());

} // namespace vitfleet::imaging
