// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of the tables as records: the columns to select, and what reads them in that order.
#pragma once

#include "app/core/store.h"
#include "app/store/statement.h"

namespace vitfleet::app::sqlite {

extern const char* const runColumns;
extern const char* const precisionCheckColumns; ///< of c
extern const char* const nodeColumns;
extern const char* const eventColumns;
extern const char* const itemColumns;   ///< of i and x
extern const char* const resultColumns; ///< of r and s, after itemColumns

struct StoredCheck
{
    RunId run;
    PrecisionCheck check;
};

RunRecord readRun(const Statement& row); ///< without its labels and checks
StoredCheck readPrecisionCheck(const Statement& row);
NodeRecord readNode(const Statement& row);
EventRecord readEvent(const Statement& row);
ThroughputSample readSample(const Statement& row);
Seal readSeal(const Statement& row);
ItemRecord readItem(const Statement& row);
ResultView readView(const Statement& row);

} // namespace vitfleet::app::sqlite
