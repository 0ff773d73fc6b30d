// SPDX-License-Identifier: GPL-3.0-or-later
// Reads typed, bounded fields of a JSON object. The first problem is kept and named; after it every field has its
// default, so that a reader is a plain list of fields with one check at its end.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>

namespace vitfleet {

class FieldReader
{
public:
    FieldReader(const nlohmann::json& object, std::string name) : m_object(object), m_name(std::move(name)) {}

    /// The field; nullptr where it is missing or null.
    const nlohmann::json* find(const char* key) const;

    bool flag(const char* key, bool fallback);
    std::uint32_t count(const char* key, std::uint32_t fallback, std::uint32_t least, std::uint32_t most);
    double number(const char* key, double fallback, double least, double most);
    std::string text(const char* key, std::string fallback);
    /// N, or [height, width].
    std::pair<std::uint32_t, std::uint32_t> side(const char* key, std::uint32_t fallback, std::uint32_t most);

    /// Judges a value from anywhere in the object.
    std::uint32_t countOf(const nlohmann::json& value, const std::string& key, std::uint32_t least, std::uint32_t most);
    double numberOf(const nlohmann::json& value, const std::string& key, double least, double most);

    void fail(const std::string& problem);
    bool failed() const { return !m_problem.empty(); }
    /// "FILE: what is wrong"
    const std::string& problem() const { return m_problem; }

private:
    const nlohmann::json& m_object;
    std::string m_name;
    std::string m_problem;
};

} // namespace vitfleet
