// SPDX-License-Identifier: GPL-3.0-or-later
// Runs for the history.
#pragma once

#include "tests/gui/memory_store.h"

namespace vitfleet::test {

/// 700 pictures, all but 14 of them labelled.
app::RunRecord pastRun(std::int64_t id, const std::string& precision, double seconds);
/// Three runs; the second says something else about every tenth picture.
void fillHistory(MemoryStore& store);

} // namespace vitfleet::test
