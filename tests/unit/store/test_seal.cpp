// SPDX-License-Identifier: GPL-3.0-or-later
// What seal and verification find, what takes a seal away, and what is left of a run that is deleted.
#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/run_deletion.h"
#endif
#include "tests/unit/store/opened_store.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;

class TestStoreSeal : public OpenedStore
{
    Q_OBJECT

private Q_SLOTS:
    void sealFindsWhatIsLost()
    {
        const RunRecord run = mixedRun();
        const Seal seal = valueOf(writer().sealRun(run.id));
        QCOMPARE(seal.planned, std::uint64_t{12});
        QCOMPARE(seal.lost, std::uint64_t{1});
        QCOMPARE(seal.doubled, std::uint64_t{0});
        QVERIFY(!seal.holds());
        writer().addResult(run.id, 1, sampleRow(11));
        QVERIFY(valueOf(writer().sealRun(run.id)).holds());
        QVERIFY(valueOf(m_reader->seal(run.id))->holds());
        QVERIFY(valueOf(m_reader->verify(run.id)).holds());
        QCOMPARE(writer().sealRun(RunId(9)).error().code, ErrorCode::RunUnknown);
        QCOMPARE(m_reader->verify(RunId(9)).error().code, ErrorCode::RunUnknown);
    }

    void verifyDoesNotTrustTheKeys()
    {
        const RunRecord run = storedRun(*m_store, 3);
        for (std::uint32_t i = 0; i < 3; ++i)
            writer().addResult(run.id, i, sampleRow(i));
        QVERIFY(valueOf(writer().sealRun(run.id)).holds());
        close();
        {
            SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
            db.exec("CREATE TABLE copy AS SELECT * FROM result; DROP TABLE result; ALTER TABLE copy RENAME TO result;"
                    "INSERT INTO result SELECT * FROM result WHERE item=1; DELETE FROM result WHERE item=2");
        }
        open(OpenMode::ReadOnly);
        const Seal seal = valueOf(m_reader->verify(run.id));
        QCOMPARE(seal.lost, std::uint64_t{1});
        QCOMPARE(seal.doubled, std::uint64_t{1});
        QVERIFY(!seal.holds());
        QVERIFY(valueOf(m_reader->seal(run.id))->holds()); // what was stored is another matter
    }

    void aGapInTheManifestIsALoss()
    {
        RunRecord run = sampleRun();
        run.id = valueOf(writer().createRun(run));
        writer().addItems(run.id, sampleItems(2));
        run.planned = 3;
        run.scanComplete = true;
        writer().updateRun(run);
        writer().addResult(run.id, 0, sampleRow(0));
        writer().addResult(run.id, 1, sampleRow(1));
        QCOMPARE(valueOf(writer().sealRun(run.id)).lost, std::uint64_t{1});
    }

    /// Also before its postings are there, and they are not made any more.
    void newRowsTakeTheSealAway_data()
    {
        QTest::addColumn<bool>("indexed");
        QTest::newRow("indexed") << true;
        QTest::newRow("sealed") << false;
    }
    void newRowsTakeTheSealAway()
    {
        QFETCH(bool, indexed);
        const RunRecord run = mixedRun();
        valueOf(writer().sealRun(run.id));
        if (indexed)
            mustWork(writer().finishIndexes());
        ResultFilter filter;
        filter.labels = {"dog"};
        const auto before = valueOf(m_reader->countResults(run.id, filter));
        writer().addResult(run.id, 1, sampleRow(11));
        mustWork(writer().flush());
        QVERIFY(!valueOf(m_reader->seal(run.id)));
        QCOMPARE(valueOf(m_reader->countResults(run.id, filter)), before + 1);
        mustWork(writer().finishIndexes());
        SQLite::Database db(file().string(), SQLite::OPEN_READONLY);
        QCOMPARE(db.execAndGet("SELECT count(*) FROM posting").getInt(), 0);
        QCOMPARE(db.execAndGet("SELECT indexed FROM run").getInt(), 0);
    }

