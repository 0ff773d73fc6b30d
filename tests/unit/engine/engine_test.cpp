// SPDX-License-Identifier: GPL-3.0-or-later
// The course of a run: the engine with a real scheduler and a real store, and agents that follow a script.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QTest>

#include "tests/unit/engine/application.h"
#include "tests/unit/engine/run_folder.h"

#include <filesystem>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::checkSealed;
using vitfleet::test::RunFolder;
using vitfleet::test::Script;

namespace {

constexpr int waitMs = 30'000;

} // namespace

class EngineTest : public QObject, RunFolder
{
    Q_OBJECT

private Q_SLOTS:
    void init() { renew(); }

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

    /// Nothing is fast any more once a run has ended, whether it is finished or stopped.
    void speedEndsWithTheRun()
    {
        makeData(300);
        for (const bool isStopped : {false, true}) {
            Script script;
            script.agents["a:1"].perItem = std::chrono::milliseconds(4);
            Application app(database(), script);
            std::atomic<float> fastest = 0;
            std::atomic<int> ended = 0, afterwards = 0;
            const Subscription subscription =
                app.engine->subscribe([&](const std::shared_ptr<const FleetSnapshot>& snapshot) {
                    if (!snapshot->run)
                        return;
                    fastest = std::max(fastest.load(), snapshot->imagesPerSecond);
                    if (snapshot->run->state == RunState::Running)
                        return;
                    ++ended;
                    afterwards += snapshot->imagesPerSecond > 0 || snapshot->run->imagesPerSecond > 0 ||
                                  snapshot->nodes.at(0).imagesPerSecond > 0;
                });
            QVERIFY(app.start(request({"a:1"})).ok());
            if (isStopped) {
                QTRY_VERIFY_WITH_TIMEOUT(fastest > 0, waitMs);
                app.stop();
            }
            QTRY_COMPARE_WITH_TIMEOUT(app.run().state, isStopped ? RunState::Stopped : RunState::Finished, waitMs);
            QTRY_VERIFY_WITH_TIMEOUT(ended > 1, waitMs);
            QCOMPARE(afterwards.load(), 0);
            QVERIFY(fastest > 0);
        }
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

    /// Its owner only looked on. That was so for this application too until its run began.
    void aRunAsksBusyAgentsAgain()
    {
        makeData(20);
        Script script;
        script.agents["a:1"].refusal = {ErrorCode::AgentBusy, "a:1"};
        script.agents["a:1"].makesRoom = true;
        Application app(database(), script);
        app.engine->addNode("a:1", {});
        const auto state = [&app] {
            const auto snapshot = app.engine->snapshot();
            return snapshot->nodes.empty() ? NodeState::Invalid : snapshot->nodes.front().state;
        };
        QTRY_COMPARE_WITH_TIMEOUT(state(), NodeState::Refused, waitMs);
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        checkSealed(app.run(), 20);
        const std::lock_guard lock(script.mutex);
        QVERIFY(!script.hasRun); // any more
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
