// SPDX-License-Identifier: GPL-3.0-or-later
// The passes over rows, written once for vectors of `Lanes` floats with the compiler's vector types; included by files
// that are compiled for one instruction set each. Nothing here may have external linkage, see tile_loop.h.
#pragma once

#include "agent/backends/torch/kernels/passes.h"

namespace vitfleet::kernels {
namespace {

constexpr std::size_t Lanes = VITFLEET_LANES;
using Floats = float __attribute__((vector_size(4 * Lanes)));
using Ints = std::int32_t __attribute__((vector_size(4 * Lanes)));
using Halves = std::uint16_t __attribute__((vector_size(2 * Lanes)));
using Bytes = std::uint8_t __attribute__((vector_size(Lanes)));

Floats load(const float* p)
{
    Floats v;
    __builtin_memcpy(&v, p, sizeof(v));
    return v;
}

template <typename To, typename Vector>
void store(To* p, Vector v)
{
    __builtin_memcpy(p, &v, sizeof(v));
}

Floats all(float x)
{
    return x - Floats{};
}

Floats smaller(Floats a, Floats b)
{
    return a < b ? a : b;
}

Floats larger(Floats a, Floats b)
{
    return a > b ? a : b;
}

/// In one order, so that equal rows give equal bits.
float sumOf(Floats v)
{
    float sum = 0;
    for (std::size_t i = 0; i < Lanes; ++i)
        sum += v[i];
    return sum;
}

/// e^x within 2 ulp; 0 … e^88 outside of −87 … 88. Cephes' polynomial (expf, S. L. Moshier).
Floats exponential(Floats x)
{
    x = larger(smaller(x, all(88.0F)), all(-87.0F));
    constexpr float rounder = 12582912.0F; // 1.5 × 2^23: adding it leaves the nearest integer in the low bits
    const Floats shifted = x * 1.44269504088896341F + rounder;
    const Floats whole = shifted - rounder;
    Floats r = x - whole * 0.693359375F;
    r = r - whole * -2.12194440e-4F;
    Floats p = all(1.9875691500e-4F);
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * (r * r) + (r + 1.0F);
    return reinterpret_cast<Floats>(reinterpret_cast<Ints>(p) + (reinterpret_cast<Ints>(shifted) << 23));
}

/// x Φ(x): Φ(x) − ½ = x h(x²) with h a polynomial of degree 14 in x² mapped to −1 … 1, fitted for |x| ≤ 5.5 with the
/// error of the product as weight. Largest error found over −8 … 8: 9e-7, and 3e-7 of |x|.
Floats gelu(Floats x)
{
    const Floats inner = larger(smaller(x, all(5.5F)), all(-5.5F));
    const Floats t = inner * inner * (2.0F / 30.25F) - 1.0F;
    constexpr float h[] = {0.12855194509029388F,   -0.06417237222194672F,   0.04773671180009842F,
                           -0.0387907549738884F,   0.03208811953663826F,    -0.026078373193740845F,
                           0.02023622766137123F,   -0.01481145340949297F,   0.010660034604370594F,
                           -0.007399311289191246F, 0.0038844896480441093F,  -0.001485743559896946F,
                           0.0013367388164624572F, -0.0012780865654349327F, 0.00043092729174531996F};
    Floats sum = all(h[14]);
#pragma GCC unroll 16
    for (int i = 13; i >= 0; --i)
        sum = sum * t + h[i];
    return x * (inner * sum + 0.5F);
}

Floats sigmoid(Floats x)
{
    return 1.0F / (1.0F + exponential(-x));
}

template <Curve curve>
Floats curved(Floats x)
{
    if constexpr (curve == Curve::Gelu)
        return gelu(x);
    if constexpr (curve == Curve::GeluTanh) // ½ (1 + tanh y) = σ(2 y)
        return x * sigmoid((x + x * x * x * 0.044715F) * 1.5957691216057308F);
    if constexpr (curve == Curve::QuickGelu)
        return x * sigmoid(x * 1.702F);
    if constexpr (curve == Curve::Relu)
        return larger(x, Floats{});
    if constexpr (curve == Curve::Silu)
        return x * sigmoid(x);
    return x;
}

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

Halves brainOf(Floats v)
{
    const Ints bits = reinterpret_cast<Ints>(v);
    const Ints rounded = bits + 0x7fff + ((bits >> 16) & 1);
    return __builtin_convertvector((rounded >> 16) & 0xffff, Halves);
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

RowScale quantise(const float* x, std::size_t count, int levels, std::uint8_t* out)
{
    const std::size_t whole = count / Lanes * Lanes;
    Floats low = all(x[0]), high = all(x[0]);
    std::size_t i = 0;
    for (; i < whole; i += Lanes) {
        const Floats v = load(x + i);
        low = smaller(low, v);
        high = larger(high, v);
    }
    if (i < count) {
        const Floats v = Tail(x + i, count - i, x[0]).values;
        low = smaller(low, v);
        high = larger(high, v);
    }
    float least = low[0], most = high[0];
    for (std::size_t lane = 1; lane < Lanes; ++lane) {
        least = low[lane] < least ? low[lane] : least;
        most = high[lane] > most ? high[lane] : most;
    }
    const float span = most - least;
    const float factor = span > 0 ? static_cast<float>(levels) / span : 0;
    const auto quantised = [&](Floats v) {
        return __builtin_convertvector(__builtin_convertvector((v - least) * factor + 0.5F, Ints), Bytes);
    };
    for (i = 0; i < whole; i += Lanes)
        store(out + i, quantised(load(x + i)));
    if (i < count) {
        const Bytes last = quantised(Tail(x + i, count - i, least).values);
        __builtin_memcpy(out + i, &last, count - i);
    }
    return {span / static_cast<float>(levels), least};
}

template <Curve curve, bool Integers>
void finishAs(const Finish& f)
{
    for (std::size_t r = 0; r < f.rows; ++r) {
        const Word* sums = f.sums + r * f.sumStride;
        for (std::size_t c = 0; c < f.columns; c += Lanes) {
            Floats v;
            if constexpr (Integers) {
                Ints integers;
                __builtin_memcpy(&integers, sums + c, sizeof(integers));
                const RowScale row = f.rowScales[r];
                const Floats scaled =
                    __builtin_convertvector(integers, Floats) * row.scale + load(f.columnSums + c) * row.low;
                v = scaled * load(f.columnScales + c) + load(f.bias + c);
            } else {
                __builtin_memcpy(&v, sums + c, sizeof(v));
                v += load(f.bias + c);
            }
            v = curved<curve>(v);
            if (f.outBrain != nullptr) {
                store(f.outBrain + r * f.outStride + c, brainOf(v));
            } else {
                float* out = f.out + r * f.outStride + c;
                store(out, f.add ? load(out) + v : v);
            }
        }
    }
}

template <Curve curve>
void finishCurve(const Finish& f)
{
    f.rowScales != nullptr ? finishAs<curve, true>(f) : finishAs<curve, false>(f);
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

float softmax(float* x, float factor, std::size_t count)
{
    const std::size_t whole = count / Lanes * Lanes;
    Floats high = all(x[0]);
    std::size_t i = 0;
    for (; i < whole; i += Lanes)
        high = larger(high, load(x + i));
    if (i < count)
        high = larger(high, Tail(x + i, count - i, x[0]).values);
    float most = high[0];
    for (std::size_t lane = 1; lane < Lanes; ++lane)
        most = high[lane] > most ? high[lane] : most;
    Floats sums{};
    for (i = 0; i < whole; i += Lanes) {
        const Floats e = exponential((load(x + i) - most) * factor);
        store(x + i, e);
        sums += e;
    }
    float sum = sumOf(sums);
    if (i < count) {
        const Floats e = exponential((Tail(x + i, count - i, most).values - most) * factor);
        __builtin_memcpy(x + i, &e, (count - i) * sizeof(float));
        for (std::size_t lane = 0; lane < count - i; ++lane)
            sum += e[lane];
    }
    return 1.0F / sum;
}

void scale(const float* x, float factor, std::size_t count, float* out)
{
    std::size_t i = 0;
    for (; i + Lanes <= count; i += Lanes)
        store(out + i, load(x + i) * factor);
    for (; i < count; ++i)
        out[i] = x[i] * factor;
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

constexpr Passes passes{&layerNorm, &toBrain, &quantise, &finish, &softmax, &scale, &gate};

} // namespace
} // namespace vitfleet::kernels
