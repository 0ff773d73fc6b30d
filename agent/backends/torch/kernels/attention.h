// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/backends/torch/kernels/buffer.h"
#include "agent/backends/torch/kernels/cpu.h"
#include "agent/backends/torch/kernels/matrix.h"

namespace vitfleet::kernels {

/// Queries, keys and values of one picture, all heads side by side in each row. Entries are fp32, or bf16 for
/// Numbers::Brain; strides in entries.
struct AttentionInput
{
    const void *queries = nullptr, *keys = nullptr, *values = nullptr;
    std::size_t queryStride = 0, keyStride = 0; ///< the values' is the keys'
    std::size_t queryCount = 0;
};

/// softmax(q kᵀ / √size) v, one picture at a time: keys and values of a head are packed once, then a few queries at a
/// time go all the way while their scores are in the innermost cache. Belongs to one thread.
class Attention
{
public:
    /// `numbers`: Float or Brain; for Brain the head's size must be even.
    Attention(const Kernels& kernels, Numbers numbers, std::size_t tokens, std::size_t heads, std::size_t size);

    /// `out`: query count × (heads × size), not added to.
    void operator()(const AttentionInput& input, const Target& out);

private:
    void packKeys(const Word* keys, std::size_t stride);
    void packValues(const void* values, std::size_t stride);
    void mix(const Word* queries, std::size_t stride, std::size_t count, const Target& out);

    const Tile& m_tile;
    const Passes& m_passes;
    Numbers m_numbers;
    std::size_t m_tokens, m_heads, m_size;
    float m_factor; ///< 1 / √size
    std::size_t m_sizeWords, m_paddedSizeWords, m_tokenWords, m_keyPanels, m_valuePanels, m_scoreStride, m_mixStride;
    Buffer<Word> m_keys, m_values, m_mix; ///< m_mix: weights as bf16
    Buffer<float> m_scores;
};

} // namespace vitfleet::kernels
