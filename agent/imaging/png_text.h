// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/imaging/byte_reader.h"

#include <optional>
#include <string>
#include <string_view>

namespace vitfleet::imaging {

/// The packed part of a PNG chunk of text or of a colour profile; empty where it is not packed.
Bytes packedText(std::string_view chunk, Bytes data);

/// Nothing where it is longer than `limit`; what could be unpacked where the stream is damaged.
std::optional<std::string> inflateText(Bytes packed, std::size_t limit);

} // namespace vitfleet::imaging
