// SPDX-License-Identifier: GPL-3.0-or-later
// Precisions by their names, "fp32", "bf16" and "int8": which of them the kernels can compute in, and which pay.
#pragma once

#include "agent/backends/torch/kernels/cpu.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::kernels {

/// What a precision is computed in; nothing where these kernels have no product of that type. By the CPU's flags alone:
/// nodes of a kind must all be able to do what one of them was admitted with.
std::optional<Numbers> numbersOf(const Kernels& kernels, std::string_view precision);

/// All that numbersOf() knows, fp32 first.
std::vector<std::string> computablePrecisions(const Kernels& kernels);

/// Those that are worth other results, the fastest first, and fp32: a short product was 1.2 times as fast as one in
/// fp32, measured in the calling thread at this moment.
std::vector<std::string> payingPrecisions(const Kernels& kernels);

} // namespace vitfleet::kernels
