// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/core/scale_out.h"

#include <SQLiteCpp/Database.h>

#include <vector>

namespace vitfleet::app::sqlite {

/// All units, oldest first. Throws SQLite::Exception.
std::vector<UnitRecord> readUnits(SQLite::Database& db);

} // namespace vitfleet::app::sqlite
