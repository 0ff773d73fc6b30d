// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/csv_export.h"

#include "app/core/text.h"
#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"
#include "shared/base/utf8.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitfleet::app::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t pageRows = 2048;
constexpr std::size_t bufferBytes = 256 * 1024;
constexpr int scoreDigits = 7; ///< a float has between seven and eight

constexpr std::string_view columns[] = {"item",      "path",         "status",     "label",         "score",
                                        "label_2",   "score_2",      "label_3",    "score_3",       "label_4",
                                        "score_4",   "label_5",      "score_5",    "expected",      "correct",
                                        "node",      "device",       "backend",    "precision",     "attempt",
                                        "decode_ms", "inference_ms", "error_code", "error_message", "finished_at"};

/// Appends fields of one line.
class Line
{
public:
    Line(std::string& out, char separator) : m_out(out), m_separator(separator) {}

    void raw(std::string_view value)
    {
        if (!m_first)
            m_out += m_separator;
        m_first = false;
        m_out += value;
    }
    /// Text from elsewhere: guarded against spreadsheets, which run what begins like a formula, then quoted as needed.
    void text(std::string_view given)
    {
        std::string value = repairedText(given);
        if (!value.empty() && std::strchr("=+-@\t\r", value.front()))
            value.insert(value.begin(), '\'');
        const bool quote =
            value.find_first_of("\"\r\n") != std::string::npos || value.find(m_separator) != std::string::npos;
        if (!quote)
            return raw(value);
        std::string quoted = "\"";
        for (const char c : value) {
            if (c == '"')
                quoted += '"';
            quoted += c;
        }
        raw(quoted += '"');
    }
    void number(std::uint64_t value) { chars(value); }
    void score(double value) { chars(value, std::chars_format::general, scoreDigits); }
    void milliseconds(std::uint32_t micros) { chars(micros / 1000.0, std::chars_format::fixed, 3); }
    void end() { m_out += "\r\n"; }

private:
    /// to_chars does not know of locales.
    template <typename... Arguments>
    void chars(Arguments... arguments)
    {
        char digits[64];
        const auto result = std::to_chars(digits, digits + sizeof digits, arguments...);
        raw({digits, static_cast<std::size_t>(result.ptr - digits)});
    }
    std::string& m_out;
    char m_separator;
    bool m_first = true;
};

void appendLabel(Line& line, const std::vector<protocol::LabelScore>& top, std::size_t rank,
                 const std::vector<std::string>& labels)
{
    if (rank >= top.size()) {
        line.raw({});
        line.raw({});
        return;
    }
    const std::uint32_t label = top[rank].label;
    line.text(label < labels.size() ? labels[label] : std::to_string(label));
    line.score(top[rank].score);
}

Error exportError(const fs::path& file, int number)
{
    return {ErrorCode::Export, file.string() + ": " + std::strerror(number)};
}

/// A file that takes its name only when it is complete.
class PendingFile
{
public:
    ~PendingFile()
    {
        if (!m_temporary.empty())
            ::unlink(m_temporary.c_str());
    }
    Result<void> open(const fs::path& file)
    {
        m_file = file;
        std::error_code ignored;
        const fs::file_status status = fs::status(file, ignored);
        if (fs::exists(status) && !fs::is_regular_file(status))
            return Error{ErrorCode::Export, file.string() + " is not a regular file"};
        const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
        std::string name = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
        m_fd.reset(::mkostemp(name.data(), O_CLOEXEC));
        if (!m_fd)
            return exportError(file, errno);
        m_temporary = name;
        const mode_t mask = ::umask(0); // mkostemp gives 0600; this file is the user's like any other
        ::umask(mask);
        ::fchmod(m_fd.get(), 0666 & ~mask);
        return {};
    }
    Result<void> write(std::string_view data)
    {
        while (!data.empty()) {
            const ssize_t written = ::write(m_fd.get(), data.data(), data.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return exportError(m_file, errno);
            data.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }
    Result<void> finish()
    {
        if (::fsync(m_fd.get()) != 0 || ::rename(m_temporary.c_str(), m_file.c_str()) != 0)
            return exportError(m_file, errno);
        m_temporary.clear();
        return {};
    }

private:
    fs::path m_file;
    std::string m_temporary;
    UniqueFd m_fd;
};

} // namespace

std::string csvHeader(const CsvOptions& options)
{
    std::string header = options.byteOrderMark ? "\xEF\xBB\xBF" : "";
    Line line(header, options.separator);
    for (const std::string_view column : columns)
        line.raw(column);
    line.end();
    return header;
}

void appendCsvRow(std::string& out, const ResultView& view, const std::vector<std::string>& labels,
                  const CsvOptions& options)
{
    const ResultRow& row = *view.result;
    const bool isLabelled = row.error.code == ErrorCode::None;
    Line line(out, options.separator);
    line.number(view.item.id.value);
    line.text(view.item.path);
    line.raw(isLabelled ? "labelled" : "error");
    for (std::size_t rank = 0; rank < limits::topK; ++rank)
        appendLabel(line, row.top, rank, labels);
    line.text(view.item.expected);
    line.raw(!row.correct ? "" : *row.correct ? "true" : "false");
    line.text(row.node);
    line.text(row.device);
    line.text(row.synthetic ? "synthetic" : row.backend);
    line.text(row.precision);
    line.number(row.attempt);
    line.milliseconds(row.decodeMicros);
    line.milliseconds(row.inferenceMicros);
    line.raw(isLabelled ? std::string_view() : info(row.error.code).name);
    line.text(isLabelled ? std::string()
                         : text::errorMessage(row.error) + ' ' + std::string(info(row.error.code).remedy));
    line.raw(text::utcTime(row.finishedAt));
    line.end();
}

Result<std::uint64_t> writeCsv(StoreReader& reader, RunId run, const ResultFilter& filter, const fs::path& file,
                               const CsvOptions& options)
{
    const auto record = reader.run(run);
    if (!record)
        return record.error();
    PendingFile out;
    if (auto opened = out.open(file); !opened)
        return opened.error();

    std::string buffer = csvHeader(options);
    std::uint64_t rows = 0;
    std::optional<ItemId> after;
    for (;;) {
        const auto page = reader.results(run, filter, after, pageRows);
        if (!page)
            return page.error();
        for (const ResultView& view : *page) {
            if (!view.result)
                continue;
            appendCsvRow(buffer, view, record->labels, options);
            ++rows;
        }
        const bool isLast = page->size() < pageRows;
        if (isLast || buffer.size() >= bufferBytes) {
            if (auto written = out.write(buffer); !written)
                return written.error();
            buffer.clear();
        }
        if (isLast)
            break;
        after = page->back().item.id;
    }
    if (auto finished = out.finish(); !finished)
        return finished.error();
    return rows;
}

} // namespace vitfleet::app::sqlite
