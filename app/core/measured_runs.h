// SPDX-License-Identifier: GPL-3.0-or-later
// What finished runs tell of the next one: how fast nodes of a profile are, when they are ready, and what came true of
// what was predicted.
#pragma once

#include "app/core/advice_report.h"
#include "app/core/profiles/profile.h"
#include "app/core/run_spans.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

struct MeasuredRun
{
    RunId id;
    RunSpans spans;
    std::optional<double> cost; ///< of the time that the profile's nodes were held; nothing: there was no price
};

/// Which runs: finished in one piece, and only nodes of this profile worked for them.
struct MeasuredOf
{
    std::string profile;                       ///< empty: agents that the application starts on its own machine
    std::string modelPath, precision, backend; ///< a speed is one of all three; empty: of any
    RunId first;                               ///< comes before the others, whatever it is; 0: none
};

/// Spans of runs that have been read before: the rows of a finished run do not change.
using KnownSpans = std::map<RunId, RunSpans>;

/// The newest first, as many as it makes sense to read. Reads the rows of runs that are not in `known`, and adds them.
Result<std::vector<MeasuredRun>> measuredRuns(StoreReader& reader, const MeasuredOf& of, KnownSpans& known);

/// Whose figures a prediction is made of.
struct AdviceBasis
{
    const MeasuredRun* speed = nullptr; ///< and items and loading; none: given, or unknown
    const MeasuredRun* start = nullptr; ///< none: the profile's, or unknown
};
/// Takes what is not given (0) from those runs and from the profile.
AdviceBasis fillIn(AdviceInput& input, const Profile& profile, const std::vector<MeasuredRun>& runs);

/// Those that can be held against a prediction for so many pictures.
std::vector<RunThatWas> whatCameTrue(const std::vector<MeasuredRun>& runs, std::uint64_t items, bool synthetic);

} // namespace vitfleet::app
