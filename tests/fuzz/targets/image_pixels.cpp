// SPDX-License-Identifier: GPL-3.0-or-later
// A whole picture, where it is small: the decoders of our own (BMP, GIF, PNM, TIFF) and what is around the others'.
#include "agent/imaging/picture.h"
#include "tests/fuzz/fuzz_target.h"

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(image_pixels)
{
    static const bool ready = (imaging::setUpImaging(), true);
    const auto bytes = fuzz::bytesOf(input);
    const auto info = imaging::probeImage(bytes);
    if (!ready || !info || std::uint64_t{info->width} * info->height > 256 * 256)
        return;
    const auto decoded = imaging::decodeImage(bytes);
    if (!decoded)
        return;
    const auto& image = decoded->image;
    // A GIF's first frame may lie outside of its screen, which then grows, as it does for Pillow.
    if (info->format == imaging::ImageFormat::Gif) {
        fuzz::require(imaging::checkSize(image.width(), image.height()).ok());
        return;
    }
    const bool upright = image.width() == info->width && image.height() == info->height;
    fuzz::require(upright || (image.width() == info->height && image.height() == info->width));
}
