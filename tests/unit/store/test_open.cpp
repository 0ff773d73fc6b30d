// SPDX-License-Identifier: GPL-3.0-or-later
// Which files open as a database, and what the others are refused with.
#include "app/store/database.h"
#include "app/store/schema.h"
#include "tests/unit/store/store_fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;
namespace fs = std::filesystem;

class TestStoreOpen : public QObject
{
    Q_OBJECT

private:
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
};

QTEST_GUILESS_MAIN(TestStoreOpen)
#include "test_open.moc"
