// SPDX-License-Identifier: GPL-3.0-or-later
// What is written is read back: runs, items, results, nodes, events and counters.
#include "shared/base/limits.h"
#include "tests/unit/store/opened_store.h"

#include <condition_variable>
#include <mutex>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::app::test;

namespace {

/// Collects acknowledged tokens from the writer's thread.
struct Tokens
{
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::uint64_t> tokens;
    std::vector<std::size_t> batches;

    StoreWriter::Callbacks callbacks()
    {
        return {[this](std::vector<std::uint64_t> committed) {
                    std::lock_guard lock(mutex);
                    batches.push_back(committed.size());
                    tokens.insert(tokens.end(), committed.begin(), committed.end());
                    changed.notify_all();
                },
                {}};
    }
    bool waitFor(std::size_t count)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(30), [&] { return tokens.size() >= count; });
    }
};

} // namespace

class TestStoreRows : public OpenedStore
{
    Q_OBJECT

private Q_SLOTS:
    void runsAreReadBack()
    {
        RunRecord run = sampleRun();
        run.dataRoot = "/data";
        run.labelMapPath = "/maps/a.csv";
        run.limit = 77;
        run.modelSha256 = "abcd";
        run.backend = "synthetic";
        run.backendOptions = R"({"ms":1})";
        run.precision = "fp32";
        run.device = "cuda:1";
        run.nodesWanted = 3;
        run.waitForNodes = true;
        run.id = valueOf(writer().createRun(run));
        QCOMPARE(run.id.value, std::int64_t{1});
        auto found = valueOf(m_reader->run(run.id));
        QCOMPARE(found.uid, run.uid);
        QCOMPARE(found.state, RunState::Created);
        QCOMPARE(found.createdAt, run.createdAt);
        QVERIFY(!found.startedAt && !found.finishedAt);
        QCOMPARE(found.dataRoot, run.dataRoot);
        QCOMPARE(found.labelMapPath, run.labelMapPath);
        QCOMPARE(found.limit, run.limit);
        QCOMPARE(found.labels, run.labels);
        QCOMPARE(found.backendOptions, run.backendOptions);
        QCOMPARE(found.device, run.device);
        QCOMPARE(found.agents, run.agents);
        QCOMPARE(found.localAgents, 2u);
        QCOMPARE(found.nodesWanted, 3u);
        QVERIFY(found.waitForNodes && !found.synthetic);

        run.state = RunState::Failed;
        run.startedAt = 5;
        run.finishedAt = 6;
        run.planned = 9;
        run.scanComplete = true;
        run.labels = {"one"};
        run.duplicatesRefused = 4;
        run.redispatched = 5;
        run.failure = {ErrorCode::ModelShape, "vit.x"};
        writer().updateRun(run);
        mustWork(writer().flush());
        found = valueOf(m_reader->run(run.id));
        QCOMPARE(found.state, RunState::Failed);
        QCOMPARE(found.startedAt, std::optional<UnixMs>(5));
        QCOMPARE(found.finishedAt, std::optional<UnixMs>(6));
        QCOMPARE(found.labels, run.labels);
        QCOMPARE(found.duplicatesRefused, std::uint64_t{4});
        QCOMPARE(found.redispatched, std::uint64_t{5});
        QVERIFY(found.failure == run.failure);
        QCOMPARE(m_reader->run(RunId(99)).error().code, ErrorCode::RunUnknown);
        QCOMPARE(valueOf(m_reader->runs()).size(), std::size_t{1});
    }

    void numbersOfRunsAreNotUsedAgain()
    {
        const RunId first = valueOf(writer().createRun(sampleRun("a")));
        const RunId second = valueOf(writer().createRun(sampleRun("b")));
        QVERIFY(second > first);
        QVERIFY(!writer().createRun(sampleRun("a"))); // its uid exists
        QVERIFY(writer().flush());
    }

