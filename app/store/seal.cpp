// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/seal.h"

#include <algorithm>

namespace vitfleet::app::sqlite {

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

    // Two passes, each in the order of the keys, and neither trusts that these are keys.
    Statement items(db, "SELECT count(*), total(EXISTS(SELECT 1 FROM result r WHERE r.run=i.run AND r.item=i.item))"
                        " FROM item i WHERE i.run=?");
    items.start().add(run.value);
    items.next();
    const auto found = static_cast<std::uint64_t>(items.number(0));
    // A complete scan said how many items there are: a manifest with a gap is a loss too.
    seal.planned = scanComplete ? std::max(stated, found) : found;
    seal.lost = seal.planned - static_cast<std::uint64_t>(items.number(1));
    Statement results(db, "SELECT total(rows), total(errors), total(rows>1) FROM"
                          " (SELECT count(*) AS rows, sum(error<>0) AS errors FROM result WHERE run=? GROUP BY item)");
    results.start().add(run.value);
    results.next();
    seal.errors = static_cast<std::uint64_t>(results.number(1));
    seal.labelled = static_cast<std::uint64_t>(results.number(0)) - seal.errors;
    seal.doubled = static_cast<std::uint64_t>(results.number(2));
    return seal;
}

} // namespace vitfleet::app::sqlite
