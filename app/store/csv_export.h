// SPDX-License-Identifier: GPL-3.0-or-later
// Results as CSV: docs/csv.md.
#pragma once

#include "app/core/store.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app::sqlite {

/// Reads page by page and writes a file beside `file`, which takes its name when it is complete.
Result<std::uint64_t> writeCsv(StoreReader& reader, RunId run, const ResultFilter& filter,
                               const std::filesystem::path& file, const CsvOptions& options);

std::string csvHeader(const CsvOptions& options);
/// One line with its line end. `view` has a result.
void appendCsvRow(std::string& out, const ResultView& view, const std::vector<std::string>& labels,
                  const CsvOptions& options);

} // namespace vitfleet::app::sqlite