    void itemsAreReadBack()
    {
        const RunRecord run = sampleRun();
        const RunId id = valueOf(writer().createRun(run));
        auto items = sampleItems(5);
        items[1].path = std::string("odd\r\n\"name\xff\x00z", 14);
        items[2].expected.clear();
        items[2].expectedLabel.reset();
        items[3].scanError = {ErrorCode::PathNotFile, "a FIFO"};
        items[4].headHash = {};
        writer().addItems(id, items);
        writer().addItems(id, items); // a scan that is resumed
        mustWork(writer().flush());
        std::vector<ItemRecord> found;
        mustWork(m_reader->forEachItem(id, [&](const ItemRecord& item) {
            found.push_back(item);
            return true;
        }));
        QCOMPARE(found.size(), items.size());
        for (std::size_t i = 0; i < items.size(); ++i) {
            QCOMPARE(found[i].id.value, items[i].id.value);
            QCOMPARE(found[i].path, items[i].path);
            QCOMPARE(found[i].bytes, items[i].bytes);
            QCOMPARE(found[i].headHash, items[i].headHash);
            QCOMPARE(found[i].expected, items[i].expected);
            QCOMPARE(found[i].expectedLabel, items[i].expectedLabel);
            QVERIFY(found[i].scanError == items[i].scanError);
        }
        int visited = 0;
        mustWork(m_reader->forEachItem(id, [&](const ItemRecord&) { return ++visited < 2; }));
        QCOMPARE(visited, 2);
        QCOMPARE(valueOf(m_reader->countResults(id, {})), std::uint64_t{5});
    }

