// SPDX-License-Identifier: GPL-3.0-or-later
// The same in plain C++, as its definition reads: what the others are compared with.
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/matrix.h"
#include "agent/backends/torch/kernels/passes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace vitfleet::kernels {
namespace {

float brain(Word word, int part)
{
    return __builtin_bit_cast(float, part == 0 ? word << 16 : word & 0xffff'0000U);
}

void floats(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out, std::size_t outStride,
            std::size_t rows, const Ahead&)
{
    constexpr std::size_t columns = 16;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            float sum = 0;
            for (std::size_t k = 0; k < words; ++k)
                sum +=
                    __builtin_bit_cast(float, a[r * aStride + k]) * __builtin_bit_cast(float, panel[k * columns + c]);
            out[r * outStride + c] = __builtin_bit_cast(Word, sum);
        }
    }
}

void brains(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out, std::size_t outStride,
            std::size_t rows, const Ahead&)
{
    constexpr std::size_t columns = 16;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            float sum = 0;
            for (std::size_t k = 0; k < words; ++k) {
                const Word x = a[r * aStride + k], y = panel[k * columns + c];
                sum += brain(x, 1) * brain(y, 1);
                sum += brain(x, 0) * brain(y, 0);
            }
            out[r * outStride + c] = __builtin_bit_cast(Word, sum);
        }
    }
}

void bytes(const Word* a, std::size_t aStride, const Word* panel, std::size_t words, Word* out, std::size_t outStride,
           std::size_t rows, const Ahead&)
{
    constexpr std::size_t columns = 16;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            int sum = 0;
            for (std::size_t k = 0; k < words; ++k) {
                const Word x = a[r * aStride + k], y = panel[k * columns + c];
                for (int part = 0; part < 32; part += 8)
                    sum += static_cast<int>(x >> part & 0xffU) * static_cast<std::int8_t>(y >> part & 0xffU);
            }
            out[r * outStride + c] = static_cast<Word>(sum);
        }
    }
}

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

double curved(Curve curve, double x)
{
    switch (curve) {
    case Curve::None:
        break;
    case Curve::Gelu:
        return x * (0.5 + 0.5 * std::erf(x / std::numbers::sqrt2));
    case Curve::GeluTanh:
        return x * (0.5 + 0.5 * std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    case Curve::QuickGelu:
        return x * sigmoid(1.702 * x);
    case Curve::Relu:
        return std::max(x, 0.0);
    case Curve::Silu:
        return x * sigmoid(x);
    }
    return x;
}

void layerNorm(const float* x, const float* weight, const float* bias, float epsilon, std::size_t count, float* out)
{
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < count; ++i)
        sum += x[i];
    const double mean = sum / static_cast<double>(count);
    for (std::size_t i = 0; i < count; ++i)
        squares += (x[i] - mean) * (x[i] - mean);
    const double factor = 1 / std::sqrt(squares / static_cast<double>(count) + epsilon);
    for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<float>((x[i] - mean) * factor * weight[i] + bias[i]);
}

void toBrain(const float* x, std::size_t count, std::uint16_t* out)
{
    std::transform(x, x + count, out, &brainOfFloat);
}

RowScale quantise(const float* x, std::size_t count, int levels, std::uint8_t* out)
{
    const auto [least, most] = std::minmax_element(x, x + count);
    const float span = *most - *least;
    const float factor = span > 0 ? static_cast<float>(levels) / span : 0;
    for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<std::uint8_t>((x[i] - *least) * factor + 0.5F);
    return {span / static_cast<float>(levels), *least};
}

float floatOf(std::uint16_t value)
{
    return __builtin_bit_cast(float, Word{value} << 16);
}

RowScale quantiseBrain(const std::uint16_t* x, std::size_t count, int levels, std::uint8_t* out)
{
    std::vector<float> row(count);
    std::transform(x, x + count, row.begin(), &floatOf);
    return quantise(row.data(), count, levels, out);
}

void finish(const Finish& f)
{
    for (std::size_t r = 0; r < f.rows; ++r) {
        for (std::size_t c = 0; c < f.columns; ++c) {
            const Word word = f.sums[r * f.sumStride + c];
            double sum = __builtin_bit_cast(float, word);
            if (f.rowScales != nullptr)
                sum = f.columnScales[c] * (static_cast<double>(f.rowScales[r].scale) * static_cast<int>(word) +
                                           static_cast<double>(f.rowScales[r].low) * f.columnSums[c]);
            const auto value = static_cast<float>(curved(f.curve, sum + f.bias[c]));
            const std::size_t at = r * f.outStride + c;
            if (f.outBrain != nullptr)
                f.outBrain[at] = brainOfFloat(value);
            else
                f.out[at] = f.add ? f.out[at] + value : value;
        }
    }
}

float softmax(float* x, float factor, std::size_t count)
{
    const float most = *std::max_element(x, x + count);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
        x[i] = std::exp((x[i] - most) * factor);
        sum += x[i];
    }
    return static_cast<float>(1 / sum);
}

float softmaxBrain(const float* x, float factor, std::size_t count, std::uint16_t* out)
{
    std::vector<float> row(x, x + count);
    const float inverse = softmax(row.data(), factor, count);
    toBrain(row.data(), count, out);
    return inverse;
}

void scale(const float* x, float factor, std::size_t count, float* out)
{
    std::transform(x, x + count, out, [factor](float value) { return value * factor; });
}

void scaleRows(const ScaleRows& s)
{
    for (std::size_t r = 0; r < s.rows; ++r) {
        for (std::size_t c = 0; c < s.columns; ++c) {
            const float value = s.sums[r * s.sumStride + c] * s.factors[r];
            if (s.outBrain != nullptr)
                s.outBrain[r * s.outStride + c] = brainOfFloat(value);
            else
                s.out[r * s.outStride + c] = value;
        }
    }
}

void gate(const float* gates, const float* values, std::size_t count, float* out)
{
    for (std::size_t i = 0; i < count; ++i)
        out[i] = static_cast<float>(curved(Curve::Silu, gates[i]) * values[i]);
}

void transpose(const Word* x, std::size_t stride, std::size_t rows, std::size_t columns, Word* out,
               std::size_t outStride)
{
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
            out[c * outStride + r] = x[r * stride + c];
    }
}

void pair(const std::uint16_t* first, const std::uint16_t* second, std::size_t count, Word* out)
{
    std::transform(first, first + count, second, out,
                   [](std::uint16_t a, std::uint16_t b) { return a | Word{b} << 16; });
}

constexpr Passes passes{&layerNorm,    &toBrain, &quantise,  &quantiseBrain, &finish,    &softmax,
                        &softmaxBrain, &scale,   &scaleRows, &gate,          &transpose, &pair};

} // namespace

Tile plainFloat()
{
    return {&floats, 4, 16};
}

Tile plainBrain()
{
    return {&brains, 4, 16};
}

Tile plainBytes()
{
    return {&bytes, 4, 16};
}

const Passes& plainPasses()
{
    return passes;
}

} // namespace vitfleet::kernels
