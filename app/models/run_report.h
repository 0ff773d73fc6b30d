// SPDX-License-Identifier: GPL-3.0-or-later
// A run as one HTML file: its figures, plots and settings. Nothing in it comes from a network; it is light or dark as
// the reader's system is, and prints on paper. In the language of the window that writes it.
#pragma once

#include "app/models/run_history.h"

#include <QString>

namespace vitfleet::app {

struct ReportData
{
    RunRecord run;
    std::optional<Seal> seal;
    std::vector<NodeRecord> nodes;
    std::vector<ThroughputSample> samples;
    std::vector<StoreReader::ConfusionCell> confusion;
    std::vector<StoreReader::ErrorCount> errors;
    std::vector<std::uint64_t> scores; ///< histogram of the best scores
};

/// In the asker's thread.
Result<ReportData> readReport(StoreReader& reader, RunId run);
QString reportHtml(const ReportData& data);
/// Writes it beside the file and renames it. Export.
Result<void> writeReport(const ReportData& data, const QString& file);

} // namespace vitfleet::app
