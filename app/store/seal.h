// SPDX-License-Identifier: GPL-3.0-or-later
// What a run's tables prove, counted from their rows.
#pragma once

#include "app/core/records.h"
#include "app/store/statement.h"

#include <optional>

namespace vitfleet::app::sqlite {

/// Counts, trusting neither the counters nor the key of the tables. Nothing where there is no such run.
std::optional<Seal> countSeal(SQLite::Database& db, RunId run);

} // namespace vitfleet::app::sqlite
