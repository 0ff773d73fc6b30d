// SPDX-License-Identifier: GPL-3.0-or-later
// Disks and network file systems that fail for a while, or hang, under the application itself.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QTest>

#include "app/core/scheduler/scheduler.h"
#include "tests/unit/engine/application.h"

#include <SQLiteCpp/Database.h>

#include <QTemporaryDir>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <string_view>

#include <dirent.h>
#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::Script;

namespace {

constexpr int waitMs = 60'000;
constexpr auto wait = std::chrono::milliseconds(waitMs);
constexpr int pictures = 40;

/// What reading a file whose name ends in ".odd.pgm" does, or listing a folder whose name ends in ".odd".
struct OddFiles
{
    std::mutex mutex;
    std::condition_variable wake;
    int failures = 0;   ///< this many reads fail with EIO
    bool hangs = false; ///< they do not return
    int hanging = 0;    ///< that have not returned

    void hang(bool on)
    {
        const std::lock_guard lock(mutex);
        hangs = on;
        wake.notify_all();
    }
    void fail(int reads)
    {
        const std::lock_guard lock(mutex);
        failures = reads;
    }
    bool isHanging()
    {
        const std::lock_guard lock(mutex);
        return hanging > 0;
    }
    /// False: the read fails.
    bool pass()
    {
        std::unique_lock lock(mutex);
        ++hanging;
        wake.wait(lock, [this] { return !hangs; });
        --hanging;
        wake.notify_all();
        if (failures == 0)
            return true;
        --failures;
        return false;
    }
    /// Ends every hang, and waits for those who stood in one.
    void release()
    {
        std::unique_lock lock(mutex);
        hangs = false;
        wake.notify_all();
        wake.wait(lock, [this] { return hanging == 0; });
    }
};

OddFiles& oddFiles()
{
    static OddFiles files;
    return files;
}

bool isOdd(int fd, std::string_view ending)
{
    std::array<char, PATH_MAX> place{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), place.data(), place.size());
    return length > 0 && std::string_view(place.data(), static_cast<std::size_t>(length)).ends_with(ending);
}

} // namespace

/// In place of the C library's, for the whole program.
extern "C" ssize_t pread(int fd, void* buffer, size_t bytes, off_t offset)
{
    if (isOdd(fd, ".odd.pgm") && !oddFiles().pass()) {
        errno = EIO;
        return -1;
    }
    return ::syscall(SYS_pread64, fd, buffer, bytes, offset);
}

extern "C" DIR* fdopendir(int fd)
{
    if (isOdd(fd, ".odd") && !oddFiles().pass()) {
        errno = EIO;
        return nullptr;
    }
    static const auto real = reinterpret_cast<DIR* (*)(int)>(::dlsym(RTLD_NEXT, "fdopendir"));
    return real(fd);
}

class DisksTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;

    std::filesystem::path database() const { return m_path / "run.db"; }
    RunRequest request() const
    {
        RunRequest made;
        made.dataPath = (m_path / "data").string();
        made.modelPath = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
        made.agents = {"a:1"};
        return made;
    }
    /// A run that is scanned, and of which nothing is labelled.
    RunId scanned()
    {
        Script script;
        script.agents["a:1"].answerAtMost = 0;
        Application app(database(), script);
        const RunId id = app.start(request()).value();
        if (!QTest::qWaitFor([&] { return app.run().scanComplete; }, waitMs))
            qFatal("the scan does not end");
        app.stop();
        return id;
    }

    /// As somebody else would; the application waits for the lock.
    void execute(const std::string& sql) const
    {
        SQLite::Database(database().string(), SQLite::OPEN_READWRITE, 5000).exec(sql);
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->path().toStdString();
        std::filesystem::create_directories(m_path / "data" / "Bag");
        for (int i = 0; i < pictures; ++i)
            std::ofstream(m_path / "data" / "Bag" / (std::to_string(1000 + i) + (i == 7 ? ".odd.pgm" : ".pgm")),
                          std::ios::binary)
                << "P5 2 2 255\nabc" << static_cast<char>(i);
    }
    void cleanup() { oddFiles().release(); }

    /// The agent gets bytes, so that the application reads them.
    void aReadThatFailsForAWhileIsTriedAgain()
    {
        const RunId id = scanned();
        oddFiles().fail(2);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(pictures));
    }

    void aReadThatKeepsFailingIsAnErrorRowAndNobodysFault()
    {
        const RunId id = scanned();
        oddFiles().fail(INT_MAX);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        std::atomic<int> setAside = 0;
        const Subscription subscription = app.engine->subscribeEvents(
            [&](const EventRecord& event) { setAside += event.kind == EventKind::NodeSetAside; });
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().labelled, std::uint64_t(pictures - 1), waitMs); // the others do not wait
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        oddFiles().fail(0);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().errors, std::uint64_t(1));
        const auto rows = (*app.store->openReader())->results(id, {}, ItemId(6), 1);
        QVERIFY(rows.ok());
        QCOMPARE(rows->front().result->error.code, ErrorCode::NodeIo);
        QCOMPARE(setAside.load(), 0);
    }

    /// The first failure is the folder's, the second the file's.
    void aScanWaitsForADiskThatFailsForAWhile()
    {
        std::filesystem::rename(m_path / "data" / "Bag", m_path / "data" / "Bag.odd");
        oddFiles().fail(2);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        QVERIFY(app.start(request()).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(pictures));
    }

    void aFileThatTheScanCannotReadIsAnErrorRow()
    {
        // Far enough behind for nodes to be probed, which takes 16 files.
        std::filesystem::rename(m_path / "data" / "Bag" / "1007.odd.pgm", m_path / "data" / "Bag" / "1007.pgm");
        std::filesystem::rename(m_path / "data" / "Bag" / "1030.pgm", m_path / "data" / "Bag" / "1030.odd.pgm");
        oddFiles().fail(INT_MAX);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        QVERIFY(app.start(request()).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().labelled, std::uint64_t(30), waitMs); // those before it do not wait
        QVERIFY(!app.run().scanComplete);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(pictures - 1));
        const auto rows = (*app.store->openReader())->results(RunId(1), {}, ItemId(29), 1);
        QVERIFY(rows.ok());
        QCOMPARE(rows->front().result->error.code, ErrorCode::NodeIo);
    }

    /// Nobody knows how many pictures there are in it, so no seal may say that none is lost.
    void aFolderThatCannotBeListedEndsTheRunAndResumeGoesOn()
    {
        std::filesystem::create_directories(m_path / "data" / "Coat.odd");
        std::ofstream(m_path / "data" / "Coat.odd" / "1.pgm", std::ios::binary) << "P5 2 2 255\nabcd";
        std::filesystem::rename(m_path / "data" / "Bag" / "1007.odd.pgm", m_path / "data" / "Bag" / "1007.pgm");
        oddFiles().fail(INT_MAX);
        Script script;
        script.agents["a:1"];
        RunId id;
        {
            Application app(database(), script);
            const auto begun = app.start(request());
            QVERIFY(begun.ok());
            id = *begun;
            QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
            QCOMPARE(app.run().failure.code, ErrorCode::NodeIo);
            QVERIFY2(app.run().failure.detail.starts_with("Coat.odd/: "), app.run().failure.detail.c_str());
            QVERIFY(!app.run().seal);
        }
        oddFiles().fail(0);
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(pictures + 1));
    }

    /// A failure is no stop: nobody is asked to keep anything for a resume, and an agent that is not told would work
    /// on.
    void aRunThatFailsWithUnstoredRowsIsClosedOnItsAgents()
    {
        const std::filesystem::path bag = m_path / "data" / "Bag";
        std::filesystem::rename(bag / "1007.odd.pgm", bag / "1007.pgm");
        std::filesystem::rename(bag / "1030.pgm", bag / "1030.odd.pgm");
        const RunId id = scanned();
        // As if the application had died half-way through the scan, and with another file in the part that it knows.
        execute("DELETE FROM item WHERE item >= 20; UPDATE run SET scan_complete=0, planned=20, items=20;"
                "CREATE TRIGGER no_room BEFORE INSERT ON result BEGIN SELECT RAISE(ABORT, 'no room'); END");
        std::filesystem::rename(bag / "1003.pgm", bag / "1003b.pgm");
        oddFiles().hang(true);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_VERIFY_WITH_TIMEOUT(oddFiles().isHanging(), waitMs);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().storeTrouble.code, ErrorCode::DbWrite, waitMs); // rows are pending
        oddFiles().hang(false);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
        QCOMPARE(app.run().failure.code, ErrorCode::ItemChanged);
        const std::lock_guard lock(script.mutex);
        QVERIFY(!script.agents["a:1"].unacknowledged.empty());
        QCOMPARE(script.agents["a:1"].closed, 1);
    }

    void aReadThatHangsHoldsNothingUp_data()
    {
        QTest::addColumn<bool>("whileScanning");
        QTest::newRow("while the data set is scanned") << true;
        QTest::newRow("while a picture is read for a node") << false;
    }
    void aReadThatHangsHoldsNothingUp()
    {
        QFETCH(const bool, whileScanning);
        const RunId id = whileScanning ? RunId() : scanned();
        oddFiles().hang(true);
        Script script;
        script.agents["a:1"];
        auto app = std::make_unique<Application>(database(), script);
        const auto begun = whileScanning ? app->start(request()) : app->resume(id);
        QVERIFY(begun.ok());
        QTRY_VERIFY_WITH_TIMEOUT(oddFiles().isHanging(), waitMs);
        app->engine->setPaused(true);
        QTRY_VERIFY_WITH_TIMEOUT(app->run().paused, waitMs);
        auto stopped = std::async(std::launch::async, [&app] { app->stop(); });
        const bool stops = stopped.wait_for(wait) == std::future_status::ready;
        if (!stops)
            oddFiles().release();
        QVERIFY(stops);
        QCOMPARE(app->run().state, RunState::Stopped);
        // And the program ends, with the thread still standing where it is.
        auto ended = std::async(std::launch::async, [&app] { app.reset(); });
        const bool ends = ended.wait_for(wait) == std::future_status::ready;
        const bool stillHangs = oddFiles().isHanging();
        oddFiles().release();
        QVERIFY(ends);
        QVERIFY(stillHangs);
        // What it then finds out concerns nobody any more: the run goes on in another process.
        Application next(database(), script);
        QVERIFY(next.resume(*begun).ok());
        QTRY_COMPARE_WITH_TIMEOUT(next.run().state, RunState::Finished, waitMs);
        QVERIFY(next.run().seal->holds());
        QCOMPARE(next.run().labelled, std::uint64_t(pictures));
    }

    /// For longer than a lease may take: what waits for it was never sent, so that no node is late with it.
    void aReadThatHangsForLongIsNobodysFault()
    {
        const RunId id = scanned();
        oddFiles().hang(true);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        std::atomic<int> lost = 0;
        const Subscription subscription =
            app.engine->subscribeEvents([&](const EventRecord& event) { lost += event.kind == EventKind::NodeLost; });
        QVERIFY(app.resume(id).ok());
        QTRY_VERIFY_WITH_TIMEOUT(oddFiles().isHanging(), waitMs);
        const auto aLease = scheduler::Policy().leaseFloor + std::chrono::seconds(2);
        const bool isBlamed =
            QTest::qWaitFor([&] { return lost > 0 || app.run().errors > 0; },
                            static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(aLease).count()));
        oddFiles().hang(false);
        QVERIFY(!isBlamed);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(pictures));
    }
};

QTEST_GUILESS_MAIN(DisksTest)
#include "disks_test.moc"
