// SPDX-License-Identifier: GPL-3.0-or-later
// What a picture says of itself before anything is decoded: format by its magic bytes, size by its header.
#pragma once

#include "agent/imaging/byte_reader.h"
#include "shared/base/result.h"

#include <cstdint>
#include <string_view>

namespace vitfleet::imaging {

enum class ImageFormat : std::uint8_t
{
    Invalid = 0,
    Jpeg,
    Png,
    WebP,
    Bmp,
    Tiff,
    Gif,
    Pnm
};

/// "JPEG", "PNG", …
std::string_view formatName(ImageFormat format);

/// By magic bytes alone; Invalid for everything that is not accepted.
ImageFormat detectFormat(Bytes bytes);

struct ImageInfo
{
    ImageFormat format = ImageFormat::Invalid;
    std::uint32_t width = 0, height = 0; ///< as stored, before orientation
};

/// Reads the header only, in microseconds whatever it claims. Errors: ImgEmpty, ImgFormat, ImgTooLarge
/// (limits::maxPixels, maxSide), ImgTruncated (ends within the header), ImgCorrupt.
Result<ImageInfo> probeImage(Bytes bytes);

/// ImgCorrupt for a side of 0, ImgTooLarge above the limits.
Result<void> checkSize(std::uint64_t width, std::uint64_t height);

} // namespace vitfleet::imaging
