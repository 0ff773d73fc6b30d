// SPDX-License-Identifier: GPL-3.0-or-later
// Our own, since the items of MNIST-like data sets are tiny PGMs that may cost microseconds only.
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/pnm_header.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vitfleet::imaging {

namespace {

constexpr int maxDigits = 10;

/// A sample of 0 to `maximum` as 8 bits, rounded as Pillow does (to even).
std::uint8_t scaled(std::uint32_t value, std::uint32_t maximum)
{
    if (maximum == 255)
        return static_cast<std::uint8_t>(std::min<std::uint32_t>(value, 255));
    return static_cast<std::uint8_t>(std::min(255.0, std::nearbyint(value * 255.0 / maximum)));
}

Error truncated(const char* what)
{
    return {ErrorCode::ImgTruncated, std::string("PNM: ") + what};
}

Result<RgbImage> decodeText(const PnmHeader& header, Bytes bytes)
{
    const ByteReader in(bytes);
    const bool color = header.kind == '3', bitmap = header.kind == '1';
    // A sample takes at least one character, so the text bounds what is allocated.
    if (header.width * header.height * (color ? 3 : 1) > bytes.size())
        return truncated("fewer samples than pixels");
    RgbImage image(static_cast<std::uint32_t>(header.width), static_cast<std::uint32_t>(header.height));
    std::size_t at = header.dataOffset;
    const auto next = [&]() -> std::int64_t {
        if (!bitmap)
            return nextPnmNumber(in, at);
        while (in.has(at, 1) && in.u8(at) != '0' && in.u8(at) != '1') {
            if (in.u8(at) == '#')
                while (in.has(at, 1) && in.u8(at) != '\n' && in.u8(at) != '\r')
                    ++at;
            else if (!isPnmSpace(in.u8(at)))
                return -1;
            else
                ++at;
        }
        return in.has(at, 1) ? in.u8(at++) - '0' : -1;
    };
    auto* out = image.pixels().data();
    for (std::uint64_t i = 0, pixels = header.width * header.height; i < pixels; ++i, out += 3) {
        for (int channel = 0; channel < (color ? 3 : 1); ++channel) {
            const std::int64_t value = next();
            if (value < 0)
                return at >= bytes.size() ? truncated("fewer samples than pixels")
                                          : Error{ErrorCode::ImgCorrupt, "PNM: a sample is not a number"};
            if (value > header.maximum)
                return Error{ErrorCode::ImgCorrupt, "PNM: a sample is above the maximum"};
            out[channel] = bitmap ? (value ? 0 : 255) : scaled(static_cast<std::uint32_t>(value), header.maximum);
        }
        if (!color)
            out[1] = out[2] = out[0];
    }
    return image;
}

RgbImage unpackBits(const PnmHeader& header, const std::uint8_t* from)
{
    RgbImage image(static_cast<std::uint32_t>(header.width), static_cast<std::uint32_t>(header.height));
    const std::size_t stride = (header.width + 7) / 8;
    for (std::uint32_t y = 0; y < image.height(); ++y) {
        std::uint8_t* out = image.row(y);
        const std::uint8_t* row = from + y * stride;
        for (std::uint32_t x = 0; x < image.width(); ++x, out += 3)
            out[0] = out[1] = out[2] = row[x / 8] >> (7 - x % 8) & 1 ? 0 : 255;
    }
    return image;
}

} // namespace

std::int64_t nextPnmNumber(const ByteReader& in, std::size_t& at)
{
    while (in.has(at, 1)) {
        const std::uint8_t c = in.u8(at);
        if (c == '#')
            while (in.has(at, 1) && in.u8(at) != '\n' && in.u8(at) != '\r')
                ++at;
        else if (isPnmSpace(c))
            ++at;
        else
            break;
    }
    std::int64_t value = 0;
    int digits = 0;
    for (; in.has(at, 1) && in.u8(at) >= '0' && in.u8(at) <= '9'; ++at, ++digits) {
        if (digits == maxDigits)
            return -1;
        value = value * 10 + (in.u8(at) - '0');
    }
    return digits > 0 ? value : -1;
}

Result<PnmHeader> readPnmHeader(Bytes bytes)
{
    const ByteReader in(bytes);
    PnmHeader header;
    header.kind = static_cast<char>(in.u8(1));
    const bool bitmap = header.kind == '1' || header.kind == '4';
    std::size_t at = 2;
    std::array<std::int64_t, 3> numbers{0, 0, 1};
    for (std::size_t i = 0; i < (bitmap ? 2U : 3U); ++i) {
        numbers[i] = nextPnmNumber(in, at);
        if (numbers[i] < 0)
            return at >= bytes.size() ? truncated("ends within its header")
                                      : Error{ErrorCode::ImgCorrupt, "PNM: the header is not made of numbers"};
    }
    if (numbers[2] < 1 || numbers[2] > 65535)
        return Error{ErrorCode::ImgCorrupt, "PNM: the maximum is not 1 to 65535"};
    if (!in.has(at, 1))
        return truncated("ends within its header");
    if (!isPnmSpace(in.u8(at)))
        return Error{ErrorCode::ImgCorrupt, "PNM: no white space behind the header"};
    header.width = static_cast<std::uint64_t>(numbers[0]);
    header.height = static_cast<std::uint64_t>(numbers[1]);
    header.maximum = static_cast<std::uint32_t>(numbers[2]);
    header.dataOffset = at + 1;
    return header;
}

Result<RgbImage> decodePnm(Bytes bytes)
{
    const auto header = readPnmHeader(bytes);
    if (!header)
        return header.error();
    if (header->kind <= '3')
        return decodeText(*header, bytes);

    const bool color = header->kind == '6', wide = header->maximum > 255;
    const std::uint64_t pixels = header->width * header->height;
    const std::uint64_t needed =
        header->kind == '4' ? (header->width + 7) / 8 * header->height : pixels * (color ? 3 : 1) * (wide ? 2 : 1);
    if (bytes.size() - header->dataOffset < needed)
        return truncated("fewer samples than pixels");
    const auto* from = reinterpret_cast<const std::uint8_t*>(bytes.data()) + header->dataOffset;
    if (header->kind == '4')
        return unpackBits(*header, from);

    RgbImage image(static_cast<std::uint32_t>(header->width), static_cast<std::uint32_t>(header->height));
    std::uint8_t* out = image.pixels().data();
    if (header->maximum == 255 && color) {
        std::copy_n(from, needed, out);
    } else if (header->maximum == 255) {
        for (std::uint64_t i = 0; i < pixels; ++i, out += 3)
            out[0] = out[1] = out[2] = from[i];
    } else {
        for (std::uint64_t i = 0; i < pixels; ++i, out += 3) {
            for (int channel = 0; channel < (color ? 3 : 1); ++channel) {
                const std::uint32_t value = wide ? std::uint32_t{from[0]} << 8 | from[1] : from[0];
                from += wide ? 2 : 1;
                // Pillow opens a 16-bit PGM as 32-bit integers stretched to 65535 and clips them on the way to RGB.
                out[channel] =
                    wide && !color
                        ? static_cast<std::uint8_t>(std::min(255.0, std::nearbyint(value * 65535.0 / header->maximum)))
                        : scaled(value, header->maximum);
            }
            if (!color)
                out[1] = out[2] = out[0];
        }
    }
    return image;
}

} // namespace vitfleet::imaging
