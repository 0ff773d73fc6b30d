// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/imaging/orientation.h"

#include "agent/imaging/png_text.h"
#include "agent/imaging/tiff_directory.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::imaging {

using namespace std::string_view_literals;

namespace {

constexpr auto exifPrefix = "Exif\0\0"sv;
constexpr auto xmpPrefix = "http://ns.adobe.com/xap/1.0/\0"sv;

std::optional<Orientation> fromNumber(std::uint64_t value)
{
    if (value < 1 || value > 8)
        return std::nullopt;
    return static_cast<Orientation>(value);
}

/// What EXIF says, if it has the tag at all; a value out of range is TopLeft then.
std::optional<Orientation> fromExif(Bytes exif)
{
    const ByteReader in(exif);
    if (in.starts(0, exifPrefix))
        exif = exif.subspan(exifPrefix.size());
    const ByteReader tiff(exif);
    if (!tiff.starts(0, "II*\0"sv) && !tiff.starts(0, "MM\0*"sv))
        return std::nullopt;
    const auto directory = TiffDirectory::first(exif);
    if (!directory)
        return std::nullopt;
    const auto value = directory->number(TiffTag::Orientation);
    if (!value)
        return std::nullopt;
    return fromNumber(*value).value_or(Orientation::TopLeft);
}

/// The attribute or element tiff:Orientation of an XMP packet; looked at where EXIF has none.
std::optional<Orientation> fromXmp(std::string_view xmp)
{
    constexpr auto name = "tiff:Orientation"sv;
    const auto found = xmp.find(name);
    if (found == std::string_view::npos)
        return std::nullopt;
    auto rest = xmp.substr(found + name.size(), 3);
    if (rest.starts_with("=\""))
        rest.remove_prefix(2);
    else if (rest.starts_with(">"))
        rest.remove_prefix(1);
    else
        return std::nullopt;
    return rest.empty() ? std::nullopt : fromNumber(static_cast<std::uint64_t>(rest.front() - '0'));
}

struct Found
{
    std::optional<Orientation> exif, xmp;
    Orientation value() const { return exif ? *exif : xmp.value_or(Orientation::TopLeft); }
};

Orientation inJpeg(Bytes bytes)
{
    const ByteReader in(bytes);
    Found found;
    std::size_t at = 2;
    while (in.has(at, 4)) {
        if (in.u8(at) != 0xff || in.u8(at + 1) == 0xff) {
            ++at;
            continue;
        }
        const std::uint8_t marker = in.u8(at + 1);
        if (marker == 0x00 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2;
            continue;
        }
        if (marker == 0xd9 || marker == 0xda)
            break;
        const std::size_t length = in.u16(at + 2);
        if (marker == 0xe1 && length >= 2) {
            const Bytes segment = in.part(at + 4, length - 2);
            const ByteReader app(segment);
            if (app.starts(0, exifPrefix) && !found.exif)
                found.exif = fromExif(segment);
            else if (app.starts(0, xmpPrefix) && !found.xmp)
                found.xmp = fromXmp(app.view().substr(xmpPrefix.size()));
        }
        at += 2 + length;
    }
    return found.value();
}

/// ImageMagick's way before PNG had a chunk for EXIF: a text of a name, a length and hexadecimal digits.
std::optional<Orientation> fromRawProfile(std::string_view chunk, Bytes data)
{
    constexpr auto keyword = "Raw profile type exif\0"sv;
    constexpr std::size_t maxProfileBytes = 1024 * 1024;
    const auto stored = ByteReader(data).view();
    if (!stored.starts_with(keyword))
        return std::nullopt;
    const auto unpacked = chunk == "zTXt" ? inflateText(packedText(chunk, data), maxProfileBytes)
                                          : std::string(stored.substr(keyword.size()));
    if (!unpacked)
        return std::nullopt;
    const auto isDigit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    std::size_t at = 0;
    for (int line = 0; line < 3 && at != std::string::npos; ++line)
        at = unpacked->find('\n', line == 0 ? 0 : at + 1);
    std::vector<std::byte> exif;
    int high = -1;
    for (at = std::min(at, unpacked->size()); at < unpacked->size(); ++at) {
        const char c = (*unpacked)[at];
        if (!isDigit(c))
            continue;
        const int value = c <= '9' ? c - '0' : c - 'a' + 10;
        if (high >= 0)
            exif.push_back(static_cast<std::byte>(high * 16 + value));
        high = high >= 0 ? -1 : value;
    }
    return fromExif(exif);
}

Orientation inPng(Bytes bytes)
{
    const ByteReader in(bytes);
    Found found;
    std::size_t at = 8;
    while (in.has(at, 12)) {
        const std::size_t length = in.u32(at);
        if (!in.has(at + 8, length))
            break;
        const Bytes data = in.part(at + 8, length);
        if (in.starts(at + 4, "eXIf"))
            found.exif = fromExif(data);
        else if (in.starts(at + 4, "iTXt") && ByteReader(data).starts(0, "XML:com.adobe.xmp\0"sv))
            found.xmp = fromXmp(ByteReader(data).view());
        else if (!found.exif && (in.starts(at + 4, "zTXt") || in.starts(at + 4, "tEXt")))
            found.exif = fromRawProfile(in.view().substr(at + 4, 4), data);
        at += 12 + length;
    }
    return found.value();
}

Orientation inWebP(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    Found found;
    std::size_t at = 12;
    while (in.has(at, 8)) {
        const std::size_t length = in.u32(at + 4);
        if (!in.has(at + 8, length))
            break;
        const Bytes data = in.part(at + 8, length);
        if (in.starts(at, "EXIF"))
            found.exif = fromExif(data);
        else if (in.starts(at, "XMP "))
            found.xmp = fromXmp(ByteReader(data).view());
        at += 8 + length + (length & 1);
    }
    return found.value();
}

Orientation inTiff(Bytes bytes)
{
    const auto directory = TiffDirectory::first(bytes);
    if (!directory)
        return Orientation::TopLeft;
    return fromNumber(directory->number(TiffTag::Orientation).value_or(1)).value_or(Orientation::TopLeft);
}

} // namespace

