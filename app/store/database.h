// SPDX-License-Identifier: GPL-3.0-or-later
// Connections to the file and what SQLite's errors mean.
#pragma once

#include "shared/base/result.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <memory>

namespace vitfleet::app::sqlite {

/// What an exception of SQLiteCpp means for a user. `db` (may be null) knows errno.
Error toError(const SQLite::Exception& exception, const SQLite::Database* db);

/// Looks at an existing file without leaving a trace: is it empty, or a database of ours that openForWriting() can use?
Result<void> probe(const std::filesystem::path& file);
/// How a file is shared.
enum class Sharing : unsigned char
{
    Invalid = 0,
    Processes, ///< a write-ahead log: other processes may read while one writes
    /// A rollback journal and an exclusive lock, for file systems on which several hosts meet. Connections of this
    /// process share one cache, and so the lock; readers see what the writer has not committed yet.
    OneProcess,
};

/// Opens for writing, makes and migrates what is needed. The caller holds the write lock.
Result<std::unique_ptr<SQLite::Database>> openForWriting(const std::filesystem::path& file,
                                                         Sharing sharing = Sharing::Processes);
/// Opens read-only, beside a writer in this or (Sharing::Processes) another process.
Result<std::unique_ptr<SQLite::Database>> openForReading(const std::filesystem::path& file,
                                                         Sharing sharing = Sharing::Processes);

/// Runs `action`, which returns a Result, and turns SQLite's exceptions into its error.
template <typename Action>
auto guarded(const SQLite::Database& db, Action&& action) -> decltype(action())
{
    try {
        return action();
    } catch (const SQLite::Exception& exception) {
        return toError(exception, &db);
    }
}

/// A transaction that is rolled back unless commit() was called. Immediate: the write lock is taken at once.
class Transaction
{
public:
    explicit Transaction(SQLite::Database& db);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    SQLite::Database& m_db;
    bool m_done = false;
};

} // namespace vitfleet::app::sqlite
