// SPDX-License-Identifier: GPL-3.0-or-later
// The loop that the vector kernels share; included by files that are compiled for one instruction set each. Nothing
// here may be instantiated with external linkage: the linker would be free to keep the copy of another set.
#pragma once

#include "agent/backends/torch/kernels/tile.h"

#include <utility>

namespace vitfleet::kernels {
namespace {

/// Rows × 2 accumulators. `Op` has Vector, load, broadcast, zero, add (accumulate), store and lanes.
template <typename Op, std::size_t Rows>
void tileLoop(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out,
              std::size_t outStride)
{
    constexpr std::size_t groups = (Rows + 2) / 3; // three rows for each pointer: what one addressing mode can reach
    const Word* base[groups];
#pragma GCC unroll 8
    for (std::size_t g = 0; g < groups; ++g)
        base[g] = a + 3 * g * aStride;
    typename Op::Vector left[Rows], right[Rows];
#pragma GCC unroll 16
    for (std::size_t r = 0; r < Rows; ++r)
        left[r] = right[r] = Op::zero();
    const auto step = [&](std::size_t k) __attribute__((always_inline))
    {
        const auto b0 = Op::load(panel + k * 2 * Op::lanes);
        const auto b1 = Op::load(panel + k * 2 * Op::lanes + Op::lanes);
#pragma GCC unroll 16
        for (std::size_t r = 0; r < Rows; ++r) {
            const auto x = Op::broadcast(base[r / 3] + (r % 3) * aStride + k);
            left[r] = Op::add(left[r], x, b0);
            right[r] = Op::add(right[r], x, b1);
        }
    };
    std::size_t k = 0;
    for (; k + 4 <= words; k += 4) {
        step(0);
        step(1);
        step(2);
        step(3);
        panel += 8 * Op::lanes;
#pragma GCC unroll 8
        for (std::size_t g = 0; g < groups; ++g)
            base[g] += 4;
    }
    for (; k < words; ++k) {
        step(0);
        panel += 2 * Op::lanes;
#pragma GCC unroll 8
        for (std::size_t g = 0; g < groups; ++g)
            base[g] += 1;
    }
#pragma GCC unroll 16
    for (std::size_t r = 0; r < Rows; ++r) {
        Op::store(out + r * outStride, left[r]);
        Op::store(out + r * outStride + Op::lanes, right[r]);
    }
}

template <typename Op, std::size_t... Rows>
void tileOfRows(std::index_sequence<Rows...>, const Word* a, std::size_t aStride, const Word* panel, std::size_t words,
                Word* out, std::size_t outStride, std::size_t rows)
{
    using Loop = void (*)(const Word*, std::size_t, const Word*, std::size_t, Word*, std::size_t);
    static constexpr Loop loops[] = {&tileLoop<Op, Rows + 1>...};
    loops[rows - 1](a, aStride, panel, words, out, outStride);
}

template <typename Op, std::size_t MostRows>
void tile(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out, std::size_t outStride,
          std::size_t rows, const Ahead&)
{
    tileOfRows<Op>(std::make_index_sequence<MostRows>(), a, aStride, panel, words, out, outStride, rows);
}

} // namespace
} // namespace vitfleet::kernels