    /// The seal does not wait for postings; a process that is killed in between leaves them to the next one.
    void postingsAreMadeByTheNextProcess()
    {
        RunRecord run = mixedRun();
        run.state = RunState::Finished;
        writer().updateRun(run);
        valueOf(writer().sealRun(run.id));
        mustWork(writer().finishIndexes());
        const auto postings = [this] {
            SQLite::Database db(file().string(), SQLite::OPEN_READONLY);
            return db.execAndGet("SELECT count(*) FROM posting").getInt();
        };
        const int all = postings();
        QVERIFY(all > 40);
        close();
        {
            SQLite::Database db(file().string(), SQLite::OPEN_READWRITE);
            db.exec("DELETE FROM posting WHERE kind>2; UPDATE run SET indexed=0");
        }
        open();
        const Seal before = *valueOf(m_reader->seal(run.id));
        mustWork(writer().finishIndexes());
        QCOMPARE(postings(), all);
        QCOMPARE(valueOf(m_reader->seal(run.id))->labelled, before.labelled);
    }

    void aFinishedRunWithoutSealGetsOneWhenOpened()
    {
        RunRecord run = storedRun(*m_store, 1);
        writer().addResult(run.id, 0, sampleRow(0));
        run.state = RunState::Finished;
        writer().updateRun(run);
        close();
        m_store = valueOf(openStore(file(), OpenMode::ReadWrite));
        mustWork(writer().flush());
        m_reader = valueOf(m_store->openReader());
        QVERIFY(valueOf(m_reader->seal(run.id))->holds());
    }

    /// Every row of the run is gone, in every table that names runs; the other run is untouched, and the file is sound.
    void aDeletedRunLeavesNothing()
    {
        const RunRecord kept = mixedRun();
        valueOf(writer().sealRun(kept.id));
        const RunRecord gone = mixedRun("ffff456789abcdef0123456789abcdef");
        valueOf(writer().sealRun(gone.id));
        mustWork(writer().finishIndexes());
        for (const RunId id : {kept.id, gone.id}) {
            PrecisionCheck check;
            check.kind = "00";
            check.precision = "int8";
            check.verdict = PrecisionVerdict::Admitted;
            writer().addPrecisionCheck(id, check);
            writer().addCost(id, {"cluster", "EUR", 1, 1, std::nullopt});
            EventRecord event;
            event.run = id;
            event.kind = EventKind::RunFinished;
            writer().addEvent(event);
            writer().addSamples(id, {{1, {}, 5.0f}});
            NodeRecord node;
            node.name = "local-1";
            writer().upsertNode(id, node);
        }
        mustWork(writer().flush());
        const auto before = rowsByTable(kept.id);
        QVERIFY(before.size() > 8);
        auto* deletion = dynamic_cast<RunDeletion*>(&writer());
        QVERIFY(deletion);
        mustWork(deletion->deleteRun(gone.id));
        for (const auto& [table, rows] : rowsByTable(gone.id))
            QVERIFY2(rows == 0, table.c_str());
        QVERIFY(rowsByTable(kept.id) == before);
        QCOMPARE(valueOf(m_reader->runs()).size(), std::size_t{1});
        QCOMPARE(valueOf(m_reader->countResults(kept.id, {})), std::uint64_t{12});
        QCOMPARE(deletion->deleteRun(gone.id).error().code, ErrorCode::RunUnknown);
        SQLite::Database db(file().string(), SQLite::OPEN_READONLY);
        QCOMPARE(db.execAndGet("PRAGMA integrity_check").getString(), std::string("ok"));
    }

private:
    /// How many rows of the run each table holds that has a column for it.
    std::map<std::string, int> rowsByTable(RunId run) const
    {
        SQLite::Database db(file().string(), SQLite::OPEN_READONLY);
        std::map<std::string, int> rows;
        SQLite::Statement tables(db,
                                 "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name='run'"
                                 " WHERE m.type='table'");
        while (tables.executeStep()) {
            const std::string name = tables.getColumn(0).getString();
            SQLite::Statement count(db, "SELECT count(*) FROM " + name + " WHERE run=?");
            count.bind(1, static_cast<std::int64_t>(run.value));
            count.executeStep();
            rows[name] = count.getColumn(0).getInt();
        }
        return rows;
    }
};

QTEST_GUILESS_MAIN(TestStoreSeal)
#include "test_seal.moc"
