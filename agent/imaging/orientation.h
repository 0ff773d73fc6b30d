// SPDX-License-Identifier: GPL-3.0-or-later
// How a camera was held: the EXIF orientation, found where each format keeps it and applied to the pixels.
#pragma once

#include "agent/imaging/image_probe.h"
#include "agent/imaging/rgb_image.h"

#include <cstdint>

namespace vitfleet::imaging {

/// EXIF 2.3 tag 0x0112. Its values say where row 0 and column 0 of the stored picture belong.
enum class Orientation : std::uint8_t
{
    Invalid = 0,
    TopLeft = 1, ///< as it is
    TopRight,
    BottomRight,
    BottomLeft,
    LeftTop, ///< from here on width and height change places
    RightTop,
    RightBottom,
    LeftBottom,
};

/// TopLeft where the file says nothing or nonsense.
Orientation findOrientation(ImageFormat format, Bytes bytes);

/// Throws std::bad_alloc.
RgbImage applyOrientation(RgbImage image, Orientation orientation);

} // namespace vitfleet::imaging
