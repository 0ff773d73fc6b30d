// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 with its bf16 products; see tile_loop.h on what may be included.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/tile_loop.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

struct Brain512
{
    using Vector = __m512;
    static constexpr std::size_t lanes = 16;
    static Vector zero() { return _mm512_setzero_ps(); }
    static __m512bh load(const Word* p) { return reinterpret_cast<__m512bh>(_mm512_loadu_si512(p)); }
    static __m512bh broadcast(const Word* p)
    {
        return reinterpret_cast<__m512bh>(_mm512_set1_epi32(static_cast<int>(*p)));
    }
    static Vector add(Vector sum, __m512bh x, __m512bh b) { return _mm512_dpbf16_ps(sum, x, b); }
    static void store(Word* p, Vector v) { _mm512_storeu_ps(p, v); }
};

} // namespace

Tile avx512Brain()
{
    return {&tile<Brain512, 14>, 14, 32};
}

} // namespace vitfleet::kernels
