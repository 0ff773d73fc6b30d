// SPDX-License-Identifier: GPL-3.0-or-later
// What a database of an older version becomes, and what every version keeps.
#include "app/store/schema.h"
#include "tests/unit/store/store_fixture.h"

#include <SQLiteCpp/SQLiteCpp.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;

/// Puts the counters of nodes where they were before version 8.
static const std::string countersOfVersion7 =
    "DROP TABLE node_rows; ALTER TABLE node ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE node ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;";

class TestStoreMigrations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
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

QTEST_GUILESS_MAIN(TestStoreMigrations)
#include "test_migrations.moc"