Orientation findOrientation(ImageFormat format, Bytes bytes)
{
    switch (format) {
    case ImageFormat::Jpeg:
        return inJpeg(bytes);
    case ImageFormat::Png:
        return inPng(bytes);
    case ImageFormat::WebP:
        return inWebP(bytes);
    case ImageFormat::Tiff:
        return inTiff(bytes);
    case ImageFormat::Bmp:
    case ImageFormat::Gif:
    case ImageFormat::Pnm:
    case ImageFormat::Invalid:
        break;
    }
    return Orientation::TopLeft;
}

RgbImage applyOrientation(RgbImage image, Orientation orientation)
{
    if (orientation == Orientation::TopLeft || orientation == Orientation::Invalid)
        return image;
    const bool swapped = orientation >= Orientation::LeftTop;
    // Whether the stored rows run from bottom to top, the stored columns from right to left.
    const bool fromBottom = orientation == Orientation::BottomRight || orientation == Orientation::BottomLeft ||
                            orientation == Orientation::RightBottom || orientation == Orientation::LeftBottom;
    const bool fromRight = orientation == Orientation::TopRight || orientation == Orientation::BottomRight ||
                           orientation == Orientation::RightTop || orientation == Orientation::RightBottom;
    RgbImage result(swapped ? image.height() : image.width(), swapped ? image.width() : image.height());
    const std::uint32_t lastX = result.width() - 1, lastY = result.height() - 1;
    for (std::uint32_t y = 0; y < result.height(); ++y) {
        std::uint8_t* to = result.row(y);
        for (std::uint32_t x = 0; x < result.width(); ++x, to += 3) {
            const std::uint32_t sourceX = fromRight ? lastX - x : x, sourceY = fromBottom ? lastY - y : y;
            const std::uint8_t* from =
                swapped ? image.row(sourceX) + std::size_t{sourceY} * 3 : image.row(sourceY) + std::size_t{sourceX} * 3;
            std::memcpy(to, from, 3);
        }
    }
    return result;
}

} // namespace vitfleet::imaging
