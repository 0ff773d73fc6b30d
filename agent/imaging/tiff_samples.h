// SPDX-License-Identifier: GPL-3.0-or-later
// Samples as TIFF stores them, to 8-bit RGB as Pillow's convert("RGB") makes it: grey of up to 8 bits is stretched, of
// more clipped to 255; 16-bit colour keeps its high byte; premultiplied alpha is divided out, other alpha ignored.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vitfleet::imaging {

enum class SampleColor : std::uint8_t
{
    Invalid = 0,
    Grey,
    Rgb,
    Palette,
    Cmyk
};

struct SampleLayout
{
    SampleColor color = SampleColor::Invalid;
    std::uint16_t bits = 8;    ///< of a sample
    std::uint16_t samples = 1; ///< of a pixel
    bool isSigned = false, isFloat = false;
    bool inverted = false;      ///< grey: 0 is white
    bool premultiplied = false; ///< RGB: the fourth sample is alpha that the others were multiplied by
    bool separate = false;      ///< one plane a sample
    std::array<std::array<std::uint8_t, 3>, 256> palette{};

    /// How many of a pixel's samples are looked at.
    std::size_t usedSamples() const;
    bool isSupported() const;
};

/// Rows of a strip or tile: one plane, or one for each sample that is looked at. Samples of 16 and 32 bits are in the
/// machine's byte order, smaller ones packed from the high bit.
struct SampleRows
{
    std::array<const std::uint8_t*, 4> planes{};
    std::size_t rowBytes = 0;
};

void convertRow(const SampleLayout& layout, const SampleRows& rows, std::size_t row, std::size_t columns,
                std::uint8_t* to);

} // namespace vitfleet::imaging
