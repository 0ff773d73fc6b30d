// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>

namespace vitfleet::imaging {

/// Red of cyan, green of magenta or blue of yellow, by Pillow's formula: black takes the same share from each of them.
inline std::uint8_t channelFromCmyk(int ink, int black)
{
    const int white = 255 - black, product = ink * white + 128;
    return static_cast<std::uint8_t>(std::clamp(white - ((product + (product >> 8)) >> 8), 0, 255));
}

} // namespace vitfleet::imaging
