// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/imaging/tiff_samples.h"

#include "agent/imaging/cmyk.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vitfleet::imaging {

namespace {

template <typename Value>
Value valueAt(const std::uint8_t* row, std::size_t index)
{
    Value value;
    std::memcpy(&value, row + index * sizeof value, sizeof value);
    return value;
}

/// A sample of less than a byte, or of 12 bits.
std::uint32_t packedAt(const std::uint8_t* row, std::size_t index, std::uint32_t bits)
{
    if (bits == 12) {
        const std::uint8_t* at = row + index / 2 * 3;
        return index % 2 == 0 ? std::uint32_t{at[0]} << 4 | at[1] >> 4 : std::uint32_t{at[1] & 15U} << 8 | at[2];
    }
    const std::size_t bit = index * bits;
    return row[bit / 8] >> (8 - bits - bit % 8) & ((1U << bits) - 1);
}

std::uint8_t clipped(double value)
{
    return std::isnan(value) ? std::uint8_t{0} : static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
}

std::uint8_t greyAt(const SampleLayout& layout, const std::uint8_t* row, std::size_t index)
{
    switch (layout.bits) {
    case 12:
        return clipped(packedAt(row, index, 12));
    case 16:
        return layout.isSigned ? clipped(valueAt<std::int16_t>(row, index))
                               : clipped(valueAt<std::uint16_t>(row, index));
    case 32:
        return layout.isFloat ? clipped(valueAt<float>(row, index)) : clipped(valueAt<std::int32_t>(row, index));
    case 8:
        return layout.inverted ? static_cast<std::uint8_t>(255 - row[index]) : row[index];
    default: {
        const std::uint32_t most = (1U << layout.bits) - 1, value = packedAt(row, index, layout.bits);
        return static_cast<std::uint8_t>((layout.inverted ? most - value : value) * (255 / most));
    }
    }
}

std::uint8_t byteAt(const SampleLayout& layout, const std::uint8_t* row, std::size_t index)
{
    return layout.bits == 16 ? static_cast<std::uint8_t>(valueAt<std::uint16_t>(row, index) >> 8) : row[index];
}

/// The pixel's sample `sample` as a byte.
struct Colors
{
    const SampleLayout& layout;
    std::array<const std::uint8_t*, 4> rows;

    std::uint8_t at(std::size_t column, std::size_t sample) const
    {
        return layout.separate ? byteAt(layout, rows[sample], column)
                               : byteAt(layout, rows[0], column * layout.samples + sample);
    }
};

void divideAlphaOut(std::uint8_t* pixel, int alpha)
{
    if (alpha == 255)
        return;
    for (int channel = 0; channel < 3; ++channel)
        pixel[channel] =
            alpha == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::min(255, pixel[channel] * 255 / alpha));
}

} // namespace

std::size_t SampleLayout::usedSamples() const
{
    switch (color) {
    case SampleColor::Rgb:
        return premultiplied && samples >= 4 ? 4 : 3;
    case SampleColor::Cmyk:
        return 4;
    default:
        return 1;
    }
}

bool SampleLayout::isSupported() const
{
    if (samples < usedSamples())
        return false;
    switch (color) {
    case SampleColor::Grey: {
        constexpr std::array<std::uint16_t, 7> known{1, 2, 4, 8, 12, 16, 32};
        return std::ranges::find(known, bits) != known.end() && (samples == 1 || separate || bits == 8 || bits == 16) &&
               (!isFloat || bits == 32);
    }
    case SampleColor::Rgb:
    case SampleColor::Cmyk:
        return (bits == 8 || bits == 16) && !isFloat;
    case SampleColor::Palette:
        return bits == 8 || (samples == 1 && (bits == 1 || bits == 2 || bits == 4));
    case SampleColor::Invalid:
        break;
    }
    return false;
}

void convertRow(const SampleLayout& layout, const SampleRows& rows, std::size_t row, std::size_t columns,
                std::uint8_t* to)
{
    std::array<const std::uint8_t*, 4> at{};
    for (std::size_t plane = 0; plane < at.size(); ++plane)
        at[plane] = rows.planes[plane] ? rows.planes[plane] + row * rows.rowBytes : nullptr;
    const Colors colors{layout, at};
    const std::size_t step = layout.separate ? 1 : layout.samples;
    for (std::size_t x = 0; x < columns; ++x, to += 3) {
        switch (layout.color) {
        case SampleColor::Grey:
            to[0] = to[1] = to[2] = greyAt(layout, at[0], x * step);
            break;
        case SampleColor::Palette: {
            const std::uint32_t index = layout.bits == 8 ? at[0][x * step] : packedAt(at[0], x, layout.bits);
            std::copy_n(layout.palette[index].data(), 3, to);
            break;
        }
        case SampleColor::Rgb:
            for (std::size_t channel = 0; channel < 3; ++channel)
                to[channel] = colors.at(x, channel);
            if (layout.usedSamples() == 4)
                divideAlphaOut(to, colors.at(x, 3));
            break;
        case SampleColor::Cmyk:
            for (std::size_t channel = 0; channel < 3; ++channel)
                to[channel] = channelFromCmyk(colors.at(x, channel), colors.at(x, 3));
            break;
        case SampleColor::Invalid:
            break;
        }
    }
}

} // namespace vitfleet::imaging
