// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/imaging/picture.h"

#include "agent/imaging/decode_formats.h"
#include "agent/imaging/orientation.h"
#include "agent/imaging/resample.h"

#include <algorithm>
#include <new>

namespace vitfleet::imaging {

namespace {

Result<RgbImage> decodeFormat(const ImageInfo& info, Bytes bytes, std::string& note)
{
    switch (info.format) {
    case ImageFormat::Jpeg:
        return decodeJpeg(bytes, note);
    case ImageFormat::Pnm:
        return decodePnm(bytes);
    case ImageFormat::Gif:
        return decodeGif(bytes);
    case ImageFormat::Bmp:
        return decodeBmp(bytes);
    case ImageFormat::Tiff:
        return decodeTiff(bytes);
    case ImageFormat::Png:
    case ImageFormat::WebP:
        return decodeWithOpenCv(info, bytes);
    case ImageFormat::Invalid:
        break;
    }
    return Error{ErrorCode::ImgFormat, {}};
}

Result<DecodedImage> decode(Bytes bytes)
{
    const auto info = probeImage(bytes);
    if (!info)
        return info.error();
    DecodedImage decoded;
    decoded.info = *info;
    auto image = decodeFormat(*info, bytes, decoded.note);
    if (!image)
        return image.error();
    decoded.image = applyOrientation(*std::move(image), findOrientation(info->format, bytes));
    return decoded;
}

struct Size
{
    std::uint64_t width = 0, height = 0;
};

/// The shorter side gets the asked length; the longer one follows, rounded down.
Size resizedSize(const RgbImage& image, const Preprocess& preprocess)
{
    if (preprocess.shortestEdge == 0)
        return {preprocess.resizeWidth, preprocess.resizeHeight};
    const std::uint64_t edge = preprocess.shortestEdge;
    const std::uint64_t shorter = std::min(image.width(), image.height());
    const std::uint64_t longer = edge * std::max(image.width(), image.height()) / shorter;
    return image.width() <= image.height() ? Size{edge, longer} : Size{longer, edge};
}

/// Where a crop of `wanted` begins in a side of `length`: negative where the picture is padded. Rounded like
/// transformers' center_crop, which puts the odd pixel of padding before the picture.
std::int64_t cropStart(std::uint32_t length, std::uint32_t wanted)
{
    const std::int64_t difference = std::int64_t{length} - wanted;
    return difference >= 0 ? difference / 2 : -((-difference + 1) / 2);
}

void copyCrop(const RgbImage& image, std::uint32_t width, std::uint32_t height, std::span<std::uint8_t> pixels)
{
    const std::int64_t left = cropStart(image.width(), width), top = cropStart(image.height(), height);
    const std::size_t rowBytes = std::size_t{width} * RgbImage::channels;
    const std::size_t padding = static_cast<std::size_t>(std::max<std::int64_t>(0, -left)) * RgbImage::channels;
    const std::size_t skipped = static_cast<std::size_t>(std::max<std::int64_t>(0, left)) * RgbImage::channels;
    const std::size_t copied = std::min(rowBytes - padding, image.rowBytes() - skipped);
    if (left < 0 || top < 0)
        std::ranges::fill(pixels, std::uint8_t{0});
    for (std::uint32_t y = 0; y < height; ++y) {
        const std::int64_t from = top + y;
        if (from >= 0 && from < image.height())
            std::copy_n(image.row(static_cast<std::size_t>(from)) + skipped, copied,
                        pixels.data() + y * rowBytes + padding);
    }
}

Result<PreparedImage> prepare(Bytes bytes, const Preprocess& preprocess, std::uint32_t width, std::uint32_t height,
                              std::span<std::uint8_t> pixels)
{
    auto decoded = decode(bytes);
    if (!decoded)
        return decoded.error();
    RgbImage image = std::move(decoded->image);
    if (preprocess.resize) {
        const Size size = resizedSize(image, preprocess);
        if (auto checked = checkSize(size.width, size.height); !checked)
            return Error{ErrorCode::ImgTooLarge, "resized to " + checked.error().detail};
        image = resample(std::move(image), static_cast<std::uint32_t>(size.width),
                         static_cast<std::uint32_t>(size.height), preprocess.resample);
    }
    const std::uint32_t madeWidth = preprocess.centerCrop ? preprocess.cropWidth : image.width();
    const std::uint32_t madeHeight = preprocess.centerCrop ? preprocess.cropHeight : image.height();
    if (madeWidth != width || madeHeight != height || pixels.size() != std::size_t{width} * height * RgbImage::channels)
        return Error{ErrorCode::Settings, "preprocessing makes " + std::to_string(madeWidth) + "x" +
                                              std::to_string(madeHeight) + ", the model takes " +
                                              std::to_string(width) + "x" + std::to_string(height)};
    if (preprocess.centerCrop)
        copyCrop(image, width, height, pixels);
    else
        std::ranges::copy(image.pixels(), pixels.begin());
    return PreparedImage{decoded->info, std::move(decoded->note)};
}

Error outOfMemory()
{
    return {ErrorCode::DecoderMemory, "an allocation was refused"};
}

} // namespace

Result<DecodedImage> decodeImage(Bytes bytes)
{
    try {
        return decode(bytes);
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    } catch (const std::exception& exception) {
        return Error{ErrorCode::ImgCorrupt, exception.what()};
    }
}

Result<PreparedImage> prepareImage(Bytes bytes, const Preprocess& preprocess, std::uint32_t width, std::uint32_t height,
                                   std::span<std::uint8_t> pixels)
{
    try {
        return prepare(bytes, preprocess, width, height, pixels);
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    } catch (const std::exception& exception) {
        return Error{ErrorCode::ImgCorrupt, exception.what()};
    }
}

} // namespace vitfleet::imaging
