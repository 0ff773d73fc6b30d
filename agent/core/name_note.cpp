// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/name_note.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace vitfleet::agent {
namespace {

/// The accepted formats: how they begin, and the extensions that they go by.
struct Format
{
    std::string_view name;
    std::string_view magic;
    std::string_view extensions; ///< each between blanks
};
constexpr std::array formats = {
    Format{"JPEG", "\xff\xd8\xff", " jpg jpeg jpe jfif "},
    Format{"PNG", "\x89PNG\r\n\x1a\n", " png apng "},
    Format{"GIF", "GIF8", " gif "},
    Format{"WebP", "RIFF", " webp "}, // and "WEBP" after the length
    Format{"BMP", "BM", " bmp dib "},
    Format{"TIFF", std::string_view("II*\0", 4), " tif tiff "},
    Format{"TIFF", std::string_view("MM\0*", 4), " tif tiff "},
};
constexpr std::string_view netpbmExtensions = " pnm pbm pgm ppm ";

std::string extensionOf(std::string_view path)
{
    const auto name = path.substr(path.find_last_of('/') + 1);
    const auto dot = name.find_last_of('.');
    if (dot == std::string_view::npos || dot == 0)
        return {};
    std::string extension(name.substr(dot + 1));
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
    return extension;
}

bool contains(std::string_view list, const std::string& extension)
{
    return list.find(" " + extension + " ") != std::string_view::npos;
}

} // namespace

std::string nameNote(std::string_view path, std::span<const std::byte> head)
{
    const std::string extension = extensionOf(path);
    const std::string_view bytes(reinterpret_cast<const char*>(head.data()), head.size());
    const auto format = std::ranges::find_if(formats, [&](const Format& candidate) {
        return bytes.starts_with(candidate.magic) &&
               (candidate.name != "WebP" || bytes.substr(0, 12).ends_with("WEBP"));
    });
    if (extension.empty() || format == formats.end() || contains(format->extensions, extension))
        return {};
    // Names such as "x.v2" say nothing about a format.
    const bool saysFormat =
        contains(netpbmExtensions, extension) ||
        std::ranges::any_of(formats, [&](const Format& other) { return contains(other.extensions, extension); });
    return saysFormat ? std::string(format->name) + " named ." + extension : std::string();
}

} // namespace vitfleet::agent
