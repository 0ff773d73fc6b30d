// SPDX-License-Identifier: GPL-3.0-or-later
// The passes over rows, written once for vectors of `Lanes` floats with the compiler's vector types; included, after
// what passes_vectors.h asks for, by files that are compiled for one instruction set each. Nothing here may have
// external linkage, see tile_loop.h.
#pragma once

#include "agent/backends/torch/kernels/passes_math.h"

#include <type_traits>

namespace vitfleet::kernels {
namespace {

/// The last values of a row that fill no vector, in one.
struct Tail
{
    Floats values{};
    Tail(const float* x, std::size_t count, float fill)
    {
        values = all(fill);
        __builtin_memcpy(&values, x, count * sizeof(float));
    }
};

void layerNorm(const float* x, const float* weight, const float* bias, float epsilon, std::size_t count, float* out)
{
    const std::size_t whole = count / Lanes * Lanes;
    const float each = 1.0F / static_cast<float>(count);
    Floats sum{}, other{};
    std::size_t i = 0;
    for (; i + 2 * Lanes <= whole; i += 2 * Lanes) {
        sum += load(x + i);
        other += load(x + i + Lanes);
    }
    for (; i < whole; i += Lanes)
        sum += load(x + i);
    float total = sumOf(sum + other);
    for (i = whole; i < count; ++i)
        total += x[i];
    const float mean = total * each;

    Floats squares{}, others{};
    for (i = 0; i + 2 * Lanes <= whole; i += 2 * Lanes) {
        const Floats a = load(x + i) - mean;
        const Floats b = load(x + i + Lanes) - mean;
        squares = squares + a * a;
        others = others + b * b;
    }
    for (; i < whole; i += Lanes) {
        const Floats a = load(x + i) - mean;
        squares = squares + a * a;
    }
    float variance = sumOf(squares + others);
    for (i = whole; i < count; ++i)
        variance += (x[i] - mean) * (x[i] - mean);
    const float factor = 1.0F / __builtin_sqrtf(variance * each + epsilon);
    for (i = 0; i < whole; i += Lanes)
        store(out + i, (load(x + i) - mean) * factor * load(weight + i) + load(bias + i));
    for (; i < count; ++i)
        out[i] = (x[i] - mean) * factor * weight[i] + bias[i];
}

void toBrain(const float* x, std::size_t count, std::uint16_t* out)
{
    std::size_t i = 0;
    for (; i + Lanes <= count; i += Lanes)
        store(out + i, brainOf(load(x + i)));
    if (i < count) {
        const Halves last = brainOf(Tail(x + i, count - i, 0).values);
        __builtin_memcpy(out + i, &last, (count - i) * sizeof(std::uint16_t));
    }
}

Floats load(const std::uint16_t* p)
{
    Halves v;
    __builtin_memcpy(&v, p, sizeof(v));
    return reinterpret_cast<Floats>(__builtin_convertvector(v, Ints) << 16);
}

float valueOf(float x)
{
    return x;
}

float valueOf(std::uint16_t x)
{
    return __builtin_bit_cast(float, Word{x} << 16);
}

template <typename Value>
RowScale quantiseValues(const Value* x, std::size_t count, int levels, std::uint8_t* out)
{
    const std::size_t whole = count / Lanes * Lanes;
    Floats low = all(valueOf(x[0])), high = low;
    std::size_t i = 0;
    for (; i < whole; i += Lanes) {
        const Floats v = load(x + i);
        low = smaller(low, v);
        high = larger(high, v);
    }
    float least = leastOf(low), most = mostOf(high);
    for (; i < count; ++i) {
        least = valueOf(x[i]) < least ? valueOf(x[i]) : least;
        most = valueOf(x[i]) > most ? valueOf(x[i]) : most;
    }
    const float span = most - least;
    const float factor = span > 0 ? static_cast<float>(levels) / span : 0;
    const auto quantised = [&](Floats v) {
        return __builtin_convertvector(__builtin_convertvector((v - least) * factor + 0.5F, Ints), Bytes);
    };
    for (i = 0; i < whole; i += Lanes)
        store(out + i, quantised(load(x + i)));
    if (i < count) {
        Value rest[Lanes]{};
        __builtin_memcpy(rest, x + i, (count - i) * sizeof(Value));
        const Bytes last = quantised(load(rest));
        __builtin_memcpy(out + i, &last, count - i);
    }
    return {span / static_cast<float>(levels), least};
}

RowScale quantise(const float* x, std::size_t count, int levels, std::uint8_t* out)
{
    return quantiseValues(x, count, levels, out);
}

RowScale quantiseBrain(const std::uint16_t* x, std::size_t count, int levels, std::uint8_t* out)
{
    return quantiseValues(x, count, levels, out);
}

/// Where a product's values go.
enum class Store
{
    Float,
    Added,
    Brain
};

template <Curve curve, bool Integers, Store where>
void finishAs(const Finish& given)
{
    const Finish f = given; // its own, which no store below can change
    for (std::size_t c = 0; c < f.columns; c += Lanes) {
        const Floats bias = load(f.bias + c);
        const Floats columnScales = Integers ? load(f.columnScales + c) : Floats{};
        const Floats columnSums = Integers ? load(f.columnSums + c) : Floats{};
        for (std::size_t r = 0; r < f.rows; ++r) {
            const Word* sums = f.sums + r * f.sumStride + c;
            Floats v;
            if constexpr (Integers) {
                Ints integers;
                __builtin_memcpy(&integers, sums, sizeof(integers));
                const RowScale row = f.rowScales[r];
                const Floats scaled = __builtin_convertvector(integers, Floats) * row.scale + columnSums * row.low;
                v = scaled * columnScales + bias;
            } else {
                __builtin_memcpy(&v, sums, sizeof(v));
                v += bias;
            }
            v = curved<curve, where == Store::Brain>(v);
            const std::size_t at = r * f.outStride + c;
            if constexpr (where == Store::Brain)
                store(f.outBrain + at, brainOf(v));
            else
                store(f.out + at, where == Store::Added ? load(f.out + at) + v : v);
        }
    }
}

template <Curve curve, bool Integers>
void finishWhere(const Finish& f)
{
    if (f.outBrain != nullptr)
        finishAs<curve, Integers, Store::Brain>(f);
    else if (f.add)
        finishAs<curve, Integers, Store::Added>(f);
    else
        finishAs<curve, Integers, Store::Float>(f);
}

template <Curve curve>
void finishCurve(const Finish& f)
{
    f.rowScales != nullptr ? finishWhere<curve, true>(f) : finishWhere<curve, false>(f);
}

void finish(const Finish& f)
{
    switch (f.curve) {
    case Curve::None:
        return finishCurve<Curve::None>(f);
    case Curve::Gelu:
        return finishCurve<Curve::Gelu>(f);
    case Curve::GeluTanh:
        return finishCurve<Curve::GeluTanh>(f);
    case Curve::QuickGelu:
        return finishCurve<Curve::QuickGelu>(f);
    case Curve::Relu:
        return finishCurve<Curve::Relu>(f);
    case Curve::Silu:
        return finishCurve<Curve::Silu>(f);
    }
}

void keep(float* out, Floats v, std::size_t count)
{
    __builtin_memcpy(out, &v, count * sizeof(float));
}

void keep(std::uint16_t* out, Floats v, std::size_t count)
{
    const Halves halves = brainOf(v);
    __builtin_memcpy(out, &halves, count * sizeof(std::uint16_t));
}

template <typename Value>
float softmaxInto(const float* x, float factor, std::size_t count, Value* out)
{
    constexpr bool coarse = std::is_same_v<Value, std::uint16_t>;
    const float doublings = factor * 1.44269504088896341F;
    const std::size_t whole = count / Lanes * Lanes;
    const Ints inside = lane < static_cast<std::int32_t>(count - whole); // of the last vector
    Floats high = all(x[0]);
    std::size_t i = 0;
    for (; i < whole; i += Lanes)
        high = larger(high, load(x + i));
    if (i < count)
        high = larger(high, inside ? load(x + i) : all(x[0]));
    const float most = mostOf(high);
    const auto power = [&](Floats v) {
        return coarse ? coarsePowerOfTwo(v * doublings - most * doublings) : exponential((v - most) * factor);
    };
    Floats sums{};
    for (i = 0; i < whole; i += Lanes) {
        const Floats e = power(load(x + i));
        keep(out + i, e, Lanes);
        sums += e;
    }
    if (i < count) {
        const Floats e = inside ? power(load(x + i)) : Floats{};
        keep(out + i, e, Lanes);
        sums += e;
    }
    return 1.0F / sumOf(sums);
}

float softmax(float* x, float factor, std::size_t count)
{
    return softmaxInto(x, factor, count, x);
}

float softmaxBrain(const float* x, float factor, std::size_t count, std::uint16_t* out)
{
    return softmaxInto(x, factor, count, out);
}

void scale(const float* x, float factor, std::size_t count, float* out)
{
    std::size_t i = 0;
    for (; i + Lanes <= count; i += Lanes)
        store(out + i, load(x + i) * factor);
    for (; i < count; ++i)
        out[i] = x[i] * factor;
}

void scaleRows(const ScaleRows& s)
{
    for (std::size_t r = 0; r < s.rows; ++r) {
        const float* sums = s.sums + r * s.sumStride;
        const std::size_t at = r * s.outStride;
        if (s.outBrain == nullptr) {
            scale(sums, s.factors[r], s.columns, s.out + at);
            continue;
        }
        std::size_t c = 0;
        for (; c + Lanes <= s.columns; c += Lanes)
            keep(s.outBrain + at + c, load(sums + c) * s.factors[r], Lanes);
        if (c < s.columns)
            keep(s.outBrain + at + c, Tail(sums + c, s.columns - c, 0).values * s.factors[r], s.columns - c);
    }
}

void gate(const float* gates, const float* values, std::size_t count, float* out)
{
    std::size_t i = 0;
    for (; i + Lanes <= count; i += Lanes)
        store(out + i, curved<Curve::Silu>(load(gates + i)) * load(values + i));
    if (i < count) {
        const Floats last =
            curved<Curve::Silu>(Tail(gates + i, count - i, 0).values) * Tail(values + i, count - i, 0).values;
        __builtin_memcpy(out + i, &last, (count - i) * sizeof(float));
    }
}

/// One step of the transposition of Lanes × Lanes words: exchanges the parts of rows `Step` apart that lie across.
template <std::size_t Step>
void exchange(Ints* rows)
{
    constexpr auto step = static_cast<std::int32_t>(Step);
    constexpr auto lanes = static_cast<std::int32_t>(Lanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < Lanes; ++i) {
        if ((i & Step) != 0)
            continue;
        const Ints low = rows[i], high = rows[i + Step];
        rows[i] = __builtin_shuffle(low, high, (lane & step) == 0 ? lane : lane - step + lanes);
        rows[i + Step] = __builtin_shuffle(low, high, (lane & step) == 0 ? lane + step : lane + lanes);
    }
}

void transpose(const Word* x, std::size_t stride, std::size_t rows, std::size_t columns, Word* out,
               std::size_t outStride)
{
    std::size_t r = 0;
    for (; r + Lanes <= rows; r += Lanes) {
        std::size_t c = 0;
        for (; c + Lanes <= columns; c += Lanes) {
            Ints block[Lanes];
#pragma GCC unroll 16
            for (std::size_t i = 0; i < Lanes; ++i)
                __builtin_memcpy(block + i, x + (r + i) * stride + c, sizeof(Ints));
            exchange<1>(block);
            exchange<2>(block);
            exchange<4>(block);
            if constexpr (Lanes > 8)
                exchange<8>(block);
#pragma GCC unroll 16
            for (std::size_t i = 0; i < Lanes; ++i)
                store(out + (c + i) * outStride + r, block[i]);
        }
        for (; c < columns; ++c) {
            for (std::size_t i = r; i < r + Lanes; ++i)
                out[c * outStride + i] = x[i * stride + c];
        }
    }
    for (; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c)
            out[c * outStride + r] = x[r * stride + c];
    }
}

void pair(const std::uint16_t* first, const std::uint16_t* second, std::size_t count, Word* out)
{
    std::size_t i = 0;
    for (; i + Lanes <= count; i += Lanes) {
        Halves low, high;
        __builtin_memcpy(&low, first + i, sizeof(low));
        __builtin_memcpy(&high, second + i, sizeof(high));
        store(out + i, __builtin_convertvector(low, Ints) | __builtin_convertvector(high, Ints) << 16);
    }
    for (; i < count; ++i)
        out[i] = first[i] | Word{second[i]} << 16;
}

constexpr Passes passes{&layerNorm,    &toBrain, &quantise,  &quantiseBrain, &finish,    &softmax,
                        &softmaxBrain, &scale,   &scaleRows, &gate,          &transpose, &pair};

} // namespace
} // namespace vitfleet::kernels
