// SPDX-License-Identifier: GPL-3.0-or-later
// A run in one line, while it goes on.
#pragma once

#include "app/core/snapshot.h"

#include <string>

namespace vitfleet::cli {

/// "1,234 of 10,000 (12.3 %)  98.7 img/s  ETA 1 min 05 s  2 errors | local-1 50.1 img/s 612 | local-2 lost"
std::string progressLine(const app::FleetSnapshot& snapshot);

} // namespace vitfleet::cli
