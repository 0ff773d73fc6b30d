// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX2 and FMA.
#define VITFLEET_LANES 8
#include "agent/backends/torch/kernels/passes_vectors.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

Floats smaller(Floats a, Floats b)
{
    return _mm256_min_ps(a, b);
}

Floats larger(Floats a, Floats b)
{
    return _mm256_max_ps(a, b);
}

Halves brainOf(Floats v)
{
    return roundedToBrain(v);
}

} // namespace
} // namespace vitfleet::kernels

#include "agent/backends/torch/kernels/passes_loop.h"

namespace vitfleet::kernels {

const Passes& avx2Passes()
{
    return passes;
}

} // namespace vitfleet::kernels
