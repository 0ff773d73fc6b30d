// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/kernels/vit.h"

#include <algorithm>

namespace vitfleet::kernels {
namespace {

/// Rows that are made ready, multiplied and, in the MLP, taken through both products together.
constexpr std::size_t blockRows = 224;
constexpr std::size_t slackRows = 32; ///< beyond the last: read, or written, in groups by some tiles

std::size_t entriesOf(Numbers numbers)
{
    return numbers == Numbers::Float ? 1 : numbers == Numbers::Brain ? 2 : 4;
}

std::size_t widestInput(const Vit& vit)
{
    const std::size_t patch = vit.patchHeight * vit.patchWidth * vit.channels;
    return std::max({patch, vit.hidden, vit.inner, vit.classifier.inputs()});
}

} // namespace

VitRun::VitRun(const Vit& vit, std::size_t batch)
    : m_vit(vit), m_batch(batch), m_hiddenStride(rowStride(vit.hidden)), m_qkvStride(rowStride(3 * vit.hidden)),
      m_innerStride(rowStride(vit.inner)), m_upStride(rowStride(vit.gated ? 2 * vit.inner : vit.inner)),
      m_readyStride(rowStride(widestInput(vit))), m_headStride(rowStride(vit.labels)),
      m_hidden((batch * vit.tokens + slackRows) * m_hiddenStride),
      m_few((batch * vit.headTokens + slackRows) * m_hiddenStride),
      m_mixed((batch * vit.tokens + slackRows) * m_hiddenStride), m_inner((blockRows + slackRows) * m_upStride),
      m_line(rowStride(widestInput(vit))), m_qkv((batch * vit.tokens + slackRows) * m_qkvStride),
      m_query((batch * vit.headTokens + slackRows) * m_hiddenStride), m_ready((blockRows + slackRows) * m_readyStride),
      m_scales(blockRows + slackRows), m_features(batch * rowStride(vit.classifier.inputs())),
      m_logits((batch + slackRows) * m_headStride),
      m_attention(vit.kernels, vit.attention, vit.tokens, vit.heads, vit.hidden / vit.heads)
{
}

Rows VitRun::prepared(const Matrix& matrix, const float* rows, std::size_t stride, std::size_t count,
                      const VitNorm* norm)
{
    const Passes& passes = *m_vit.kernels.passes;
    const std::size_t width = matrix.inputs();
    if (norm == nullptr && matrix.numbers() == Numbers::Float)
        return {reinterpret_cast<const Word*>(rows), stride, nullptr, count};
    // A stride of its own for each width: with the padding of another, rows could fight for the same cache sets.
    const std::size_t target = rowStride(matrix.inputWords());
    for (std::size_t r = 0; r < count; ++r) {
        const float* row = rows + r * stride;
        Word* ready = m_ready.data() + r * target;
        if (norm != nullptr) {
            float* line = matrix.numbers() == Numbers::Float ? reinterpret_cast<float*>(ready) : m_line.data();
            passes.layerNorm(row, norm->weight.data(), norm->bias.data(), m_vit.epsilon, width, line);
            row = line;
        }
        // What lies behind the row's entries only meets weights that are zero, but must be numbers.
        std::fill(ready + width / entriesOf(matrix.numbers()), ready + matrix.inputWords(), Word{0});
        if (matrix.numbers() == Numbers::Brain)
            passes.toBrain(row, width, reinterpret_cast<std::uint16_t*>(ready));
        else if (matrix.numbers() == Numbers::Bytes)
            m_scales[r] =
                passes.quantise(row, width, matrix.activationLevels(), reinterpret_cast<std::uint8_t*>(ready));
    }
    return {m_ready.data(), target, m_scales.data(), count};
}

void VitRun::product(const Matrix& matrix, const float* rows, std::size_t stride, std::size_t count,
                     const VitNorm* norm, const Target& target)
{
    for (std::size_t begin = 0; begin < count; begin += blockRows) {
        const std::size_t size = std::min(blockRows, count - begin);
        Target block = target;
        if (target.outBrain != nullptr)
            block.outBrain += begin * target.stride;
        else
            block.out += begin * target.stride;
        matrix.multiply(prepared(matrix, rows + begin * stride, stride, size, norm), block);
    }
}

void VitRun::embed(std::span<const std::uint8_t* const> pictures)
{
    const std::size_t patchLine = m_vit.patchWidth * m_vit.channels;
    const std::size_t pictureLine = m_vit.imageWidth * m_vit.channels;
    const std::size_t stride = rowStride(m_vit.patchEmbedding.inputs());
    for (std::size_t picture = 0; picture < pictures.size(); ++picture) {
        float* tokens = m_hidden.data() + picture * m_vit.tokens * m_hiddenStride;
        for (std::size_t token = 0; token < m_vit.tokens; ++token) {
            const float* source = token < m_vit.leading
                                      ? m_vit.leadingTokens.data() + token * m_vit.hidden
                                      : m_vit.patchPositions.data() + (token - m_vit.leading) * m_vit.hidden;
            std::copy_n(source, m_vit.hidden, tokens + token * m_hiddenStride);
        }
        float* patchTokens = tokens + m_vit.leading * m_hiddenStride;
        for (std::size_t begin = 0; begin < m_vit.patches(); begin += blockRows) {
            const std::size_t count = std::min(blockRows, m_vit.patches() - begin);
            auto* ready = reinterpret_cast<float*>(m_ready.data());
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t row = (begin + i) / m_vit.patchColumns, column = (begin + i) % m_vit.patchColumns;
                const std::uint8_t* source =
                    pictures[picture] + row * m_vit.patchHeight * pictureLine + column * patchLine;
                float* target = ready + i * stride;
                for (std::size_t line = 0; line < m_vit.patchHeight; ++line) {
                    for (std::size_t x = 0; x < patchLine; ++x)
                        target[line * patchLine + x] = static_cast<float>(source[line * pictureLine + x]);
                }
            }
            m_vit.patchEmbedding.multiply({m_ready.data(), stride, nullptr, count},
                                          {patchTokens + begin * m_hiddenStride, nullptr, m_hiddenStride, true});
        }
    }
}

