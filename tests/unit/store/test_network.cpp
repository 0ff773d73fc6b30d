// SPDX-License-Identifier: GPL-3.0-or-later
// Databases on network file systems, and those whose file vanishes.
#include "tests/unit/store/store_fixture.h"

#include <sqlite3.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
namespace fs = std::filesystem;

class TestStoreNetwork : public QObject
{
    Q_OBJECT

private:
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
};

QTEST_GUILESS_MAIN(TestStoreNetwork)
#include "test_network.moc"
