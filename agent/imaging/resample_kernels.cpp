// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/imaging/resample_kernels.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace vitfleet::imaging {
namespace {

constexpr std::int32_t half = 1 << (precisionBits - 1);

// A weight is high × 2^11 + low, both of which fit 16 bits: two products of pairs (pmaddwd) cost less than the
// 32-bit ones, and the sum of all is the same modulo 2^32.
constexpr int lowBits = 11;
constexpr std::int32_t lowMask = (1 << lowBits) - 1;

std::uint8_t rounded(std::int32_t sum)
{
    return static_cast<std::uint8_t>(std::clamp(sum >> precisionBits, 0, 255));
}

void plainRow(const std::uint8_t* from, std::uint8_t* to, const Weights& weights)
{
    const std::int32_t* values = weights.values.data();
    for (const auto& window : weights.windows) {
        const std::uint8_t* pixel = from + std::size_t{window.first} * 3;
        std::array<std::int32_t, 3> sum{half, half, half};
        for (std::uint32_t tap = 0; tap < window.count; ++tap, pixel += 3)
            for (std::size_t channel = 0; channel < 3; ++channel)
                sum[channel] += pixel[channel] * values[tap];
        for (std::size_t channel = 0; channel < 3; ++channel)
            *to++ = rounded(sum[channel]);
        values += weights.stride;
    }
}

void plainColumns(const std::uint8_t* rows, std::size_t stride, std::uint8_t* to, std::size_t bytes,
                  const std::int32_t* values, std::uint32_t count)
{
    constexpr std::size_t block = 64;
    std::array<std::int32_t, block> sums;
    for (std::size_t at = 0; at < bytes; at += block) {
        const std::size_t here = std::min(block, bytes - at);
        sums.fill(half);
        for (std::uint32_t tap = 0; tap < count; ++tap) {
            const std::uint8_t* row = rows + tap * stride + at;
            for (std::size_t i = 0; i < here; ++i)
                sums[i] += row[i] * values[tap];
        }
        for (std::size_t i = 0; i < here; ++i)
            to[at + i] = rounded(sums[i]);
    }
}

#if defined(__x86_64__)

/// Four pixels at a time: the first two in the lower lane, the others in the upper, each as pairs of 16 bits.
__attribute__((target("avx2"))) void avx2Row(const std::uint8_t* from, std::uint8_t* to, const Weights& weights)
{
    const __m256i pairs = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, // pixels 0, 1
                                           6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i highs = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, // weights 0, 1
                                           4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    const __m256i lows = _mm256_add_epi8(highs, _mm256_set1_epi8(8));
    const std::int16_t* values = weights.split.data();
    for (const auto& window : weights.windows) {
        const std::uint8_t* pixel = from + std::size_t{window.first} * 3;
        __m256i high = _mm256_setzero_si256(), low = high;
        for (std::uint32_t tap = 0; tap < window.count; tap += 4, pixel += 12) {
            const __m256i four = _mm256_shuffle_epi8(
                _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(pixel))), pairs);
            const __m256i weight = _mm256_broadcastsi128_si256(
                _mm_loadu_si128(reinterpret_cast<const __m128i*>(values + std::size_t{tap} * 2)));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(four, _mm256_shuffle_epi8(weight, highs)));
            low = _mm256_add_epi32(low, _mm256_madd_epi16(four, _mm256_shuffle_epi8(weight, lows)));
        }
        const __m256i both = _mm256_add_epi32(_mm256_slli_epi32(high, lowBits), low);
        __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
        sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(half)), precisionBits);
        sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
        const auto pixelOut = static_cast<std::uint32_t>(_mm_cvtsi128_si32(sum));
        std::memcpy(to, &pixelOut, 3);
        to += 3;
        values += weights.stride * 2;
    }
}

__attribute__((target("avx2"))) void avx2Columns(const std::uint8_t* rows, std::size_t stride, std::uint8_t* to,
                                                 std::size_t bytes, const std::int32_t* values, std::uint32_t count)
{
    constexpr std::size_t block = 32;
    if (bytes < block)
        return plainColumns(rows, stride, to, bytes, values, count);
    const __m256i zero = _mm256_setzero_si256(), rounding = _mm256_set1_epi32(half);
    for (std::size_t at = 0; at < bytes; at += block) {
        at = std::min(at, bytes - block); // the last block overlaps the one before
        __m256i high[4] = {zero, zero, zero, zero}, low[4] = {zero, zero, zero, zero};
        for (std::uint32_t tap = 0; tap < count; tap += 2) {
            const bool second = tap + 1 < count;
            const std::int32_t a = values[tap], b = second ? values[tap + 1] : 0;
            const std::uint8_t* row = rows + tap * stride + at;
            const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row));
            const __m256i next = second ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + stride)) : zero;
            const __m256i highs = _mm256_set1_epi32((a >> lowBits & 0xffff) | (b >> lowBits) * (1 << 16));
            const __m256i lows = _mm256_set1_epi32((a & lowMask) | (b & lowMask) << 16);
            const __m256i below = _mm256_unpacklo_epi8(first, next), above = _mm256_unpackhi_epi8(first, next);
            const __m256i words[4] = {_mm256_unpacklo_epi8(below, zero), _mm256_unpackhi_epi8(below, zero),
                                      _mm256_unpacklo_epi8(above, zero), _mm256_unpackhi_epi8(above, zero)};
            for (std::size_t i = 0; i < 4; ++i) {
                high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(words[i], highs));
                low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(words[i], lows));
            }
        }
        for (std::size_t i = 0; i < 4; ++i) {
            const __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high[i], lowBits), low[i]);
            high[i] = _mm256_srai_epi32(_mm256_add_epi32(sum, rounding), precisionBits);
        }
        _mm256_storeu_si256(
            reinterpret_cast<__m256i*>(to + at),
            _mm256_packus_epi16(_mm256_packs_epi32(high[0], high[1]), _mm256_packs_epi32(high[2], high[3])));
    }
}

#endif

const ResampleKernels& chooseKernels()
{
    const char* choice = std::getenv("VITFLEET_IMAGING");
    const ResampleKernels* fast = avx2Kernels();
    const bool plain = fast == nullptr || (choice != nullptr && std::string_view(choice) == "plain");
    return plain ? plainKernels() : *fast;
}

} // namespace

void splitWeights(Weights& weights)
{
    weights.split.resize(weights.values.size() * 2);
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
        const std::size_t at = i / 4 * 8 + i % 4;
        weights.split[at] = static_cast<std::int16_t>(weights.values[i] >> lowBits);
        weights.split[at + 4] = static_cast<std::int16_t>(weights.values[i] & lowMask);
    }
}

const ResampleKernels& plainKernels()
{
    static constexpr ResampleKernels kernels{plainRow, plainColumns};
    return kernels;
}

const ResampleKernels* avx2Kernels()
{
#if defined(__x86_64__)
    static constexpr ResampleKernels kernels{avx2Row, avx2Columns};
    return __builtin_cpu_supports("avx2") ? &kernels : nullptr;
#else
    return nullptr;
#endif
}

const ResampleKernels& bestKernels()
{
    static const ResampleKernels& kernels = chooseKernels();
    return kernels;
}

} // namespace vitfleet::imaging
