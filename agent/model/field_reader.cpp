// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/field_reader.h"

#include "agent/model/json_file.h"

#include <nlohmann/json.hpp>

namespace vitfleet {

using nlohmann::json;

const json* FieldReader::find(const char* key) const
{
    const auto it = m_object.find(key);
    return it == m_object.end() || it->is_null() ? nullptr : &*it;
}

void FieldReader::fail(const std::string& problem)
{
    if (m_problem.empty())
        m_problem = m_name + ": " + problem;
}

bool FieldReader::flag(const char* key, bool fallback)
{
    const json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_boolean()) {
        fail(std::string(key) + " is neither true nor false");
        return fallback;
    }
    return value->get<bool>();
}

std::uint32_t FieldReader::countOf(const json& value, const std::string& key, std::uint32_t least, std::uint32_t most)
{
    // A negative number is not unsigned in nlohmann's sense, a fraction neither.
    if (!value.is_number_unsigned()) {
        fail(key + " is not a whole number");
        return least;
    }
    const auto number = value.get<std::uint64_t>();
    if (number < least || number > most) {
        fail(key + " is " + std::to_string(number) + ", possible are " + std::to_string(least) + " to " +
             std::to_string(most));
        return least;
    }
    return static_cast<std::uint32_t>(number);
}

std::uint32_t FieldReader::count(const char* key, std::uint32_t fallback, std::uint32_t least, std::uint32_t most)
{
    const json* value = find(key);
    return value == nullptr ? fallback : countOf(*value, key, least, most);
}

double FieldReader::numberOf(const json& value, const std::string& key, double least, double most)
{
    if (!value.is_number()) {
        fail(key + " is not a number");
        return least;
    }
    const auto number = value.get<double>();
    if (!(number >= least && number <= most)) {
        fail(key + " is " + value.dump() + ", possible are " + json(least).dump() + " to " + json(most).dump());
        return least;
    }
    return number;
}

double FieldReader::number(const char* key, double fallback, double least, double most)
{
    const json* value = find(key);
    return value == nullptr ? fallback : numberOf(*value, key, least, most);
}

std::string FieldReader::text(const char* key, std::string fallback)
{
    const json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_string()) {
        fail(std::string(key) + " is not a string");
        return fallback;
    }
    return value->get<std::string>();
}

std::pair<std::uint32_t, std::uint32_t> FieldReader::side(const char* key, std::uint32_t fallback, std::uint32_t most)
{
    const json* value = find(key);
    if (value == nullptr)
        return {fallback, fallback};
    if (value->is_array()) {
        if (value->size() != 2) {
            fail(std::string(key) + " is a list of " + std::to_string(value->size()) + " numbers instead of two");
            return {fallback, fallback};
        }
        return {countOf((*value)[0], key, 1, most), countOf((*value)[1], key, 1, most)};
    }
    const auto length = countOf(*value, key, 1, most);
    return {length, length};
}

} // namespace vitfleet
