// SPDX-License-Identifier: GPL-3.0-or-later
// Our own: OpenCV reads 16-bit colours, OS/2 palettes and bit fields otherwise than Pillow. Accepted is what Pillow
// accepts. Sources: Microsoft's BITMAPINFOHEADER, BITMAPV5HEADER and run-length pages, OS/2's for the short header.
#include "agent/imaging/decode_formats.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::imaging {

namespace {

constexpr std::uint32_t plain = 0, runs8 = 1, runs4 = 2, bitFields = 3;
constexpr std::size_t fileHeaderBytes = 14;

Error corrupt(std::string detail)
{
    return {ErrorCode::ImgCorrupt, "BMP: " + std::move(detail)};
}
Error truncated(std::string detail)
{
    return {ErrorCode::ImgTruncated, "BMP: " + std::move(detail)};
}

using Color = std::array<std::uint8_t, 3>;

struct Bmp
{
    std::uint32_t width = 0, height = 0;
    bool topDown = false;
    std::uint32_t bits = 0, compression = plain, colors = 0;
    std::size_t paletteEntryBytes = 4, headerEnd = 0, dataAt = 0;
    std::array<std::uint32_t, 4> masks{}; ///< red, green, blue, alpha
    std::array<Color, 256> palette{};
    std::size_t stride() const { return (std::size_t{width} * bits + 31) / 32 * 4; }
};

Result<Bmp> readHeader(const ByteReader& in)
{
    Bmp bmp;
    const std::uint32_t headerBytes = in.u32(14);
    constexpr std::array<std::uint32_t, 7> known{12, 40, 52, 56, 64, 108, 124};
    if (std::ranges::find(known, headerBytes) == known.end())
        return corrupt("a header of " + std::to_string(headerBytes) + " bytes");
    bmp.headerEnd = fileHeaderBytes + headerBytes;
    if (!in.has(0, bmp.headerEnd))
        return truncated("ends within its header");
    bmp.dataAt = in.u32(10);
    if (headerBytes == 12) {
        bmp.width = in.u16(18);
        bmp.height = in.u16(20);
        bmp.bits = in.u16(24);
        bmp.paletteEntryBytes = 3;
    } else {
        const std::int64_t height = in.i32(22);
        bmp.topDown = height < 0;
        bmp.width = in.u32(18);
        bmp.height = static_cast<std::uint32_t>(height < 0 ? -height : height);
        bmp.bits = in.u16(28);
        bmp.compression = in.u32(30);
        bmp.colors = in.u32(46);
    }
    if (bmp.compression == bitFields) {
        const std::size_t masks = headerBytes >= 56 ? 4 : 3;
        if (headerBytes == 40)
            bmp.headerEnd += 12;
        for (std::size_t i = 0; i < masks; ++i)
            bmp.masks[i] = in.u32(54 + i * 4);
    }
    if (bmp.bits <= 8) {
        if (bmp.colors == 0)
            bmp.colors = 1U << bmp.bits;
        // Some writers forget the palette in the offset of the data.
        if (bmp.dataAt == fileHeaderBytes + headerBytes)
            bmp.dataAt += std::size_t{4} * bmp.colors;
    }
    if (auto checked = checkSize(bmp.width, bmp.height); !checked)
        return checked.error();
    return bmp;
}

Result<void> readPalette(const ByteReader& in, Bmp& bmp)
{
    if (bmp.colors > bmp.palette.size())
        return corrupt("a palette of " + std::to_string(bmp.colors) + " colours");
    for (std::size_t i = 0; i < bmp.colors; ++i) {
        const std::size_t at = bmp.headerEnd + i * bmp.paletteEntryBytes;
        bmp.palette[i] = {in.u8(at + 2), in.u8(at + 1), in.u8(at)};
    }
    return {};
}

/// Colour numbers of a run-length picture, in stored order.
Result<std::vector<std::uint8_t>> decodeRuns(const ByteReader& in, const Bmp& bmp)
{
    const std::size_t wanted = std::size_t{bmp.width} * bmp.height;
    const bool nibbles = bmp.compression == runs4;
    std::vector<std::uint8_t> indices;
    indices.reserve(wanted);
    std::size_t at = bmp.dataAt, x = 0;
    const auto add = [&](std::uint8_t value, std::size_t count) {
        indices.insert(indices.end(), std::min(count, wanted - std::min(wanted, indices.size())), value);
    };
    while (indices.size() < wanted && in.has(at, 2)) {
        const std::size_t count = in.u8(at);
        const std::uint8_t value = in.u8(at + 1);
        at += 2;
        if (count > 0) {
            const std::size_t fits = std::min(count, bmp.width - std::min<std::size_t>(x, bmp.width));
            for (std::size_t i = 0; i < fits; ++i)
                add(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15, 1);
            x += fits;
        } else if (value == 0) { // end of line
            add(0, (bmp.width - indices.size() % bmp.width) % bmp.width);
            x = 0;
        } else if (value == 1) { // end of picture
            break;
        } else if (value == 2) { // a step to the right and down
            if (!in.has(at, 2))
                break;
            add(0, in.u8(at) + std::size_t{in.u8(at + 1)} * bmp.width);
            at += 2;
            x = indices.size() % bmp.width;
        } else { // as it is
            const std::size_t bytes = nibbles ? (std::size_t{value} + 1) / 2 : value;
            if (!in.has(at, bytes))
                break;
            for (std::size_t i = 0; i < value; ++i) {
                const std::uint8_t byte = in.u8(at + (nibbles ? i / 2 : i));
                add(!nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15, 1);
            }
            x += value;
            at += bytes + bytes % 2;
        }
    }
    if (indices.size() < wanted)
        return truncated("runs for " + std::to_string(indices.size()) + " of " + std::to_string(wanted) + " pixels");
    return indices;
}

std::uint8_t from5(std::uint32_t value)
{
    return static_cast<std::uint8_t>((value & 31) * 255 / 31);
}
std::uint8_t from6(std::uint32_t value)
{
    return static_cast<std::uint8_t>((value & 63) * 255 / 63);
}

void row16(const std::uint8_t* from, std::uint8_t* to, std::uint32_t width, bool sixGreen)
{
    for (std::uint32_t x = 0; x < width; ++x, from += 2, to += 3) {
        const std::uint32_t value = from[0] | std::uint32_t{from[1]} << 8;
        to[0] = from5(value >> (sixGreen ? 11 : 10));
        to[1] = sixGreen ? from6(value >> 5) : from5(value >> 5);
        to[2] = from5(value);
    }
}

/// Where red, green and blue stand in a pixel's bytes, if a mask is a whole byte each; nothing otherwise.
std::optional<std::array<std::size_t, 3>> byteOrder(const Bmp& bmp)
{
    if (bmp.compression == plain || (bmp.bits == 32 && std::ranges::count(bmp.masks, 0U) == 4))
        return std::array<std::size_t, 3>{2, 1, 0};
    std::array<std::size_t, 3> order{};
    for (std::size_t i = 0; i < 3; ++i) {
        std::size_t byte = 0;
        while (byte < bmp.bits / 8 && bmp.masks[i] != 0xffU << (byte * 8))
            ++byte;
        if (byte == bmp.bits / 8)
            return std::nullopt;
        order[i] = byte;
    }
    return order;
}

Result<RgbImage> decodeColors(const ByteReader& in, const Bmp& bmp)
{
    constexpr std::array<std::uint32_t, 3> fields555{0x7c00, 0x3e0, 0x1f}, fields565{0xf800, 0x7e0, 0x1f};
    const std::array<std::uint32_t, 3> masks{bmp.masks[0], bmp.masks[1], bmp.masks[2]};
    const bool is565 = bmp.compression == bitFields && masks == fields565;
    const auto order = bmp.bits == 16 ? std::optional(std::array<std::size_t, 3>{}) : byteOrder(bmp);
    if (!order || (bmp.bits == 16 && bmp.compression == bitFields && !is565 && masks != fields555))
        return corrupt("bit fields of a layout that is not supported");
    RgbImage image(bmp.width, bmp.height);
    const auto* data = reinterpret_cast<const std::uint8_t*>(in.view().data()) + bmp.dataAt;
    for (std::uint32_t y = 0; y < bmp.height; ++y) {
        const std::uint8_t* from = data + y * bmp.stride();
        std::uint8_t* to = image.row(bmp.topDown ? y : bmp.height - 1 - y);
        if (bmp.bits == 16) {
            row16(from, to, bmp.width, is565);
            continue;
        }
        for (std::uint32_t x = 0; x < bmp.width; ++x, from += bmp.bits / 8, to += 3)
            for (std::size_t channel = 0; channel < 3; ++channel)
                to[channel] = from[(*order)[channel]];
    }
    return image;
}

RgbImage decodeIndexed(const ByteReader& in, const Bmp& bmp, const std::vector<std::uint8_t>& runs)
{
    RgbImage image(bmp.width, bmp.height);
    const auto* data = reinterpret_cast<const std::uint8_t*>(in.view().data()) + bmp.dataAt;
    const std::uint32_t perByte = runs.empty() ? 8 / bmp.bits : 1;
    const std::uint32_t bits = runs.empty() ? bmp.bits : 8, mask = (1U << bits) - 1;
    for (std::uint32_t y = 0; y < bmp.height; ++y) {
        const std::uint8_t* from = runs.empty() ? data + y * bmp.stride() : runs.data() + std::size_t{y} * bmp.width;
        std::uint8_t* to = image.row(bmp.topDown ? y : bmp.height - 1 - y);
        for (std::uint32_t x = 0; x < bmp.width; ++x, to += 3) {
            const std::uint32_t shift = 8 - bits - x % perByte * bits;
            std::copy_n(bmp.palette[from[x / perByte] >> shift & mask].data(), 3, to);
        }
    }
    return image;
}

} // namespace

