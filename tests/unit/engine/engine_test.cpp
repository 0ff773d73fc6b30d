// SPDX-License-Identifier: GPL-3.0-or-later
// The engine with a real scheduler and a real store, and agents that follow a script.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QTest>

#include "tests/unit/engine/application.h"

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <future>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::Script;

namespace {

constexpr int waitMs = 30'000;

} // namespace

class EngineTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;

    void makeData(int pictures)
    {
        std::filesystem::create_directories(m_path / "data" / "Bag");
        for (int i = 0; i < pictures; ++i) {
            char name[16];
            std::snprintf(name, sizeof name, "%05d.pgm", i);
            std::ofstream(m_path / "data" / "Bag" / name, std::ios::binary) << "P5 2 2 255\n"
                                                                            << "abc" << static_cast<char>(i);
        }
    }
    std::filesystem::path database() const { return m_path / "run.db"; }
    RunRequest request(std::vector<std::string> agents) const
    {
        RunRequest made;
        made.dataPath = (m_path / "data").string();
        made.modelPath = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
        made.agents = std::move(agents);
        return made;
    }
    static void checkSealed(const RunSnapshot& run, std::uint64_t planned)
    {
        QVERIFY(run.seal.has_value());
        QVERIFY(run.seal->holds());
        QCOMPARE(run.seal->planned, planned);
    }

