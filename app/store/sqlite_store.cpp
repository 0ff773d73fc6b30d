// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/sqlite_store.h"

#include "app/store/database.h"
#include "app/store/reader.h"
#include "app/store/write_lock.h"
#include "app/store/writer.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <sys/statfs.h>
#include <unistd.h>

namespace vitfleet::app {

namespace {

namespace fs = std::filesystem;
using namespace sqlite;

/// Takes nothing: what a read-only store has for a writer.
class RefusingWriter : public StoreWriter
{
public:
    explicit RefusingWriter(std::string file) : m_error{ErrorCode::DbReadOnly, std::move(file)} {}
    void setCallbacks(Callbacks callbacks) override
    {
        std::lock_guard lock(m_mutex);
        m_callbacks = std::move(callbacks);
    }
    Result<RunId> createRun(const RunRecord&) override { return m_error; }
    void updateRun(const RunRecord&) override { refuse(); }
    void addItems(RunId, std::vector<ItemRecord>) override { refuse(); }
    void addResult(RunId, std::uint64_t, ResultRow) override { refuse(); }
    void upsertNode(RunId, const NodeRecord&) override { refuse(); }
    void addPrecisionCheck(RunId, PrecisionCheck) override { refuse(); }
    void addEvent(EventRecord) override { refuse(); }
    void addSample(RunId, ThroughputSample) override { refuse(); }
    Result<Seal> sealRun(RunId) override { return m_error; }
    Result<void> flush() override { return m_error; }

private:
    /// Once: whoever records the trouble would cause the next.
    void refuse()
    {
        std::lock_guard lock(m_mutex);
        if (m_callbacks.trouble && !std::exchange(m_reported, true))
            m_callbacks.trouble(m_error);
    }
    const Error m_error;
    std::recursive_mutex m_mutex; ///< recursive: for the same reason
    bool m_reported = false;
    Callbacks m_callbacks;
};

class SqliteStore : public Store
{
public:
    SqliteStore(fs::path file, std::optional<WriteLock> lock, std::unique_ptr<StoreWriter> writer)
        : m_file(std::move(file)), m_lock(std::move(lock)), m_writer(std::move(writer))
    {
    }
    StoreWriter& writer() override { return *m_writer; }
    Result<std::unique_ptr<StoreReader>> openReader() override { return makeReader(m_file); }
    fs::path path() const override { return m_file; }
    UnitLedger* ledger() override { return dynamic_cast<UnitLedger*>(m_writer.get()); }

private:
    fs::path m_file;
    std::optional<WriteLock> m_lock; ///< before the writer: given up only when it has ended
    std::unique_ptr<StoreWriter> m_writer;
};

struct NetworkFileSystem
{
    std::int64_t type;
    const char* name;
};

/// statfs(2) and linux/magic.h. Shared memory of the write-ahead log does not work across their hosts.
constexpr std::array networkFileSystems = {
    NetworkFileSystem{0x6969, "NFS"},          NetworkFileSystem{0x0BD00BD0, "Lustre"},
    NetworkFileSystem{0x47504653, "GPFS"},     NetworkFileSystem{0xFF534D42, "CIFS"},
    NetworkFileSystem{0xFE534D42, "SMB2"},     NetworkFileSystem{0x517B, "SMB"},
    NetworkFileSystem{0x5346414F, "AFS"},      NetworkFileSystem{0x6B414653, "AFS"},
    NetworkFileSystem{0x00C36400, "Ceph"},     NetworkFileSystem{0x19830326, "BeeGFS"},
    NetworkFileSystem{0x20030528, "OrangeFS"}, NetworkFileSystem{0xAAD7AAEA, "PanFS"},
};

Result<void> checkFileSystem(const fs::path& folder, const StoreOptions& options)
{
    std::int64_t type = 0;
    if (options.fileSystemType) {
        type = options.fileSystemType(folder);
    } else {
        struct statfs info = {};
        if (::statfs(folder.c_str(), &info) != 0)
            return Error{ErrorCode::DbOpen, folder.string() + ": " + std::strerror(errno)};
        type = static_cast<std::int64_t>(static_cast<std::uint32_t>(info.f_type));
    }
    for (const NetworkFileSystem& network : networkFileSystems) {
        if (type == network.type)
            return Error{ErrorCode::DbNetworkFs, folder.string() + " is on " + network.name};
    }
    return {};
}

Result<void> prepareFolder(const fs::path& folder)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (!error)
        return {};
    ErrorCode code = ErrorCode::DbOpen;
    if (error == std::errc::no_space_on_device)
        code = ErrorCode::DbFull;
    else if (error == std::errc::permission_denied || error == std::errc::read_only_file_system)
        code = ErrorCode::DbReadOnly;
    return Error{code, folder.string() + ": " + error.message()};
}

Result<void> checkFile(const fs::path& file, OpenMode mode)
{
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (!fs::exists(status)) {
        if (mode == OpenMode::ReadOnly)
            return Error{ErrorCode::DbOpen, file.string() + ": " + std::strerror(ENOENT)};
        return {};
    }
    if (!fs::is_regular_file(status))
        return Error{ErrorCode::DbFormat, file.string() + " is not a regular file"};
    if (::access(file.c_str(), R_OK) != 0)
        return Error{ErrorCode::DbOpen, file.string() + ": " + std::strerror(errno)};
    if (mode == OpenMode::ReadWrite && ::access(file.c_str(), W_OK) != 0)
        return Error{ErrorCode::DbReadOnly, file.string() + ": " + std::strerror(errno)};
    return {};
}

} // namespace

