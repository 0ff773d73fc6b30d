// SPDX-License-Identifier: GPL-3.0-or-later
// Private to this folder: the lines of key files, with `#` comments and whatever line ends people's editors write.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace vitfleet::transport {

inline std::string_view trimmed(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Calls `use` for each line that has more than a comment, with its number from 1; stops where it returns false.
template <typename Use>
bool forEachLine(std::string_view text, Use use)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        line = trimmed(line.substr(0, line.find('#')));
        if (!line.empty() && !use(line, number))
            return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

inline std::string withNewline(std::string text)
{
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    return text;
}

/// The text without the lines of which `isMeant` says so; all others stay as they are.
template <typename IsMeant>
std::string withoutLines(std::string_view text, IsMeant isMeant)
{
    std::string kept;
    while (!text.empty()) {
        const std::size_t bytes = std::min(text.find('\n'), text.size() - 1) + 1;
        const std::string_view line = text.substr(0, bytes);
        if (!isMeant(trimmed(line.substr(0, std::min(line.find('#'), line.find('\n'))))))
            kept += line;
        text.remove_prefix(bytes);
    }
    return kept;
}

} // namespace vitfleet::transport
