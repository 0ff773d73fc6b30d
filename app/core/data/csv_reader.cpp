// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/csv_reader.h"

#include "shared/base/limits.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>

namespace vitfleet::app {
namespace {

constexpr std::size_t bufferBytes = 64 * 1024;
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

std::string lowered(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

std::string columnName(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return lowered(std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1)));
}

} // namespace

CsvReader::CsvReader(UniqueFd fd, ErrorCode code, std::string name, char separator)
    : m_fd(std::move(fd)), m_code(code), m_name(std::move(name)), m_separator(separator)
{
}

Error CsvReader::failure(const std::string& what) const
{
    return Error{m_code, m_name + ", line " + std::to_string(m_recordLine) + ": " + what};
}

Result<CsvReader> CsvReader::open(const std::filesystem::path& file, ErrorCode code, char separator)
{
    // O_NONBLOCK: a FIFO must not keep us waiting for a writer.
    UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status
    {
    };
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return Error{code, file.string() + ": " + std::strerror(errno)};
    if (!S_ISREG(status.st_mode))
        return Error{code, file.string() + ": not a file"};
    return CsvReader(std::move(fd), code, file.filename().string(), separator);
}

char CsvReader::separatorOf(const std::filesystem::path& file)
{
    return lowered(file.extension().string()) == ".tsv" ? '\t' : ',';
}

std::optional<char> CsvReader::peek()
{
    while (m_at == m_buffer.size() && !m_ended) {
        m_buffer.resize(bufferBytes);
        const ssize_t got = ::read(m_fd.get(), m_buffer.data(), m_buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        m_readFailed = got < 0;
        m_ended = got <= 0;
        m_buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        m_at = 0;
        if (!m_started && std::string_view(m_buffer.data(), m_buffer.size()).starts_with(byteOrderMark))
            m_at = byteOrderMark.size();
        m_started = true;
    }
    return m_at < m_buffer.size() ? std::optional(m_buffer[m_at]) : std::nullopt;
}

Result<void> CsvReader::readQuoted(std::string& field, std::size_t& bytes)
{
    ++m_at; // the opening quote
    while (const auto c = peek()) {
        ++m_at;
        if (++bytes > limits::maxManifestLineBytes)
            return failure("the record is too long");
        if (*c == '"') {
            if (peek() != '"')
                return {};
            ++m_at;
        } else if (*c == '\n') {
            ++m_line;
        }
        field.push_back(*c);
    }
    return failure("a quote is not closed");
}

/// Up to the separator or line break, which stays.
Result<void> CsvReader::readField(std::string& field, std::size_t& bytes)
{
    if (peek() == '"') {
        if (auto quoted = readQuoted(field, bytes); !quoted)
            return quoted;
        if (peek() == '\r')
            ++m_at;
        const auto c = peek();
        return !c || *c == m_separator || *c == '\n' ? Result<void>() : failure("text after a closing quote");
    }
    while (const auto c = peek()) {
        if (*c == m_separator || *c == '\n')
            break;
        if (*c == '"')
            return failure("a quote inside a field that is not quoted");
        if (++bytes > limits::maxManifestLineBytes)
            return failure("the record is too long");
        field.push_back(*c);
        ++m_at;
    }
    if (peek() != m_separator && !field.empty() && field.back() == '\r')
        field.pop_back();
    return {};
}

Result<std::optional<std::vector<std::string>>> CsvReader::next()
{
    using Record = std::optional<std::vector<std::string>>;
    while (peek()) {
        m_recordLine = m_line;
        std::vector<std::string> fields;
        std::size_t bytes = 0;
        for (bool more = true; more;) {
            if (auto read = readField(fields.emplace_back(), bytes); !read)
                return read.error();
            more = peek() == m_separator;
            if (more && ++bytes > limits::maxManifestLineBytes)
                return failure("the record is too long");
            if (peek())
                ++m_at;
        }
        ++m_line;
        if (fields.size() > 1 || !fields.front().empty())
            return Record(std::move(fields));
    }
    if (m_readFailed)
        return failure(std::strerror(errno));
    return Record();
}

Result<std::vector<std::optional<std::size_t>>> CsvReader::header(const std::vector<std::string>& names)
{
    auto record = next();
    if (!record)
        return record.error();
    std::vector<std::optional<std::size_t>> columns(names.size());
    if (!*record)
        return columns;
    const std::vector<std::string>& fields = **record;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto name = std::ranges::find(names, columnName(fields[i]));
        if (name != names.end() && !columns[static_cast<std::size_t>(name - names.begin())])
            columns[static_cast<std::size_t>(name - names.begin())] = i;
    }
    return columns;
}

} // namespace vitfleet::app
