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

struct Bytes512
{
    using Vector = __m512i;
    static constexpr std::size_t lanes = 16;
    static Vector zero() { return _mm512_setzero_si512(); }
    static Vector load(const Word* p) { return _mm512_loadu_si512(p); }
    static Vector broadcast(const Word* p) { return _mm512_set1_epi32(static_cast<int>(*p)); }
    /// As with AVX2: pairs in 16 bits that must not saturate.
    static Vector add(Vector sum, Vector x, Vector b)
    {
        const Vector pairs = _mm512_maddubs_epi16(x, b);
        return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
    }
    static void store(Word* p, Vector v) { _mm512_storeu_si512(p, v); }
};

} // namespace

Tile avx512Float()
{
    return {&tile<Float512, 14>, 14, 32};
}

Tile avx512Bytes()
{
    Tile result{&tile<Bytes512, 12>, 12, 32}; // of 32 registers some hold ones and products
    result.activationLevels = 127;            // with both at their full range the sums would saturate
    return result;
}

} // namespace vitfleet::kernels
