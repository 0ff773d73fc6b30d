// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 (F, BW, DQ, VL).
#include "agent/backends/torch/kernels/passes_avx512.h"

namespace vitfleet::kernels {
namespace {

Halves brainOf(Floats v)
{
    return roundedToBrain(v);
}

} // namespace
} // namespace vitfleet::kernels

#include "agent/backends/torch/kernels/passes_loop.h"

namespace vitfleet::kernels {

const Passes& avx512Passes()
{
    return passes;
}

} // namespace vitfleet::kernels
