// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/kernels/attention.h"

#include <algorithm>
#include <cmath>

namespace vitfleet::kernels {
namespace {

constexpr std::size_t mostTileRows = 32, mostTileColumns = 32;

} // namespace

Attention::Attention(const Kernels& kernels, Numbers numbers, std::size_t tokens, std::size_t heads, std::size_t size)
    : m_tile(kernels.tile(numbers)), m_passes(*kernels.passes), m_numbers(numbers), m_tokens(tokens), m_heads(heads),
      m_size(size), m_factor(1.0F / std::sqrt(static_cast<float>(size))), m_sizeWords(wordsOf(numbers, size)),
      m_paddedSizeWords(roundedUp(m_sizeWords, m_tile.wordMultiple)),
      m_tokenWords(roundedUp(wordsOf(numbers, tokens), m_tile.wordMultiple)),
      m_keyPanels(roundedUp(tokens, m_tile.columns) / m_tile.columns),
      m_valuePanels(roundedUp(size, m_tile.columns) / m_tile.columns),
      m_scoreStride(rowStride(m_keyPanels * m_tile.columns)), m_mixStride(rowStride(m_tokenWords)),
      m_keys(m_keyPanels * m_tile.columns * m_paddedSizeWords), m_values(m_valuePanels * m_tile.columns * m_tokenWords),
      m_mix(numbers == Numbers::Brain ? mostTileRows * m_mixStride : 0), m_scores(mostTileRows * m_scoreStride)
{
}

void Attention::packKeys(const Word* keys, std::size_t stride)
{
    const std::size_t columns = m_tile.columns;
    for (std::size_t token = 0; token < m_tokens; token += columns)
        m_passes.transpose(keys + token * stride, stride, std::min(columns, m_tokens - token), m_sizeWords,
                           m_keys.data() + token * m_paddedSizeWords, columns);
}

void Attention::packValues(const void* values, std::size_t stride)
{
    const std::size_t columns = m_tile.columns;
    for (std::size_t panel = 0; panel < m_valuePanels; ++panel) {
        const std::size_t first = panel * columns;
        const std::size_t count = std::min(columns, m_size - first);
        Word* target = m_values.data() + panel * columns * m_tokenWords;
        if (m_numbers == Numbers::Float) {
            const Word* source = static_cast<const Word*>(values) + first;
            for (std::size_t token = 0; token < m_tokens; ++token)
                std::copy_n(source + token * stride, count, target + token * columns);
            continue;
        }
        const std::uint16_t* source = static_cast<const std::uint16_t*>(values) + first;
        for (std::size_t token = 0; token < m_tokens; token += 2) {
            const std::uint16_t* even = source + token * stride;
            Word* words = target + token / 2 * columns;
            if (token + 1 == m_tokens) {
                for (std::size_t c = 0; c < count; ++c)
                    words[c] = even[c];
                continue;
            }
            m_passes.pair(even, even + stride, count, words);
        }
    }
}

void Attention::mix(const Word* queries, std::size_t stride, std::size_t count, const Target& out)
{
    const std::size_t columns = m_tile.columns;
    for (std::size_t panel = 0; panel < m_keyPanels; ++panel)
        m_tile.compute(queries, stride, m_keys.data() + panel * columns * m_paddedSizeWords, m_paddedSizeWords,
                       reinterpret_cast<Word*>(m_scores.data()) + panel * columns, m_scoreStride, count, {});
    const bool brain = m_numbers == Numbers::Brain;
    float inverse[mostTileRows];
    for (std::size_t row = 0; row < count; ++row) {
        float* scores = m_scores.data() + row * m_scoreStride;
        if (brain) { // what lies beyond the tokens stays zero
            auto* weights = reinterpret_cast<std::uint16_t*>(m_mix.data() + row * m_mixStride);
            inverse[row] = m_passes.softmaxBrain(scores, m_factor, m_tokens, weights);
        } else {
            inverse[row] = m_passes.softmax(scores, m_factor, m_tokens);
        }
    }
    const Word* weights = brain ? m_mix.data() : reinterpret_cast<const Word*>(m_scores.data());
    const std::size_t weightStride = brain ? m_mixStride : m_scoreStride;
    for (std::size_t panel = 0; panel < m_valuePanels; ++panel) {
        alignas(64) float sums[mostTileRows * mostTileColumns];
        m_tile.compute(weights, weightStride, m_values.data() + panel * columns * m_tokenWords, m_tokenWords,
                       reinterpret_cast<Word*>(sums), columns, count, {});
        const std::size_t first = panel * columns;
        m_passes.scaleRows({sums, columns, inverse, out.out != nullptr ? out.out + first : nullptr,
                            out.outBrain != nullptr ? out.outBrain + first : nullptr, out.stride, count,
                            std::min(columns, m_size - first)});
    }
}

void Attention::operator()(const AttentionInput& input, const Target& out)
{
    const std::size_t entry = m_numbers == Numbers::Brain ? 2 : 4;
    for (std::size_t head = 0; head < m_heads; ++head) {
        const std::size_t offset = head * m_size * entry;
        const auto at = [&](const void* rows) {
            return reinterpret_cast<const Word*>(static_cast<const std::byte*>(rows) + offset);
        };
        packKeys(at(input.keys), input.keyStride * entry / sizeof(Word));
        packValues(at(input.values), input.keyStride);
        const std::size_t stride = input.queryStride * entry / sizeof(Word);
        for (std::size_t query = 0; query < input.queryCount; query += m_tile.rows) {
            const std::size_t first = query * out.stride + head * m_size;
            mix(at(input.queries) + query * stride, stride, std::min(m_tile.rows, input.queryCount - query),
                {out.out != nullptr ? out.out + first : nullptr,
                 out.outBrain != nullptr ? out.outBrain + first : nullptr, out.stride});
        }
    }
}

} // namespace vitfleet::kernels
