// SPDX-License-Identifier: GPL-3.0-or-later
// The two inner loops of resizing, plain and with AVX2. Both compute in integers and give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vitfleet::imaging {

/// Bits behind the point of a weight, as Pillow has them for 8-bit pixels.
inline constexpr int precisionBits = 22;

/// For each output position: which inputs it takes, and how much of each.
struct Weights
{
    struct Window
    {
        std::uint32_t first = 0, count = 0;
    };
    std::vector<Window> windows;
    std::vector<std::int32_t> values; ///< `stride` for each output position, zeros behind its count
    std::size_t stride = 0;           ///< a multiple of four
    /// The same for AVX2, four by four: their upper parts, then their lowest 11 bits.
    std::vector<std::int16_t> split;
};

struct ResampleKernels
{
    /// A row of RGB pixels to weights.windows.size() of them. 16 bytes behind the row's last pixel are readable.
    void (*row)(const std::uint8_t* from, std::uint8_t* to, const Weights& weights);
    /// One output row of `bytes` bytes out of `count` input rows, `stride` bytes apart.
    void (*columns)(const std::uint8_t* rows, std::size_t stride, std::uint8_t* to, std::size_t bytes,
                    const std::int32_t* values, std::uint32_t count);
};

/// Fills `split`.
void splitWeights(Weights& weights);

const ResampleKernels& plainKernels();
/// nullptr where this CPU has no AVX2.
const ResampleKernels* avx2Kernels();
/// The fastest for this CPU; plain where VITFLEET_IMAGING=plain is in the environment.
const ResampleKernels& bestKernels();

} // namespace vitfleet::imaging
