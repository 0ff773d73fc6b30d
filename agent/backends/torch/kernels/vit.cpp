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

/// Entries, fp32 or bf16, from one row to the next.
std::size_t strideOf(Numbers numbers, std::size_t entries)
{
    return numbers == Numbers::Brain ? 2 * rowStride((entries + 1) / 2) : rowStride(entries);
}

const void* entryAt(Numbers numbers, const void* entries, std::size_t entry)
{
    return static_cast<const std::byte*>(entries) + entry * (numbers == Numbers::Brain ? 2 : 4);
}

/// fp32 or bf16 in a buffer of words, from `entry` on, `stride` entries a row.
Target targetOf(Numbers numbers, Word* words, std::size_t entry, std::size_t stride)
{
    if (numbers == Numbers::Brain)
        return {nullptr, reinterpret_cast<std::uint16_t*>(words) + entry, stride};
    return {reinterpret_cast<float*>(words) + entry, nullptr, stride};
}

Numbers innerNumbers(const Vit& vit)
{
    const bool exact = vit.gated || vit.layers.empty() || vit.layers.front().down.numbers() == Numbers::Float;
    return exact ? Numbers::Float : Numbers::Brain;
}

std::size_t widestInput(const Vit& vit)
{
    const std::size_t patch = vit.patchHeight * vit.patchWidth * vit.channels;
    return std::max({patch, vit.hidden, vit.inner, vit.classifier.inputs()});
}

} // namespace

VitRun::VitRun(const Vit& vit, std::size_t batch)
    : m_vit(vit), m_batch(batch), m_innerNumbers(innerNumbers(vit)), m_hiddenStride(rowStride(vit.hidden)),
      m_mixedStride(strideOf(vit.attention, vit.hidden)), m_qkvStride(strideOf(vit.attention, 3 * vit.hidden)),
      m_queryStride(strideOf(vit.attention, vit.hidden)),
      m_upStride(strideOf(m_innerNumbers, vit.gated ? 2 * vit.inner : vit.inner)),
      m_readyStride(rowStride(widestInput(vit))), m_headStride(rowStride(vit.labels)),
      m_hidden((batch * vit.tokens + slackRows) * m_hiddenStride),
      m_few((batch * vit.headTokens + slackRows) * m_hiddenStride),
      m_mixed((batch * vit.tokens + slackRows) * m_mixedStride), m_inner((blockRows + slackRows) * m_upStride),
      m_line(rowStride(widestInput(vit))), m_qkv((batch * vit.tokens + slackRows) * m_qkvStride),
      m_query((batch * vit.headTokens + slackRows) * m_queryStride), m_ready((blockRows + slackRows) * m_readyStride),
      m_scales(blockRows + slackRows), m_features(batch * rowStride(vit.classifier.inputs())),
      m_logits((batch + slackRows) * m_headStride),
      m_attention(vit.kernels, vit.attention, vit.tokens, vit.heads, vit.hidden / vit.heads)
{
}

Rows VitRun::prepared(const Matrix& matrix, const Values& rows, std::size_t count, const VitNorm* norm)
{
    const Passes& passes = *m_vit.kernels.passes;
    const std::size_t width = matrix.inputs();
    if (norm == nullptr && matrix.numbers() == rows.numbers)
        return {static_cast<const Word*>(rows.data), rows.stride / entriesOf(rows.numbers), nullptr, count};
    // A stride of its own for each width: with the padding of another, rows could fight for the same cache sets.
    const std::size_t target = rowStride(matrix.inputWords());
    for (std::size_t r = 0; r < count; ++r) {
        Word* ready = m_ready.data() + r * target;
        // What lies behind the row's entries only meets weights that are zero, but must be numbers.
        std::fill(ready + width / entriesOf(matrix.numbers()), ready + matrix.inputWords(), Word{0});
        if (rows.numbers == Numbers::Brain) { // then the matrix has 8 bits
            m_scales[r] = passes.quantiseBrain(static_cast<const std::uint16_t*>(rows.data) + r * rows.stride, width,
                                               matrix.activationLevels(), reinterpret_cast<std::uint8_t*>(ready));
            continue;
        }
        const float* row = static_cast<const float*>(rows.data) + r * rows.stride;
        if (norm != nullptr) {
            float* line = matrix.numbers() == Numbers::Float ? reinterpret_cast<float*>(ready) : m_line.data();
            passes.layerNorm(row, norm->weight.data(), norm->bias.data(), m_vit.epsilon, width, line);
            row = line;
        }
        if (matrix.numbers() == Numbers::Brain)
            passes.toBrain(row, width, reinterpret_cast<std::uint16_t*>(ready));
        else if (matrix.numbers() == Numbers::Bytes)
            m_scales[r] =
                passes.quantise(row, width, matrix.activationLevels(), reinterpret_cast<std::uint8_t*>(ready));
    }
    return {m_ready.data(), target, m_scales.data(), count};
}

void VitRun::product(const Matrix& matrix, const Values& rows, std::size_t count, const VitNorm* norm,
                     const Target& target)
{
    for (std::size_t begin = 0; begin < count; begin += blockRows) {
        const std::size_t size = std::min(blockRows, count - begin);
        Target block = target;
        if (target.outBrain != nullptr)
            block.outBrain += begin * target.stride;
        else
            block.out += begin * target.stride;
        const Values from{rows.numbers, entryAt(rows.numbers, rows.data, begin * rows.stride), rows.stride};
        matrix.multiply(prepared(matrix, from, size, norm), block);
    }
}

