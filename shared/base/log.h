// SPDX-License-Identifier: GPL-3.0-or-later
// Logging of typed events: one line an event, with its facts. The program decides where lines go.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace vitfleet::log {

enum class Level : unsigned char
{
    Invalid = 0,
    Debug,
    Info,
    Warning,
    Error
};

struct Field
{
    std::string_view key;
    std::string value;

    Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
    Field(std::string_view k, std::string_view v) : key(k), value(v) {}
    Field(std::string_view k, const char* v) : key(k), value(v) {}
    template <typename Number>
    requires std::is_arithmetic_v<Number> Field(std::string_view k, Number v) : key(k), value(std::to_string(v)) {}
};

/// Receives each line, from any thread. Must not throw.
using Sink = void (*)(Level, std::string_view line);

/// Replaces the sink; the default writes warnings and errors to standard error.
void setSink(Sink sink);
void setLevel(Level level);
bool isEnabled(Level level);

/// `event key=value key="value with spaces"`. Values are escaped, so that no input can forge a line.
void write(Level level, std::string_view event, std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::initializer_list<Field> fields = {})
{
    write(Level::Debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<Field> fields = {})
{
    write(Level::Info, event, fields);
}
inline void warning(std::string_view event, std::initializer_list<Field> fields = {})
{
    write(Level::Warning, event, fields);
}
inline void error(std::string_view event, std::initializer_list<Field> fields = {})
{
    write(Level::Error, event, fields);
}

} // namespace vitfleet::log
