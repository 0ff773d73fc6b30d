// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of nodes that hang or are set aside, and of the numbers of the leases that they are given.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QTest>

#include "tests/unit/engine/application.h"
#include "tests/unit/engine/run_folder.h"

#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::app;
using vitfleet::test::Application;
using vitfleet::test::RunFolder;
using vitfleet::test::Script;
using vitfleet::test::ScriptedLink;

namespace {

constexpr int waitMs = 30'000;

std::size_t leasesTo(Script& script, const std::string& agent)
{
    const std::lock_guard lock(script.mutex);
    return script.agents[agent].leases.size();
}

NodeSnapshot nodeOf(const Application& app, const std::string& name)
{
    const auto snapshot = app.engine->snapshot(); // it must outlive the loop
    for (const NodeSnapshot& node : snapshot->nodes) {
        if (node.name == name)
            return node;
    }
    return {};
}

/// Local agents that answer at once, each at an address of its own, and that end when they are killed.
class LocalAgents : public Provisioner
{
public:
    std::vector<std::vector<int>> partitionCores(std::uint32_t agents) const override
    {
        std::vector<std::vector<int>> cores;
        for (int i = 0; i < static_cast<int>(agents); ++i)
            cores.push_back({i});
        return cores;
    }
    void start(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done) override
    {
        StartedAgent started;
        started.name = request.name;
        {
            const std::lock_guard lock(m_mutex);
            m_started.push_back(request);
            started.addressLine = request.name + ':' + std::to_string(m_started.size());
        }
        done(std::move(started));
    }
    void stop(const std::string&) override {}
    bool kill(const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        if (m_exited)
            m_exited(name, "ended by signal 9");
        return true;
    }
    void stopAll() override {}
    void onExited(std::function<void(const std::string&, const std::string&)> callback) override
    {
        const std::lock_guard lock(m_mutex);
        m_exited = std::move(callback);
    }
    std::vector<LocalAgentRequest> started() const
    {
        const std::lock_guard lock(m_mutex);
        return m_started;
    }

private:
    mutable std::mutex m_mutex;
    std::vector<LocalAgentRequest> m_started;
    std::function<void(const std::string&, const std::string&)> m_exited;
};

} // namespace

class NodesTest : public QObject, RunFolder
{
    Q_OBJECT

private Q_SLOTS:
    void init() { renew(); }