void VitRun::embed(std::span<const std::uint8_t* const> pictures)
{
    const Matrix& embedding = m_vit.patchEmbedding;
    const std::size_t patchLine = m_vit.patchWidth * m_vit.channels;
    const std::size_t pictureLine = m_vit.imageWidth * m_vit.channels;
    const std::size_t stride = rowStride(embedding.inputWords());
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
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t row = (begin + i) / m_vit.patchColumns, column = (begin + i) % m_vit.patchColumns;
                const std::uint8_t* source =
                    pictures[picture] + row * m_vit.patchHeight * pictureLine + column * patchLine;
                Word* ready = m_ready.data() + i * stride;
                const bool brain = embedding.numbers() == Numbers::Brain;
                float* target = brain ? m_line.data() : reinterpret_cast<float*>(ready);
                for (std::size_t line = 0; line < m_vit.patchHeight; ++line) {
                    for (std::size_t x = 0; x < patchLine; ++x)
                        target[line * patchLine + x] = static_cast<float>(source[line * pictureLine + x]);
                }
                if (brain) {
                    std::fill(ready + embedding.inputs() / 2, ready + embedding.inputWords(), Word{0});
                    m_vit.kernels.passes->toBrain(target, embedding.inputs(), reinterpret_cast<std::uint16_t*>(ready));
                }
            }
            embedding.multiply({m_ready.data(), stride, nullptr, count},
                               {patchTokens + begin * m_hiddenStride, nullptr, m_hiddenStride, true});
        }
    }
}

void VitRun::encode(const VitLayer& layer, std::size_t pictures)
{
    const Numbers numbers = m_vit.attention;
    const std::size_t rows = pictures * m_vit.tokens;
    product(layer.queryKeyValue, hidden(m_hidden.data()), rows, &layer.before,
            targetOf(numbers, m_qkv.data(), 0, m_qkvStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        const std::size_t first = picture * m_vit.tokens;
        AttentionInput input;
        input.queries = entryAt(numbers, m_qkv.data(), first * m_qkvStride);
        input.keys = entryAt(numbers, m_qkv.data(), first * m_qkvStride + m_vit.hidden);
        input.values = entryAt(numbers, m_qkv.data(), first * m_qkvStride + 2 * m_vit.hidden);
        input.queryStride = input.keyStride = m_qkvStride;
        input.queryCount = m_vit.tokens;
        m_attention(input, targetOf(numbers, m_mixed.data(), first * m_mixedStride, m_mixedStride));
    }
    product(layer.attentionOutput, {numbers, m_mixed.data(), m_mixedStride}, rows, nullptr,
            {m_hidden.data(), nullptr, m_hiddenStride, true});
    mlp(layer, m_hidden.data(), rows);
}

void VitRun::mlp(const VitLayer& layer, float* rows, std::size_t count)
{
    for (std::size_t begin = 0; begin < count; begin += blockRows) {
        const std::size_t size = std::min(blockRows, count - begin);
        float* block = rows + begin * m_hiddenStride;
        product(layer.up, hidden(block), size, &layer.after, targetOf(m_innerNumbers, m_inner.data(), 0, m_upStride));
        for (std::size_t r = 0; m_vit.gated && r < size; ++r) {
            float* row = reinterpret_cast<float*>(m_inner.data()) + r * m_upStride;
            m_vit.kernels.passes->gate(row, row + m_vit.inner, m_vit.inner, row);
        }
        product(layer.down, {m_innerNumbers, m_inner.data(), m_upStride}, size, nullptr,
                {block, nullptr, m_hiddenStride, true});
    }
}

/// The last layer where the head reads only the first tokens: only their queries are asked and only their rows go on;
/// keys and values still come from every token. Exact.
void VitRun::encodeHeadTokens(const VitLayer& layer, std::size_t pictures)
{
    const Numbers numbers = m_vit.attention;
    const std::size_t few = m_vit.headTokens;
    product(layer.queryKeyValue, hidden(m_hidden.data()), pictures * m_vit.tokens, &layer.before,
            targetOf(numbers, m_qkv.data(), 0, m_qkvStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        for (std::size_t token = 0; token < few; ++token)
            std::copy_n(m_hidden.data() + (picture * m_vit.tokens + token) * m_hiddenStride, m_hiddenStride,
                        m_few.data() + (picture * few + token) * m_hiddenStride);
    }
    product(layer.query, hidden(m_few.data()), pictures * few, &layer.before,
            targetOf(numbers, m_query.data(), 0, m_queryStride));
    for (std::size_t picture = 0; picture < pictures; ++picture) {
        const std::size_t first = picture * m_vit.tokens;
        AttentionInput input;
        input.queries = entryAt(numbers, m_query.data(), picture * few * m_queryStride);
        input.keys = entryAt(numbers, m_qkv.data(), first * m_qkvStride);
        input.values = entryAt(numbers, m_qkv.data(), first * m_qkvStride + m_vit.hidden);
        input.queryStride = m_queryStride;
        input.keyStride = m_qkvStride;
        input.queryCount = few;
        m_attention(input, targetOf(numbers, m_mixed.data(), picture * few * m_mixedStride, m_mixedStride));
    }
    product(layer.attentionOutput, {numbers, m_mixed.data(), m_mixedStride}, pictures * few, nullptr,
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
    product(m_vit.classifier, {Numbers::Float, m_features.data(), stride}, pictures, nullptr,
            {m_logits.data(), nullptr, m_headStride});
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
