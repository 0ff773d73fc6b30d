// SPDX-License-Identifier: GPL-3.0-or-later
// Compiled for AVX2 and FMA; see tile_loop.h on what may be included.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/tile_loop.h"

#include <immintrin.h>

namespace vitfleet::kernels {
namespace {

struct Float256
{
    using Vector = __m256;
    static constexpr std::size_t lanes = 8;
    static Vector zero() { return _mm256_setzero_ps(); }
    static Vector load(const Word* p) { return _mm256_loadu_ps(reinterpret_cast<const float*>(p)); }
    static Vector broadcast(const Word* p) { return _mm256_set1_ps(*reinterpret_cast<const float*>(p)); }
    static Vector add(Vector sum, Vector x, Vector b) { return _mm256_fmadd_ps(x, b, sum); }
    static void store(Word* p, Vector v) { _mm256_storeu_ps(reinterpret_cast<float*>(p), v); }
};

struct Bytes256
{
    using Vector = __m256i;
    static constexpr std::size_t lanes = 8;
    static Vector zero() { return _mm256_setzero_si256(); }
    static Vector load(const Word* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
    static Vector broadcast(const Word* p) { return _mm256_set1_epi32(static_cast<int>(*p)); }
    /// The first instruction adds pairs in 16 bits and saturates: 127 × 127 × 2 stays below, 255 × 127 × 2 would not.
    static Vector add(Vector sum, Vector x, Vector b)
    {
        const Vector pairs = _mm256_maddubs_epi16(x, b);
        return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    }
    static void store(Word* p, Vector v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
};

} // namespace

Tile avx2Float()
{
    return {&tile<Float256, 6>, 6, 16};
}

Tile avx2Bytes()
{
    Tile result{&tile<Bytes256, 5>, 5, 16};
    result.activationLevels = 127; // with both at their full range the sums would saturate
    return result;
}

} // namespace vitfleet::kernels
