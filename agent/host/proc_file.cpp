// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/proc_file.h"

#include "shared/base/unique_fd.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace vitfleet::host {

std::optional<std::string> readSmallFile(const std::filesystem::path& file)
{
    constexpr std::size_t limit = 64 * 1024;
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return std::nullopt;
    std::string text;
    char buffer[4096];
    while (text.size() < limit) {
        const auto got = ::read(fd.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::nullopt;
        if (got == 0)
            break;
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separators)
{
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of(separators, at), text.size());
        if (end > at)
            parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

} // namespace

std::vector<std::string_view> lines(std::string_view text)
{
    return split(text, "\n");
}

std::vector<std::string_view> words(std::string_view text)
{
    return split(text, " \t\n");
}

std::optional<std::uint64_t> toNumber(std::string_view text)
{
    text = trimmed(text);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<std::uint64_t> kilobytesField(std::string_view text, std::string_view name)
{
    for (const std::string_view line : lines(text)) {
        const auto parts = words(line);
        if (parts.size() >= 2 && parts[0] == name) {
            if (const auto number = toNumber(parts[1]))
                return *number * 1024;
        }
    }
    return std::nullopt;
}

} // namespace vitfleet::host
