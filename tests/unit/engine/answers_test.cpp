// SPDX-License-Identifier: GPL-3.0-or-later
// What nodes answer: late, wrong, not at all, and what becomes of it. The engine with a real scheduler and a real
// store, and agents that follow a script. Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the
// first header of all.
#include <QTest>

#include "tests/unit/engine/application.h"
#include "tests/unit/engine/run_folder.h"

#include <filesystem>
#include <fstream>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::checkSealed;
using vitfleet::test::RunFolder;
using vitfleet::test::Script;

namespace {

constexpr int waitMs = 30'000;

} // namespace

class AnswersTest : public QObject, RunFolder
{
    Q_OBJECT

private Q_SLOTS:
    void init() { renew(); }

    void workOfALostNodeGoesToOthersAndLateAnswersAreRefused()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answerAtMost = 8;
        script.agents["b:1"].answerAtMost = 0;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        const auto held = [&](const char* name) {
            const std::lock_guard lock(script.mutex);
            return script.agents[name].held.size();
        };
        QTRY_VERIFY_WITH_TIMEOUT(held("a:1") > 0 && held("b:1") > 0, waitMs);
        app.link->cut("a:1");
        QTRY_VERIFY_WITH_TIMEOUT(app.run().redispatched > 0, waitMs);
        {
            const std::lock_guard lock(script.mutex);
            script.agents["b:1"].answerAtMost = 1'000'000;
        }
        app.link->answerHeld("b:1");
        QTRY_VERIFY_WITH_TIMEOUT(app.run().labelled >= 150, waitMs);
        app.link->restore("a:1");
        app.link->answerHeld("a:1");
        const auto finish = [&] {
            app.link->answerHeld("a:1");
            app.link->answerHeld("b:1");
            return app.run().state == RunState::Finished;
        };
        QTRY_VERIFY_WITH_TIMEOUT(finish(), waitMs);
        checkSealed(app.run(), 200);
        QCOMPARE(app.run().labelled, std::uint64_t(200));
    }

    void answersForOutputsThatTheModelHasNotAreRefused()
    {
        makeData(300);
        Script script;
        script.agents["a:1"].badLabel = 10;
        script.agents["b:1"];
        Application app(database(), script);
        std::atomic<std::uint64_t> foreign = 0, told = 0;
        const Subscription events = app.engine->subscribeEvents([&](const EventRecord& event) {
            if (event.kind != EventKind::ForeignResult)
                return;
            foreign += event.count;
            ++told;
        });
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(told > 0, waitMs);
        app.link->cut("a:1");
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 300);
        QCOMPARE(app.run().labelled, std::uint64_t(300));
        // Counted, but not each told by itself. (What was on its way when it was cut is not counted.)
        QVERIFY2(foreign >= 16, qPrintable(QString::number(foreign)));
        QVERIFY2(told < foreign, "each was told by itself");
    }

    void itemErrorsBecomeRows()
    {
        makeData(12);
        Script script;
        script.agents["a:1"].itemError = ErrorCode::ImgFormat;
        script.agents["b:1"].itemError = ErrorCode::ImgFormat;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 12);
        QCOMPARE(app.run().errors, std::uint64_t(12));
        const std::lock_guard lock(script.mutex);
        for (const auto& [name, agent] : script.agents)
            QVERIFY2(agent.unacknowledged.empty(), name.c_str());
    }

    /// A node that labels everything alike is found out by the other two; what is stored tells the story.
    void aNodeThatLabelsWronglyIsOutvoted()
    {
        makeData(3000);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"].badLabel = 3;
        script.agents["c:1"];
        for (auto& [name, agent] : script.agents)
            agent.perItem =
                std::chrono::milliseconds(1); // so that the last leases, which are not audited, are a part only
        Application app(database(), script);
        std::atomic<int> setAside = 0;
        const Subscription subscription = app.engine->subscribeEvents(
            [&](const EventRecord& event) { setAside += event.kind == EventKind::NodeSetAside; });
        RunRequest all = request({"a:1", "b:1", "c:1"});
        all.nodesWanted = 3; // nobody is through before the others are there
        const auto run = app.start(all);
        QVERIFY(run.ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 3000);
        QVERIFY(app.store->writer().flush().ok());
        const auto events = (*app.store->openReader())->events(*run, 0, 10'000);
        QVERIFY(events.ok());
        int disputed = 0, outvoted = 0, audited = 0;
        for (const EventRecord& event : *events) {
            disputed += event.kind == EventKind::ResultDisputed;
            audited += event.kind == EventKind::Audited;
            if (event.kind != EventKind::NodeOutvoted)
                continue;
            ++outvoted;
            QCOMPARE(event.node, std::string("b:1"));
            QVERIFY2(event.text.find("b:1: ") != std::string::npos, event.text.c_str());
        }
        QVERIFY(disputed > 0);
        QVERIFY(outvoted > 0);
        QCOMPARE(audited, 1);
        QVERIFY(setAside > 0 || outvoted < 3);
    }

    void errorsOfSeveralNodesNameTheNodes()
    {
        makeData(4);
        Script script;
        script.agents["a:1"].itemError = ErrorCode::BackendFailed;
        script.agents["b:1"].itemError = ErrorCode::BackendMemory;
        Application app(database(), script);
        const auto run = app.start(request({"a:1", "b:1"}));
        QVERIFY(run.ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        const auto rows = (*app.store->openReader())->results(*run, {}, std::nullopt, 10);
        QVERIFY(rows.ok() && rows->size() == 4);
        for (const ResultView& row : *rows) {
            const std::string& detail = row.result->error.detail;
            QVERIFY2(detail.find("a:1: E_BACKEND") != std::string::npos &&
                         detail.find("b:1: E_BACKEND_MEMORY") != std::string::npos,
                     detail.c_str());
        }
    }

    /// How often a picture may fail is for the user to say.
    void failurePolicyIsTheUsers()
    {
        for (const std::uint32_t attempts : {3U, 1U}) {
            makeData(40);
            Script script;
            script.agents["a:1"].itemError = ErrorCode::BackendFailed;
            script.agents["b:1"];
            Application app(m_path / ("policy" + std::to_string(attempts) + ".db"), script);
            app.engine->setFailurePolicy({limits::lostAfter, attempts, 3});
            QVERIFY(app.start(request({"a:1", "b:1"})).ok());
            QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
            QVERIFY2((app.run().errors == 0) == (attempts == 3), qPrintable(QString::number(app.run().errors)));
        }
    }

    void whatAnAgentStillHoldsAfterARestartIsTakenNotDoneAgain()
    {
        makeData(60);
        Script script;
        script.agents["a:1"].answerAtMost = 10;
        RunId id;
        UnixMs startedAt = 0;
        std::uint64_t first = 0; ///< the sequence of item 50, which comes twice
        {
            Application app(database(), script);
            const auto started = app.start(request({"a:1"}));
            QVERIFY(started.ok());
            id = *started;
            QTRY_VERIFY_WITH_TIMEOUT(app.run().labelled >= 10 && app.run().scanComplete, waitMs);
            startedAt = app.run().startedAt;
            app.stop();
        }
        {
            // As after a kill: results computed, never acknowledged. One of them is committed already.
            const std::lock_guard lock(script.mutex);
            Script::Agent& agent = script.agents["a:1"];
            agent.answerAtMost = 1'000'000;
            agent.answered = 0;
            agent.acknowledged.clear();
            for (const std::uint32_t item : {0u, 50u, 51u, 50u}) {
                protocol::ResultItem result;
                result.sequence = ++agent.sequence;
                first = item == 51 ? result.sequence - 1 : first;
                result.lease = LeaseId(static_cast<std::uint64_t>(startedAt) << 16); // the earliest that it can be
                result.item = ItemId(item);
                result.top = {{3, 0.5f}};
                agent.unacknowledged.insert(result.sequence);
                agent.outbox.push_back(result);
            }
        }
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 60);
        QVERIFY(app.run().duplicatesRefused >= 1);
        const auto reader = app.store->openReader();
        QVERIFY(reader.ok());
        const auto rows = (*reader)->results(id, {}, ItemId(49), 2);
        QVERIFY(rows.ok());
        QCOMPARE(rows->size(), std::size_t(2));
        for (const ResultView& row : *rows)
            QCOMPARE(row.result->top.front().label, 3u);
        const std::lock_guard lock(script.mutex);
        const Script::Agent& agent = script.agents["a:1"];
        QVERIFY(agent.unacknowledged.empty());
        // That a result is a duplicate is worth nothing before what it repeats is durable.
        const auto toldOf = [&](std::uint64_t sequence) { return std::ranges::find(agent.acknowledged, sequence); };
        QVERIFY(toldOf(first) < toldOf(first + 2) && toldOf(first + 2) != agent.acknowledged.end());
    }

    void aFileThatVanishedAfterTheScanIsAnErrorRow()
    {
        makeData(40);
        Script script;
        script.agents["a:1"].answerAtMost = 0;
        RunId id;
        {
            Application app(database(), script);
            const auto started = app.start(request({"a:1"}));
            QVERIFY(started.ok());
            id = *started;
            QTRY_VERIFY_WITH_TIMEOUT(app.run().scanComplete, waitMs);
            app.stop();
        }
        std::filesystem::remove(m_path / "data" / "Bag" / "00007.pgm");
        std::ofstream(m_path / "data" / "Bag" / "00008.pgm") << "another picture altogether";
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].answerAtMost = 1'000'000;
        }
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 40);
        const auto reader = app.store->openReader();
        const auto rows = (*reader)->results(id, {}, ItemId(6), 2);
        QVERIFY(rows.ok());
        QCOMPARE(rows->at(0).result->error.code, ErrorCode::PathMissing);
        QCOMPARE(rows->at(1).result->error.code, ErrorCode::ItemChanged);
    }
};

QTEST_GUILESS_MAIN(AnswersTest)
#include "answers_test.moc"
