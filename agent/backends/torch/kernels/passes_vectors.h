// SPDX-License-Identifier: GPL-3.0-or-later
// The vectors of passes_loop.h, of VITFLEET_LANES floats: the compiler's own types. Each file that includes them gives
// the few operations for which its instruction set has an instruction that the compiler does not find:
//   Floats smaller(Floats a, Floats b)   a < b ? a : b
//   Floats larger(Floats a, Floats b)    a > b ? a : b
//   Halves brainOf(Floats v)             to the nearest bf16, ties to even
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitfleet::kernels {
namespace {

constexpr std::size_t Lanes = VITFLEET_LANES;
using Floats = float __attribute__((vector_size(4 * Lanes)));
using Ints = std::int32_t __attribute__((vector_size(4 * Lanes)));
using Halves = std::uint16_t __attribute__((vector_size(2 * Lanes)));
using Bytes = std::uint8_t __attribute__((vector_size(Lanes)));

/// brainOf without an instruction for it.
[[maybe_unused]] Halves roundedToBrain(Floats v)
{
    const Ints bits = reinterpret_cast<Ints>(v);
    const Ints rounded = bits + 0x7fff + ((bits >> 16) & 1);
    return __builtin_convertvector((rounded >> 16) & 0xffff, Halves);
}

} // namespace
} // namespace vitfleet::kernels
