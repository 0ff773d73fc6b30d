// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/deletion.h"

#include "app/store/statement.h"

#include <string>
#include <utility>
#include <vector>

namespace vitfleet::app::sqlite {
namespace {

constexpr std::int64_t sliceItems = 20'000;

void erase(SQLite::Database& db, const std::string& table, const std::string& column, RunId run)
{
    Statement(db, "DELETE FROM " + table + " WHERE " + column + "=?").add(run.value).exec();
}

} // namespace

Result<void> deleteRun(SQLite::Database& db, RunId run, const std::function<void()>& committed)
{
    return guarded(db, [&]() -> Result<void> {
        {
            // The run itself first: from here on nothing shows it.
            Transaction transaction(db);
            if (Statement(db, "DELETE FROM run WHERE id=?").add(run.value).exec() == 0)
                return Error{ErrorCode::RunUnknown, std::to_string(run.value)};
            Statement(db, "DELETE FROM node_rows WHERE node IN (SELECT id FROM node WHERE run=?)")
                .add(run.value)
                .exec();
            for (const char* table : {"seal", "label", "node", "event", "sample", "precision_check", "run_cost"})
                erase(db, table, "run", run);
            transaction.commit();
        }
        committed();
        std::vector<std::pair<std::int64_t, std::int64_t>> postings;
        Statement find(db, "SELECT DISTINCT kind, value FROM posting WHERE run=?");
        find.add(run.value);
        while (find.next())
            postings.emplace_back(find.number(0), find.number(1));
        find.start();
        for (const auto& [kind, value] : postings) {
            Statement(db, "DELETE FROM posting WHERE run=? AND kind=? AND value=?")
                .add(run.value)
                .add(kind)
                .add(value)
                .exec();
            committed();
        }
        for (;;) {
            Statement last(db, "SELECT max(item) FROM item WHERE run=?");
            last.add(run.value);
            if (!last.next() || last.isNull(0))
                break;
            const std::int64_t from = last.number(0) - sliceItems;
            last.start();
            Transaction transaction(db);
            for (const char* table : {"result", "item"})
                Statement(db, std::string("DELETE FROM ") + table + " WHERE run=? AND item>?")
                    .add(run.value)
                    .add(from)
                    .exec();
            transaction.commit();
            committed();
        }
        erase(db, "source", "run", run);
        return {};
    });
}

} // namespace vitfleet::app::sqlite
