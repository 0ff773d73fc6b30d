// SPDX-License-Identifier: GPL-3.0-or-later
// Reads CSV (RFC 4180) record by record: CRLF or LF, a byte order mark, quoted fields with line breaks. TSV is the same
// with tabs, as spreadsheets, pandas and our own export write it.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

class CsvReader
{
public:
    /// `code` is what every failure is reported as: DataManifest or DataLabelMap.
    static Result<CsvReader> open(const std::filesystem::path& file, ErrorCode code, char separator = ',');
    /// What a file's name says: a tab for .tsv in either case, else a comma.
    static char separatorOf(const std::filesystem::path& file);

    /// The next record's fields; nothing at the end. Blank lines are skipped. Fails on a quote that is not closed, text
    /// beside a quoted field, and a record above limits::maxManifestLineBytes.
    Result<std::optional<std::vector<std::string>>> next();
    /// Where the last record began, from 1.
    std::uint64_t line() const { return m_recordLine; }
    /// Reads on to the next record and finds the columns by name (case and blanks around it ignored); a column that is
    /// not there is nothing.
    Result<std::vector<std::optional<std::size_t>>> header(const std::vector<std::string>& names);

private:
    CsvReader(UniqueFd fd, ErrorCode code, std::string name, char separator);
    std::optional<char> peek();
    Result<void> readField(std::string& field, std::size_t& bytes);
    Result<void> readQuoted(std::string& field, std::size_t& bytes);
    Error failure(const std::string& what) const;

    UniqueFd m_fd;
    ErrorCode m_code;
    std::string m_name;
    char m_separator;
    std::vector<char> m_buffer;
    std::size_t m_at = 0;
    bool m_ended = false, m_readFailed = false, m_started = false;
    std::uint64_t m_line = 1, m_recordLine = 0;
};

} // namespace vitfleet::app
