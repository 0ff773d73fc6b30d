// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/sqlite_store.h"

#include "app/store/database.h"
#include "app/store/reader.h"
#include "app/store/write_lock.h"
#include "app/store/writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <sqlite3.h>
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
    void addCost(RunId, RunCostRecord) override { refuse(); }
    void addEvent(EventRecord) override { refuse(); }
    void addSamples(RunId, std::vector<ThroughputSample>) override { refuse(); }
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
    SqliteStore(fs::path file, Sharing sharing, Error notice, std::optional<WriteLock> lock,
                std::unique_ptr<StoreWriter> writer)
        : m_file(std::move(file)), m_sharing(sharing), m_notice(std::move(notice)), m_lock(std::move(lock)),
          m_writer(std::move(writer))
    {
    }
    StoreWriter& writer() override { return *m_writer; }
    Result<std::unique_ptr<StoreReader>> openReader() override { return makeReader(m_file, m_sharing); }
    fs::path path() const override { return m_file; }
    UnitLedger* ledger() override { return dynamic_cast<UnitLedger*>(m_writer.get()); }
    Error notice() const override { return m_notice; }

private:
    fs::path m_file;
    Sharing m_sharing;
    Error m_notice;
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

/// The network file system that the folder lies on; empty: none.
Result<std::string> networkFileSystemOf(const fs::path& folder, const StoreOptions& options)
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
    const auto found = std::ranges::find(networkFileSystems, type, &NetworkFileSystem::type);
    return found == networkFileSystems.end() ? std::string() : std::string(found->name);
}

std::string hostName(const StoreOptions& options)
{
    char name[256] = {};
    if (options.hostName.empty() && ::gethostname(name, sizeof name - 1) == 0)
        return name;
    return options.hostName;
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

Result<std::unique_ptr<Store>> openReadOnlyStore(const fs::path& file, const StoreOptions& options)
{
    if (auto usable = checkFile(file, OpenMode::ReadOnly); !usable)
        return usable.error();
    const auto network = networkFileSystemOf(file.parent_path(), options);
    if (!network)
        return network.error();
    std::error_code ignored;
    // Its shared memory would have to reach whoever wrote it.
    if (!network->empty() && fs::exists(file.string() + "-wal", ignored))
        return Error{ErrorCode::DbNetworkFs, file.string() + " has a write-ahead log and is on " + *network};
    auto reader = openForReading(file); // tells now what openReader() would tell later
    if (!reader)
        return reader.error();
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(file, Sharing::Processes, Error{ErrorCode::None, {}},
                                                                std::nullopt,
                                                                std::make_unique<RefusingWriter>(file.string())));
}

Result<std::unique_ptr<Store>> openWritableStore(const fs::path& file, const StoreOptions& options)
{
    if (auto made = prepareFolder(file.parent_path()); !made)
        return made.error();
    if (auto usable = checkFile(file, OpenMode::ReadWrite); !usable)
        return usable.error();
    const auto network = networkFileSystemOf(file.parent_path(), options);
    if (!network)
        return network.error();
    const Sharing sharing = network->empty() ? Sharing::Processes : Sharing::OneProcess;
    // Before any look at it: whoever holds it on another host must not be disturbed by a lock of SQLite's.
    auto lock = sharing == Sharing::OneProcess ? WriteLock::take(file, hostName(options))
                                               : Result<WriteLock>(ErrorCode::Internal);
    if (sharing == Sharing::OneProcess && !lock)
        return lock.error();
    std::error_code ignored;
    if (sharing == Sharing::Processes && fs::exists(file, ignored)) {
        if (auto ours = probe(file); !ours)
            return ours.error();
    }
    if (sharing == Sharing::Processes)
        lock = WriteLock::take(file, hostName(options));
    if (!lock)
        return lock.error();
    auto db = openForWriting(file, sharing);
    if (!db)
        return db.error();
    std::unique_ptr<StoreWriter> writer;
    try {
        writer = std::make_unique<Writer>(std::move(*db));
    } catch (const SQLite::Exception& exception) { // it prepares its statements: our mark, but not our tables
        const Error unusable = toError(exception, nullptr);
        return Error{unusable.code, file.string() + ": " + unusable.detail};
    }
    Error notice{ErrorCode::None, {}};
    if (sharing == Sharing::OneProcess)
        notice = {ErrorCode::DbNetworkFs,
                  *network + "; nobody else can open the file while this program has it, and writing is slower"};
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(
        file, sharing, std::move(notice), std::optional<WriteLock>(std::move(*lock)), std::move(writer)));
}

} // namespace

Result<std::unique_ptr<Store>> openStore(const fs::path& path, OpenMode mode, StoreOptions options)
{
    // Nobody asks for SQLite's statistics of memory, which take a lock at each of its allocations. Once it is in use
    // this changes nothing.
    [[maybe_unused]] static const int configured = ::sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    std::error_code error;
    // Links resolved, as SQLite does: two names of one file are one database, with one lock and one log.
    const fs::path file = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error || file.filename().empty())
        return Error{ErrorCode::DbOpen, path.string()};
    return mode == OpenMode::ReadOnly ? openReadOnlyStore(file, options) : openWritableStore(file, options);
}

bool isOpenForWriting(const fs::path& path)
{
    std::error_code error;
    const fs::path file = fs::weakly_canonical(fs::absolute(path, error), error);
    return !error && WriteLock::isHeld(file);
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
