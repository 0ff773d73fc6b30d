// SPDX-License-Identifier: GPL-3.0-or-later
// One function for each decoder. All take bytes whose magic and size have been checked, give the first frame as it is
// stored (orientation is applied later) and report ImgCorrupt, ImgTruncated, ImgTooLarge or DecoderMemory.
#pragma once

#include "agent/imaging/image_probe.h"
#include "agent/imaging/rgb_image.h"
#include "shared/base/result.h"

#include <string>

namespace vitfleet::imaging {

/// Same pixels as libjpeg-turbo's defaults. Warnings that are no error are put into `note`.
Result<RgbImage> decodeJpeg(Bytes bytes, std::string& note);
Result<RgbImage> decodePnm(Bytes bytes);
Result<RgbImage> decodeGif(Bytes bytes);
Result<RgbImage> decodeBmp(Bytes bytes);
Result<RgbImage> decodeTiff(Bytes bytes);
/// PNG and WebP by OpenCV, after our own check that the file is whole.
Result<RgbImage> decodeWithOpenCv(const ImageInfo& info, Bytes bytes);

/// libtiff prints what it thinks of a file; not here.
void silenceTiff();

/// Whether every chunk is there and its checksum right.
Result<void> checkPng(Bytes bytes);
Result<void> checkWebP(Bytes bytes);
Result<void> checkTiff(Bytes bytes);

} // namespace vitfleet::imaging
