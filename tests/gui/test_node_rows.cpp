// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of the nodes: groups, places, what a lost one keeps, a thousand of them.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/throughput_chart.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QMap>
#include <QSet>
#include <QSignalSpy>
#include <QStyledItemDelegate>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

/// Which rows of a table are drawn.
class PaintedRows : public QStyledItemDelegate
{
public:
    explicit PaintedRows(QTableView& table) : m_drawer(table.itemDelegate()) { table.setItemDelegate(this); }
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        rows.insert(index.row());
        m_drawer->paint(painter, option, index);
    }
    mutable QSet<int> rows;

private:
    QAbstractItemDelegate* m_drawer;
};

} // namespace

class TestNodeRows : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void rowsAreGrouped();
    void selectedNodesGo();
    void e12_rowsStandStill_data();
    void e12_rowsStandStill();
    void e09_lostNodeKeepsItsReason();
    void lateBeatIsMarked();
    void thousandNodes();
};

void TestNodeRows::rowsAreGrouped()
{
    Stage stage;
    const QAbstractItemModelTester tester(&stage.window->fleetPage().groups());
    const QAbstractItemModelTester below(&stage.window->fleetPage().model());
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    NodeGroups& groups = stage.window->fleetPage().groups();
    QStringList headings;
    int last = -1;
    for (int row = 0; row < groups.rowCount(); ++row) {
        const QModelIndex index = groups.index(row, 0);
        if (groups.isGroup(index))
            headings << index.data().toString();
        const int group = index.data(NodeModel::GroupRole).toInt();
        QVERIFY(group >= last);
        last = group;
    }
    // One of the first six still loads its model: it is not called online, nor is it above.
    QCOMPARE(headings, QStringList({QStringLiteral("Online · 5, 1 not ready"), QStringLiteral("Draining · 1"),
                                    QStringLiteral("Lost · 2")}));
    for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>())
        QVERIFY(tile->accessibleName() != QStringLiteral("Nodes online") || tile->value() == QStringLiteral("5"));
    auto ready = mixedNodes();
    ready[4].state = NodeState::Online;
    stage.fleet.show(fleetOf(ready));
    QCOMPARE(groups.index(0, 0).data().toString(), QStringLiteral("Online · 6"));
    // Nodes come, go and change their groups.
    auto nodes = mixedNodes();
    nodes.erase(nodes.begin() + 6);
    stage.fleet.show(fleetOf(nodes));
    QCOMPARE(groups.rowCount(), 8 + 2);
    nodes.push_back(sampleNode(40, NodeState::Drained));
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes));
    QCOMPARE(groups.rowCount(), 9 + 3);
    QCOMPARE(groups.node(groups.indexOf(NodeId(40)))->name, std::string("node-40"));
    // Who has left in good order is not called lost, nor is his silence an alarm.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2, NodeState::Left)}));
    QCOMPARE(groups.index(2, 0).data().toString(), QStringLiteral("Left · 1"));
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2, NodeState::Left), sampleNode(3, NodeState::Lost)}));
    QCOMPARE(groups.index(2, 0).data().toString(), QStringLiteral("Lost · 2"));
    stage.fleet.show(fleetOf({}));
    QCOMPARE(groups.rowCount(), 0);
}

/// Nodes leave while they are selected, one of them and all at once.
void TestNodeRows::selectedNodesGo()
{
    Stage stage;
    const QAbstractItemModelTester tester(&stage.window->fleetPage().groups());
    stage.fleet.show(fleetOf(mixedNodes()));
    FleetPage& page = stage.window->fleetPage();
    page.showNode(NodeId(8));
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost; // waits for its place
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(page.groups().isOutOfPlace());
    nodes.erase(nodes.begin() + 7);
    stage.fleet.show(fleetOf(nodes));
    QCOMPARE(page.model().rowCount(), 8);
    QVERIFY(!page.groups().isOutOfPlace());
    page.table().selectAll();
    stage.fleet.show(fleetOf({}));
    QCOMPARE(page.groups().rowCount(), 0);
}

/// e12: no row moves under the pointer or during a selection, whatever nodes do meanwhile; F5, or looking away, puts
/// them in their places.
void TestNodeRows::e12_rowsStandStill_data()
{
    QTest::addColumn<bool>("tiles");
    QTest::addColumn<bool>("pointed");
    QTest::newRow("table, pointer") << false << true;
    QTest::newRow("table, selection") << false << false;
    QTest::newRow("tiles, pointer") << true << true;
    QTest::newRow("tiles, selection") << true << false;
}

