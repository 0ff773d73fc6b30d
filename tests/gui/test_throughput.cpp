// SPDX-License-Identifier: GPL-3.0-or-later
// The chart of the fleet page: nodes, marks, the end of a run.
#include "app/ui/fleet_page.h"
#include "app/ui/run_page.h"
#include "app/ui/throughput_chart.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QImage>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestThroughput : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e15_bandAboveTwelve();
    void chartStandsStillAfterTheRun();
    void chartOfNodesStandsStillToo();
    void slowNodesStandStillToo();
    void resizeIsMarked();
};

/// e15: up to twelve nodes a line each, above a band and outliers.
void TestThroughput::e15_bandAboveTwelve()
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
void TestThroughput::chartStandsStillAfterTheRun()
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
void TestThroughput::chartOfNodesStandsStillToo()
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
void TestThroughput::slowNodesStandStillToo()
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

/// What explains a step of the curve stands beside it, also a change of the number of nodes.
void TestThroughput::resizeIsMarked()
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

static const Registered<TestThroughput> registered;
#include "test_throughput.moc"
