// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/model/json_file.h"

#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"
#include "shared/base/utf8.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace vitfleet {
namespace {

using nlohmann::json;

/// Watches the parser's events; throws out of it at the first violation.
class ParseGuard
{
public:
    bool operator()(json::parse_event_t event, const json& parsed)
    {
        using Event = json::parse_event_t;
        if (event == Event::object_start || event == Event::array_start) {
            if (m_keys.size() >= limits::maxJsonDepth)
                throw std::length_error("nested deeper than " + std::to_string(limits::maxJsonDepth));
            m_keys.emplace_back();
        } else if (event == Event::object_end || event == Event::array_end) {
            m_keys.pop_back();
        } else if (event == Event::key) {
            const auto& key = parsed.get_ref<const std::string&>();
            if (!m_keys.back().insert(key).second)
                throw std::invalid_argument("the key " + quoted(key) + " occurs twice");
        }
        return true;
    }

private:
    std::vector<std::set<std::string>> m_keys; ///< of each open object or array
};

Result<std::vector<char>> readSmallFile(const std::filesystem::path& file, ErrorCode invalid)
{
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        const bool missing = errno == ENOENT;
        return {missing ? ErrorCode::ModelMissing : invalid, file.string() + ": " + std::strerror(errno)};
    }
    struct stat status
    {
    };
    if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return {invalid, file.string() + " is not a regular file"};
    std::vector<char> text(limits::maxConfigBytes + 1);
    std::size_t length = 0;
    while (length < text.size()) {
        const auto count = ::read(fd.get(), text.data() + length, text.size() - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return {invalid, file.string() + ": " + std::strerror(errno)};
        if (count == 0)
            break;
        length += static_cast<std::size_t>(count);
    }
    if (length > limits::maxConfigBytes)
        return {ErrorCode::ModelTooLarge,
                file.string() + " has more than " + std::to_string(limits::maxConfigBytes) + " bytes"};
    text.resize(length);
    return text;
}

} // namespace

std::string quoted(const std::string& text)
{
    constexpr std::size_t longest = 120;
    // The parser's messages may hold half a character of what it refused.
    const std::string whole = repairedText(text);
    const auto clipped = clippedText(whole, longest);
    std::string out = "\"";
    for (const char c : clipped)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return out + (clipped.size() < whole.size() ? "…\"" : "\"");
}

Result<json> parseJsonObject(std::span<const char> text, const std::string& name, ErrorCode invalid)
{
    try {
        ParseGuard guard;
        auto parsed = json::parse(text.begin(), text.end(), [&guard](int, json::parse_event_t event, json& value) {
            return guard(event, value);
        });
        if (!parsed.is_object())
            return {invalid, name + ": not a JSON object"};
        return parsed;
    } catch (const json::exception& error) {
        // The parser's message quotes what it last read: keep it to one short line.
        return {invalid, name + ": " + quoted(error.what())};
    } catch (const std::logic_error& error) {
        return {invalid, name + ": " + error.what()};
    }
}

Result<json> readJsonObject(const std::filesystem::path& file, ErrorCode invalid)
{
    auto text = readSmallFile(file, invalid);
    if (!text)
        return text.error();
    return parseJsonObject(*text, file.string(), invalid);
}

} // namespace vitfleet
