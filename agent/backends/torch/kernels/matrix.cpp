// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/kernels/matrix.h"

#include <algorithm>
#include <cmath>

namespace vitfleet::kernels {
namespace {

/// Rows that go through all panels before the next ones: enough that a panel, once in the cache, is used many times;
/// few enough that the rows stay there too. Between 56 and 800 nothing changed by more than 5 % where it was measured.
constexpr std::size_t blockRows = 224;
constexpr std::size_t mostTileRows = 32, mostTileColumns = 32;

/// Asks the cache for where a tile's values will go, before they are computed: `finish` would wait for every row.
void fetch(const Target& target, std::size_t row, std::size_t rows, std::size_t column)
{
    for (std::size_t r = row; r < row + rows; ++r) {
        if (target.outBrain != nullptr) {
            __builtin_prefetch(target.outBrain + r * target.stride + column, 1);
        } else {
            __builtin_prefetch(target.out + r * target.stride + column, 1);
            __builtin_prefetch(target.out + r * target.stride + column + 16, 1);
        }
    }
}

} // namespace

Matrix::Matrix(const Kernels& kernels, Numbers numbers, const float* weights, const float* bias, std::size_t outputs,
               std::size_t inputs, Curve curve)
    : m_tile(kernels.tile(numbers)), m_passes(kernels.passes), m_numbers(numbers), m_curve(curve), m_outputs(outputs),
      m_inputs(inputs), m_words(roundedUp(wordsOf(numbers, inputs), m_tile.wordMultiple)),
      m_panels(roundedUp(outputs, m_tile.columns) / m_tile.columns), m_weights(m_panels * m_tile.columns * m_words),
      m_bias(paddedOutputs())
{
    if (numbers == Numbers::Bytes) {
        m_scales = Buffer<float>(paddedOutputs());
        m_sums = Buffer<float>(paddedOutputs());
    }
    if (bias != nullptr)
        std::copy_n(bias, outputs, m_bias.data());
    for (std::size_t panel = 0; panel < m_panels; ++panel)
        pack(weights, panel);
}

void Matrix::pack(const float* weights, std::size_t panel)
{
    const std::size_t columns = m_tile.columns;
    const std::size_t first = panel * columns;
    for (std::size_t c = 0; c < std::min(columns, m_outputs - first); ++c) {
        const float* source = weights + (first + c) * m_inputs;
        Word* target = m_weights.data() + panel * columns * m_words + c;
        if (m_numbers == Numbers::Float) {
            for (std::size_t i = 0; i < m_inputs; ++i)
                target[i * columns] = __builtin_bit_cast(Word, source[i]);
        } else if (m_numbers == Numbers::Brain) {
            for (std::size_t i = 0; i < m_inputs; ++i)
                target[i / 2 * columns] |= Word{brainOfFloat(source[i])} << (i % 2 * 16);
        } else {
            packBytes(source, first + c, target);
        }
    }
}

void Matrix::packBytes(const float* source, std::size_t output, Word* first)
{
    float most = 0;
    for (std::size_t i = 0; i < m_inputs; ++i)
        most = std::max(most, std::abs(source[i]));
    const auto levels = static_cast<float>(m_tile.weightLevels);
    const float factor = most > 0 ? levels / most : 0;
    int sum = 0;
    for (std::size_t i = 0; i < m_inputs; ++i) {
        const int value = static_cast<int>(std::lrint(source[i] * factor));
        sum += value;
        first[i / 4 * m_tile.columns] |= Word{static_cast<std::uint8_t>(value)} << (i % 4 * 8);
    }
    m_scales[output] = most / levels;
    m_sums[output] = static_cast<float>(sum);
}

void Matrix::multiplyTile(const Rows& rows, const Target& target, std::size_t first, std::size_t count,
                          std::size_t panel, const Ahead& ahead) const
{
    alignas(64) Word sums[mostTileRows * mostTileColumns];
    const std::size_t columns = m_tile.columns;
    const std::size_t column = panel * columns;
    fetch(target, first, count, column);
    m_tile.compute(rows.data + first * rows.stride, rows.stride, m_weights.data() + panel * columns * m_words, m_words,
                   sums, columns, count, ahead);
    Finish finish;
    finish.sums = sums;
    finish.sumStride = columns;
    if (m_numbers == Numbers::Bytes) {
        finish.rowScales = rows.scales + first;
        finish.columnScales = m_scales.data() + column;
        finish.columnSums = m_sums.data() + column;
    }
    finish.bias = m_bias.data() + column;
    finish.curve = m_curve;
    finish.add = target.add;
    if (target.outBrain != nullptr)
        finish.outBrain = target.outBrain + first * target.stride + column;
    else
        finish.out = target.out + first * target.stride + column;
    finish.outStride = target.stride;
    finish.rows = count;
    finish.columns = columns;
    m_passes->finish(finish);
}

void Matrix::multiply(const Rows& rows, const Target& target) const
{
    const std::size_t block = std::max<std::size_t>(blockRows / m_tile.rows, 1) * m_tile.rows;
    for (std::size_t begin = 0; begin < rows.count; begin += block) {
        const std::size_t end = std::min(begin + block, rows.count);
        const std::size_t calls = roundedUp(end - begin, m_tile.rows) / m_tile.rows;
        for (std::size_t panel = 0; panel < m_panels; ++panel) {
            // What comes next, a share with each call.
            const std::size_t next = panel + 1 < m_panels ? panel + 1 : 0;
            Ahead ahead{m_weights.data() + next * m_tile.columns * m_words,
                        next == 0 && end == rows.count ? 0 : (m_tile.columns + calls - 1) / calls};
            for (std::size_t row = begin; row < end; row += m_tile.rows) {
                multiplyTile(rows, target, row, std::min(m_tile.rows, end - row), panel, ahead);
                ahead.data += ahead.lines * m_words;
            }
        }
    }
}

} // namespace vitfleet::kernels
