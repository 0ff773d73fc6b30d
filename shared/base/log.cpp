// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/log.h"

#include <atomic>
#include <cstdio>

namespace vitfleet::log {
namespace {

void standardError(Level level, std::string_view line)
{
    if (level >= Level::Warning)
        std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

std::atomic<Sink> currentSink = &standardError;
std::atomic<Level> currentLevel = Level::Info;

void appendValue(std::string& line, std::string_view value)
{
    const bool plain = !value.empty() && value.find_first_of(" \"\\=") == std::string_view::npos &&
                       value.find_first_of(std::string_view("\n\r\t\x1b\0", 5)) == std::string_view::npos;
    if (plain) {
        line += value;
        return;
    }
    line += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            char hex[5];
            std::snprintf(hex, sizeof hex, "\\x%02x", byte);
            line += hex;
        } else {
            line += c;
        }
    }
    line += '"';
}

} // namespace

void setSink(Sink sink)
{
    currentSink = sink ? sink : &standardError;
}

void setLevel(Level level)
{
    currentLevel = level;
}

bool isEnabled(Level level)
{
    return level >= currentLevel.load(std::memory_order_relaxed);
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields)
{
    if (!isEnabled(level))
        return;
    std::string line(event);
    for (const Field& field : fields) {
        line += ' ';
        line += field.key;
        line += '=';
        appendValue(line, field.value);
    }
    currentSink.load()(level, line);
}

} // namespace vitfleet::log
