// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet page: empty, its actions, its figures, its room.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/ui/actions.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_table.h"
#include "app/ui/throughput_chart.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QApplication>
#include <QClipboard>
#include <QLineEdit>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestFleet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e02_emptyFleet();
    void nodeActions();
    void e14_headerIsSumOfRows();
    void addNode();
    void lowWindowShowsNodes();
};

/// e2, e4: the empty fleet shows the exact agent command with Copy, one sentence and one action.
void TestFleet::e02_emptyFleet()
{
    Stage stage;
    QVERIFY(stage.window->fleetPage().isEmpty());
    QVERIFY(stage.find<QPushButton>("startDemo")->isVisible());
    QLineEdit* command = nullptr;
    for (QLineEdit* edit : stage.window->fleetPage().findChildren<QLineEdit*>()) {
        if (edit->isVisible() && edit->text().contains(stage.fleet.publicKey()))
            command = edit;
    }
    QVERIFY(command);
    QTest::mouseClick(stage.button(QStringLiteral("Copy")), Qt::LeftButton);
    QCOMPARE(QApplication::clipboard()->text(), command->text());
    QCOMPARE(command->text(), QStringLiteral("vitfleet-agent authorize RKEYRKEYRKEY && vitfleet-agent serve"));
}

/// Rules 5 and 6: on a node, a selection, all; each after this chunk or now.
void TestFleet::nodeActions()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes()));
    FleetPage& page = stage.window->fleetPage();
    Actions& actions = stage.window->actions();
    const auto text = [&](const char* id) { return actions.action(QLatin1String(id))->text(); };
    QCOMPARE(text("nodes.drain"), QStringLiteral("Drain all 9 nodes after this chunk"));
    page.showNode(NodeId(2));
    QCOMPARE(text("nodes.drainNow"), QStringLiteral("Drain node-2 now"));
    QVERIFY(!actions.action(QStringLiteral("nodes.undrain"))->isEnabled());
    QVERIFY(!Actions::whyNot(actions.action(QStringLiteral("nodes.undrain"))).isEmpty());
    actions.action(QStringLiteral("nodes.drain"))->trigger();
    actions.action(QStringLiteral("nodes.drainNow"))->trigger();
    stage.undo.undo();
    page.showNode(NodeId(7)); // draining
    actions.action(QStringLiteral("nodes.undrain"))->trigger();
    QCOMPARE(stage.fleet.asked, QStringList({QStringLiteral("drain 2"), QStringLiteral("drain 2 now"),
                                             QStringLiteral("undrain 2"), QStringLiteral("undrain 7")}));
    stage.fleet.asked.clear();
    page.showNode(NodeId(8)); // lost: nothing to drain, but it can go
    QVERIFY(!actions.action(QStringLiteral("nodes.drain"))->isEnabled());
    QTest::keyClick(&page.table(), Qt::Key_Delete);
    QVERIFY(
        page.groups().indexOf(NodeId(8), NodeModel::DoingColumn).data().toString().contains(QStringLiteral("Ctrl+Z")));
    QVERIFY(stage.fleet.asked.isEmpty()); // nothing is lost for ten seconds
    stage.undo.settle();
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("remove 8")));
    // One of this machine's that has ended can be started again.
    QVERIFY(!actions.action(QStringLiteral("nodes.restart"))->isEnabled());
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes));
    stage.fleet.asked.clear();
    page.showNode(NodeId(1));
    QCOMPARE(text("nodes.restart"), QStringLiteral("Start local-1 again"));
    actions.action(QStringLiteral("nodes.restart"))->trigger();
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("restart 1")));
    page.table().selectAll();
    QCOMPARE(page.table().selectedNodes().size(), std::size_t{9});
    QCOMPARE(text("nodes.remove"), QStringLiteral("Remove 9 nodes after this chunk"));
}

void TestFleet::e14_headerIsSumOfRows()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    const NodeModel& model = stage.window->fleetPage().model();
    quint64 rows = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        rows += figure(model.index(row, NodeModel::RateColumn).data().toString());
    quint64 header = 0;
    for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>()) {
        if (tile->accessibleName() == QStringLiteral("Throughput"))
            header = figure(tile->value());
    }
    QVERIFY(header > 0);
    QVERIFY(std::abs(static_cast<double>(header) - static_cast<double>(rows)) <= 0.01 * static_cast<double>(header));
}

void TestFleet::addNode()
{
    Stage stage;
    QLineEdit* address = nullptr;
    for (QLineEdit* edit : stage.window->fleetPage().findChildren<QLineEdit*>()) {
        if (edit->accessibleName() == QStringLiteral("Address line of the agent"))
            address = edit;
    }
    QVERIFY(address);
    // Its fingerprint stands there before anything is trusted.
    const auto isShown = [&stage](const QString& text) {
        const auto labels = stage.window->fleetPage().findChildren<ElidedLabel*>();
        return std::ranges::any_of(labels, [&](const ElidedLabel* label) { return label->wholeText().contains(text); });
    };
    address->setText(QStringLiteral("gpu-3:47520"));
    QVERIFY(!isShown(QStringLiteral("5C1D-22E0")));
    address->setText(QStringLiteral("gpu-3:47520/mzxw6ytboi"));
    QVERIFY(isShown(QStringLiteral("The agent's fingerprint: 5C1D-22E0-90BA-3F71")));
    stage.fleet.addAnswer = Result<NodeId>(ErrorCode::Address, "nonsense");
    address->setText(QStringLiteral(" nonsense "));
    QTest::keyClick(address, Qt::Key_Return);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("add nonsense")));
    QCOMPARE(address->text(), QStringLiteral(" nonsense ")); // to be mended, not typed again
    stage.fleet.addAnswer = NodeId(3);
    QTest::mouseClick(stage.button(QStringLiteral("Add")), Qt::LeftButton);
    QVERIFY(address->text().isEmpty());
}

/// A low window with an alert and a profile's nodes has no room for the chart as well: there are always some rows.
void TestFleet::lowWindowShowsNodes()
{
    Stage stage;
    stage.window->resize(1024, 640);
    stage.scaleOut.setProfiles({slurmProfile()});
    auto nodes = mixedNodes();
    const ThroughputChart& chart = stage.window->fleetPage().chart();
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'104, 2, 704)));
    QTRY_VERIFY(chart.isVisible());
    stage.scaleOut.show(waitingAllocation());
    QTRY_VERIFY(!chart.isVisible());
    QTRY_VERIFY2(stage.window->fleetPage().table().viewport()->height() > 100,
                 qPrintable(QString::number(stage.window->fleetPage().table().viewport()->height())));
    stage.window->resize(1440, 900);
    QTRY_VERIFY(chart.isVisible());
}

static const Registered<TestFleet> registered;
#include "test_fleet.moc"