Result<std::unique_ptr<Store>> openStore(const fs::path& path, OpenMode mode, StoreOptions options)
{
    std::error_code error;
    // Links resolved, as SQLite does: two names of one file are one database, with one lock and one log.
    const fs::path file = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error || file.filename().empty())
        return Error{ErrorCode::DbOpen, path.string()};
    if (mode == OpenMode::ReadOnly) {
        if (auto usable = checkFile(file, mode); !usable)
            return usable.error();
        if (auto usable = checkFileSystem(file.parent_path(), options); !usable)
            return usable.error();
        auto reader = openForReading(file); // tells now what openReader() would tell later
        if (!reader)
            return reader.error();
        return std::unique_ptr<Store>(
            std::make_unique<SqliteStore>(file, std::nullopt, std::make_unique<RefusingWriter>(file.string())));
    }
    if (auto made = prepareFolder(file.parent_path()); !made)
        return made.error();
    if (auto usable = checkFile(file, mode); !usable)
        return usable.error();
    if (auto usable = checkFileSystem(file.parent_path(), options); !usable)
        return usable.error();
    if (fs::exists(file, error)) {
        if (auto ours = probe(file); !ours)
            return ours.error();
    }
    auto lock = WriteLock::take(file);
    if (!lock)
        return lock.error();
    auto db = openForWriting(file);
    if (!db)
        return db.error();
    std::unique_ptr<StoreWriter> writer;
    try {
        writer = std::make_unique<Writer>(std::move(*db));
    } catch (const SQLite::Exception& exception) { // it prepares its statements: our mark, but not our tables
        const Error unusable = toError(exception, nullptr);
        return Error{unusable.code, file.string() + ": " + unusable.detail};
    }
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(file, std::optional<WriteLock>(std::move(*lock)), std::move(writer)));
}

Result<void> checkDatabase(const fs::path& file)
{
    if (auto usable = checkFile(file, OpenMode::ReadOnly); !usable)
        return usable.error();
    auto db = openForReading(file);
    if (!db)
        return db.error();
    return guarded(**db, [&]() -> Result<void> {
        const std::string finding = (*db)->execAndGet("PRAGMA quick_check(1)").getString();
        if (finding != "ok")
            return Error{ErrorCode::DbCorrupt, finding};
        return {};
    });
}

} // namespace vitfleet::app
