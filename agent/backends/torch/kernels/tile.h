// SPDX-License-Identifier: GPL-3.0-or-later
// The innermost product: a few rows of activations times one panel of packed weights, over the whole depth.
//
// A *word* is four bytes: one fp32, two bf16 or four 8-bit values that follow each other along the depth. Rows are
// word-aligned and `aStride` words apart. A panel holds `columns` columns: for each word of the depth, the words of all
// its columns one after the other (so one layout serves vector and tile instructions).
//
// Every element of the result is summed in the order of the depth by one chain of instructions, whatever the number of
// rows in the call: a row's bits depend on nothing but that row and the weights.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitfleet::kernels {

using Word = std::uint32_t;

/// Weights that a later call reads. A tile may fetch them into the cache meanwhile: one that computes faster than
/// memory answers would wait for every panel.
struct Ahead
{
    const Word* data = nullptr;
    std::size_t lines = 0; ///< of 16 words, for each 16 words of the depth
};

/// out[r × outStride + c] = Σ over k of a[r][k] × panel[k][c], for `rows` rows: fp32, or 32-bit integers in fp32's
/// place for 8-bit values (unsigned rows, signed panel). `words`: the depth.
/// `ahead`: a hint.
using TileFunction = void (*)(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out,
                              std::size_t outStride, std::size_t rows, const Ahead& ahead);

struct Tile
{
    TileFunction compute = nullptr; ///< null: this machine cannot
    std::size_t rows = 0;           ///< most a call may have
    std::size_t columns = 0;        ///< of a panel
    std::size_t wordMultiple = 1;   ///< the depth is padded to this many words, the panel with zeros
    std::size_t rowMultiple = 1;    ///< rows are read and written in groups of so many; a group must fit in both
    int activationLevels = 255;     ///< int8: the largest unsigned value that a row may hold
    int weightLevels = 127;         ///< int8: the largest magnitude of a weight
};

} // namespace vitfleet::kernels
