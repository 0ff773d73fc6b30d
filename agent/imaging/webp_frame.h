// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/imaging/byte_reader.h"
#include "shared/base/result.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace vitfleet::imaging {

/// The first frame of an animation as a still picture of its own, and where it stands on the canvas.
struct WebPFrame
{
    std::uint32_t left = 0, top = 0, width = 0, height = 0;
    std::vector<std::byte> file;
};

/// Nothing where the file is no animation. Errors: ImgCorrupt.
Result<std::optional<WebPFrame>> firstWebPFrame(Bytes bytes);

} // namespace vitfleet::imaging
