// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/database.h"

#include "app/store/schema.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <unistd.h>

namespace vitfleet::app::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr int busyTimeoutMs = 5000;

/// A file that nobody here can write, with no log beside it, is opened as immutable: SQLite could not make the shared
/// memory file that it otherwise needs for reading.
bool needsImmutable(const fs::path& file)
{
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    if (::access(folder.c_str(), W_OK) == 0)
        return false;
    std::error_code ignored;
    const auto logBytes = fs::file_size(file.string() + "-wal", ignored);
    return ignored || logBytes == 0;
}

std::string immutableUri(const fs::path& file)
{
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string()) {
        if (c == '%' || c == '?' || c == '#') {
            constexpr char digits[] = "0123456789abcdef";
            uri += '%';
            uri += digits[static_cast<unsigned char>(c) >> 4];
            uri += digits[static_cast<unsigned char>(c) & 15];
        } else {
            uri += c;
        }
    }
    return uri + "?immutable=1";
}

std::unique_ptr<SQLite::Database> openReadOnly(const fs::path& file, Sharing sharing = Sharing::Processes)
{
    if (sharing == Sharing::OneProcess)
        return std::make_unique<SQLite::Database>(
            file.string(), SQLite::OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_SHAREDCACHE, busyTimeoutMs);
    const bool immutable = needsImmutable(file);
    const int flags = SQLite::OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (immutable ? SQLite::OPEN_URI : 0);
    return std::make_unique<SQLite::Database>(immutable ? immutableUri(file) : file.string(), flags, busyTimeoutMs);
}

/// Runs `open` on a connection that it makes; its errors name the file.
template <typename Open>
Result<std::unique_ptr<SQLite::Database>> opening(const fs::path& file, Open&& open)
{
    std::unique_ptr<SQLite::Database> db;
    Error error;
    try {
        const Result<void> opened = open(db);
        if (opened)
            return db;
        error = opened.error();
    } catch (const SQLite::Exception& exception) {
        error = toError(exception, db.get());
    }
    return Error{error.code, file.string() + ": " + error.detail};
}

/// The system's reason for an I/O error. sqlite3_system_errno() has none for a COMMIT that fails, or an older one, so
/// the files are asked: the log, or the rollback journal, and the database itself.
int systemErrorOf(sqlite3* db)
{
    for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
        sqlite3_file* file = nullptr;
        int error = 0;
        if (sqlite3_file_control(db, "main", which, &file) == SQLITE_OK && file && file->pMethods &&
            file->pMethods->xFileControl && // a journal in memory has none
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK && error != 0)
            return error;
    }
    return sqlite3_system_errno(db);
}

} // namespace

Error toError(const SQLite::Exception& exception, const SQLite::Database* db)
{
    const int code = exception.getErrorCode() & 0xff;
    const int systemError = !db                    ? 0
                            : code == SQLITE_IOERR ? systemErrorOf(db->getHandle())
                                                   : sqlite3_system_errno(db->getHandle());
    std::string detail = exception.what();
    switch (code) {
    case SQLITE_FULL:
        return {ErrorCode::DbFull, detail};
    case SQLITE_IOERR:
        if (systemError == ENOSPC || systemError == EDQUOT)
            return {ErrorCode::DbFull, detail};
        if (systemError == EROFS)
            return {ErrorCode::DbReadOnly, detail};
        if (systemError != 0)
            detail += std::string(": ") + std::strerror(systemError);
        return {ErrorCode::DbWrite, detail};
    case SQLITE_NOTADB:
        return {ErrorCode::DbFormat, detail};
    case SQLITE_CORRUPT:
        return {ErrorCode::DbCorrupt, detail};
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return {ErrorCode::DbReadOnly, detail};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return {ErrorCode::DbBusy, detail};
    case SQLITE_CANTOPEN:
        if (systemError == ENOSPC || systemError == EDQUOT)
            return {ErrorCode::DbFull, detail};
        if (systemError != 0)
            detail += std::string(": ") + std::strerror(systemError);
        return {ErrorCode::DbOpen, detail};
    case SQLITE_ERROR:
        // A table or column that ought to be there is not: the file has our mark but not our tables.
        return {ErrorCode::DbCorrupt, detail};
    default:
        return {ErrorCode::DbWrite, detail};
    }
}

Result<std::unique_ptr<SQLite::Database>> openForWriting(const fs::path& file, Sharing sharing)
{
    const bool alone = sharing == Sharing::OneProcess;
    return opening(file, [&, alone](std::unique_ptr<SQLite::Database>& db) -> Result<void> {
        db = std::make_unique<SQLite::Database>(file.string(),
                                                SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                                    (alone ? SQLITE_OPEN_SHAREDCACHE : 0),
                                                busyTimeoutMs);
        // Before the first look at the file: what it has of a write-ahead log is read without shared memory then.
        if (alone)
            db->exec("PRAGMA locking_mode=EXCLUSIVE");
        if (auto known = checkIdentity(*db, Purpose::Write); !known)
            return known;
        const std::string journal = db->execAndGet(alone ? "PRAGMA journal_mode=DELETE" : "PRAGMA journal_mode=WAL");
        if (journal != (alone ? "delete" : "wal"))
            return Error{ErrorCode::DbOpen,
                         "no " + std::string(alone ? "rollback journal" : "write-ahead log") + " is possible here"};
        // FULL: a row whose token was reported survives a power failure. The writer checkpoints by itself.
        db->exec("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=8388608;"
                 "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA secure_delete=OFF;"
                 "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=OFF");
        migrate(*db, migrations());
        return {};
    });
}

Result<std::unique_ptr<SQLite::Database>> openForReading(const fs::path& file, Sharing sharing)
{
    return opening(file, [&](std::unique_ptr<SQLite::Database>& db) -> Result<void> {
        db = openReadOnly(file, sharing);
        // Its lock on a table would make the writer fail instead of wait.
        if (sharing == Sharing::OneProcess)
            db->exec("PRAGMA read_uncommitted=1");
        if (auto known = checkIdentity(*db, Purpose::Read); !known)
            return known;
        db->exec("PRAGMA query_only=1; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192; PRAGMA trusted_schema=OFF");
        return {};
    });
}

Result<void> probe(const fs::path& file)
{
    auto opened = opening(file, [&](std::unique_ptr<SQLite::Database>& db) -> Result<void> {
        db = openReadOnly(file);
        return checkIdentity(*db, Purpose::Write);
    });
    return opened ? Result<void>() : Result<void>(opened.error());
}

Transaction::Transaction(SQLite::Database& db) : m_db(db)
{
    m_db.exec("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    // After some errors SQLite has rolled back by itself.
    if (!m_done && sqlite3_get_autocommit(m_db.getHandle()) == 0)
        m_db.tryExec("ROLLBACK");
}

void Transaction::commit()
{
    m_db.exec("COMMIT");
    m_done = true;
}

} // namespace vitfleet::app::sqlite
