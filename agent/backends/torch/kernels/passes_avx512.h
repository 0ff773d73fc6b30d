// SPDX-License-Identifier: GPL-3.0-or-later
// What files of passes for AVX-512 give alike (passes_vectors.h).
#pragma once

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

} // namespace
} // namespace vitfleet::kernels
