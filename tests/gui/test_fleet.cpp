// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet page: groups, actions, chart.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/page.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "app/ui/throughput_chart.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStyledItemDelegate>
#include <QTemporaryDir>

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

class TestFleet : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e02_emptyFleet();
    void rowsAreGrouped();
    void selectedNodesGo();
    void e12_rowsStandStill_data();
    void e12_rowsStandStill();
    void e09_lostNodeKeepsItsReason();
    void lateBeatIsMarked();
    void nodeActions();
    void e15_bandAboveTwelve();
    void chartStandsStillAfterTheRun();
    void chartOfNodesStandsStillToo();
    void slowNodesStandStillToo();
    void resizeIsMarked();
    void e14_headerIsSumOfRows();
    void addNode();
    void thousandNodes();
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

void TestFleet::rowsAreGrouped()
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
void TestFleet::selectedNodesGo()
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
void TestFleet::e12_rowsStandStill_data()
{
    QTest::addColumn<bool>("tiles");
    QTest::addColumn<bool>("pointed");
    QTest::newRow("table, pointer") << false << true;
    QTest::newRow("table, selection") << false << false;
    QTest::newRow("tiles, pointer") << true << true;
    QTest::newRow("tiles, selection") << true << false;
}

void TestFleet::e12_rowsStandStill()
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
void TestFleet::e09_lostNodeKeepsItsReason()
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
void TestFleet::lateBeatIsMarked()
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