void TestNodeRows::e12_rowsStandStill()
{
    QFETCH(bool, tiles);
    QFETCH(bool, pointed);
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    FleetPage& page = stage.window->fleetPage();
    if (tiles)
        QTest::mouseClick(stage.button(QStringLiteral("Tiles")), Qt::LeftButton);
    QAbstractItemView* view = tiles ? static_cast<QAbstractItemView*>(page.findChild<NodeTiles*>()) : &page.table();
    QTRY_VERIFY(view->isVisible());
    const auto places = [&] {
        QCoreApplication::processEvents();
        QMap<quint32, QRect> out;
        for (std::uint32_t id = 1; id <= 9; ++id)
            out.insert(id, view->visualRect(page.groups().indexOf(NodeId(id))));
        return out;
    };
    const QPoint at = view->visualRect(page.groups().indexOf(NodeId(4))).center();
    QTest::mouseMove(stage.window.get(), QPoint(2, 2));
    if (pointed)
        QTest::mouseMove(view->viewport(), at);
    else
        page.showNode(NodeId(4));
    QTRY_VERIFY(!pointed || view->viewport()->underMouse());
    const auto before = places();
    auto nodes = mixedNodes();
    for (int round = 0; round < 5; ++round) {
        nodes[static_cast<std::size_t>(round % 3)].state = round % 2 == 0 ? NodeState::Lost : NodeState::Draining;
        nodes[7].state = round % 2 == 0 ? NodeState::Online : NodeState::Lost;
        nodes.push_back(sampleNode(static_cast<std::uint32_t>(20 + round))); // nodes join all the while
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(10'000, 6'200, 2, 704));
        fleet.at += round * 1'000;
        stage.fleet.show(std::move(fleet));
        QCOMPARE(places(), before);
        QCOMPARE(view->indexAt(at).data(NodeModel::NodeIdRole).toUInt(), 4u);
    }
    QVERIFY(page.groups().isOutOfPlace());
    // Its state is never held back.
    QCOMPARE(page.groups().indexOf(NodeId(1)).data().toString(), QStringLiteral("Draining"));
    QVERIFY(page.groups().indexOf(NodeId(24)).isValid());
    if (pointed)
        QTest::mouseMove(stage.window.get(), QPoint(2, 2));
    else
        page.goBack();
    QTRY_VERIFY(!page.groups().isOutOfPlace());
    int last = -1;
    for (int row = 0; row < page.groups().rowCount(); ++row) {
        const int group = page.groups().index(row, 0).data(NodeModel::GroupRole).toInt();
        QVERIFY(group >= last);
        last = group;
    }
}

/// e9: a lost node stays, with its reason and time, however long and whatever comes; back again it has the same row.
void TestNodeRows::e09_lostNodeKeepsItsReason()
{
    Stage stage;
    auto nodes = mixedNodes();
    stage.fleet.show(fleetOf(nodes));
    FleetPage& page = stage.window->fleetPage();
    const auto doing = [&] { return page.groups().indexOf(NodeId(8), NodeModel::DoingColumn).data().toString(); };
    const QString since =
        QLocale().toString(QDateTime::fromMSecsSinceEpoch(nodes[7].stateSince).time(), QStringLiteral("HH:mm"));
    for (int minute = 0; minute < 200; ++minute) { // also where no sample of it is kept any more
        FleetSnapshot later = fleetOf(nodes);
        later.at += minute * 60'000;
        stage.fleet.show(std::move(later));
        QVERIFY2(doing().contains(QStringLiteral("no beat for 3 s")) && doing().contains(since), qPrintable(doing()));
    }
    // And beside the table, with what it did wrong.
    page.setInspectorShown(true);
    page.showNode(NodeId(8));
    EventRecord lost;
    lost.kind = EventKind::NodeLost;
    lost.node = nodes[7].name;
    lost.error = nodes[7].reason;
    lost.at = sampleNow - 60'000;
    stage.fleet.happen({lost});
    QVERIFY(page.inspector().errorsText().contains(QStringLiteral("no beat for 3 s")));
    page.goBack();
    // Another process of the same node, at another address: the engine knows it by its key.
    const auto row = page.model().index(7, NodeModel::NameColumn);
    QCOMPARE(row.data().toString(), QStringLiteral("node-8"));
    nodes[7].state = NodeState::Preparing;
    nodes[7].reason = {ErrorCode::None, {}};
    nodes[7].address = "10.0.0.8:50000";
    nodes[7].pid = 4711;
    nodes[7].stateSince = sampleNow;
    stage.fleet.show(fleetOf(nodes));
    QCOMPARE(page.model().rowCount(), 9);
    QVERIFY(!doing().contains(QStringLiteral("no beat")));
    nodes[7].state = NodeState::Online;
    stage.fleet.show(fleetOf(nodes));
    QCOMPARE(page.model().rowCount(), 9);
    QCOMPARE(page.groups().indexOf(NodeId(8)).data().toString(), QStringLiteral("Online"));
    QVERIFY(page.inspector().errorsText().contains(QStringLiteral("no beat for 3 s"))); // what happened, happened
}

