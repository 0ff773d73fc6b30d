// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 (F, BW, DQ, VL) with its conversions to bf16.
#include "agent/backends/torch/kernels/passes_avx512.h"

namespace vitfleet::kernels {
namespace {

/// The instruction takes what is smaller than 2^-126 for 0, where the other levels round it: nothing that a ViT would
/// notice.
Halves brainOf(Floats v)
{
    return reinterpret_cast<Halves>(_mm512_cvtneps_pbh(v));
}

} // namespace
} // namespace vitfleet::kernels

#include "agent/backends/torch/kernels/passes_loop.h"

namespace vitfleet::kernels {

const Passes& avx512BrainPasses()
{
    return passes;
}

} // namespace vitfleet::kernels