Result<RgbImage> decodeBmp(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    auto header = readHeader(in);
    if (!header)
        return header.error();
    Bmp& bmp = *header;
    const bool indexed = bmp.bits == 1 || bmp.bits == 4 || bmp.bits == 8;
    if (!indexed && bmp.bits != 16 && bmp.bits != 24 && bmp.bits != 32)
        return corrupt(std::to_string(bmp.bits) + " bits a pixel");
    const bool runs = indexed && (bmp.compression == runs8 || bmp.compression == runs4);
    if (!runs && bmp.compression != plain && (indexed || bmp.compression != bitFields))
        return corrupt("compression " + std::to_string(bmp.compression));
    if (indexed)
        if (auto read = readPalette(in, bmp); !read)
            return read.error();
    if (runs) {
        const auto indices = decodeRuns(in, bmp);
        if (!indices)
            return indices.error();
        return decodeIndexed(in, bmp, *indices);
    }
    // What pads the last row may be missing.
    const std::size_t needed =
        bmp.stride() * (bmp.height - std::size_t{1}) + (std::size_t{bmp.width} * bmp.bits + 7) / 8;
    if (!in.has(bmp.dataAt, needed))
        return truncated("data of " + std::to_string(needed) + " bytes ends early");
    return indexed ? decodeIndexed(in, bmp, {}) : decodeColors(in, bmp);
}

} // namespace vitfleet::imaging