/// Rule 4: the row turns before the node is given up.
void TestNodeRows::lateBeatIsMarked()
{
    Stage stage;
    auto nodes = mixedNodes();
    nodes[0].beatAge = std::chrono::milliseconds(1'700);
    stage.fleet.show(fleetOf(nodes));
    const NodeGroups& groups = stage.window->fleetPage().groups();
    QVERIFY(groups.indexOf(NodeId(1)).data(NodeModel::LateRole).toBool());
    QVERIFY(!groups.indexOf(NodeId(2)).data(NodeModel::LateRole).toBool());
    // After how long a node is given up is the user's decision: what is late follows it.
    const auto beat = [&] { return groups.indexOf(NodeId(1), NodeModel::BeatColumn); };
    nodes[0].beatAge = std::chrono::milliseconds(3'500);
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(beat().data(NodeModel::OverdueRole).toBool());
    FleetSnapshot patient = fleetOf(nodes);
    patient.lostAfter = std::chrono::seconds(8);
    stage.fleet.show(patient);
    QVERIFY(!beat().data(NodeModel::LateRole).toBool() && !beat().data(NodeModel::OverdueRole).toBool());
    patient.nodes[0].beatAge = std::chrono::milliseconds(4'500);
    stage.fleet.show(patient);
    QVERIFY(beat().data(NodeModel::LateRole).toBool() && !beat().data(NodeModel::OverdueRole).toBool());
}

/// e11: an update of a thousand nodes resets nothing and draws no more rows than can be seen.
void TestNodeRows::thousandNodes()
{
    Stage stage;
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 1'000; ++id)
        nodes.push_back(sampleNode(id));
    stage.fleet.show(fleetOf(nodes, sampleRun(1'000'000, 61'040, 2, 9'000)));
    NodeGroups& groups = stage.window->fleetPage().groups();
    NodeTable& table = stage.window->fleetPage().table();
    QSignalSpy resets(&stage.window->fleetPage().model(), &QAbstractItemModel::modelReset);
    QSignalSpy groupResets(&groups, &QAbstractItemModel::modelReset),
        moves(&groups, &QAbstractItemModel::layoutChanged);
    QSignalSpy changes(&groups, &QAbstractItemModel::dataChanged);
    PaintedRows painted(table);
    QElapsedTimer timer;
    timer.start();
    constexpr int updates = 50;
    for (int i = 0; i < updates; ++i) {
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(1'000'000, 61'040 + static_cast<quint64>(i) * 1'000, 2, 9'000));
        fleet.at += i * 100;
        stage.fleet.show(std::move(fleet));
        QCoreApplication::processEvents();
    }
    qInfo("1,000 nodes: %.1f ms an update with layout and paint", static_cast<double>(timer.elapsed()) / updates);
    QCOMPARE(resets.size() + groupResets.size() + moves.size(), 0);
    // An update is told at once, and drawn where somebody can see it: not a thousand rows.
    QVERIFY2(changes.size() <= 2 * updates, qPrintable(QString::number(changes.size())));
    const qsizetype visible = table.viewport()->height() / table.rowHeight(1) + 2;
    QVERIFY(painted.rows.size() > 5 && painted.rows.size() <= visible);
    // "300,000" has its room beside the chart: where it is cut off there is ink at the edge.
    ThroughputChart& chart = stage.window->fleetPage().chart();
    const QImage image = chart.grab().toImage();
    for (int y = 0; y < image.height(); ++y)
        QCOMPARE(image.pixelColor(0, y), image.pixelColor(0, 0));
}

static const Registered<TestNodeRows> registered;
#include "test_node_rows.moc"