namespace {

/// fp32 or bf16 in a buffer of words, `stride` entries a row.
Target targetOf(Numbers numbers, Word* words, std::size_t stride)
{
    if (numbers == Numbers::Brain)
        return {nullptr, reinterpret_cast<std::uint16_t*>(words), stride};
    return {reinterpret_cast<float*>(words), nullptr, stride};
}

const void* entryAt(Numbers numbers, const Word* words, std::size_t entry)
{
    return reinterpret_cast<const std::byte*>(words) + entry * (numbers == Numbers::Brain ? 2 : 4);
}

} // namespace

void VitRun::encode(const VitLayer& layer, std::size_t pictures)
{
    const Numbers numbers = m_vit.attention;
    const std::size_t rows = pictures * m_vit.tokens;
    product(layer.queryKeyValue, m_hidden.data(), m_hiddenStride, rows, &layer.before,
            targetOf(numbers, m_qkv.data(), m_qkvStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        const std::size_t first = picture * m_vit.tokens;
        AttentionInput input;
        input.queries = entryAt(numbers, m_qkv.data(), first * m_qkvStride);
        input.keys = entryAt(numbers, m_qkv.data(), first * m_qkvStride + m_vit.hidden);
        input.values = entryAt(numbers, m_qkv.data(), first * m_qkvStride + 2 * m_vit.hidden);
        input.queryStride = input.keyStride = m_qkvStride;
        input.queryCount = m_vit.tokens;
        m_attention(input, m_mixed.data() + first * m_hiddenStride, m_hiddenStride);
    }
    product(layer.attentionOutput, m_mixed.data(), m_hiddenStride, rows, nullptr,
            {m_hidden.data(), nullptr, m_hiddenStride, true});
    mlp(layer, m_hidden.data(), rows);
}

void VitRun::mlp(const VitLayer& layer, float* rows, std::size_t count)
{
    for (std::size_t begin = 0; begin < count; begin += blockRows) {
        const std::size_t size = std::min(blockRows, count - begin);
        float* block = rows + begin * m_hiddenStride;
        product(layer.up, block, m_hiddenStride, size, &layer.after, {m_inner.data(), nullptr, m_upStride});
        for (std::size_t r = 0; m_vit.gated && r < size; ++r) {
            float* row = m_inner.data() + r * m_upStride;
            m_vit.kernels.passes->gate(row, row + m_vit.inner, m_vit.inner, row);
        }
        product(layer.down, m_inner.data(), m_upStride, size, nullptr, {block, nullptr, m_hiddenStride, true});
    }
}

/// The last layer where the head reads only the first tokens: only their queries are asked and only their rows go on;
/// keys and values still come from every token. Exact.
void VitRun::encodeHeadTokens(const VitLayer& layer, std::size_t pictures)
{
    const Numbers numbers = m_vit.attention;
    const std::size_t few = m_vit.headTokens;
    product(layer.queryKeyValue, m_hidden.data(), m_hiddenStride, pictures * m_vit.tokens, &layer.before,
            targetOf(numbers, m_qkv.data(), m_qkvStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        for (std::size_t token = 0; token < few; ++token)
            std::copy_n(m_hidden.data() + (picture * m_vit.tokens + token) * m_hiddenStride, m_hiddenStride,
                        m_few.data() + (picture * few + token) * m_hiddenStride);
    }
    product(layer.query, m_few.data(), m_hiddenStride, pictures * few, &layer.before,
            targetOf(numbers, m_query.data(), m_hiddenStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        const std::size_t first = picture * m_vit.tokens;
        AttentionInput input;
        input.queries = entryAt(numbers, m_query.data(), picture * few * m_hiddenStride);
        input.keys = entryAt(numbers, m_qkv.data(), first * m_qkvStride);
        input.values = entryAt(numbers, m_qkv.data(), first * m_qkvStride + m_vit.hidden);
        input.queryStride = m_hiddenStride;
        input.keyStride = m_qkvStride;
        input.queryCount = few;
        m_attention(input, m_mixed.data() + picture * few * m_hiddenStride, m_hiddenStride);
    }
    product(layer.attentionOutput, m_mixed.data(), m_hiddenStride, pictures * few, nullptr,
            {m_few.data(), nullptr, m_hiddenStride, true});
    mlp(layer, m_few.data(), pictures * few);
}

void VitRun::head(std::size_t pictures, float* logits)
{
    const bool few = m_vit.headTokens != m_vit.tokens;
    const std::size_t width = m_vit.classifier.inputs();
    const std::size_t stride = rowStride(width);
    const Passes& passes = *m_vit.kernels.passes;
    const auto normalised = [&](const float* row, float* out) {
        passes.layerNorm(row, m_vit.norm.weight.data(), m_vit.norm.bias.data(), m_vit.epsilon, m_vit.hidden, out);
    };
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        const float* rows = few ? m_few.data() + picture * m_vit.headTokens * m_hiddenStride
                                : m_hidden.data() + picture * m_vit.tokens * m_hiddenStride;
        float* features = m_features.data() + picture * stride;
        if (m_vit.patchMean) {
            normalised(rows, features);
            float* mean = features + m_vit.hidden;
            std::fill_n(mean, m_vit.hidden, 0.0F);
            for (std::size_t token = m_vit.leading; token < m_vit.tokens; ++token) {
                normalised(rows + token * m_hiddenStride, m_line.data());
                for (std::size_t i = 0; i < m_vit.hidden; ++i)
                    mean[i] += m_line[i];
            }
            passes.scale(mean, 1.0F / static_cast<float>(m_vit.patches()), m_vit.hidden, mean);
        } else {
            for (std::size_t token = 0; token < width / m_vit.hidden; ++token)
                normalised(rows + token * m_hiddenStride, features + token * m_vit.hidden);
        }
    }
    product(m_vit.classifier, m_features.data(), stride, pictures, nullptr, {m_logits.data(), nullptr, m_headStride});
    for (std::size_t picture = 0; picture < pictures; ++picture)
        std::copy_n(m_logits.data() + picture * m_headStride, m_vit.labels, logits + picture * m_vit.labels);
}

void VitRun::classify(std::span<const std::uint8_t* const> pictures, float* logits,
                      std::atomic<std::uint64_t>& progress)
{
    const ThreadState state(m_vit.kernels);
    embed(pictures);
    const bool few = m_vit.headTokens != m_vit.tokens;
    for (std::size_t i = 0; i < m_vit.layers.size(); ++i) {
        if (few && i + 1 == m_vit.layers.size())
            encodeHeadTokens(m_vit.layers[i], pictures.size());
        else
            encode(m_vit.layers[i], pictures.size());
        progress.fetch_add(1, std::memory_order_relaxed);
    }
    head(pictures.size(), logits);
}

} // namespace vitfleet::kernels
