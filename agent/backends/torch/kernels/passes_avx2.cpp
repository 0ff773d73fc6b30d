// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX2 and FMA.
#define VITFLEET_LANES 8
#include "agent/backends/torch/kernels/passes_loop.h"

namespace vitfleet::kernels {

const Passes& avx2Passes()
{
    return passes;
}

} // namespace vitfleet::kernels
