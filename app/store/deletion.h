// SPDX-License-Identifier: GPL-3.0-or-later
// Removing a run with everything that belongs to it.
#pragma once

#include "app/core/store.h"
#include "app/store/database.h"

#include <functional>

namespace vitfleet::app::sqlite {

/// In slices, each its own transaction, so that the log stays small; `committed` is called after each. RunUnknown.
Result<void> deleteRun(SQLite::Database& db, RunId run, const std::function<void()>& committed);

} // namespace vitfleet::app::sqlite