private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->path().toStdString();
    }

    void finishesAndAcknowledges()
    {
        makeData(300);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"];
        Application app(database(), script);
        const auto started = app.start(request({"a:1", "b:1"}));
        QVERIFY(started.ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        const RunSnapshot run = app.run();
        checkSealed(run, 300);
        QCOMPARE(run.labelled, std::uint64_t(300));
        QCOMPARE(run.labelled + run.errors + run.inFlight + run.queued, run.planned);
        // Labels follow the item's number, the folder says Bag (8): one in ten is right.
        QCOMPARE(run.correct, std::uint64_t(30));
        QVERIFY(run.accuracyShown);
        const std::lock_guard lock(script.mutex);
        for (const auto& [name, agent] : script.agents) {
            QVERIFY(agent.answered > 0);
            QVERIFY2(agent.unacknowledged.empty(), name.c_str());
        }
    }

    void countsAddUpInEverySnapshot()
    {
        makeData(500);
        Script script;
        script.agents["a:1"];
        Application app(database(), script);
        std::atomic<int> wrong = 0, seen = 0;
        const Subscription subscription =
            app.engine->subscribe([&](const std::shared_ptr<const FleetSnapshot>& snapshot) {
                if (!snapshot->run)
                    return;
                ++seen;
                const RunSnapshot& run = *snapshot->run;
                wrong += run.labelled + run.errors + run.inFlight + run.queued != run.planned;
            });
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(seen > 0);
        QCOMPARE(wrong.load(), 0);
    }

    void refusedEverywhereFailsWithTheReason()
    {
        makeData(20);
        Script script;
        script.agents["a:1"].refusal = {ErrorCode::NotEnrolled, "a:1"};
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
        QCOMPARE(app.run().failure.code, ErrorCode::NotEnrolled);
    }

    void aCloneIsRefusedWithItsReason()
    {
        makeData(300);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"];
        script.agents["c:1"];
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "c:1/a:1", "b:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 300);
        int clones = 0;
        const auto snapshot = app.engine->snapshot(); // it must outlive the loop
        for (const NodeSnapshot& node : snapshot->nodes) {
            if (node.state == NodeState::Refused) {
                ++clones;
                QCOMPARE(node.reason.code, ErrorCode::AgentClone);
                QVERIFY2(QString::fromStdString(node.reason.detail).contains(QStringLiteral(":1")),
                         node.reason.detail.c_str());
            }
        }
        QCOMPARE(clones, 1);
        // One of the two with this key worked, the other never did.
        const std::lock_guard lock(script.mutex);
        QVERIFY((script.agents["a:1"].answered > 0) != (script.agents["c:1"].answered > 0));
        QVERIFY(script.agents["b:1"].answered > 0);
    }

    void modelThatDoesNotLoadFailsWithTheReason()
    {
        makeData(20);
        Script script;
        script.agents["a:1"].runFails = ErrorCode::ModelShape;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
        QCOMPARE(app.run().failure.code, ErrorCode::ModelShape);
    }

    void tooFewNodes()
    {
        makeData(20);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"].refusal = {ErrorCode::AgentBusy, "b:1"};
        Application app(database(), script);
        RunRequest two = request({"a:1", "b:1"});
        two.nodesWanted = 2;
        QVERIFY(app.start(two).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
        QCOMPARE(app.run().failure.code, ErrorCode::TooFewNodes);
        QCOMPARE(app.run().labelled, std::uint64_t(0));
    }

    void usesAsManyNodesAsWanted()
    {
        makeData(200);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"];
        Application app(database(), script);
        RunRequest one = request({"a:1", "b:1"});
        one.nodesWanted = 1;
        QVERIFY(app.start(one).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        const std::lock_guard lock(script.mutex);
        QVERIFY((script.agents["a:1"].answered == 0) != (script.agents["b:1"].answered == 0));
    }

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

    void pauseStaysPaused()
    {
        makeData(400);
        Script script;
        script.agents["a:1"].answerAtMost = 10;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(app.run().labelled > 0, waitMs);
        app.engine->setPaused(true);
        QTRY_VERIFY_WITH_TIMEOUT(app.run().paused, waitMs);
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].answerAtMost = 1'000'000;
        }
        app.link->answerHeld("a:1");
        QTRY_COMPARE_WITH_TIMEOUT(app.run().inFlight, std::uint64_t(0), waitMs);
        QVERIFY(app.run().queued > 0);
        app.engine->setPaused(false);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
    }

    void aStoppedRunIsResumedFromWhereItWas()
    {
        makeData(120);
        Script script;
        script.agents["a:1"].answerAtMost = 20;
        RunId id;
        std::uint64_t before = 0;
        {
            Application app(database(), script);
            const auto started = app.start(request({"a:1"}));
            QVERIFY(started.ok());
            id = *started;
            QTRY_VERIFY_WITH_TIMEOUT(app.run().labelled >= 16 && app.run().scanComplete, waitMs);
            app.stop();
            QCOMPARE(app.run().state, RunState::Stopped);
            before = app.run().labelled;
        }
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].answerAtMost = 1'000'000;
            script.agents["a:1"].answered = 0;
        }
        Application app(database(), script);
        QVERIFY(app.resume(id).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 120);
        const std::lock_guard lock(script.mutex);
        QCOMPARE(std::uint64_t(script.agents["a:1"].answered), 120 - before);
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

    void whatIsWrongBeforeTheStartStoresNothing()
    {
        makeData(3);
        Script script;
        Application app(database(), script);
        QCOMPARE(app.start(request({"no-port"})).error().code, ErrorCode::Address);
        RunRequest missing = request({"a:1"});
        missing.dataPath += "-not-there";
        QCOMPARE(app.start(missing).error().code, ErrorCode::DataMissing);
        RunRequest noModel = request({"a:1"});
        noModel.modelPath = m_path.string();
        QCOMPARE(app.start(noModel).error().code, ErrorCode::ModelMissing);
        RunRequest longOptions = request({"a:1"});
        longOptions.backendOptions = std::string(limits::maxStringBytes + 1, ' ');
        QCOMPARE(app.start(longOptions).error().code, ErrorCode::Settings);
        const auto reader = app.store->openReader();
        QCOMPARE((*reader)->runs()->size(), std::size_t(0));
        QCOMPARE(app.resume(RunId(7)).error().code, ErrorCode::RunUnknown);
    }

    void oneRunAtATime()
    {
        makeData(50);
        Script script;
        script.agents["a:1"].answerAtMost = 0;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1"})).ok());
        QCOMPARE(app.start(request({"a:1"})).error().code, ErrorCode::RunActive);
        app.stop();
        QCOMPARE(app.run().state, RunState::Stopped);
    }

    void aDrainedNodeFinishesAndRests()
    {
        makeData(300);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"].answerAtMost = 0;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        const auto state = [&](const char* name) {
            const auto snapshot = app.engine->snapshot(); // it must outlive the loop
            for (const NodeSnapshot& node : snapshot->nodes) {
                if (node.address == name)
                    return node.state;
            }
            return NodeState::Invalid;
        };
        const auto idOf = [&](const char* name) {
            const auto snapshot = app.engine->snapshot(); // it must outlive the loop
            for (const NodeSnapshot& node : snapshot->nodes) {
                if (node.address == name)
                    return node.id;
            }
            return NodeId();
        };
        QTRY_COMPARE_WITH_TIMEOUT(state("b:1"), NodeState::Online, waitMs);
        app.engine->drainNode(idOf("b:1"), Engine::When::Now);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 300);
        QTRY_COMPARE_WITH_TIMEOUT(state("b:1"), NodeState::Drained, waitMs);
    }
};

QTEST_GUILESS_MAIN(EngineTest)
#include "engine_test.moc"
