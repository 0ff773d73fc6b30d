// SPDX-License-Identifier: GPL-3.0-or-later
// Which files open as a database, and what the others are refused with.
#include "app/store/database.h"
#include "app/store/schema.h"
#include "tests/unit/store/store_fixture.h"

#include <sqlite3.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
namespace fs = std::filesystem;

/// Puts the counters of nodes where they were before version 8.
static const std::string countersOfVersion7 =
    "DROP TABLE node_rows; ALTER TABLE node ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE node ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;";

class TestStoreOpen : public QObject
{
    Q_OBJECT

private:
    static ErrorCode errorOf(const fs::path& file, OpenMode mode = OpenMode::ReadWrite, StoreOptions options = {})
    {
        auto store = openStore(file, mode, std::move(options));
        return store ? ErrorCode::None : store.error().code;
    }
    static void write(const fs::path& file, const std::string& bytes)
    {
        std::ofstream(file, std::ios::binary) << bytes;
    }
    static void overwrite(const fs::path& file, std::streamoff offset, const std::string& bytes)
    {
        std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
        stream.seekp(offset);
        stream << bytes;
    }
    static void makeDatabase(const fs::path& file)
    {
        auto store = valueOf(openStore(file, OpenMode::ReadWrite));
        storedRun(*store, 100);
        mustWork(store->writer().flush());
    }
    static std::size_t filesIn(const fs::path& folder)
    {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    static constexpr std::int64_t nfs = 0x6969;
    static StoreOptions faked(std::int64_t type)
    {
        return {[type](const fs::path&) { return type; }, {}};
    }
    /// By a process of its own, since locks are a process's.
    static bool canReadFromOutside(const fs::path& file)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            sqlite3* db = nullptr;
            const bool can = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK &&
                             sqlite3_exec(db, "SELECT count(*) FROM run", nullptr, nullptr, nullptr) == SQLITE_OK;
            ::_exit(can ? 0 : 1);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

private Q_SLOTS:
    void makesFoldersAndFile()
    {
        const Folder folder;
        const fs::path file = folder.path("a/b/c.db");
        QCOMPARE(errorOf(file), ErrorCode::None);
        SQLite::Database db(file.string());
        QCOMPARE(db.execAndGet("PRAGMA application_id").getInt(), sqlite::applicationId);
        QCOMPARE(db.execAndGet("PRAGMA user_version").getInt(), sqlite::newestVersion());
        QCOMPARE(db.execAndGet("PRAGMA journal_mode").getString(), std::string("wal"));
        QCOMPARE(db.execAndGet("SELECT count(*) FROM pragma_table_list WHERE schema='main' AND name NOT LIKE 'sqlite%'"
                               " AND strict=0")
                     .getInt(),
                 0);
    }

    void opensAgain()
    {
        const Folder folder;
        makeDatabase(folder.path("x.db"));
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        const auto runs = valueOf(valueOf(store->openReader())->runs());
        QCOMPARE(runs.size(), std::size_t{1});
        QVERIFY(!fs::exists(folder.path("x.db-wal")) || fs::file_size(folder.path("x.db-wal")) == 0);
    }

    void takesAnEmptyFile()
    {
        const Folder folder;
        write(folder.path("x.db"), {});
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly), ErrorCode::DbFormat);
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::None);
    }

    void refusesWhatIsNoDatabase()
    {
        const Folder folder;
        write(folder.path("x.db"), std::string(4096, 'x'));
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::DbFormat);
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly), ErrorCode::DbFormat);
        fs::create_directory(folder.path("folder.db"));
        QCOMPARE(errorOf(folder.path("folder.db")), ErrorCode::DbFormat);
        ::mkfifo(folder.path("fifo.db").c_str(), 0600);
        QCOMPARE(errorOf(folder.path("fifo.db")), ErrorCode::DbFormat);
        QCOMPARE(filesIn(folder.path(".")), std::size_t{3}); // and leaves nothing beside them
    }

    void refusesAnotherProgramsDatabase()
    {
        const Folder folder;
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            db.exec("CREATE TABLE t(a); PRAGMA user_version=1");
        }
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::DbForeign);
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly), ErrorCode::DbForeign);
        {
            SQLite::Database db(folder.path("y.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            db.exec("CREATE TABLE t(a); PRAGMA application_id=77");
        }
        QCOMPARE(errorOf(folder.path("y.db")), ErrorCode::DbForeign);
        QCOMPARE(filesIn(folder.path(".")), std::size_t{2});
    }

    void refusesANewerVersion()
    {
        const Folder folder;
        makeDatabase(folder.path("x.db"));
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            db.exec("PRAGMA user_version=" + std::to_string(sqlite::newestVersion() + 1));
        }
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::DbNewer);
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly), ErrorCode::DbNewer);
    }

    void refusesADamagedFile()
    {
        const Folder folder;
        makeDatabase(folder.path("header.db"));
        overwrite(folder.path("header.db"), 0, "SQLite format 4");
        QCOMPARE(errorOf(folder.path("header.db")), ErrorCode::DbFormat);

        makeDatabase(folder.path("schema.db"));
        overwrite(folder.path("schema.db"), 100, std::string(3900, '\xff')); // the first page's b-tree: the tables
        QCOMPARE(errorOf(folder.path("schema.db")), ErrorCode::DbCorrupt);

        makeDatabase(folder.path("page.db"));
        const auto bytes = static_cast<std::streamoff>(fs::file_size(folder.path("page.db")));
        for (std::streamoff page = 4096; page < bytes; page += 4096)
            overwrite(folder.path("page.db"), page, std::string(64, '\x7f'));
        const auto checked = checkDatabase(folder.path("page.db"));
        QVERIFY(!checked);
        QCOMPARE(checked.error().code, ErrorCode::DbCorrupt);
        makeDatabase(folder.path("good.db"));
        QVERIFY(checkDatabase(folder.path("good.db")));
    }

    void refusesTablesThatAreNotOurs()
    {
        const Folder folder;
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
            db.exec("CREATE TABLE t(a); PRAGMA application_id=" + std::to_string(sqlite::applicationId) +
                    "; PRAGMA user_version=" + std::to_string(sqlite::newestVersion()));
        }
        auto store = openStore(folder.path("x.db"), OpenMode::ReadOnly);
        QVERIFY(store);
        const auto runs = valueOf((*store)->openReader())->runs();
        QVERIFY(!runs);
        QCOMPARE(runs.error().code, ErrorCode::DbCorrupt);
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::DbCorrupt);
    }

    void oneWriterOnly()
    {
        const Folder folder;
        auto first = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        const auto second = openStore(folder.path("x.db"), OpenMode::ReadWrite);
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::DbBusy);
        QVERIFY(second.error().detail.find("process " + std::to_string(::getpid())) != std::string::npos);
        fs::create_symlink(folder.path("x.db"), folder.path("link.db"));
        QCOMPARE(errorOf(folder.path("link.db")), ErrorCode::DbBusy);
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly), ErrorCode::None);
        QVERIFY(isOpenForWriting(folder.path("link.db")));
        first.reset();
        QVERIFY(!isOpenForWriting(folder.path("link.db")) && !isOpenForWriting(folder.path("nowhere.db")));
        QCOMPARE(errorOf(folder.path("x.db")), ErrorCode::None);
    }

    void readOnlyRefusesToWrite()
    {
        const Folder folder;
        makeDatabase(folder.path("x.db"));
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadOnly));
        QCOMPARE(store->writer().createRun(sampleRun()).error().code, ErrorCode::DbReadOnly);
        QCOMPARE(store->writer().flush().error().code, ErrorCode::DbReadOnly);
        Error trouble;
        store->writer().setCallbacks({{}, [&](const Error& error) { trouble = error; }});
        store->writer().addEvent({});
        QCOMPARE(trouble.code, ErrorCode::DbReadOnly);
        QCOMPARE(valueOf(valueOf(store->openReader())->runs()).size(), std::size_t{1});
        QCOMPARE(errorOf(folder.path("none.db"), OpenMode::ReadOnly), ErrorCode::DbOpen);
        QVERIFY(!fs::exists(folder.path("none.db")));
    }

    /// As another user, in a process of its own: root may write everywhere.
    void readsWhereNothingMayBeWritten()
    {
        const Folder folder;
        makeDatabase(folder.path("x.db"));
        fs::remove(folder.path("x.db-lock"));
        ::chmod(folder.path("x.db").c_str(), 0444);
        ::chmod(folder.path(".").c_str(), 0555);
        const pid_t child = ::fork();
        if (child == 0) {
            if (::getuid() == 0 && ::setuid(65534) != 0)
                ::_exit(10);
            if (errorOf(folder.path("x.db")) != ErrorCode::DbReadOnly)
                ::_exit(11);
            if (errorOf(folder.path("new.db")) != ErrorCode::DbReadOnly)
                ::_exit(12);
            auto store = openStore(folder.path("x.db"), OpenMode::ReadOnly);
            if (!store)
                ::_exit(13);
            auto reader = (*store)->openReader();
            ::_exit(reader && (*reader)->runs() ? 0 : 14);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ::chmod(folder.path(".").c_str(), 0755);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }

    void networkFileSystemsGetARollbackJournal_data()
    {
        QTest::addColumn<qint64>("type");
        QTest::addColumn<bool>("isNetwork");
        QTest::newRow("NFS") << qint64{0x6969} << true;
        QTest::newRow("Lustre") << qint64{0x0BD00BD0} << true;
        QTest::newRow("GPFS") << qint64{0x47504653} << true;
        QTest::newRow("CIFS") << qint64{0xFF534D42} << true;
        QTest::newRow("ext4") << qint64{0xEF53} << false;
        QTest::newRow("tmpfs") << qint64{0x01021994} << false;
    }

    void networkFileSystemsGetARollbackJournal()
    {
        QFETCH(qint64, type);
        QFETCH(bool, isNetwork);
        const Folder folder;
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite, faked(type)));
        QCOMPARE(store->notice().code, isNetwork ? ErrorCode::DbNetworkFs : ErrorCode::None);
        const RunId run = storedRun(*store, 100).id;
        mustWork(store->writer().flush());
        QCOMPARE(fs::exists(folder.path("x.db-wal")), !isNetwork);
        // This process reads beside its writer, and others cannot.
        QCOMPARE(valueOf(valueOf(store->openReader())->run(run)).planned, std::uint64_t{100});
        QCOMPARE(canReadFromOutside(folder.path("x.db")), !isNetwork);
        store.reset();
        QVERIFY(canReadFromOutside(folder.path("x.db")));
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly, faked(type)), ErrorCode::None);
    }

    void manyReadersBesideTheWriterOnANetworkFileSystem()
    {
        const Folder folder;
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite, faked(nfs)));
        std::atomic<int> troubles = 0;
        store->writer().setCallbacks({{}, [&](const Error& error) { troubles += error.code != ErrorCode::None; }});
        constexpr std::uint32_t items = 20'000;
        const RunId run = storedRun(*store, items).id;
        std::atomic<bool> over = false;
        std::atomic<int> failures = 0, pages = 0;
        std::vector<std::thread> readers;
        for (int i = 0; i < 2; ++i)
            readers.emplace_back([&] {
                auto reader = valueOf(store->openReader());
                while (!over) {
                    failures += reader->results(run, {}, std::nullopt, 200) && reader->run(run) ? 0 : 1;
                    ++pages;
                }
            });
        for (std::uint32_t i = 0; i < items; ++i)
            store->writer().addResult(run, i, sampleRow(i));
        const auto seal = store->writer().sealRun(run);
        QTRY_VERIFY(pages > 0);
        over = true;
        for (std::thread& reader : readers)
            reader.join();
        QVERIFY(seal && seal->holds());
        QCOMPARE(failures, 0);
        QCOMPARE(troubles, 0);
    }

    void aHolderOnAnotherHostIsNamed()
    {
        const Folder folder;
        const auto on = [](const char* host) { return StoreOptions{[](const fs::path&) { return nfs; }, host}; };
        auto first = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite, on("alpha")));
        const auto second = openStore(folder.path("x.db"), OpenMode::ReadWrite, on("beta"));
        QVERIFY(!second);
        QCOMPARE(second.error().code, ErrorCode::DbNetworkFs);
        const std::string holder = "process " + std::to_string(::getpid()) + " on alpha";
        QVERIFY2(second.error().detail.find(holder) != std::string::npos, second.error().detail.c_str());
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadWrite, on("alpha")), ErrorCode::DbBusy);
        first.reset();
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadWrite, on("beta")), ErrorCode::None);
    }

    void aLogMayNotBeReadOnANetworkFileSystem()
    {
        const Folder folder;
        {
            auto local = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
            storedRun(*local, 10);
            mustWork(local->writer().flush());
            QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly, faked(nfs)), ErrorCode::DbNetworkFs);
        }
        // Opened for writing it loses its log, and takes it up again on a local disk.
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadWrite, faked(nfs)), ErrorCode::None);
        QCOMPARE(errorOf(folder.path("x.db"), OpenMode::ReadOnly, faked(nfs)), ErrorCode::None);
        auto again = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        QCOMPARE(valueOf(valueOf(again->openReader())->runs()).size(), std::size_t{1});
        QVERIFY(fs::exists(folder.path("x.db-wal")));
    }

    /// The writer would go on in a file that nobody finds again.
    void aFileThatVanishesStopsTheWriterUntilItIsBack()
    {
        const Folder folder;
        fs::create_directory(folder.path("here"));
        auto store = valueOf(openStore(fs::path(folder.path("here")) / "x.db", OpenMode::ReadWrite));
        const RunId run = storedRun(*store, 10).id;
        mustWork(store->writer().flush());
        std::mutex mutex;
        std::vector<ErrorCode> troubles;
        std::set<std::uint64_t> tokens;
        store->writer().setCallbacks({[&](std::vector<std::uint64_t> committed) {
                                          const std::lock_guard lock(mutex);
                                          tokens.insert(committed.begin(), committed.end());
                                      },
                                      [&](const Error& error) {
                                          const std::lock_guard lock(mutex);
                                          troubles.push_back(error.code);
                                      }});
        const auto last = [&] {
            const std::lock_guard lock(mutex);
            return troubles.empty() ? ErrorCode::Internal : troubles.back();
        };
        fs::rename(folder.path("here"), folder.path("there"));
        store->writer().addResult(run, 1, sampleRow(1));
        QTRY_COMPARE(last(), ErrorCode::DbGone);
        QCOMPARE(store->writer().flush().error().code, ErrorCode::DbGone);
        QVERIFY(tokens.empty());
        fs::create_directory(folder.path("here"));
        std::ofstream(fs::path(folder.path("here")) / "x.db") << "another file";
        QCOMPARE(store->writer().flush().error().code, ErrorCode::DbGone);
        fs::remove_all(folder.path("here"));
        fs::rename(folder.path("there"), folder.path("here"));
        QTRY_COMPARE(last(), ErrorCode::None);
        QTRY_VERIFY(store->writer().flush().ok());
        QCOMPARE(valueOf(valueOf(store->openReader())->itemsWithResult(run)).size(), std::size_t{1});
    }

    void migratesStepByStep()
    {
        const Folder folder;
        SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        const sqlite::Migration steps[] = {
            {1, "CREATE TABLE a(x INTEGER) STRICT; INSERT INTO a VALUES(7)"},
            {2, "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 5"},
            {3, "CREATE TABLE b AS SELECT x+y AS z FROM a"},
        };
        sqlite::migrate(db, std::span(steps, 1));
        QCOMPARE(db.execAndGet("PRAGMA user_version").getInt(), 1);
        sqlite::migrate(db, steps);
        QCOMPARE(db.execAndGet("PRAGMA user_version").getInt(), 3);
        QCOMPARE(db.execAndGet("SELECT z FROM b").getInt(), 12);
        sqlite::migrate(db, steps); // nothing left to do
        QCOMPARE(db.execAndGet("SELECT count(*) FROM b").getInt(), 1);
    }

    /// Runs that were sealed by version 3 have no postings of scores and sources; the step to 4 makes them.
    void whatVersion3SealedIsFoundByScore()
    {
        const Folder folder;
        RunId run;
        const auto addRows = [&](Store& store) {
            run = storedRun(store, 4).id;
            for (std::uint32_t i = 0; i < 3; ++i) {
                ResultRow row = sampleRow(i);
                row.top.front().score = 0.25f * static_cast<float>(i + 1);
                store.writer().addResult(run, i, row);
            }
            store.writer().addResult(run, 3, errorRow(3, ErrorCode::ImgEmpty, {}));
            (void)valueOf(store.writer().sealRun(run));
            mustWork(store.writer().finishIndexes());
        };
        addRows(*valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite)));
        const auto postings = [&] {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            return db
                .execAndGet("SELECT group_concat(kind || ' ' || value || ' ' || item, ', ') FROM"
                            " (SELECT * FROM posting WHERE kind>=5 ORDER BY kind, value, item)")
                .getString();
        };
        const std::string sealed = postings();
        QCOMPARE(sealed, std::string("5 50 0, 5 100 1, 5 150 2, 6 1 0, 6 1 1, 6 1 2, 6 2 3"));
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            db.exec("DELETE FROM posting WHERE kind>=5; DROP TABLE run_cost; ALTER TABLE unit DROP COLUMN ssh_config;"
                    "ALTER TABLE run DROP COLUMN lease_epoch;" +
                    countersOfVersion7 + "PRAGMA user_version=3");
        }
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        ResultFilter sure;
        sure.minScore = 0.5;
        const auto found = valueOf(valueOf(store->openReader())->matchingItems(run, sure, std::nullopt));
        QVERIFY(found == (std::vector<ItemId>{ItemId(1), ItemId(2)}));
        store.reset();
        QCOMPARE(postings(), sealed);
    }

    /// Where a node was started is kept as it was, whatever becomes of its profile; older rows do not tell all of it.
    void theLedgerKeepsWhereNodesAre()
    {
        const Folder folder;
        UnitRecord unit;
        unit.allocation = std::string(32, 'a');
        unit.index = 3;
        unit.profile = "lab";
        unit.provider = ProviderKind::Ssh;
        unit.site = "node-a";
        unit.folder = "/home/me/launch";
        unit.keep = true;
        unit.createdAt = 17;
        unit.sshConfig = "/home/me/lab.config";
        UnitRecord here = unit;
        here.index = 4;
        here.sshConfig = std::string();
        {
            auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
            QVERIFY(store->ledger()->putUnits({unit, here}).ok());
            unit.providerId = "node-a:17";
            unit.keep = false;
            QVERIFY(store->ledger()->putUnits({unit}).ok());
        }
        {
            auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
            const auto units = valueOf(store->ledger()->units());
            QCOMPARE(units.size(), std::size_t{2});
            QVERIFY(units[0] == unit);
            QVERIFY(units[1] == here);
        }
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            db.exec("ALTER TABLE unit DROP COLUMN ssh_config; ALTER TABLE run DROP COLUMN lease_epoch;" +
                    countersOfVersion7 + "PRAGMA user_version=5");
        }
        auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        QVERIFY(valueOf(store->ledger()->units())[0].sshConfig == std::nullopt);
        QVERIFY(store->ledger()->removeUnits({unit, here}).ok());
        QVERIFY(valueOf(store->ledger()->units()).empty());
    }

    /// Leases of version 6 began with the time of a process's start, and its events are never older than that.
    void leasesOfVersion6StayBelowTheNextEpoch()
    {
        const Folder folder;
        RunId run;
        const auto epoch = [&] {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            return db.execAndGet("SELECT lease_epoch FROM run").getInt64();
        };
        {
            const auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
            run = storedRun(*store, 1).id;
            EventRecord event;
            event.run = run;
            event.at = 4'000'000'000'000;
            store->writer().addEvent(event);
            QVERIFY(store->writer().flush().ok());
        }
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            db.exec("ALTER TABLE run DROP COLUMN lease_epoch;" + countersOfVersion7 + "PRAGMA user_version=6");
        }
        valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite)).reset();
        QCOMPARE(epoch(), std::int64_t{4'000'000'000'000});
    }

    void countsOfVersion7AreKept()
    {
        const Folder folder;
        RunId run;
        {
            const auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
            run = storedRun(*store, 4).id;
            store->writer().addResults(run, 0, {sampleRow(0), sampleRow(1)});
            store->writer().addResult(run, 2, errorRow(2, ErrorCode::ImgEmpty, {}, "local-2"));
            mustWork(store->writer().flush());
        }
        {
            SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE);
            db.exec("CREATE TEMP TABLE counted AS SELECT * FROM node_rows;" + countersOfVersion7 +
                    "UPDATE node SET labelled=c.labelled, errors=c.errors FROM counted c WHERE c.node=node.id;"
                    "PRAGMA user_version=7");
        }
        const auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        store->writer().addResult(run, 3, sampleRow(3));
        mustWork(store->writer().flush());
        const auto nodes = valueOf(valueOf(store->openReader())->nodes(run));
        QCOMPARE(nodes.size(), std::size_t{2});
        QCOMPARE(nodes[0].labelled, std::uint64_t{3});
        QCOMPARE(nodes[0].errors, std::uint64_t{0});
        QCOMPARE(nodes[1].labelled, std::uint64_t{0});
        QCOMPARE(nodes[1].errors, std::uint64_t{1});
    }

    void anEpochNeverGoesBack()
    {
        const Folder folder;
        const auto store = valueOf(openStore(folder.path("x.db"), OpenMode::ReadWrite));
        RunRecord run = storedRun(*store, 1);
        for (const UnixMs epoch : {UnixMs{7'000}, UnixMs{5'000}}) {
            run.leaseEpoch = epoch;
            store->writer().updateRun(run);
            QVERIFY(store->writer().flush().ok());
        }
        QCOMPARE(valueOf(valueOf(store->openReader())->run(run.id)).leaseEpoch, UnixMs{7'000});
    }

    void aMigrationThatFailsChangesNothing()
    {
        const Folder folder;
        SQLite::Database db(folder.path("x.db").string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        const sqlite::Migration steps[] = {
            {1, "CREATE TABLE a(x INTEGER) STRICT"},
            {2, "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO nowhere VALUES(1)"},
        };
        QVERIFY_THROWS_EXCEPTION(SQLite::Exception, sqlite::migrate(db, steps));
        QCOMPARE(db.execAndGet("PRAGMA user_version").getInt(), 1);
        QVERIFY(!db.tableExists("b"));
    }
};

QTEST_GUILESS_MAIN(TestStoreOpen)
#include "test_open.moc"
