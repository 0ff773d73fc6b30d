// SPDX-License-Identifier: GPL-3.0-or-later
// The only file that sees OpenCV. It decodes; colours are brought to 8-bit RGB here, the way Pillow's convert("RGB")
// does: alpha is dropped and its colours kept, 16-bit colour keeps its high byte, 16-bit grey is clipped to 255.
#include "agent/imaging/decode_formats.h"
#include "agent/imaging/picture.h"
#include "agent/imaging/webp_frame.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include <algorithm>

namespace vitfleet::imaging {

namespace {

std::uint8_t greyTo8(std::uint8_t value)
{
    return value;
}
std::uint8_t greyTo8(std::uint16_t value)
{
    return static_cast<std::uint8_t>(std::min<std::uint16_t>(value, 255));
}

std::uint8_t colorTo8(std::uint8_t value)
{
    return value;
}
std::uint8_t colorTo8(std::uint16_t value)
{
    return static_cast<std::uint8_t>(value >> 8);
}

template <typename Sample>
RgbImage fromGrey(const cv::Mat& mat)
{
    RgbImage image(static_cast<std::uint32_t>(mat.cols), static_cast<std::uint32_t>(mat.rows));
    for (int y = 0; y < mat.rows; ++y) {
        const auto* from = mat.ptr<Sample>(y);
        std::uint8_t* to = image.row(static_cast<std::size_t>(y));
        for (int x = 0; x < mat.cols; ++x, to += 3)
            to[0] = to[1] = to[2] = greyTo8(from[x]);
    }
    return image;
}

template <typename Sample>
RgbImage fromBgr(const cv::Mat& mat)
{
    RgbImage image(static_cast<std::uint32_t>(mat.cols), static_cast<std::uint32_t>(mat.rows));
    const int channels = mat.channels();
    for (int y = 0; y < mat.rows; ++y) {
        const auto* from = mat.ptr<Sample>(y);
        std::uint8_t* to = image.row(static_cast<std::size_t>(y));
        for (int x = 0; x < mat.cols; ++x, to += 3, from += channels) {
            to[0] = colorTo8(from[2]);
            to[1] = colorTo8(from[1]);
            to[2] = colorTo8(from[0]);
        }
    }
    return image;
}

Result<RgbImage> toRgb(const cv::Mat& mat)
{
    const bool color = mat.channels() >= 3;
    switch (mat.depth()) {
    case CV_8U:
        return color ? fromBgr<std::uint8_t>(mat) : fromGrey<std::uint8_t>(mat);
    case CV_16U:
        return color ? fromBgr<std::uint16_t>(mat) : fromGrey<std::uint16_t>(mat);
    default:
        break;
    }
    return Error{ErrorCode::ImgCorrupt, "samples of a kind that is not supported"};
}

Result<void> checkWhole(ImageFormat format, Bytes bytes)
{
    switch (format) {
    case ImageFormat::Png:
        return checkPng(bytes);
    case ImageFormat::WebP:
        return checkWebP(bytes);
    default:
        return {};
    }
}

} // namespace

void setUpImaging()
{
    silenceTiff();
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
}

namespace {

Result<RgbImage> decodeStill(ImageFormat format, Bytes bytes, std::uint32_t width, std::uint32_t height)
{
    cv::Mat mat;
    try {
        // OpenCV only reads from the matrix that it is given as input.
        const cv::Mat input(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<std::byte*>(bytes.data()));
        mat = cv::imdecode(input, cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception& exception) {
        if (exception.code == cv::Error::StsNoMem)
            return Error{ErrorCode::DecoderMemory, "an allocation was refused"};
        return Error{ErrorCode::ImgCorrupt, exception.err};
    }
    if (mat.empty())
        return Error{ErrorCode::ImgCorrupt, std::string(formatName(format)) + " data cannot be decoded"};
    if (mat.cols != static_cast<int>(width) || mat.rows != static_cast<int>(height))
        return Error{ErrorCode::ImgCorrupt, "decoded to another size than the header says"};
    return toRgb(mat);
}

/// What an animation's first frame leaves free is transparent, and so black.
RgbImage onCanvas(const RgbImage& frame, std::uint32_t left, std::uint32_t top, const ImageInfo& canvas)
{
    RgbImage image(canvas.width, canvas.height);
    std::ranges::fill(image.pixels(), std::uint8_t{0});
    for (std::uint32_t y = 0; y < frame.height(); ++y)
        std::copy_n(frame.row(y), frame.rowBytes(), image.row(top + y) + std::size_t{left} * RgbImage::channels);
    return image;
}

} // namespace

Result<RgbImage> decodeWithOpenCv(const ImageInfo& info, Bytes bytes)
{
    if (auto whole = checkWhole(info.format, bytes); !whole)
        return whole.error();
    if (info.format != ImageFormat::WebP)
        return decodeStill(info.format, bytes, info.width, info.height);
    const auto frame = firstWebPFrame(bytes);
    if (!frame)
        return frame.error();
    if (!*frame)
        return decodeStill(info.format, bytes, info.width, info.height);
    auto image = decodeStill(info.format, (*frame)->file, (*frame)->width, (*frame)->height);
    if (!image || ((*frame)->width == info.width && (*frame)->height == info.height))
        return image;
    return onCanvas(*image, (*frame)->left, (*frame)->top, info);
}

} // namespace vitfleet::imaging
