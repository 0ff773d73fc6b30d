// SPDX-License-Identifier: GPL-3.0-or-later
// From a picture's bytes to RGB pixels, and to those at a model's size: the same as Pillow and Hugging Face's image
// processors make. This is the module's edge: nothing in it throws.
#pragma once

#include "agent/backends/api/model_spec.h"
#include "agent/imaging/image_probe.h"
#include "agent/imaging/rgb_image.h"
#include "shared/base/result.h"

#include <cstdint>
#include <span>
#include <string>

namespace vitfleet::imaging {

struct DecodedImage
{
    RgbImage image;   ///< first frame, orientation applied
    ImageInfo info;   ///< as stored
    std::string note; ///< accepted, but worth knowing
};

/// Errors: ImgEmpty, ImgFormat, ImgTooLarge, ImgTruncated, ImgCorrupt, DecoderMemory.
Result<DecodedImage> decodeImage(Bytes bytes);

struct PreparedImage
{
    ImageInfo info;
    std::string note;
};

/// Decodes, resizes and crops as `preprocess` says, into `pixels`: RGB, height × width × 3. Errors: those of
/// decodeImage; ImgTooLarge where the resized picture would be; Settings where the result is not width × height.
Result<PreparedImage> prepareImage(Bytes bytes, const Preprocess& preprocess, std::uint32_t width, std::uint32_t height,
                                   std::span<std::uint8_t> pixels);

/// To be called once in a process before anything else here: one thread, no messages on standard error.
void setUpImaging();

} // namespace vitfleet::imaging
