// SPDX-License-Identifier: GPL-3.0-or-later
// The expectations that have a time in them (docs/expectations.md), with exact limits: the real window over the real
// engine, on a clock that stands still until the test moves it on. Nothing here waits for time to pass.
// Qt first: its moc (6.4) cannot parse libstdc++'s <compare> where that is the first header of all.
#include <QtTest>

#include "app/models/node_groups.h"
#include "app/ui/alert_strip.h"
#include "app/ui/gauges.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/widgets.h"
#include "tests/gui/timed_stage.h"

#include <QApplication>
#include <QLabel>
#include <QPushButton>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;
using namespace std::chrono_literals;

namespace {

const std::string one = "a:1", other = "b:1";

/// What the agent has in its hands.
std::vector<std::pair<LeaseId, ItemId>> heldBy(TimedStage& stage, const std::string& agent)
{
    std::vector<std::pair<LeaseId, ItemId>> held;
    stage.change(agent, [&held](Script::Agent& its) { held = its.held; });
    return held;
}

std::size_t leasesTo(TimedStage& stage, const std::string& agent)
{
    std::size_t leases = 0;
    stage.change(agent, [&leases](Script::Agent& its) { leases = its.leases.size(); });
    return leases;
}

/// Silent, and not to be reached again by a new connection.
void freeze(TimedStage& stage, const std::string& agent)
{
    stage.change(agent, [](Script::Agent& its) {
        its.silent = true;
        its.comesUp = false;
    });
    stage.advance(100ms); // the window knows of its last heartbeat
}

QString alertOf(TimedStage& stage)
{
    return stage.window->alert().text();
}

QString sealOf(TimedStage& stage)
{
    return stage.window->runPage().progress().sealText();
}

/// Whatever the moment between two of the engine's looks in which heartbeats come.
void eachPhase()
{
    QTest::addColumn<int>("phase");
    for (const int phase : {0, 10, 50, 90})
        QTest::addRow("%d ms", phase) << phase;
}

} // namespace

class TestClock : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e06_newAgentHasARow();
    void e07_silentNode_data() { eachPhase(); }
    void e07_silentNode();
    void e08_lateResults();
    void e09_lostNodeKeepsItsReason();
    void e10_gaugesGrowOld_data() { eachPhase(); }
    void e10_gaugesGrowOld();
    void e17_etaIsBlankAtFirst();
    void e19_pauseStaysPaused();
    void e20_drainFinishesTheChunk();
    void e20_drainNowGivesBack();
    void e22_newcomerWorks();
};

/// e6: within 3 s, also where the agent does not answer; it is told apart from one that does.
void TestClock::e06_newAgentHasARow()
{
    TimedStage stage;
    stage.addAgent(one).comesUp = false;
    stage.advance(5s);
    QCOMPARE(stage.window->fleetPage().model().rowCount(), 0);
    stage.fleet().addNode(QString::fromStdString(one), stage.window.get(), [](const Result<NodeId>&) {});
    QVERIFY(stage.advanceUntil([&] { return stage.window->fleetPage().model().rowCount() == 1; }, 3s));
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Connecting"));
    stage.advance(1min);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Connecting"));
    stage.link().restore(one);
    QVERIFY(
        stage.advanceUntil([&] { return stage.cell(one, NodeModel::StateColumn) == QStringLiteral("Online"); }, 3s));
    QCOMPARE(stage.window->fleetPage().model().rowCount(), 1);
}

