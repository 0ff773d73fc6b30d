// SPDX-License-Identifier: GPL-3.0-or-later
// What a picture says of itself, before anything of it is decoded.
#include "agent/imaging/image_probe.h"
#include "shared/base/limits.h"
#include "tests/fuzz/fuzz_target.h"

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(image_probe)
{
    const auto info = imaging::probeImage(fuzz::bytesOf(input));
    if (!info)
        return;
    fuzz::require(info->format == imaging::detectFormat(fuzz::bytesOf(input)));
    fuzz::require(info->width > 0 && info->height > 0 && info->width <= limits::maxSide &&
                  info->height <= limits::maxSide);
    fuzz::require(std::uint64_t{info->width} * info->height <= limits::maxPixels);
}
