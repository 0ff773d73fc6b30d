// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 (F, BW, DQ, VL) with its conversions to bf16.
#define VITFLEET_LANES 16
#include "agent/backends/torch/kernels/passes_vectors.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

// With a mask of all lanes, which the compiler drops: the forms without one make GCC 12 warn of what is not
// initialised.
constexpr __mmask16 everyLane = 0xffff;

Floats smaller(Floats a, Floats b)
{
    return _mm512_maskz_min_ps(everyLane, a, b);
}

Floats larger(Floats a, Floats b)
{
    return _mm512_maskz_max_ps(everyLane, a, b);
}

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
