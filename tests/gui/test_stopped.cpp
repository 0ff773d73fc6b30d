// SPDX-License-Identifier: GPL-3.0-or-later
// Rules 5 and 6 for stopping: a node's work ends, its row stays among those that are stopped, and it can be started
// again or removed.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/ui/actions.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_table.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestStopped : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isAskedForAndTakenBack();
    void keepsItsRow();
    void isNothingForAProfile();
};

void TestStopped::isAskedForAndTakenBack()
{
    Stage stage;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2), sampleNode(3, NodeState::Drained)}));
    FleetPage& page = stage.window->fleetPage();
    Actions& actions = stage.window->actions();
    const auto trigger = [&actions](const char* id) { actions.action(QLatin1String(id))->trigger(); };
    QCOMPARE(actions.action(QStringLiteral("nodes.stop"))->text(), QStringLiteral("Stop all 3 nodes after this chunk"));
    page.showNode(NodeId(2));
    QCOMPARE(actions.action(QStringLiteral("nodes.stopNow"))->text(), QStringLiteral("Stop node-2 now"));
    QVERIFY(!actions.action(QStringLiteral("nodes.restart"))->isEnabled());
    trigger("nodes.stop");
    trigger("nodes.stopNow");
    QCOMPARE(stage.undo.what(), QStringLiteral("Stop node-2"));
    stage.undo.undo();
    QCOMPARE(stage.fleet.asked,
             QStringList({QStringLiteral("stop 2"), QStringLiteral("stop 2 now"), QStringLiteral("undrain 2")}));
    stage.fleet.asked.clear();
    page.goBack();
    trigger("nodes.stopNow");
    QCOMPARE(stage.fleet.asked,
             QStringList({QStringLiteral("stop 1 now"), QStringLiteral("stop 2 now"), QStringLiteral("stop 3 now")}));
}

/// Below those that drain, above the lost ones; not lost, and told how to come back.
void TestStopped::keepsItsRow()
{
    Stage stage;
    NodeSnapshot stopping = sampleNode(2, NodeState::Draining);
    stopping.stopping = true;
    stage.fleet.show(
        fleetOf({sampleNode(1), stopping, sampleNode(3, NodeState::Stopped), sampleNode(4, NodeState::Lost)}));
    FleetPage& page = stage.window->fleetPage();
    const NodeGroups& groups = page.groups();
    QStringList rows;
    for (int row = 0; row < groups.rowCount(); ++row)
        rows << groups.index(row, groups.isGroup(groups.index(row, 0)) ? 0 : NodeModel::NameColumn).data().toString();
    QCOMPARE(rows, QStringList({QStringLiteral("Online · 1"), QStringLiteral("node-1"), QStringLiteral("Draining · 1"),
                                QStringLiteral("node-2"), QStringLiteral("Stopped · 1"), QStringLiteral("node-3"),
                                QStringLiteral("Lost · 1"), QStringLiteral("node-4")}));
    const auto doing = [&groups](std::uint32_t node) {
        return groups.indexOf(NodeId(node), NodeModel::DoingColumn).data().toString();
    };
    QCOMPARE(doing(2), QStringLiteral("Finishes its chunk, then stops"));
    QVERIFY2(doing(3).contains(QStringLiteral("can be started again")), qPrintable(doing(3)));
    Actions& actions = stage.window->actions();
    page.showNode(NodeId(3));
    for (const char* id : {"nodes.drain", "nodes.stop", "nodes.undrain"})
        QVERIFY2(!actions.action(QLatin1String(id))->isEnabled(), id);
    QCOMPARE(actions.action(QStringLiteral("nodes.restart"))->text(), QStringLiteral("Start node-3 again"));
    actions.action(QStringLiteral("nodes.restart"))->trigger();
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("undrain 3")));
    stage.fleet.asked.clear();
    actions.action(QStringLiteral("nodes.remove"))->trigger();
    stage.undo.settle();
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("remove 3")));
}

/// A provider's node costs on until it is given back: that is what removing does.
void TestStopped::isNothingForAProfile()
{
    Stage stage;
    NodeSnapshot rented = sampleNode(1);
    rented.provider = "slurm";
    rented.providerId = "17_2";
    stage.fleet.show(fleetOf({rented}));
    QAction* stop = stage.window->actions().action(QStringLiteral("nodes.stop"));
    QVERIFY(!stop->isEnabled());
    QVERIFY2(Actions::whyNot(stop).contains(QStringLiteral("cost on")), qPrintable(Actions::whyNot(stop)));
    QVERIFY(stage.window->actions().action(QStringLiteral("nodes.remove"))->isEnabled());
}

static const Registered<TestStopped> registered;
#include "test_stopped.moc"
