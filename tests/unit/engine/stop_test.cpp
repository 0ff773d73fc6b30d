// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that are stopped: their work goes to others, their rows stay, and they can be started again.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QTest>

#include "tests/unit/engine/application.h"
#include "tests/unit/engine/run_folder.h"

#include <atomic>
#include <mutex>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::RunFolder;
using vitfleet::test::Script;
using vitfleet::test::ScriptedLink;

namespace {

constexpr int waitMs = 30'000;

NodeSnapshot nodeOf(const Engine& engine, const std::string& name)
{
    const auto snapshot = engine.snapshot(); // it must outlive the loop
    for (const NodeSnapshot& node : snapshot->nodes) {
        if (node.name == name)
            return node;
    }
    return {};
}

std::size_t heldBy(Script& script, const std::string& agent)
{
    const std::lock_guard lock(script.mutex);
    return script.agents[agent].held.size();
}

/// Local agents that answer at once, each at an address of its own, and write down who was stopped.
class LocalAgents : public Provisioner
{
public:
    std::vector<std::vector<int>> partitionCores(std::uint32_t agents) const override
    {
        return std::vector<std::vector<int>>(agents);
    }
    void start(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done) override
    {
        done(StartedAgent{request.name, request.name + ':' + std::to_string(++started), 0, {}});
    }
    void stop(const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        m_stopped.push_back(name);
    }
    bool kill(const std::string&) override { return false; }
    void stopAll() override {}
    void onExited(std::function<void(const std::string&, const std::string&)>) override {}
    std::vector<std::string> stopped() const
    {
        const std::lock_guard lock(m_mutex);
        return m_stopped;
    }

    std::atomic<int> started = 0;

private:
    mutable std::mutex m_mutex;
    std::vector<std::string> m_stopped;
};

} // namespace

class StopTest : public QObject, RunFolder
{
    Q_OBJECT

private Q_SLOTS:
    void init() { renew(); }

    /// What it holds goes to the other node at once; its row stays. Started again it takes work again.
    void nowGivesBackWhatItHolds()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = false;
        script.agents["b:1"].answers = false;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(heldBy(script, "a:1") > 0, waitMs);
        const NodeId id = nodeOf(*app.engine, "a:1").id;
        app.engine->stopNode(id, Engine::When::Now);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Stopped, waitMs);
        QCOMPARE(app.engine->snapshot()->nodes.size(), std::size_t(2));
        QCOMPARE(nodeOf(*app.engine, "a:1").leased, 0U);
        QCOMPARE(app.engine->snapshot()->lost, 0U);
        app.engine->undrainNode(id);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Online, waitMs);
        QCOMPARE(nodeOf(*app.engine, "a:1").id.value, id.value);
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].answers = script.agents["b:1"].answers = true;
        }
        app.link->answerHeld("a:1");
        app.link->answerHeld("b:1");
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QTRY_VERIFY_WITH_TIMEOUT(app.run().seal.has_value(), waitMs);
        vitfleet::test::checkSealed(app.run(), 200);
    }

    /// It finishes what it holds first, and says meanwhile that it will stop; then it gets nothing more.
    void afterTheChunkNothingIsGivenBack()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = false;
        script.agents["b:1"].answers = false;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(heldBy(script, "a:1") > 0, waitMs);
        const NodeId id = nodeOf(*app.engine, "a:1").id;
        app.engine->stopNode(id, Engine::When::AfterChunk);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Draining, waitMs);
        QVERIFY(nodeOf(*app.engine, "a:1").stopping);
        QVERIFY(heldBy(script, "a:1") > 0);
        // Taken back while it drains: it goes on.
        app.engine->undrainNode(id);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Online, waitMs);
        QVERIFY(!nodeOf(*app.engine, "a:1").stopping);
        app.engine->stopNode(id, Engine::When::AfterChunk);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Draining, waitMs);
        app.link->answerHeld("a:1");
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(*app.engine, "a:1").state, NodeState::Stopped, waitMs);
        QVERIFY(nodeOf(*app.engine, "a:1").labelled > 0);
        QCOMPARE(app.run().redispatched, std::uint64_t(0));
    }

    /// The process of a local agent is told to end, and is not started again until somebody wants that.
    void aLocalAgentEnds()
    {
        Script script;
        LocalAgents agents;
        const auto store = std::move(*openStore(database(), OpenMode::ReadWrite));
        Engine engine(
            {*store, agents, [&script](EventLoop& loop) { return std::make_unique<ScriptedLink>(loop, script); }});
        engine.startLocalAgents(2);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Online, waitMs);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-2").state, NodeState::Online, waitMs);
        const NodeId id = nodeOf(engine, "local-1").id;
        engine.stopNode(id, Engine::When::AfterChunk);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Stopped, waitMs);
        QCOMPARE(agents.stopped(), std::vector<std::string>{"local-1"});
        QCOMPARE(agents.started.load(), 2);
        engine.undrainNode(id);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Online, waitMs);
        QCOMPARE(agents.started.load(), 3);
        // Whoever wants two of them gets the row of the one that was stopped.
        engine.stopNode(id, Engine::When::Now);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Stopped, waitMs);
        engine.startLocalAgents(2);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Online, waitMs);
        QCOMPARE(engine.snapshot()->nodes.size(), std::size_t(2));
        // And it can be taken away for good.
        engine.stopNode(id, Engine::When::Now);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(engine, "local-1").state, NodeState::Stopped, waitMs);
        engine.removeNode(id, Engine::When::AfterChunk);
        QTRY_COMPARE_WITH_TIMEOUT(engine.snapshot()->nodes.size(), std::size_t(1), waitMs);
    }
};

QTEST_GUILESS_MAIN(StopTest)
#include "stop_test.moc"