/// e7: suspect within 1.5 s of its last heartbeat and not before 1.4, lost within 3 s and not before 2.8; then its
/// pictures are given to others within 1 s, and none is lost or there twice.
void TestClock::e07_silentNode()
{
    QFETCH(int, phase);
    TimedStage stage(400);
    stage.addAgent(one);
    stage.addAgent(other, 10ms);
    stage.advance(std::chrono::milliseconds(phase));
    stage.start({one, other});
    const std::size_t held = heldBy(stage, one).size();
    QVERIFY(held > 0);
    freeze(stage, one);
    const auto state = [&] { return stage.cell(one, NodeModel::StateColumn); };
    stage.advanceToAge(one, 1'400ms);
    QCOMPARE(state(), QStringLiteral("Online"));
    stage.advanceToAge(one, 1'500ms);
    QCOMPARE(state(), QStringLiteral("Suspect"));
    QVERIFY(stage.node(one).beatAge > 1'400ms && stage.node(one).beatAge <= 1'500ms);
    QVERIFY2(stage.cell(one, NodeModel::BeatColumn).startsWith(QStringLiteral("1.")),
             qPrintable(stage.cell(one, NodeModel::BeatColumn)));
    stage.advanceToAge(one, 2'800ms);
    QCOMPARE(state(), QStringLiteral("Suspect"));
    QVERIFY(stage.node(one).beatAge > 2'700ms);
    QCOMPARE(stage.run().redispatched, std::uint64_t(0));
    stage.advanceToAge(one, 3'000ms);
    QCOMPARE(state(), QStringLiteral("Lost"));
    QCOMPARE(stage.node(one).reason.code, ErrorCode::NodeLost);
    const auto isToldOf = [&] {
        return stage.run().redispatched == held &&
               alertOf(stage).contains(QStringLiteral("%1 unfinished pictures went to other nodes").arg(held));
    };
    QVERIFY2(stage.advanceUntil(isToldOf, 1s), qPrintable(alertOf(stage)));
    stage.finish();
    QVERIFY2(sealOf(stage).contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(sealOf(stage)));
    QCOMPARE(stage.run().labelled, std::uint64_t(400));
    QCOMPARE(stage.storedRows(), std::size_t(400));
}

/// e8: it stood still, and goes on when others have its pictures: what it says then is counted, and not stored.
void TestClock::e08_lateResults()
{
    TimedStage stage(1'000);
    stage.addAgent(one);
    stage.addAgent(other, 10ms);
    stage.start({one, other});
    const auto held = heldBy(stage, one);
    QVERIFY(!held.empty());
    freeze(stage, one);
    stage.advanceToAge(one, 3'000ms);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Lost"));
    // What was given out already goes out first: it is done when the half is.
    QVERIFY(stage.advanceUntil([&] { return stage.run().labelled >= 500; }, 20s));
    QVERIFY(stage.run().queued > 0 && stage.run().duplicatesRefused == 0);
    stage.change(one, [](Script::Agent& its) {
        its.silent = false;
        for (const auto& [lease, item] : std::exchange(its.held, {})) {
            protocol::ResultItem late;
            late.sequence = ++its.sequence;
            late.lease = lease;
            late.item = item;
            late.top = {{1, 0.5f}};
            its.outbox.push_back(late);
            its.unacknowledged.insert(late.sequence);
        }
    });
    stage.link().restore(one);
    QVERIFY(stage.advanceUntil([&] { return stage.run().duplicatesRefused == held.size(); }, 1s));
    QCOMPARE(stage.node(one).labelled, std::uint64_t(0));
    QCOMPARE(stage.window->fleetPage().model().rowCount(), 2);
    stage.change(one, [](Script::Agent& its) {
        its.answers = true;
        its.perItem = 10ms;
    });
    QVERIFY(stage.advanceUntil([&] { return stage.node(one).labelled > 0 || stage.run().seal.has_value(); }, 20s));
    stage.finish();
    QVERIFY2(sealOf(stage).contains(QStringLiteral("late duplicates refused: %1").arg(held.size())),
             qPrintable(sealOf(stage)));
    QVERIFY2(sealOf(stage).contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(sealOf(stage)));
    QCOMPARE(stage.storedRows(), std::size_t(1'000));
    // The agent may forget them: nobody will ask for them again.
    stage.advance(2s);
    stage.change(one, [](const Script::Agent& its) { QVERIFY(its.outbox.empty()); });
}

/// e9: an hour later it still says why; started again, it has its row.
void TestClock::e09_lostNodeKeepsItsReason()
{
    TimedStage stage;
    stage.addAgent(one);
    stage.addAgent(other);
    for (const std::string& name : {one, other})
        stage.fleet().addNode(QString::fromStdString(name), stage.window.get(), [](const Result<NodeId>&) {});
    stage.advance(1s);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Online"));
    freeze(stage, one);
    stage.advanceToAge(one, 3'000ms);
    const NodeSnapshot lost = stage.node(one);
    const QString said = stage.cell(one, NodeModel::DoingColumn);
    QCOMPARE(lost.state, NodeState::Lost);
    QVERIFY(!said.isEmpty());
    stage.advanceFar(1h);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Lost"));
    QCOMPARE(stage.cell(one, NodeModel::DoingColumn), said);
    QCOMPARE(stage.node(one).reason, lost.reason);
    QCOMPARE(stage.node(one).stateSince, lost.stateSince);
    QVERIFY(stage.node(one).beatAge > 1h);
    QCOMPARE(stage.cell(other, NodeModel::StateColumn), QStringLiteral("Online"));
    stage.change(one, [](Script::Agent& its) {
        its.silent = false;
        ++its.incarnation;
    });
    stage.link().restore(one);
    stage.advance(100ms);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Online"));
    QCOMPARE(stage.node(one).id.value, lost.id.value);
    QCOMPARE(stage.window->fleetPage().model().rowCount(), 2);
}

/// e10: at 3 s they are still what is; a tenth of a second later they are grey and say how old they are.
void TestClock::e10_gaugesGrowOld()
{
    QFETCH(int, phase);
    TimedStage stage;
    Script::Agent& agent = stage.addAgent(one);
    agent.beat.cpuPercent = 50;
    stage.advance(std::chrono::milliseconds(phase));
    FailurePolicy patient;
    patient.lostAfter = 8s; // it is there all the time
    stage.fleet().setFailurePolicy(patient);
    stage.fleet().addNode(QString::fromStdString(one), stage.window.get(), [](const Result<NodeId>&) {});
    stage.advance(1s);
    FleetPage& page = stage.window->fleetPage();
    page.setInspectorShown(true);
    page.showNode(stage.node(one).id);
    const auto gauges = page.inspector().findChildren<Gauge*>();
    const auto cpu = std::ranges::find(gauges, QStringLiteral("CPU"), &Gauge::accessibleName);
    QVERIFY(cpu != gauges.end());
    const auto isStale = [&] {
        return page.model().index(0, 0).data(NodeModel::StaleRole).toBool() && (*cpu)->isStale();
    };
    freeze(stage, one);
    stage.advanceToAge(one, 3'000ms);
    QVERIFY(!page.model().index(0, 0).data(NodeModel::StaleRole).toBool() && !(*cpu)->isStale());
    QVERIFY2(!(*cpu)->accessibleDescription().contains(QStringLiteral("old")),
             qPrintable((*cpu)->accessibleDescription()));
    stage.advanceToAge(one, 3'100ms);
    QVERIFY(isStale());
    QCOMPARE((*cpu)->accessibleDescription(), QStringLiteral("3 s old"));
    stage.advanceToAge(one, 7'000ms);
    QVERIFY(isStale());
    QCOMPARE((*cpu)->accessibleDescription(), QStringLiteral("7 s old"));
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Suspect"));
    stage.change(one, [](Script::Agent& its) { its.silent = false; });
    stage.advance(400ms);
    QVERIFY(!isStale());
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Online"));
}

/// e17: blank for 3 s from the first result on, then there; and from a tenth of the run on within 20 % of what it took.
void TestClock::e17_etaIsBlankAtFirst()
{
    constexpr std::uint64_t pictures = 2'000;
    TimedStage stage(pictures);
    for (const std::string& name : {one, other})
        stage.addAgent(name); // keeps what it is given, at first
    const auto isBlank = [&stage] {
        const auto labels = stage.window->findChildren<QLabel*>();
        const bool status =
            std::ranges::any_of(labels, [](const QLabel* label) { return label->text() == QStringLiteral("ETA –"); });
        for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>()) {
            if (tile->accessibleName() == QStringLiteral("ETA") && (tile->value() == QStringLiteral("–")) != status)
                qWarning("the tile and the status bar differ");
        }
        return status;
    };
    stage.start({one, other});
    stage.advance(1min);
    QVERIFY(isBlank());
    for (const auto& [name, perItem] : {std::pair(one, 15ms), std::pair(other, 30ms)}) {
        stage.change(name, [perItem = perItem](Script::Agent& its) {
            its.answers = true;
            its.perItem = perItem;
        });
        stage.link().answerHeld(name); // the first results, now
    }
    for (auto passed = 0ms; passed <= 3'000ms; passed += 100ms) {
        QVERIFY2(isBlank() && !stage.run().etaSeconds, qPrintable(QString::number(passed.count())));
        stage.advance(100ms);
    }
    QVERIFY(!isBlank() && stage.run().etaSeconds);
    struct Told
    {
        std::chrono::milliseconds at;
        double seconds;
    };
    std::vector<Told> told;
    QVERIFY(stage.advanceUntil([&] { return stage.run().labelled * 10 >= pictures; }, 20s));
    while (!stage.run().seal && stage.run().queued + stage.run().inFlight > 0) {
        QVERIFY(stage.run().etaSeconds);
        told.push_back({stage.now(), *stage.run().etaSeconds});
        stage.advance(100ms);
    }
    const auto end = stage.now();
    stage.finish();
    QVERIFY(told.size() > 100);
    for (const Told& each : told) {
        const double left = std::chrono::duration<double>(end - each.at).count();
        if (left > 2) // then a picture more or less is a fifth
            QVERIFY2(std::abs(each.seconds - left) <= 0.2 * left,
                     qPrintable(QStringLiteral("%1 s were told, %2 s it took").arg(each.seconds).arg(left)));
    }
}

/// e19: for an hour, and for as long as nobody says otherwise; then it goes on at once.
void TestClock::e19_pauseStaysPaused()
{
    TimedStage stage(1'000);
    stage.addAgent(one, 10ms);
    stage.start({one});
    stage.window->showPage(MainWindow::RunPageIndex);
    auto* pause = stage.window->findChild<QPushButton*>(QStringLiteral("pauseRun"));
    QVERIFY(pause && pause->isEnabled());
    pause->click();
    QVERIFY(stage.advanceUntil([&] { return stage.run().paused && stage.run().inFlight == 0; }, 20s));
    const std::uint64_t labelled = stage.run().labelled;
    const std::size_t leases = leasesTo(stage, one);
    QVERIFY(labelled < 1'000);
    stage.advanceFar(1h);
    QVERIFY(stage.run().paused);
    QCOMPARE(stage.run().labelled, labelled);
    QCOMPARE(leasesTo(stage, one), leases);
    QCOMPARE(pause->text(), QStringLiteral("Continue"));
    QCOMPARE(stage.cell(one, NodeModel::DoingColumn), QStringLiteral("Idle: the run is paused"));
    pause->click();
    QVERIFY(stage.advanceUntil([&] { return leasesTo(stage, one) > leases && stage.run().labelled > labelled; }, 1s));
    QCOMPARE(pause->text(), QStringLiteral("Pause"));
    stage.finish();
}

/// e20: drained, a node finishes what it has, however long that takes, and gets no more.
void TestClock::e20_drainFinishesTheChunk()
{
    TimedStage stage(2'000);
    stage.addAgent(one);
    stage.addAgent(other, 10ms);
    stage.start({one, other});
    stage.window->fleetPage().showNode(stage.node(one).id);
    const std::size_t held = heldBy(stage, one).size(), leases = leasesTo(stage, one);
    QVERIFY(held > 0);
    stage.window->fleetPage().nodeActions().drain(Engine::When::AfterChunk);
    stage.advance(10s);
    QCOMPARE(stage.cell(one, NodeModel::StateColumn), QStringLiteral("Draining"));
    QCOMPARE(stage.cell(one, NodeModel::DoingColumn), QStringLiteral("Finishes its chunk, then rests"));
    QCOMPARE(std::size_t(stage.node(one).leased), held);
    QCOMPARE(heldBy(stage, one).size(), held);
    stage.link().answerHeld(one);
    QVERIFY(
        stage.advanceUntil([&] { return stage.cell(one, NodeModel::StateColumn) == QStringLiteral("Drained"); }, 1s));
    QCOMPARE(stage.node(one).leased, 0u);
    QCOMPARE(std::size_t(stage.node(one).labelled), held);
    stage.advance(1s);
    QCOMPARE(leasesTo(stage, one), leases);
    QCOMPARE(stage.run().redispatched, std::uint64_t(0));
    stage.finish();
    QVERIFY2(sealOf(stage).contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(sealOf(stage)));
    QCOMPARE(stage.storedRows(), std::size_t(2'000));
}

/// e20: drained now, it gives back what it has within 1 s, and others do it.
void TestClock::e20_drainNowGivesBack()
{
    TimedStage stage(500);
    stage.addAgent(one);
    stage.addAgent(other, 10ms);
    stage.start({one, other});
    stage.window->fleetPage().showNode(stage.node(one).id);
    const std::size_t leases = leasesTo(stage, one);
    QVERIFY(stage.node(one).leased > 0);
    stage.window->fleetPage().nodeActions().drain(Engine::When::Now);
    const auto hasGivenBack = [&] {
        return stage.node(one).leased == 0 && stage.cell(one, NodeModel::StateColumn) == QStringLiteral("Drained");
    };
    QVERIFY(stage.advanceUntil(hasGivenBack, 1s));
    QVERIFY(heldBy(stage, one).empty());
    QCOMPARE(leasesTo(stage, one), leases);
    stage.finish();
    QCOMPARE(stage.node(one).labelled, std::uint64_t(0));
    QCOMPARE(stage.node(other).labelled, std::uint64_t(500));
    QVERIFY2(sealOf(stage).contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(sealOf(stage)));
}

/// e22: a node that is added while a run goes has work within 2 s, and the window says so.
void TestClock::e22_newcomerWorks()
{
    TimedStage stage(1'000);
    stage.addAgent(one, 10ms);
    stage.addAgent(other, 10ms);
    stage.start({one});
    stage.fleet().addNode(QString::fromStdString(other), stage.window.get(), [](const Result<NodeId>&) {});
    const auto isWorking = [&] {
        return stage.node(other).leased > 0 && stage.cell(other, NodeModel::DoingColumn) == QStringLiteral("Working");
    };
    QVERIFY(stage.advanceUntil(isWorking, 2s));
    QCOMPARE(stage.cell(other, NodeModel::StateColumn), QStringLiteral("Online"));
    QVERIFY(stage.advanceUntil([&] { return stage.node(other).labelled > 0; }, 2s));
    stage.finish();
    QVERIFY2(sealOf(stage).contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(sealOf(stage)));
}

int main(int argc, char** argv)
{
    QStandardPaths::setTestModeEnabled(true);
    QApplication application(argc, argv);
    TestClock test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_clock.moc"
