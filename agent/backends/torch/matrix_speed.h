// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <c10/core/Device.h>
#include <string>

namespace vitfleet::torchbackend {

/// GFLOP/s of 1024 × 1024 products in "fp32", "bf16" or "fp16" for about `seconds` in this thread: the library at its
/// best, without anything around it. 0 for any other precision, for which it has no plain product.
double matrixSpeed(const c10::Device& device, const std::string& precision, double seconds);

} // namespace vitfleet::torchbackend
