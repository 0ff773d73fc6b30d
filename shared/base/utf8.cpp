// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/utf8.h"

#include <algorithm>
#include <cstdint>

namespace vitfleet {
namespace {

bool isContinuation(char c)
{
    return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80;
}

/// Bytes of the well-formed character at the front of `text` (not empty), or 0. NUL counts as ill-formed.
std::size_t characterBytes(std::string_view text)
{
    const auto lead = static_cast<std::uint8_t>(text[0]);
    if (lead < 0x80)
        return lead == 0 ? 0 : 1;
    // The second byte's range is narrower after some leads: that is what excludes overlong forms and surrogates.
    std::size_t length = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        low = lead == 0xe0 ? 0xa0 : low;
        high = lead == 0xed ? 0x9f : high;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        low = lead == 0xf0 ? 0x90 : low;
        high = lead == 0xf4 ? 0x8f : high;
    }
    if (length == 0 || text.size() < length)
        return 0;
    const auto second = static_cast<std::uint8_t>(text[1]);
    if (second < low || second > high)
        return 0;
    return std::ranges::all_of(text.substr(2, length - 2), isContinuation) ? length : 0;
}

} // namespace

bool isText(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t length = characterBytes(bytes);
        if (length == 0)
            return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string repairedText(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = characterBytes(bytes);
        if (length == 0)
            text += "\xef\xbf\xbd";
        else
            text += bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

std::string_view clippedText(std::string_view text, std::size_t maxBytes)
{
    if (text.size() <= maxBytes)
        return text;
    std::size_t end = maxBytes;
    while (end > 0 && isContinuation(text[end]))
        --end;
    return text.substr(0, end);
}

} // namespace vitfleet
