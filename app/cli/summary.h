// SPDX-License-Identifier: GPL-3.0-or-later
// What is said at the end of a run.
#pragma once

#include "app/cli/output.h"
#include "app/core/store.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace vitfleet::cli {

/// The run's state in a word. One that is stored as going on while nobody writes to its database was killed:
/// "interrupted".
std::string stateOf(const app::RunRecord& run, bool isWritten);
bool isInterrupted(const app::RunRecord& run, bool isWritten);
/// "go on with: vitfleet-cli resume …"
std::string resumeLine(RunId run, const std::filesystem::path& database);

struct Summary
{
    app::RunRecord run;
    bool isWritten = false; ///< a process has its database open for writing
    std::vector<app::NodeRecord> nodes;
    std::vector<app::RunCostRecord> costs; ///< of all sessions that have ended
    std::optional<app::Seal> seal;
    std::vector<app::StoreReader::ErrorCount> errors; ///< by code, the most frequent first
    std::filesystem::path database;
    std::filesystem::path csv; ///< empty: not exported
    std::uint64_t csvRows = 0;
    double seconds = 0; ///< of this session; 0: unknown
    std::uint64_t sessionRows = 0;
    // Of this session, where nodes of a profile were asked for.
    std::string cost; ///< a sentence; empty: not known
    std::optional<double> nodeSeconds, price, joules;
    std::string currency;
    std::string energyAbsence; ///< why there are no joules
};

/// Reads all but the export and the session from the database.
Result<Summary> readSummary(app::Store& store, RunId run);
/// `exitCode` as the program will end.
void printSummary(Output& output, const Summary& summary, int exitCode);
/// What a run that is in this state ends with.
int exitCodeOf(const app::RunRecord& run);

} // namespace vitfleet::cli
