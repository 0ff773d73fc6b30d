// SPDX-License-Identifier: GPL-3.0-or-later
// What a database holds, by SQL of our own: neither the product's readers nor its counters are believed.
#include "tests/chaos/lab.h"

#include "agent/backends/synthetic/plan.h"

#include <sqlite3.h>

#include <cmath>

namespace vitfleet::chaos {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t labels = 10;
constexpr double scoreTolerance = 1e-5; ///< of a 32-bit softmax

struct Database
{
    sqlite3* handle = nullptr;
    ~Database() { ::sqlite3_close(handle); }
    template <typename Row>
    bool each(const char* sql, Row row)
    {
        sqlite3_stmt* statement = nullptr;
        if (::sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) != SQLITE_OK)
            return false;
        int code = SQLITE_OK;
        while ((code = ::sqlite3_step(statement)) == SQLITE_ROW)
            row(statement);
        ::sqlite3_finalize(statement);
        return code == SQLITE_DONE;
    }
};

std::string textAt(sqlite3_stmt* row, int column)
{
    const auto* text = ::sqlite3_column_text(row, column);
    return text ? reinterpret_cast<const char*>(text) : std::string();
}

void readRows(Database& db, std::uint32_t planned, Inspection& out)
{
    const bool read = db.each(
        "SELECT r.item, r.error, r.label_1, r.score_1, s.node FROM result r LEFT JOIN source s ON s.id = r.source",
        [&](sqlite3_stmt* row) {
            const auto item = static_cast<std::uint32_t>(::sqlite3_column_int64(row, 0));
            ++out.rows;
            out.doubled += out.items.insert(item).second ? 0 : 1;
            ++out.byNode[textAt(row, 4)];
            if (const int error = ::sqlite3_column_int(row, 1); error != 0) {
                out.errorRows[item] = error;
                return;
            }
            const synthetic::Answer answer = synthetic::answerOf(item, labels);
            const bool same = ::sqlite3_column_int64(row, 2) == static_cast<std::int64_t>(answer.label) &&
                              std::abs(::sqlite3_column_double(row, 3) - answer.score) <= scoreTolerance;
            if (same && item < planned)
                return;
            ++out.wrong;
            ++out.wrongByNode[textAt(row, 4)];
        });
    if (!read)
        out.problem = std::string("rows: ") + ::sqlite3_errmsg(db.handle);
    out.lost = planned - std::min<std::uint64_t>(planned, out.items.size());
}

} // namespace

std::string Inspection::summary() const
{
    return std::to_string(rows) + " rows, " + std::to_string(lost) + " lost, " + std::to_string(doubled) +
           " doubled, " + std::to_string(wrong) + " wrong, " + std::to_string(errorRows.size()) + " errors" +
           (intact ? "" : ", NOT INTACT") + (problem.empty() ? "" : ", " + problem);
}

Inspection inspect(const fs::path& file, std::uint32_t planned)
{
    Inspection result;
    const fs::path copy = file.string() + ".copy";
    std::error_code error;
    fs::copy_file(file, copy, fs::copy_options::overwrite_existing, error);
    if (error) {
        result.problem = error.message();
        return result;
    }
    fs::remove(copy.string() + "-wal", error);
    fs::remove(copy.string() + "-shm", error);
    if (fs::exists(file.string() + "-wal"))
        fs::copy_file(file.string() + "-wal", copy.string() + "-wal");
    Database db;
    if (::sqlite3_open_v2(copy.c_str(), &db.handle, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
        result.problem = ::sqlite3_errmsg(db.handle);
        return result;
    }
    db.each("PRAGMA quick_check", [&](sqlite3_stmt* row) { result.intact = textAt(row, 0) == "ok"; });
    readRows(db, planned, result);
    return result;
}

} // namespace vitfleet::chaos
