// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/seal.h"

#include <algorithm>

namespace vitfleet::app::sqlite {

namespace {

std::uint64_t countOf(SQLite::Database& db, const char* sql, RunId run)
{
    Statement statement(db, sql);
    statement.start().add(run.value);
    return statement.next() ? static_cast<std::uint64_t>(statement.number(0)) : 0;
}

} // namespace

std::optional<Seal> countSeal(SQLite::Database& db, RunId run)
{
    Statement row(db,
                  "SELECT planned, scan_complete, duplicates_refused + rows_refused, redispatched FROM run WHERE id=?");
    row.start().add(run.value);
    if (!row.next())
        return std::nullopt;
    Seal seal;
    const auto stated = static_cast<std::uint64_t>(row.number(0));
    const bool scanComplete = row.number(1) != 0;
    seal.duplicatesRefused = static_cast<std::uint64_t>(row.number(2));
    seal.redispatched = static_cast<std::uint64_t>(row.number(3));

    const std::uint64_t items = countOf(db, "SELECT count(*) FROM item WHERE run=?", run);
    // A complete scan said how many items there are: a manifest with a gap is a loss too.
    seal.planned = scanComplete ? std::max(stated, items) : items;
    seal.labelled = countOf(db, "SELECT count(*) FROM result WHERE run=? AND error=0", run);
    seal.errors = countOf(db, "SELECT count(*) FROM result WHERE run=? AND error<>0", run);
    seal.doubled = countOf(
        db, "SELECT count(*) FROM (SELECT item FROM result WHERE run=? GROUP BY item HAVING count(*) > 1)", run);
    const std::uint64_t withRow = countOf(db,
                                          "SELECT count(*) FROM item i WHERE i.run=? AND EXISTS"
                                          " (SELECT 1 FROM result r WHERE r.run=i.run AND r.item=i.item)",
                                          run);
    seal.lost = seal.planned - withRow;
    return seal;
}

} // namespace vitfleet::app::sqlite
