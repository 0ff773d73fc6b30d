// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 (F, BW, DQ, VL); see tile_loop.h on what may be included.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/tile_loop.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

struct Float512
{
    using Vector = __m512;
    static constexpr std::size_t lanes = 16;
    static Vector zero() { return _mm512_setzero_ps(); }
    static Vector load(const Word* p) { return _mm512_loadu_ps(p); }
    static Vector broadcast(const Word* p) { return _mm512_set1_ps(*reinterpret_cast<const float*>(p)); }
    static Vector add(Vector sum, Vector x, Vector b) { return _mm512_fmadd_ps(x, b, sum); }
    static void store(Word* p, Vector v) { _mm512_storeu_ps(p, v); }
};

} // namespace

Tile avx512Float()
{
    return {&tile<Float512, 14>, 14, 32};
}

} // namespace vitfleet::kernels
