// SPDX-License-Identifier: GPL-3.0-or-later
// A picture in memory: RGB, 8 bits, rows without gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace vitfleet::imaging {

class RgbImage
{
public:
    static constexpr std::size_t channels = 3;
    /// Readable bytes behind the last pixel, so that four bytes may be loaded at any pixel.
    static constexpr std::size_t padding = 16;

    RgbImage() = default;
    /// Memory is not cleared. Throws std::bad_alloc.
    RgbImage(std::uint32_t width, std::uint32_t height)
        : m_pixels(new std::uint8_t[std::size_t{width} * height * channels + padding]), m_width(width), m_height(height)
    {
    }

    std::uint32_t width() const { return m_width; }
    std::uint32_t height() const { return m_height; }
    std::size_t rowBytes() const { return std::size_t{m_width} * channels; }
    std::size_t bytes() const { return rowBytes() * m_height; }
    std::uint8_t* row(std::size_t y) { return m_pixels.get() + y * rowBytes(); }
    const std::uint8_t* row(std::size_t y) const { return m_pixels.get() + y * rowBytes(); }
    std::span<std::uint8_t> pixels() { return {m_pixels.get(), bytes()}; }
    std::span<const std::uint8_t> pixels() const { return {m_pixels.get(), bytes()}; }

private:
    std::unique_ptr<std::uint8_t[]> m_pixels;
    std::uint32_t m_width = 0, m_height = 0;
};

} // namespace vitfleet::imaging
