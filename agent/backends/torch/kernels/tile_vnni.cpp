// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX-512 with VNNI; see tile_loop.h on what may be included.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/tile_loop.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

struct Bytes512
{
    using Vector = __m512i;
    static constexpr std::size_t lanes = 16;
    static Vector zero() { return _mm512_setzero_si512(); }
    static Vector load(const Word* p) { return _mm512_loadu_si512(p); }
    static Vector broadcast(const Word* p) { return _mm512_set1_epi32(static_cast<int>(*p)); }
    static Vector add(Vector sum, Vector x, Vector b) { return _mm512_dpbusd_epi32(sum, x, b); }
    static void store(Word* p, Vector v) { _mm512_storeu_si512(p, v); }
};

} // namespace

Tile vnniBytes()
{
    return {&tile<Bytes512, 14>, 14, 32};
}

} // namespace vitfleet::kernels
