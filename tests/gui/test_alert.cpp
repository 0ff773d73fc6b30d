// SPDX-License-Identifier: GPL-3.0-or-later
// The alert above every page: lost nodes, refused ones, a database in trouble.
#include "app/ui/alert_strip.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestAlert : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void brokenFleet();
    void alertCountsThisLoss();
    void alertIsTrue();
    void hiddenAlertStaysHidden();
    void databaseTrouble();
};

void TestAlert::brokenFleet()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    AlertStrip& alert = stage.window->alert();
    QVERIFY(alert.isVisible());
    QVERIFY(alert.text().contains(QStringLiteral("node-8")) || alert.text().contains(QStringLiteral("node-9")));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QVERIFY(!alert.isVisible());
    // The same trouble a second later is not new.
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'204, 2, 704)));
    QVERIFY(!alert.isVisible());
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(alert.isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(!alert.isVisible());
}

/// The alert tells what this loss gave back, not what the whole run has given out again.
void TestAlert::alertCountsThisLoss()
{
    const auto happened = [](EventKind kind, const char* node, std::uint64_t count = 0) {
        EventRecord event;
        event.kind = kind;
        event.node = node;
        event.count = count;
        event.at = sampleNow;
        return event;
    };
    Stage stage;
    auto nodes = mixedNodes();
    nodes.resize(4);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    stage.fleet.happen({happened(EventKind::NodeLost, "node-3"), happened(EventKind::ItemsRedispatched, "node-3", 44)});
    stage.fleet.happen({happened(EventKind::ItemsRedispatched, "node-2", 10)}); // it was drained for a while
    stage.fleet.happen({happened(EventKind::NodeLost, "node-2"), happened(EventKind::ItemsRedispatched, "node-2", 64),
                        happened(EventKind::ItemsRedispatched, "node-2", 32)});
    nodes[1].state = NodeState::Lost;
    run.redispatched = 150;
    stage.fleet.show(fleetOf(nodes, run));
    const QString alert = stage.window->alert().text();
    QVERIFY2(alert.contains(QStringLiteral(" 96 unfinished pictures")), qPrintable(alert));
    // Also once the run has ended, with the node still away.
    stage.fleet.show(fleetOf(nodes, finishedRun(10'000, 2)));
    QVERIFY2(stage.window->alert().text().contains(QStringLiteral(" 96 unfinished pictures")),
             qPrintable(stage.window->alert().text()));
    // It came back, and was lost again while it held nothing.
    stage.fleet.happen({happened(EventKind::NodeReady, "node-2"), happened(EventKind::NodeLost, "node-2")});
    nodes[1].stateSince = sampleNow;
    stage.fleet.show(fleetOf(nodes, run));
    QVERIFY2(stage.window->alert().text().contains(QStringLiteral("held no unfinished picture")),
             qPrintable(stage.window->alert().text()));
}

/// What cannot be so is not said: that pictures went elsewhere where there is no other node, and that an agent turns
/// this computer away where it is the node that does not do.
void TestAlert::alertIsTrue()
{
    Stage stage;
    AlertStrip& alert = stage.window->alert();
    EventRecord lost, back;
    lost.kind = EventKind::NodeLost;
    back.kind = EventKind::ItemsRedispatched;
    lost.node = back.node = "node-1";
    back.count = 44;
    stage.fleet.happen({lost, back});
    NodeSnapshot node = sampleNode(1, NodeState::Lost);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 0);
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({node}, run));
    QVERIFY2(alert.text().contains(QStringLiteral("44 unfinished pictures went back to the queue")),
             qPrintable(alert.text()));
    QVERIFY2(alert.text().contains(QStringLiteral("No node is online")), qPrintable(alert.text()));
    node.state = NodeState::Refused;
    node.reason = {ErrorCode::NotEnrolled, {}};
    stage.fleet.show(fleetOf({node, sampleNode(2)}));
    QVERIFY2(alert.text().contains(QStringLiteral("refuses this computer")), qPrintable(alert.text()));
    for (const ErrorCode code : {ErrorCode::AgentClone, ErrorCode::ModelMismatch, ErrorCode::BackendMemory}) {
        node.reason = {code, {}};
        stage.fleet.show(fleetOf({node, sampleNode(2)}));
        QVERIFY2(alert.text().contains(QStringLiteral("cannot be used since")) &&
                     !alert.text().contains(QStringLiteral("refuse")),
                 qPrintable(alert.text()));
    }
}

/// Of what was hidden, some is over: that is nothing new to say. What happens again is.
void TestAlert::hiddenAlertStaysHidden()
{
    Stage stage;
    AlertStrip& alert = stage.window->alert();
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 50; ++id)
        nodes.push_back(sampleNode(id, id > 1 ? NodeState::Lost : NodeState::Online));
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(alert.isVisible());
    QVERIFY(alert.dismiss());
    for (std::size_t back = 1; back < 10; ++back) {
        nodes[back].state = NodeState::Online;
        stage.fleet.show(fleetOf(nodes));
        QVERIFY(!alert.isVisible());
    }
    nodes[3].state = NodeState::Lost;
    nodes[3].stateSince = sampleNow;
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(alert.isVisible());
}

void TestAlert::databaseTrouble()
{
    Stage stage;
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    run.storeTrouble = {ErrorCode::DbFull, "/tmp/fleet.db"};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(stage.window->alert().isVisible());
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("E_DB_FULL")));
    run.storeTrouble = {ErrorCode::None, {}};
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({}, run));
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("No node is online")));
}

static const Registered<TestAlert> registered;
#include "test_alert.moc"