    /// Three replicas, of which the first goes on: the node as a whole makes progress.
    void aHungReplicaAmongOthersIsNoticed()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = false;
        script.agents["b:1"];
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, "a:1") > 0, waitMs);
        const auto say = [&](std::uint32_t stalledMillis) {
            const std::lock_guard lock(script.mutex);
            protocol::AgentBeat& beat = script.agents["a:1"].beat;
            beat.replicaProgress = {1, 7, 7};
            beat.busy = true;
            beat.stalledMillis = stalledMillis;
            beat.stalledReplica = 1;
        };
        say(9'500);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Lost, waitMs);
        QCOMPARE(nodeOf(app, "a:1").reason.code, ErrorCode::NodeHung);
        QCOMPARE(nodeOf(app, "a:1").reason.detail, std::string("replica 2 of 3"));
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.run().seal->holds());
        QCOMPARE(app.run().labelled, std::uint64_t(200));
        QCOMPARE(nodeOf(app, "a:1").state, NodeState::Lost); // it still stands still
        say(0);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Online, waitMs);
    }

    /// Half of limits::lostAfter, all of it, lostAfterWithBulkData and hungAfter, in the order of their lengths.
    void whoIsSilentOrStandsStillIsGivenUpInItsTime()
    {
        makeData(400);
        Script script;
        for (const char* name : {"silent:1", "bulk:1", "still:1"})
            script.agents[name].answers = false;
        script.agents["good:1"].answers = false;
        Application app(database(), script);
        std::mutex mutex;
        std::vector<std::string> told;
        const Subscription subscription = app.engine->subscribeEvents([&](const EventRecord& event) {
            const std::lock_guard lock(mutex);
            if (event.kind == EventKind::NodeSuspect)
                told.push_back("suspect " + event.node);
            if (event.kind == EventKind::NodeLost)
                told.push_back(std::string(info(event.error.code).name) + ' ' + event.node);
        });
        QVERIFY(app.start(request({"silent:1", "bulk:1", "still:1", "good:1"})).ok());
        for (const char* name : {"silent:1", "bulk:1", "still:1", "good:1"})
            QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, name) > 0, waitMs);
        {
            const std::lock_guard lock(script.mutex);
            script.agents["silent:1"].silent = script.agents["bulk:1"].silent = true;
            script.agents["silent:1"].comesUp = script.agents["bulk:1"].comesUp = false; // again
            script.agents["bulk:1"].queuedBytes = 1;
            script.agents["still:1"].beat.replicaProgress = {}; // none that moves
            script.agents["still:1"].beat.busy = true;
        }
        const auto count = [&] {
            const std::lock_guard lock(mutex);
            return told.size();
        };
        QTRY_COMPARE_WITH_TIMEOUT(count(), std::size_t(5), waitMs);
        // What befalls the fleet during a run is told where the run is looked at.
        const auto reader = std::move(*app.store->openReader());
        const auto lostInRun = [&] {
            const auto events = *reader->events(app.run().id, 0, 1000);
            return std::ranges::count(events, EventKind::NodeLost, &EventRecord::kind);
        };
        QTRY_COMPARE_WITH_TIMEOUT(lostInRun(), 3, waitMs);
        const std::lock_guard lock(mutex);
        std::sort(told.begin(), told.begin() + 2); // they fell silent at the same moment
        QCOMPARE(told[0], std::string("suspect bulk:1"));
        QCOMPARE(told[1], std::string("suspect silent:1"));
        QCOMPARE(told[2], std::string("E_NODE_LOST silent:1"));
        QCOMPARE(told[3], std::string("E_NODE_LOST bulk:1"));
        QCOMPARE(told[4], std::string("E_NODE_HUNG still:1"));
    }

    /// An overloaded or suspended machine: in the time in which the engine itself does not run it can hear nobody.
    void aHeartbeatThatComesWithResultsCounts()
    {
        makeData(20);
        Script script;
        script.agents["a:1"].answers = false;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1"})).ok());
        QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, "a:1") > 0, waitMs);
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].silent = true;
        }
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Suspect, waitMs);
        protocol::AgentBeat beat;
        beat.queuedItems = 7;
        app.link->say("a:1", {{protocol::Results{"of another run: it is the agent that lives", beat}, {}}}, [] {});
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Online, waitMs);
    }

    void nobodyIsLostWhileTheEngineStandsStill()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = script.agents["b:1"].answers = false;
        Application app(database(), script);
        std::atomic<bool> stands = false, stood = false;
        std::atomic<int> alarms = 0;
        const Subscription subscription = app.engine->subscribeEvents([&](const EventRecord& event) {
            alarms += event.kind == EventKind::NodeLost; // the scripted beats stood still, too
            if (event.kind != EventKind::RunPaused)
                return;
            stands = true; // called in the engine's thread
            std::this_thread::sleep_for(limits::lostAfter + limits::beatInterval);
            stood = true;
        });
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        for (const char* name : {"a:1", "b:1"})
            QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, name) > 0, waitMs);
        app.engine->setPaused(true);
        QTRY_VERIFY_WITH_TIMEOUT(stands && stood, waitMs);
        // Silence is noticed as before.
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].silent = true;
            script.agents["a:1"].comesUp = false;
        }
        QCOMPARE(alarms, 0);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Lost, waitMs);
        QCOMPARE(nodeOf(app, "b:1").state, NodeState::Online);
    }

    /// Each node's speed is stored in its turn, the fleet's every second.
    void aLargeFleetLeavesFewSamples()
    {
        makeData(600);
        Script script;
        std::vector<std::string> lines;
        for (int i = 0; i < 120; ++i) {
            lines.push_back("n" + std::to_string(i) + ":1");
            script.agents[lines.back()].perItem = std::chrono::milliseconds(700);
        }
        Application app(database(), script);
        const auto run = app.start(request(lines));
        QVERIFY(run.ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QVERIFY(app.store->writer().flush().ok());
        const auto samples = (*app.store->openReader())->samples(*run);
        QVERIFY(samples.ok());
        std::map<std::string, std::vector<UnixMs>> byNode;
        for (const ThroughputSample& sample : *samples)
            byNode[sample.node].push_back(sample.at);
        QVERIFY(byNode[std::string()].size() >= 3);
        QCOMPARE(byNode.size(), lines.size() + 1);
        for (const auto& [node, at] : byNode) {
            for (std::size_t i = 1; i < at.size() && !node.empty(); ++i)
                QVERIFY2(at[i] - at[i - 1] >= 1500, node.c_str());
        }
    }

    void aNodeThatIsSetAsideStaysSoAcrossAReconnect()
    {
        makeData(100);
        Script script;
        script.agents["a:1"].itemError = ErrorCode::BackendFailed;
        script.agents["b:1"].answers = false; // nobody says that the items are at fault, and the run goes on
        Application app(database(), script);
        std::atomic<int> ready = 0;
        const Subscription subscription = app.engine->subscribeEvents(
            [&](const EventRecord& event) { ready += event.kind == EventKind::NodeReady && event.node == "a:1"; });
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::SetAside, waitMs);
        app.link->cut("a:1");
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Lost, waitMs);
        app.link->restore("a:1");
        QTRY_COMPARE_WITH_TIMEOUT(ready.load(), 2, waitMs);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::SetAside, waitMs);
        QCOMPARE(nodeOf(app, "a:1").reason.code, ErrorCode::BackendFailed);
        app.engine->drainNode(nodeOf(app, "a:1").id, Engine::When::Now);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Drained, waitMs);
        app.engine->undrainNode(nodeOf(app, "a:1").id);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::SetAside, waitMs);
        app.stop(); // by this run, not by the next one
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Online, waitMs);
    }

    /// It is there and beats, but what it was asked to load does not come.
    void whoNeverOpensIsNotWaitedFor()
    {
        makeData(20);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"].opens = false;
        Application app(database(), script);
        FailurePolicy policy;
        policy.openPatience = std::chrono::seconds(2);
        app.engine->setFailurePolicy(policy);
        RunRequest two = request({"a:1", "b:1"});
        two.nodesWanted = 2;
        // While its model arrives it is waited for.
        const auto begun = std::chrono::steady_clock::now();
        const auto arrive = [&] {
            const std::lock_guard lock(script.mutex);
            ++script.agents["b:1"].beat.modelBytesFetched;
            return std::chrono::steady_clock::now() - begun > 2 * policy.openPatience;
        };
        QVERIFY(app.start(two).ok());
        QTRY_VERIFY_WITH_TIMEOUT(arrive(), waitMs);
        QCOMPARE(app.run().state, RunState::Running);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Failed, waitMs);
        QCOMPARE(app.run().failure.code, ErrorCode::TooFewNodes);
        QVERIFY2(app.run().failure.detail.starts_with("1 of 2; E_NODE_HUNG") &&
                     app.run().failure.detail.find("b:1") != std::string::npos,
                 app.run().failure.detail.c_str());
    }

    /// The others were done before it had loaded the model: it is there for the next run.
    void whoStillLoadsWhenTheRunEndsIsThere()
    {
        makeData(20);
        Script script;
        script.agents["a:1"];
        script.agents["b:1"].opens = false;
        Application app(database(), script);
        QVERIFY(app.start(request({"a:1", "b:1"})).ok());
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "b:1").state, NodeState::Online, waitMs);
    }

    /// As after SIGTERM: its beat says so, what it has not begun comes back, and nothing new goes out to it.
    void anAgentThatEndsByItselfGetsNoMore()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = false;
        script.agents["b:1"].perItem = std::chrono::milliseconds(10);
        Application app(database(), script);
        RunRequest one = request({"a:1", "b:1"});
        QVERIFY(app.start(one).ok());
        QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, "a:1") > 1, waitMs);
        std::vector<std::pair<protocol::Message, protocol::Bytes>> given;
        {
            const std::lock_guard lock(script.mutex);
            Script::Agent& agent = script.agents["a:1"];
            std::map<LeaseId, std::vector<protocol::LeaseItem>> byLease;
            for (const auto& [lease, item] : std::exchange(agent.held, {}))
                byLease[lease].push_back({item, {}, 0, {}, {}});
            protocol::AgentBeat beat;
            beat.state = agent.beat.state = protocol::AgentState::Draining;
            given.emplace_back(beat, protocol::Bytes());
            for (const auto& [lease, items] : byLease)
                given.emplace_back(protocol::Revoked{agent.runUid, lease}, protocol::encodeItems(items).payload);
        }
        const std::size_t before = leasesTo(script, "a:1");
        app.link->say("a:1", given, [] {});
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Draining, waitMs);
        QCOMPARE(nodeOf(app, "a:1").idle, IdleReason::Draining);
        QTRY_COMPARE_WITH_TIMEOUT(app.run().state, RunState::Finished, waitMs);
        QCOMPARE(leasesTo(script, "a:1"), before);
        QCOMPARE(app.run().labelled, std::uint64_t(200));
        {
            const std::lock_guard lock(script.mutex);
            script.agents["a:1"].beat.state = protocol::AgentState::Ready;
        }
        app.link->cut("a:1");
        app.link->restore("a:1"); // as another process
        QTRY_COMPARE_WITH_TIMEOUT(nodeOf(app, "a:1").state, NodeState::Online, waitMs);
    }

    /// A local agent that was killed is not started again by itself; when agents are wanted again it is, in its own row
    /// and on its own cores.
    void aKilledLocalAgentComesBackInItsRow()
    {
        Script script;
        LocalAgents agents;
        const auto store = std::move(*openStore(database(), OpenMode::ReadWrite));
        Engine engine(
            {*store, agents, [&script](EventLoop& loop) { return std::make_unique<ScriptedLink>(loop, script); }});
        const auto stateOf = [&engine](std::size_t row) {
            const auto snapshot = engine.snapshot();
            return row < snapshot->nodes.size() ? snapshot->nodes[row].state : NodeState::Invalid;
        };
        engine.startLocalAgents(2);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), NodeState::Online, waitMs);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(1), NodeState::Online, waitMs);
        const NodeSnapshot killed = engine.snapshot()->nodes[0];
        engine.killLocalAgent(killed.id);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), NodeState::Lost, waitMs);
        QCOMPARE(agents.started().size(), std::size_t(2));

        engine.startLocalAgents(2);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), NodeState::Online, waitMs);
        QCOMPARE(engine.snapshot()->nodes.size(), std::size_t(2));
        QCOMPARE(engine.snapshot()->nodes[0].id.value, killed.id.value);
        QCOMPARE(engine.snapshot()->nodes[0].name, killed.name);
        const auto started = agents.started();
        QCOMPARE(started.size(), std::size_t(3));
        QCOMPARE(started[2].name, started[0].name);
        QVERIFY(started[2].cpus == started[0].cpus); // not those of the one that lives

        // Or by itself, when somebody asks for it; a node that lives is not started twice.
        engine.restartLocalAgent(killed.id);
        engine.killLocalAgent(killed.id);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), NodeState::Lost, waitMs);
        engine.restartLocalAgent(killed.id);
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), NodeState::Online, waitMs);
        QCOMPARE(agents.started().size(), std::size_t(4));
        QCOMPARE(engine.snapshot()->nodes.size(), std::size_t(2));
    }

    /// The wall clock was ahead once, and is set back before each further process: no lease's number comes again.
    void leasesOfEachProcessAreNew()
    {
        makeData(200);
        Script script;
        script.agents["a:1"].answers = false;
        RunId id;
        std::vector<LeaseId> all;
        for (int process = 0; process < 4; ++process) {
            {
                Application app(database(), script);
                if (process == 0)
                    id = app.start(request({"a:1"})).value();
                else
                    QVERIFY(app.resume(id).ok());
                QTRY_VERIFY_WITH_TIMEOUT(leasesTo(script, "a:1") > 0, waitMs);
                app.stop();
            }
            if (process == 0) {
                SQLite::Database db(database().string(), SQLite::OPEN_READWRITE);
                db.exec("UPDATE run SET lease_epoch=lease_epoch + 86400000");
            }
            const std::lock_guard lock(script.mutex);
            std::vector<LeaseId>& given = script.agents["a:1"].leases;
            QVERIFY(!given.empty());
            // With room for all that a process may give out.
            QVERIFY(all.empty() || given.front().value > all.back().value + (std::uint64_t{1} << 30));
            all.insert(all.end(), given.begin(), given.end());
            given.clear();
        }
        QVERIFY(std::ranges::is_sorted(all));
    }
};

QTEST_GUILESS_MAIN(NodesTest)
#include "nodes_test.moc"
