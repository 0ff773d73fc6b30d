// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to rows between two products. Each function works on one row, or on the rows of one tile, and gives a
// row the same bits wherever it stands.
#pragma once

#include "agent/backends/torch/kernels/tile.h"

#include <cstddef>
#include <cstdint>

namespace vitfleet::kernels {

enum class Curve : std::uint8_t
{
    None = 0,
    Gelu,      ///< x Φ(x), within 1e-6; within 5e-5 where the result becomes bf16
    GeluTanh,  ///< its approximation by a tanh
    QuickGelu, ///< x σ(1.702 x)
    Relu,
    Silu ///< x σ(x)
};

/// A row of 8-bit values q stands for low + scale × q.
struct RowScale
{
    float scale = 0;
    float low = 0;
};

/// From the sums of one tile to values: v = act(sum + bias), for integers with
/// sum = columnScale × (scale × integer + low × columnSum), then `out` = v, or += v, or v as bf16.
struct Finish
{
    const Word* sums = nullptr; ///< rows × columns, `sumStride` apart
    std::size_t sumStride = 0;
    const RowScale* rowScales = nullptr; ///< of each row: the sums are integers; null: they are fp32
    const float* columnScales = nullptr; ///< with rowScales
    const float* columnSums = nullptr;   ///< with rowScales: of each column's weights as integers
    const float* bias = nullptr;         ///< of each column
    Curve curve = Curve::None;
    bool add = false; ///< to what `out` holds (fp32 alone)
    float* out = nullptr;
    std::uint16_t* outBrain = nullptr; ///< instead of `out`
    std::size_t outStride = 0;         ///< in elements
    std::size_t rows = 0;
    std::size_t columns = 0; ///< a multiple of 16
};

struct ScaleRows
{
    const float* sums = nullptr; ///< rows × columns, `sumStride` apart
    std::size_t sumStride = 0;
    const float* factors = nullptr; ///< of each row
    float* out = nullptr;
    std::uint16_t* outBrain = nullptr; ///< instead of `out`
    std::size_t outStride = 0;         ///< in elements
    std::size_t rows = 0;
    std::size_t columns = 0;
};

struct Passes
{
    /// (x − mean) / √(variance + epsilon) × weight + bias
    void (*layerNorm)(const float* x, const float* weight, const float* bias, float epsilon, std::size_t count,
                      float* out);
    /// To the nearest bf16, ties to even.
    void (*toBrain)(const float* x, std::size_t count, std::uint16_t* out);
    /// The row's own range onto 0 … levels.
    RowScale (*quantise)(const float* x, std::size_t count, int levels, std::uint8_t* out);
    RowScale (*quantiseBrain)(const std::uint16_t* x, std::size_t count, int levels, std::uint8_t* out);
    void (*finish)(const Finish& finish);
    /// In place: exp((x − max) × factor), factor > 0. Gives 1 / sum. Up to the next multiple of 16 values beyond
    /// `count` may be read, and become 0.
    float (*softmax)(float* x, float factor, std::size_t count);
    /// The same as bf16 into `out`; x is left as it was. The sum is that before rounding.
    float (*softmaxBrain)(const float* x, float factor, std::size_t count, std::uint16_t* out);
    void (*scale)(const float* x, float factor, std::size_t count, float* out);
    /// out[r][c] = sums[r][c] × factors[r], as fp32 into `out` or as bf16 into `outBrain`.
    void (*scaleRows)(const ScaleRows& rows);
    /// out = silu(gate) × value
    void (*gate)(const float* gate, const float* value, std::size_t count, float* out);
    /// out[c × outStride + r] = x[r × stride + c] for rows × columns words.
    void (*transpose)(const Word* x, std::size_t stride, std::size_t rows, std::size_t columns, Word* out,
                      std::size_t outStride);
    /// Pairs along the depth: out[i] is first[i] below second[i].
    void (*pair)(const std::uint16_t* first, const std::uint16_t* second, std::size_t count, Word* out);
};

const Passes& plainPasses();
const Passes& avx2Passes();
const Passes& avx512Passes();
const Passes& avx512BrainPasses(); ///< avx512_bf16

} // namespace vitfleet::kernels
