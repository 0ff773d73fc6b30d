// SPDX-License-Identifier: GPL-3.0-or-later
// UTF-8 as RFC 3629 and the Unicode Standard (table 3-7) define it: no overlong forms, no surrogates, nothing above
// U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vitfleet {

/// Well-formed UTF-8 without NUL: what may be a path, a name or a sentence.
bool isText(std::string_view bytes);
/// The same text where isText(), else with U+FFFD in the place of what is not.
std::string repairedText(std::string_view bytes);
/// The longest prefix of at most `maxBytes` that does not end inside a character.
std::string_view clippedText(std::string_view text, std::size_t maxBytes);

} // namespace vitfleet
