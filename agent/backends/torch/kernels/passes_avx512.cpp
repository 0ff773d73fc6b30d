// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 (F, BW, DQ, VL).
#define VITFLEET_LANES 16
#include "agent/backends/torch/kernels/passes_loop.h"

namespace vitfleet::kernels {

const Passes& avx512Passes()
{
    return passes;
}

} // namespace vitfleet::kernels
