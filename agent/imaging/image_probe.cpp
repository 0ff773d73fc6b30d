// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/imaging/image_probe.h"

#include "agent/imaging/pnm_header.h"
#include "agent/imaging/tiff_directory.h"
#include "shared/base/limits.h"

#include <string>

namespace vitfleet::imaging {

using namespace std::string_view_literals;

namespace {

Error ends(std::string_view where)
{
    return {ErrorCode::ImgTruncated, "ends within its " + std::string(where)};
}
Error corrupt(std::string detail)
{
    return {ErrorCode::ImgCorrupt, std::move(detail)};
}

struct Size
{
    std::uint64_t width = 0, height = 0;
};

/// Markers up to the first frame header (ITU T.81, B.2). Bytes between markers are skipped, as libjpeg does.
Result<Size> jpegSize(Bytes bytes)
{
    const ByteReader in(bytes);
    std::size_t at = 2;
    while (in.has(at, 4)) {
        if (in.u8(at) != 0xff) {
            ++at;
            continue;
        }
        const std::uint8_t marker = in.u8(at + 1);
        if (marker == 0xff) {
            ++at;
            continue;
        }
        if (marker == 0x00 || marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
            at += 2;
            continue;
        }
        if (marker == 0xd9 || marker == 0xda)
            return corrupt("JPEG without a frame header");
        const bool frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (frame) {
            if (!in.has(at, 9))
                break;
            return Size{in.u16(at + 7), in.u16(at + 5)};
        }
        at += 2 + std::size_t{in.u16(at + 2)};
    }
    return ends("JPEG header");
}

Result<Size> pngSize(Bytes bytes)
{
    const ByteReader in(bytes);
    if (!in.has(0, 33))
        return ends("PNG header");
    if (!in.starts(12, "IHDR") || in.u32(8) != 13)
        return corrupt("PNG does not begin with IHDR");
    return Size{in.u32(16), in.u32(20)};
}

/// RIFF container, https://developers.google.com/speed/webp/docs/riff_container
Result<Size> webpSize(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    if (!in.has(0, 30))
        return ends("WebP header");
    if (in.starts(12, "VP8X"))
        return Size{std::uint64_t{in.u24(24)} + 1, std::uint64_t{in.u24(27)} + 1};
    if (in.starts(12, "VP8L")) {
        if (in.u8(20) != 0x2f)
            return corrupt("WebP without its lossless signature");
        const std::uint32_t bits = in.u32(21);
        return Size{(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
    }
    if (in.starts(12, "VP8 ")) {
        if (!in.starts(23, "\x9d\x01\x2a"))
            return corrupt("WebP without its key frame signature");
        return Size{in.u16(26) & 0x3fffU, in.u16(28) & 0x3fffU};
    }
    return corrupt("WebP begins with an unknown chunk");
}

Result<Size> bmpSize(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    if (!in.has(0, 18))
        return ends("BMP header");
    const std::uint32_t headerBytes = in.u32(14);
    if (headerBytes == 12) {
        if (!in.has(0, 26))
            return ends("BMP header");
        return Size{in.u16(18), in.u16(20)};
    }
    if (headerBytes < 16 || headerBytes > 1024)
        return corrupt("BMP header of " + std::to_string(headerBytes) + " bytes");
    if (!in.has(0, 26))
        return ends("BMP header");
    const std::int64_t width = in.i32(18), height = in.i32(22);
    if (width < 0)
        return corrupt("BMP of negative width");
    return Size{static_cast<std::uint64_t>(width), static_cast<std::uint64_t>(height < 0 ? -height : height)};
}

Result<Size> gifSize(Bytes bytes)
{
    const ByteReader in(bytes, ByteOrder::Little);
    if (!in.has(0, 13))
        return ends("GIF header");
    return Size{in.u16(6), in.u16(8)};
}

Result<Size> pnmSize(Bytes bytes)
{
    auto header = readPnmHeader(bytes);
    if (!header)
        return header.error();
    return Size{header->width, header->height};
}

Result<Size> tiffSize(Bytes bytes)
{
    auto directory = TiffDirectory::first(bytes);
    if (!directory)
        return directory.error();
    return Size{directory->number(TiffTag::ImageWidth).value_or(0),
                directory->number(TiffTag::ImageLength).value_or(0)};
}

Result<Size> storedSize(ImageFormat format, Bytes bytes)
{
    switch (format) {
    case ImageFormat::Jpeg:
        return jpegSize(bytes);
    case ImageFormat::Png:
        return pngSize(bytes);
    case ImageFormat::WebP:
        return webpSize(bytes);
    case ImageFormat::Bmp:
        return bmpSize(bytes);
    case ImageFormat::Tiff:
        return tiffSize(bytes);
    case ImageFormat::Gif:
        return gifSize(bytes);
    case ImageFormat::Pnm:
        return pnmSize(bytes);
    case ImageFormat::Invalid:
        break;
    }
    return Error{ErrorCode::ImgFormat, {}};
}

} // namespace

std::string_view formatName(ImageFormat format)
{
    switch (format) {
    case ImageFormat::Jpeg:
        return "JPEG";
    case ImageFormat::Png:
        return "PNG";
    case ImageFormat::WebP:
        return "WebP";
    case ImageFormat::Bmp:
        return "BMP";
    case ImageFormat::Tiff:
        return "TIFF";
    case ImageFormat::Gif:
        return "GIF";
    case ImageFormat::Pnm:
        return "PNM";
    case ImageFormat::Invalid:
        break;
    }
    return "unknown";
}

ImageFormat detectFormat(Bytes bytes)
{
    const ByteReader in(bytes);
    if (in.starts(0, "\xff\xd8\xff"))
        return ImageFormat::Jpeg;
    if (in.starts(0, "\x89PNG\r\n\x1a\n"))
        return ImageFormat::Png;
    if (in.starts(0, "RIFF") && in.starts(8, "WEBP"))
        return ImageFormat::WebP;
    if (in.starts(0, "II*\0"sv) || in.starts(0, "MM\0*"sv) || in.starts(0, "II+\0"sv) || in.starts(0, "MM\0+"sv))
        return ImageFormat::Tiff;
    if (in.starts(0, "GIF87a") || in.starts(0, "GIF89a"))
        return ImageFormat::Gif;
    if (in.starts(0, "BM"))
        return ImageFormat::Bmp;
    if (in.u8(0) == 'P' && in.u8(1) >= '1' && in.u8(1) <= '6' && in.has(0, 3) && isPnmSpace(in.u8(2)))
        return ImageFormat::Pnm;
    return ImageFormat::Invalid;
}

Result<void> checkSize(std::uint64_t width, std::uint64_t height)
{
    if (width == 0 || height == 0)
        return corrupt("a side is 0");
    if (width > limits::maxSide || height > limits::maxSide || width * height > limits::maxPixels)
        return Error{ErrorCode::ImgTooLarge, std::to_string(width) + "x" + std::to_string(height) + " pixels"};
    return {};
}

Result<ImageInfo> probeImage(Bytes bytes)
{
    if (bytes.empty())
        return Error{ErrorCode::ImgEmpty, {}};
    const ImageFormat format = detectFormat(bytes);
    if (format == ImageFormat::Invalid)
        return Error{ErrorCode::ImgFormat, {}};
    const auto size = storedSize(format, bytes);
    if (!size)
        return size.error();
    if (auto checked = checkSize(size->width, size->height); !checked)
        return checked.error();
    return ImageInfo{format, static_cast<std::uint32_t>(size->width), static_cast<std::uint32_t>(size->height)};
}

} // namespace vitfleet::imaging
