// SPDX-License-Identifier: GPL-3.0-or-later
// Killed processes and full disks: no acknowledged row is ever missing.
#include "tests/unit/store/store_fixture.h"

#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <mutex>
#include <random>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t items = 200'000;

/// In a child: goes on with the run and tells each acknowledged item on the pipe, until it is killed.
[[noreturn]] void writeUntilKilled(const fs::path& file, RunId run, std::uint32_t from, int pipe)
{
    auto store = openStore(file, OpenMode::ReadWrite);
    if (!store)
        ::_exit(3);
    (*store)->writer().setCallbacks({[&](std::vector<std::uint64_t> tokens) {
                                         const auto* bytes = reinterpret_cast<const char*>(tokens.data());
                                         std::size_t left = tokens.size() * sizeof tokens[0];
                                         while (left > 0) {
                                             const ssize_t written = ::write(pipe, bytes, left);
                                             if (written <= 0)
                                                 ::_exit(4);
                                             bytes += written;
                                             left -= static_cast<std::size_t>(written);
                                         }
                                     },
                                     {}});
    for (std::uint32_t i = from; i < items; ++i)
        (*store)->writer().addResult(run, i, sampleRow(i));
    (void)(*store)->writer().flush();
    for (;;)
        ::pause();
}

/// Reads tokens until `atLeast` have come, then kills, then reads what is left in the pipe.
std::vector<std::uint64_t> readAndKill(pid_t child, int pipe, std::size_t atLeast)
{
    std::string bytes;
    char buffer[8192];
    bool killed = false;
    for (;;) {
        if (!killed && bytes.size() >= atLeast * sizeof(std::uint64_t)) {
            ::kill(child, SIGKILL);
            killed = true;
        }
        const ssize_t got = ::read(pipe, buffer, sizeof buffer);
        if (got <= 0)
            break;
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
    ::waitpid(child, nullptr, 0);
    std::vector<std::uint64_t> tokens(bytes.size() / sizeof(std::uint64_t));
    std::memcpy(tokens.data(), bytes.data(), tokens.size() * sizeof(std::uint64_t));
    return tokens;
}

/// In a child with a mount of its own: fills a small file system, then makes room. 0, or the number of what failed.
int fillAndFree(const fs::path& folder)
{
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=8m") != 0)
        return 77;
    auto store = openStore(folder / "x.db", OpenMode::ReadWrite);
    if (!store)
        return 1;
    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::uint64_t> tokens;
    std::vector<ErrorCode> troubles;
    (*store)->writer().setCallbacks({[&](std::vector<std::uint64_t> committed) {
                                         std::lock_guard lock(mutex);
                                         tokens.insert(committed.begin(), committed.end());
                                         changed.notify_all();
                                     },
                                     [&](const Error& error) {
                                         std::lock_guard lock(mutex);
                                         troubles.push_back(error.code);
                                         changed.notify_all();
                                     }});
    const auto run = storedRun(**store, 20'000).id;
    if (!(*store)->writer().flush())
        return 2;
    { // leaves some hundred KB
        std::ofstream filler(folder / "filler", std::ios::binary);
        const auto space = fs::space(folder).available;
        filler << std::string(space > 300'000 ? space - 300'000 : 0, 'x');
    }
    for (std::uint32_t i = 0; i < 20'000; ++i)
        (*store)->writer().addResult(run, i, sampleRow(i));
    std::unique_lock lock(mutex);
    const auto limit = std::chrono::seconds(50);
    if (!changed.wait_for(lock, limit, [&] { return !troubles.empty(); }))
        return 3;
    if (troubles.front() != ErrorCode::DbFull)
        return 4;
    if (tokens.size() == 20'000)
        return 5;
    lock.unlock();
    const auto flushed = (*store)->writer().flush();
    if (flushed || flushed.error().code != ErrorCode::DbFull)
        return 6;
    fs::remove(folder / "filler");
    lock.lock();
    if (!changed.wait_for(lock, limit, [&] { return tokens.size() == 20'000 && troubles.back() == ErrorCode::None; }))
        return 7;
    lock.unlock();
    const auto seal = (*store)->writer().sealRun(run);
    return seal && seal->holds() && seal->labelled == 20'000 && checkDatabase(folder / "x.db") ? 0 : 8;
}

} // namespace

class TestStoreCrash : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void acknowledgedRowsSurviveAKill()
    {
        const Folder folder;
        const fs::path file = folder.path("x.db");
        RunId run;
        {
            auto store = valueOf(openStore(file, OpenMode::ReadWrite));
            run = storedRun(*store, items).id;
        }
        const unsigned seed = std::random_device()();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        std::set<std::uint64_t> acknowledged;
        std::uint32_t from = 0;
        for (int round = 0; round < 12 && from < items - 20'000; ++round) {
            int ends[2];
            QCOMPARE(::pipe2(ends, O_CLOEXEC), 0);
            const pid_t child = ::fork();
            if (child == 0) {
                ::close(ends[0]);
                writeUntilKilled(file, run, from, ends[1]);
            }
            ::close(ends[1]);
            const auto tokens = readAndKill(child, ends[0], 1 + random() % 8000);
            ::close(ends[0]);
            QVERIFY(!tokens.empty());
            acknowledged.insert(tokens.begin(), tokens.end());

            QVERIFY(checkDatabase(file));
            auto store = valueOf(openStore(file, OpenMode::ReadOnly));
            auto reader = valueOf(store->openReader());
            const auto rows = valueOf(reader->itemsWithResult(run));
            std::set<std::uint64_t> durable;
            for (const ItemId item : rows)
                durable.insert(item.value);
            QCOMPARE(durable.size(), rows.size());
            for (const std::uint64_t token : acknowledged)
                QVERIFY2(durable.count(token), std::to_string(token).c_str());
            const auto stored = valueOf(reader->run(run)); // counters and rows are of one transaction
            QCOMPARE(stored.labelled, std::uint64_t{rows.size()});
            QCOMPARE(valueOf(reader->nodes(run)).front().labelled, std::uint64_t{rows.size()});
            from = static_cast<std::uint32_t>(*acknowledged.rbegin()); // some rows come again
        }
        qInfo("%zu rows acknowledged", acknowledged.size());
    }

    void aFullDiskPausesAndSpaceResumes()
    {
        const Folder folder;
        fs::create_directory(folder.path("small"));
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(fillAndFree(folder.path("small")));
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
            QSKIP("a small file system cannot be mounted here");
        QCOMPARE(WEXITSTATUS(status), 0);
    }
};

QTEST_GUILESS_MAIN(TestStoreCrash)
#include "test_crash.moc"
