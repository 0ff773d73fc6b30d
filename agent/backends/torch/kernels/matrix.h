// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/torch/kernels/buffer.h"
#include "agent/backends/torch/kernels/cpu.h"

namespace vitfleet::kernels {

/// Rows on their way into a product.
struct Rows
{
    const Word* data = nullptr;
    std::size_t stride = 0;           ///< in words
    const RowScale* scales = nullptr; ///< of 8-bit rows
    std::size_t count = 0;
};

/// Where a product goes: into `out`, or added to it, or as bf16 into `outBrain`. Whole panels are written: the stride
/// leaves room for paddedOutputs(), and what lies beyond the outputs is zero or not read.
struct Target
{
    float* out = nullptr;
    std::uint16_t* outBrain = nullptr;
    std::size_t stride = 0; ///< in elements
    bool add = false;
};

/// A linear layer y = act(x Wᵀ + b), its weights laid out in panels (tile.h). 8-bit weights have a scale for each
/// output. Never written after construction; shared by all replicas.
class Matrix
{
public:
    Matrix() = default;
    /// `weights` is outputs × inputs, row-major; `bias` has outputs, or is null.
    Matrix(const Kernels& kernels, Numbers numbers, const float* weights, const float* bias, std::size_t outputs,
           std::size_t inputs, Curve curve = Curve::None);

    void multiply(const Rows& rows, const Target& target) const;

    Numbers numbers() const { return m_numbers; }
    std::size_t outputs() const { return m_outputs; }
    std::size_t inputs() const { return m_inputs; }
    std::size_t inputWords() const { return m_words; } ///< a row's, padding included
    std::size_t paddedOutputs() const { return m_panels * m_tile.columns; }
    int activationLevels() const { return m_tile.activationLevels; }
    bool isEmpty() const { return m_outputs == 0; }

private:
    void pack(const float* weights, std::size_t panel);
    void packBytes(const float* weights, std::size_t output, Word* first);
    void multiplyTile(const Rows& rows, const Target& target, std::size_t first, std::size_t count, std::size_t panel,
                      const Ahead& ahead) const;

    Tile m_tile;
    const Passes* m_passes = nullptr;
    Numbers m_numbers = Numbers::Float;
    Curve m_curve = Curve::None;
    std::size_t m_outputs = 0, m_inputs = 0, m_words = 0, m_panels = 0;
    Buffer<Word> m_weights;
    Buffer<float> m_bias, m_scales, m_sums; ///< of each output, padded with zeros
};

/// Words that a row of `count` entries takes, without padding.
inline std::size_t wordsOf(Numbers numbers, std::size_t count)
{
    const std::size_t each = numbers == Numbers::Float ? 1 : numbers == Numbers::Brain ? 2 : 4;
    return (count + each - 1) / each;
}

inline std::uint16_t brainOfFloat(float value)
{
    const auto bits = __builtin_bit_cast(std::uint32_t, value);
    return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

} // namespace vitfleet::kernels
