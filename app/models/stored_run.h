// SPDX-License-Identifier: GPL-3.0-or-later
// A run as the database has it, in the shape that the pages show.
#pragma once

#include "app/core/data/data_set.h"
#include "app/core/snapshot.h"

namespace vitfleet::app {

/// Nothing of it is going on: what has no row counts as queued.
RunSnapshot storedRun(const RunRecord& run, const std::optional<Seal>& seal);
/// Where its pictures are read from.
DataSetSpec dataSetOf(const RunRecord& run);

/// The run is going, or is being set up.
bool isActive(const RunSnapshot& run);
/// It ended before every item had its row, and can go on.
bool canResume(const RunSnapshot& run);

} // namespace vitfleet::app