/// e15: up to twelve nodes a line each, above a band and outliers.
void TestFleet::e15_bandAboveTwelve()
{
    Stage stage;
    const auto lines = [&](std::uint32_t count) {
        std::vector<NodeSnapshot> nodes;
        for (std::uint32_t id = 1; id <= count; ++id)
            nodes.push_back(sampleNode(id));
        nodes[0].imagesPerSecond = 5; // far below the others
        for (int second = 0; second < 5; ++second) {
            FleetSnapshot fleet = fleetOf(nodes, sampleRun(10'000, 100 * static_cast<quint64>(second), 0, 100));
            fleet.at = stage.fleet.snapshot()->at + 1'000;
            stage.fleet.show(std::move(fleet));
        }
        return stage.window->fleetPage().chart().linesAndOutliers();
    };
    QCOMPARE(lines(12), std::pair(std::size_t{12}, std::size_t{0}));
    QCOMPARE(lines(13), std::pair(std::size_t{0}, std::size_t{1}));
    QCOMPARE(lines(40), std::pair(std::size_t{0}, std::size_t{1}));
    // Whoever cannot see it is told the same.
    ThroughputChart& chart = stage.window->fleetPage().chart();
    QVERIFY(!chart.accessibleDescription().contains(QStringLiteral("eight tenths")));
    chart.setMode(ThroughputChart::Mode::Nodes);
    for (const char* part : {"eight tenths of the nodes between", "1 node far below", "node-1: 5"})
        QVERIFY2(chart.accessibleDescription().contains(QLatin1String(part)),
                 qPrintable(chart.accessibleDescription()));
}

/// A run of four seconds fills the chart, and its end stays to be seen.
void TestFleet::chartStandsStillAfterTheRun()
{
    Stage stage;
    ThroughputChart& chart = stage.window->fleetPage().chart();
    FleetSnapshot idle = fleetOf({sampleNode(1)});
    stage.fleet.show(idle);
    QCOMPARE(chart.samples(), std::size_t{0});
    for (int i = 0; i < 16; ++i) {
        FleetSnapshot fleet = fleetOf({sampleNode(1)}, sampleRun(10'000, 600 * static_cast<quint64>(i), 0, 100));
        fleet.at = sampleNow + i * 250;
        stage.fleet.show(std::move(fleet));
    }
    const auto during = chart.samples();
    QVERIFY(during >= 15);
    FleetSnapshot fleet = fleetOf({sampleNode(1)}, finishedRun(10'000, 2));
    for (int i = 0; i < 40; ++i) {
        fleet.at = sampleNow + 4'000 + i * 1'000;
        stage.fleet.show(fleet);
    }
    QCOMPARE(chart.samples(), during + 1);
    QVERIFY(chart.accessibleDescription().contains(QStringLiteral("ended")));
}

/// So do the curves of its nodes, and what happens later has no mark among them.
void TestFleet::chartOfNodesStandsStillToo()
{
    Stage stage;
    ThroughputChart& chart = stage.window->fleetPage().chart();
    chart.setMode(ThroughputChart::Mode::Nodes);
    const auto show = [&stage](int second, const RunSnapshot& run) {
        FleetSnapshot fleet = fleetOf({sampleNode(1), sampleNode(2)}, run);
        fleet.at = sampleNow + second * 1'000;
        stage.fleet.show(std::move(fleet));
    };
    for (int second = 0; second < 20; ++second)
        show(second, sampleRun(10'000, 300 * static_cast<quint64>(second), 0, 100));
    show(20, finishedRun(10'000, 2));
    const QImage atTheEnd = chart.grab().toImage();
    EventRecord joined;
    joined.kind = EventKind::NodeReady;
    joined.node = "node-3";
    joined.at = sampleNow + 25'000;
    stage.fleet.happen({joined});
    for (int second = 21; second < 180; ++second)
        show(second, finishedRun(10'000, 2));
    QCOMPARE(chart.grab().toImage(), atTheEnd);
}

/// At the end nobody works any more, which makes nobody slow or fast.
void TestFleet::slowNodesStandStillToo()
{
    Stage stage;
    ThroughputChart& chart = stage.window->fleetPage().chart();
    chart.setMode(ThroughputChart::Mode::Nodes);
    std::vector<NodeSnapshot> nodes;
    for (int i = 1; i <= 14; ++i)
        nodes.push_back(sampleNode(i));
    nodes.back().imagesPerSecond = 1;
    for (int second = 0; second < 20; ++second) {
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(10'000, 300 * static_cast<quint64>(second), 0, 100));
        fleet.at = sampleNow + second * 1'000;
        stage.fleet.show(std::move(fleet));
    }
    QCOMPARE(chart.linesAndOutliers(), std::pair(std::size_t{0}, std::size_t{1}));
    for (NodeSnapshot& node : nodes) {
        node.imagesPerSecond = 0;
        node.leased = 0;
        node.idle = IdleReason::NoRun;
    }
    for (int second = 20; second < 180; ++second) {
        FleetSnapshot fleet = fleetOf(nodes, finishedRun(10'000, 2));
        fleet.at = sampleNow + second * 1'000;
        stage.fleet.show(std::move(fleet));
    }
    QCOMPARE(chart.linesAndOutliers(), std::pair(std::size_t{0}, std::size_t{1}));
    QVERIFY2(chart.accessibleDescription().contains(QStringLiteral("1 node far below")),
             qPrintable(chart.accessibleDescription()));
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

/// What explains a step of the curve stands beside it, also a change of the number of nodes.
void TestFleet::resizeIsMarked()
{
    Stage stage;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 6'104, 2, 704)));
    stage.window->showPage(MainWindow::RunPageIndex);
    const auto buttons = stage.window->runPage().findChildren<QPushButton*>();
    const auto more = std::ranges::find(buttons, QStringLiteral("Nodes to use: more"), &QWidget::accessibleName);
    QVERIFY(more != buttons.end());
    QTest::mouseClick(*more, Qt::LeftButton);
    QTest::mouseClick(stage.button(QStringLiteral("Change to 1 node")), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("nodes 1")));
    QCOMPARE(stage.window->fleetPage().chart().marks().last(), QStringLiteral("1 node used"));
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

/// e11: an update of a thousand nodes resets nothing and draws no more rows than can be seen.
void TestFleet::thousandNodes()
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