    void manyItemsComeInOrder()
    {
        const RunRecord run = storedRun(*m_store, 10'000);
        mustWork(writer().flush());
        std::uint32_t next = 0;
        mustWork(
            m_reader->forEachItem(run.id, [&](const ItemRecord& item) { return item.id.value == next && ++next; }));
        QCOMPARE(next, 10'000u);
    }

    void rowsAreReadBack()
    {
        const RunRecord run = storedRun(*m_store, 3);
        ResultRow row = sampleRow(1);
        row.note = "PNG named .jpg";
        row.attempt = 2;
        row.synthetic = true;
        row.top.resize(2);
        row.top[0].score = 0.123456789f;
        writer().addResult(run.id, 1, row);
        const ResultRow failed = errorRow(2, ErrorCode::ImgCorrupt, "bad checksum");
        writer().addResult(run.id, 2, failed);
        mustWork(writer().flush());
        const auto views = valueOf(m_reader->results(run.id, {}, std::nullopt, 100));
        QCOMPARE(views.size(), std::size_t{3});
        QVERIFY(!views[0].result);
        const ResultRow& found = *views[1].result;
        QVERIFY(found.top == row.top);
        QCOMPARE(found.note, row.note);
        QCOMPARE(found.attempt, row.attempt);
        QVERIFY(found.synthetic);
        QCOMPARE(found.node, row.node);
        QCOMPARE(found.device + found.backend + found.precision, row.device + row.backend + row.precision);
        QCOMPARE(found.decodeMicros, row.decodeMicros);
        QCOMPARE(found.inferenceMicros, row.inferenceMicros);
        QCOMPARE(found.finishedAt, row.finishedAt);
        QCOMPARE(found.correct, row.correct);
        QVERIFY(views[2].result->error == failed.error);
        QVERIFY(views[2].result->top.empty());
        QVERIFY(valueOf(m_reader->run(run.id)).synthetic);
    }

    void tokensComeAfterTheCommit()
    {
        const RunRecord run = storedRun(*m_store, 1000);
        mustWork(writer().flush());
        Tokens tokens;
        bool allDurable = true;
        auto callbacks = tokens.callbacks();
        writer().setCallbacks({[&, inner = callbacks.committed](std::vector<std::uint64_t> committed) {
                                   const auto rows = valueOf(m_reader->itemsWithResult(run.id));
                                   const std::set<ItemId> durable(rows.begin(), rows.end());
                                   for (const std::uint64_t token : committed)
                                       allDurable &= durable.count(ItemId(static_cast<std::uint32_t>(token))) == 1;
                                   inner(std::move(committed));
                               },
                               {}});
        for (std::uint32_t i = 0; i < 1000; ++i)
            writer().addResult(run.id, i, sampleRow(i));
        QVERIFY(tokens.waitFor(1000));
        writer().setCallbacks({});
        QVERIFY(allDurable);
        QVERIFY(tokens.batches.front() >= limits::commitRows || tokens.tokens.size() == 1000);
    }

    /// Rows that come a few at a time share their COMMITs, and with these the pages that they lie on.
    void thereIsAPauseBetweenCommits()
    {
        const RunRecord run = storedRun(*m_store, 2 * limits::commitRows);
        mustWork(writer().flush());
        Tokens tokens;
        std::vector<std::chrono::steady_clock::time_point> times;
        auto callbacks = tokens.callbacks();
        writer().setCallbacks({[&, inner = callbacks.committed](std::vector<std::uint64_t> committed) {
                                   times.push_back(std::chrono::steady_clock::now());
                                   inner(std::move(committed));
                               },
                               {}});
        for (const std::uint32_t first : {0U, static_cast<std::uint32_t>(limits::commitRows)}) {
            std::vector<ResultRow> rows;
            for (std::uint32_t i = first; i < first + limits::commitRows; ++i)
                rows.push_back(sampleRow(i));
            writer().addResults(run.id, first, std::move(rows));
            QVERIFY(tokens.waitFor(first + limits::commitRows));
        }
        writer().setCallbacks({});
        QCOMPARE(times.size(), std::size_t{2});
        QVERIFY(times[1] - times[0] >= std::chrono::milliseconds(100));
    }

    void aSingleRowDoesNotWaitForOthers()
    {
        const RunRecord run = storedRun(*m_store, 1);
        Tokens tokens;
        writer().setCallbacks(tokens.callbacks());
        writer().addResult(run.id, 4711, sampleRow(0));
        QVERIFY(tokens.waitFor(1)); // after limits::commitInterval, with nothing else to push it
        QCOMPARE(tokens.tokens, std::vector<std::uint64_t>{4711});
        writer().setCallbacks({});
    }

    void aSecondRowChangesNothing()
    {
        const RunRecord run = storedRun(*m_store, 2);
        Tokens tokens;
        writer().setCallbacks(tokens.callbacks());
        writer().addResult(run.id, 1, sampleRow(0, "local-1"));
        writer().addResult(run.id, 2, sampleRow(0, "local-2"));
        writer().addResult(run.id, 3, errorRow(0, ErrorCode::ImgEmpty, ""));
        mustWork(writer().flush());
        writer().addResult(run.id, 4, sampleRow(0, "local-3"));
        writer().addResult(run.id, 5, sampleRow(1, "local-3"));
        const Seal seal = valueOf(writer().sealRun(run.id));
        writer().setCallbacks({});
        QCOMPARE(tokens.tokens, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
        QCOMPARE(seal.duplicatesRefused, std::uint64_t{3});
        QVERIFY(seal.holds());
        const auto stored = valueOf(m_reader->run(run.id));
        QCOMPARE(stored.labelled, std::uint64_t{2});
        QCOMPARE(stored.errors, std::uint64_t{0});
        QCOMPARE(valueOf(m_reader->results(run.id, {}, std::nullopt, 10)).front().result->node, std::string("local-1"));
        // A duplicate after the seal does not break it.
        writer().addResult(run.id, 6, sampleRow(1, "local-1"));
        mustWork(writer().flush());
        QVERIFY(valueOf(m_reader->seal(run.id)));
    }

    void countersFollowTheRows()
    {
        const RunRecord run = mixedRun();
        const auto stored = valueOf(m_reader->run(run.id));
        QCOMPARE(stored.labelled, std::uint64_t{9});
        QCOMPARE(stored.errors, std::uint64_t{2});
        // Labelled 0 (cat) for 0, 3, 6; expected cat for even items: right are 0, 6 and 1, 5, 7.
        QCOMPARE(stored.correct, std::uint64_t{5});
        QCOMPARE(stored.incorrect, std::uint64_t{4});
        QVERIFY(!stored.synthetic);
        NodeRecord node;
        node.name = "local-1";
        node.address = "127.0.0.1:5000";
        node.cores = 4;
        node.memoryBytes = std::uint64_t{8} << 30;
        writer().upsertNode(run.id, node);
        node.name = "local-10";
        writer().upsertNode(run.id, node);
        mustWork(writer().flush());
        const auto nodes = valueOf(m_reader->nodes(run.id));
        QCOMPARE(nodes.size(), std::size_t{3});
        QCOMPARE(nodes[0].name, std::string("local-1"));
        QCOMPARE(nodes[0].labelled, std::uint64_t{9});
        QCOMPARE(nodes[0].address, std::string("127.0.0.1:5000"));
        QCOMPARE(nodes[0].memoryBytes, std::uint64_t{8} << 30);
        QCOMPARE(nodes[1].errors, std::uint64_t{2});
        QCOMPARE(nodes[2].labelled, std::uint64_t{0});
    }

    /// Every session of a run adds what it has cost; energy that one of them does not know is not known.
    void costsAreAddedUp()
    {
        const RunRecord run = storedRun(*m_store, 1);
        QVERIFY(valueOf(m_reader->costs()).empty());
        writer().addCost(run.id, {"cluster", "EUR", 100, 0.25, 300.0});
        writer().addCost(run.id, {"cluster", "EUR", 50, 0.125, 150.0});
        writer().addCost(run.id, {"lab", "", 7, 0, std::nullopt});
        mustWork(writer().flush());
        const auto stored = valueOf(m_reader->costs())[run.id];
        QCOMPARE(stored.size(), std::size_t{2});
        QVERIFY((stored[0] == RunCostRecord{"cluster", "EUR", 150, 0.375, 450.0}));
        QVERIFY((stored[1] == RunCostRecord{"lab", "", 7, 0, std::nullopt}));
        writer().addCost(run.id, {"cluster", "EUR", 1, 0.125, std::nullopt});
        mustWork(writer().flush());
        const auto later = valueOf(m_reader->costs())[run.id];
        QCOMPARE(later.size(), std::size_t{2});
        QVERIFY(!later[0].joules && later[0].price == 0.5);
    }

    void precisionChecksAreReadBack()
    {
        RunRecord run = valueOf(m_reader->run(storedRun(*m_store, 1).id));
        QCOMPARE(run.precisionFloor, 0.985);
        PrecisionCheck check;
        check.kind = "ab12";
        check.kindText = "LibTorch 2.13.0, cpu AVX512";
        check.precision = "int8";
        check.verdict = PrecisionVerdict::Rejected;
        check.sample = check.compared = 256;
        check.agreed = 200;
        writer().addPrecisionCheck(run.id, check);
        check.verdict = PrecisionVerdict::Admitted; // the later one replaces it
        check.agreed = 255;
        check.largestDifference = 0.0125;
        check.floor = 0.97;
        check.isShort = true;
        check.reason = "why";
        check.at = 5;
        writer().addPrecisionCheck(run.id, check);
        PrecisionCheck copied = check;
        copied.precision = "bf16";
        copied.from = RunId(77);
        copied.at = 6;
        writer().addPrecisionCheck(run.id, copied);
        run.modelSha256 = "feed";
        writer().updateRun(run);
        mustWork(writer().flush());

        const auto stored = valueOf(m_reader->run(run.id)).precisionChecks;
        QCOMPARE(stored.size(), std::size_t{2});
        QCOMPARE(stored[0].kind, check.kind);
        QCOMPARE(stored[0].kindText, check.kindText);
        QCOMPARE(stored[0].precision, check.precision);
        QCOMPARE(stored[0].verdict, PrecisionVerdict::Admitted);
        QCOMPARE(stored[0].sample, 256U);
        QCOMPARE(stored[0].compared, 256U);
        QCOMPARE(stored[0].agreed, 255U);
        QCOMPARE(stored[0].largestDifference, 0.0125);
        QCOMPARE(stored[0].floor, 0.97);
        QVERIFY(stored[0].isShort);
        QCOMPARE(stored[0].reason, std::string("why"));
        QCOMPARE(stored[0].at, UnixMs{5});
        QCOMPARE(stored[1].from, RunId(77));
        // Of a model: only what a run has made itself, with its number.
        const auto known = valueOf(m_reader->precisionChecks("feed"));
        QCOMPARE(known.size(), std::size_t{1});
        QCOMPARE(known[0].precision, std::string("int8"));
        QCOMPARE(known[0].from, run.id);
        QVERIFY(valueOf(m_reader->precisionChecks("other")).empty());
    }

    void eventsAndSamplesAreReadBack()
    {
        const RunRecord run = storedRun(*m_store, 1);
        EventRecord event;
        event.at = 5;
        event.run = run.id;
        event.kind = EventKind::NodeLost;
        event.node = "local-1";
        event.error = {ErrorCode::NodeLost, "3 s"};
        event.count = 17;
        event.text = "more";
        writer().addEvent(event);
        event.run = RunId();
        writer().addEvent(event);
        writer().addSamples(run.id, {{10, "", 12.5f}, {10, "local-1", 6.25f}});
        mustWork(writer().flush());
        const auto all = valueOf(m_reader->events(std::nullopt, 0, 10));
        QCOMPARE(all.size(), std::size_t{2});
        const auto ofRun = valueOf(m_reader->events(run.id, 0, 10));
        QCOMPARE(ofRun.size(), std::size_t{1});
        QCOMPARE(ofRun[0].kind, EventKind::NodeLost);
        QVERIFY(ofRun[0].error == event.error);
        QCOMPARE(ofRun[0].count, std::uint64_t{17});
        QCOMPARE(ofRun[0].text, event.text);
        QCOMPARE(valueOf(m_reader->events(std::nullopt, all[0].id, 10)).size(), std::size_t{1});
        QCOMPARE(valueOf(m_reader->events(std::nullopt, 0, 1)).size(), std::size_t{1});
        const auto samples = valueOf(m_reader->samples(run.id));
        QCOMPARE(samples.size(), std::size_t{2});
        QCOMPARE(samples[1].imagesPerSecond, 6.25f);
    }

    void closingCommitsWhatIsQueued()
    {
        const RunRecord run = storedRun(*m_store, 300);
        for (std::uint32_t i = 0; i < 300; ++i)
            writer().addResult(run.id, i, sampleRow(i));
        m_store.reset();
        QCOMPARE(valueOf(m_reader->itemsWithResult(run.id)).size(), std::size_t{300});
    }

    void readersWorkWhileRowsAreWritten()
    {
        constexpr std::uint32_t rows = 20'000;
        const RunRecord run = storedRun(*m_store, rows);
        std::thread feeder([&] {
            for (std::uint32_t i = 0; i < rows; ++i)
                writer().addResult(run.id, i, sampleRow(i));
        });
        std::uint64_t seen = 0;
        while (seen < rows) {
            const auto stored = valueOf(m_reader->run(run.id));
            QVERIFY(stored.labelled >= seen);
            QCOMPARE(stored.correct + stored.incorrect, stored.labelled);
            seen = stored.labelled;
            const auto page = valueOf(m_reader->results(run.id, {}, std::nullopt, 50));
            QVERIFY(page.size() <= 50);
        }
        feeder.join();
        const auto log = std::filesystem::file_size(file().string() + "-wal");
        QVERIFY2(log < 64u << 20, std::to_string(log).c_str());
    }
};

QTEST_GUILESS_MAIN(TestStoreRows)
#include "test_rows.moc"
