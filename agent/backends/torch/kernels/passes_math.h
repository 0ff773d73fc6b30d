// SPDX-License-Identifier: GPL-3.0-or-later
// What passes_loop.h computes with: loading and storing vectors, folding one into a number, exponentials and the curves
// of activations. Included by it alone, see there.
#pragma once

#include "agent/backends/torch/kernels/passes.h"
#include "agent/backends/torch/kernels/passes_vectors.h"

#include <utility>

namespace vitfleet::kernels {
namespace {

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

template <std::size_t... I>
constexpr Ints counted(std::index_sequence<I...>)
{
    return Ints{static_cast<std::int32_t>(I)...};
}
constexpr Ints lane = counted(std::make_index_sequence<Lanes>());

/// All lanes into one by halves, always in the same order, so that equal rows give equal bits.
template <typename Combine>
float folded(Floats v, Combine combine)
{
#pragma GCC unroll 4
    for (std::size_t half = Lanes / 2; half > 0; half /= 2)
        v = combine(v, __builtin_shuffle(v, lane ^ static_cast<std::int32_t>(half)));
    return v[0];
}

float sumOf(Floats v)
{
    return folded(v, [](Floats a, Floats b) { return a + b; });
}

float leastOf(Floats v)
{
    return folded(v, &smaller);
}

float mostOf(Floats v)
{
    return folded(v, &larger);
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

/// 2^x within 4e-6 of it for x ≤ 0, 0 below −126: for values that become bf16. Minimax on −½ … ½.
Floats coarsePowerOfTwo(Floats x)
{
    x = larger(x, all(-126.0F));
    constexpr float rounder = 12582912.0F;
    const Floats shifted = x + rounder;
    const Floats r = x - (shifted - rounder);
    Floats p = all(0.00957010403F);
    p = p * r + 0.0559178602F;
    p = p * r + 0.240247448F;
    p = p * r + 0.693121815F;
    p = p * r + 0.999999261F;
    return reinterpret_cast<Floats>(reinterpret_cast<Ints>(p) + (reinterpret_cast<Ints>(shifted) << 23));
}

/// x Φ(x) by Φ(x) − ½ = x h(x²), with h a polynomial in x² mapped to −1 … 1, for |x| ≤ end; beyond as at the end.
template <std::size_t Count>
Floats geluBy(const float (&h)[Count], float end, Floats x)
{
    const Floats inner = larger(smaller(x, all(end)), all(-end));
    const Floats t = inner * inner * (2.0F / (end * end)) - 1.0F;
    Floats sum = all(h[Count - 1]);
#pragma GCC unroll 16
    for (int i = static_cast<int>(Count) - 2; i >= 0; --i)
        sum = sum * t + h[i];
    return x * (inner * sum + 0.5F);
}

/// Of degree 14, fitted with the error of the product as weight. Largest error found over −8 … 8: 9e-7, and 3e-7 of
/// |x|.
Floats gelu(Floats x)
{
    constexpr float h[] = {0.12855194509029388F,   -0.06417237222194672F,   0.04773671180009842F,
                           -0.0387907549738884F,   0.03208811953663826F,    -0.026078373193740845F,
                           0.02023622766137123F,   -0.01481145340949297F,   0.010660034604370594F,
                           -0.007399311289191246F, 0.0038844896480441093F,  -0.001485743559896946F,
                           0.0013367388164624572F, -0.0012780865654349327F, 0.00043092729174531996F};
    return geluBy(h, 5.5F, x);
}

/// The same within 5e-5, for values that become bf16: of degree 8, and exactly 0 or x beyond its end. bf16's own
/// rounding is 4e-3 of the value.
Floats coarseGelu(Floats x)
{
    constexpr float h[] = {0.16593150794506073F,   -0.080778606235980988F,  0.055711373686790466F,
                           -0.038965493440628052F, 0.025380881503224373F,   -0.015343595296144485F,
                           0.0094498945400118828F, -0.0054181469604372978F, 0.001679243752732873F};
    return geluBy(h, 4.25F, x);
}

Floats sigmoid(Floats x)
{
    return 1.0F / (1.0F + exponential(-x));
}

template <Curve curve, bool Coarse = false>
Floats curved(Floats x)
{
    if constexpr (curve == Curve::Gelu && Coarse)
        return coarseGelu(x);
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

} // namespace
} // namespace vitfleet::kernels
