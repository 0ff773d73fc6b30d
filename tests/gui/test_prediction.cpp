// SPDX-License-Identifier: GPL-3.0-or-later
// The number of nodes comes with the time that it takes and what it costs; after a run stands what came true.
#include "app/models/fleet_history.h"
#include "app/ui/inputs.h"
#include "app/ui/node_count_curve.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestPrediction : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nodeCountIsAdvised();
    void predictionIsOfThisModel();
    void aProfileHasStartUpAndPrice();
    void nodesThatAreThereNeedNoStartUp();
    void whatCameTrueStandsBesideIt();
    void itIsToldInGerman();
};

namespace {

const char* const model = "/models/vit";
constexpr std::uint32_t pictures = 40;

/// 40 pictures, a profile that takes 45 s to start and costs 0.80 EUR an hour and node, and a run of two of its nodes.
struct Cluster
{
    QTemporaryDir folder;
    Stage stage;
    std::vector<RunRecord> runs;

    Cluster()
    {
        for (std::uint32_t i = 0; i < pictures; ++i) {
            QFile file(folder.filePath(QStringLiteral("%1.jpg").arg(i)));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write("x");
        }
        std::vector<NodeRecord> nodes(2);
        for (std::uint32_t i = 0; i < 2; ++i) {
            nodes[i].schedulerId = "slurm:17_" + std::to_string(i);
            nodes[i].name = "cluster-17_" + std::to_string(i);
            nodes[i].labelled = pictures / 2;
        }
        stage.store.setNodes(nodes);
        stage.scaleOut.setProfiles({slurmProfile()});
        finish(RunId(5), 10, 12);
        stage.window->showPage(MainWindow::RunPageIndex);
    }

    /// A run of both nodes that was over after so many seconds; each worked for the last `working` of them.
    void finish(RunId id, int working, int seconds)
    {
        RunRecord run = sampleRecord(RunState::Finished);
        run.id = id;
        run.modelPath = model;
        run.startedAt = sampleNow;
        runs.push_back(run);
        std::vector<ResultView> rows = sampleRows(pictures);
        const UnixMs end = sampleNow + seconds * 1'000;
        for (std::uint32_t i = 0; i < pictures; ++i) {
            rows[i].result->node = "cluster-17_" + std::to_string(i % 2);
            rows[i].result->finishedAt = end - (i < pictures / 2 ? working * 1'000 : 0);
        }
        stage.store.setRowsOf(id, rows);
        stage.store.setRuns(runs);
    }

    RunSetUp& setUp() { return stage.window->runPage().setUp(); }
    NodeCountCurve& curve() { return setUp().curve(); }
    /// As a person does; until the prediction is there.
    void choose()
    {
        setUp().setData(folder.path());
        setUp().model().setPath(QString::fromLatin1(model));
        NodeSource& source = setUp().source();
        QTRY_COMPARE(source.box().count(), 2);
        source.box().setCurrentIndex(1);
        source.stepper().setValue(2);
        QTRY_COMPARE(curve().prediction().lines.size(), std::size_t{8});
    }
    RunSnapshot snapshot(RunState state) const
    {
        RunSnapshot run = state == RunState::Finished ? finishedRun(pictures, 0) : sampleRun(pictures, 10, 0, 0);
        run.dataPath = folder.path().toStdString();
        run.modelPath = model;
        return run;
    }
};

} // namespace

/// The number of nodes comes with the time that it will take, from what was measured.
void TestPrediction::nodeCountIsAdvised()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    NodeCountCurve& curve = stage.window->runPage().setUp().curve();
    QVERIFY(curve.prediction().lines.empty());
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 4; ++id) {
        nodes.push_back(sampleNode(id));
        nodes.back().imagesPerSecond = 100;
    }
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'000, 0, 0)));
    QCOMPARE(curve.prediction().lines.size(), std::size_t{4});
    QCOMPARE(curve.prediction().lines.front().seconds, 40.0); // 4,000 left, 100 a second
    QCOMPARE(curve.prediction().lines.back().seconds, 10.5);  // and half a chunk, until the last is idle
    QTest::mouseClick(&curve, Qt::LeftButton, {}, QPoint(curve.width() - 45, 40));
    QTest::mouseClick(stage.button(QStringLiteral("Change to 4 nodes")), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("nodes 4")));
}

/// What was measured with one model says nothing of another, nor one precision of another.
void TestPrediction::predictionIsOfThisModel()
{
    Stage stage;
    std::vector<NodeSnapshot> nodes{sampleNode(1), sampleNode(2)};
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'000, 0, 0)));
    const auto fast = FleetHistory::workOf(sampleRun(1, 0, 0, 0).modelPath, "fp32");
    QCOMPARE(stage.history.speeds(fast).size(), std::size_t{2});
    RunSnapshot other = sampleRun(10'000, 100, 0, 0);
    other.id = RunId(13);
    other.modelPath = "/models/vit-large";
    for (NodeSnapshot& node : nodes)
        node.imagesPerSecond = 2;
    FleetSnapshot next = fleetOf(nodes, other);
    next.at += 5'000;
    stage.fleet.show(next);
    const NodeCountCurve& curve = stage.window->runPage().setUp().curve();
    QCOMPARE(curve.prediction().lines.size(), std::size_t{2});
    QCOMPARE(curve.prediction().lines.front().seconds, 9'900 / 2.0); // not 9,900 / 162
    other.precision = "int8";
    stage.fleet.show(fleetOf({}, other));
    QVERIFY(curve.prediction().lines.empty());
    QVERIFY(stage.history.speeds(FleetHistory::workOf("/models/vit-large", "int8")).empty());
}

/// Before anything has been asked of the profile: from its finished runs, its start-up time and its price.
void TestPrediction::aProfileHasStartUpAndPrice()
{
    Cluster cluster;
    cluster.choose();
    const auto& lines = cluster.curve().prediction().lines;
    QCOMPARE(lines[0].seconds, 45 + 20.0); // 40 pictures, 2 a second, 45 s until it is there
    QCOMPARE(lines[1].seconds, 45 + 10 + 0.5);
    QCOMPARE(lines[1].cost, 2 * 55.5 / 3600 * 0.8);
    QCOMPARE(cluster.setUp().predicted(), QStringLiteral("2 nodes · predicted 0:56 · 0.0247 EUR · start-up 0:45"));
    QCOMPARE(cluster.curve().textFor(2),
             QStringLiteral("2 nodes: 0:56, 0:45 of it start-up, 0.0247 EUR, run 5 took 0:12"));
    QVERIFY(cluster.curve().accessibleDescription().contains(cluster.curve().textFor(2)));
    QVERIFY(cluster.setUp().cameTrue().isEmpty()); // that is of the run on the page
    // The curve is clicked at its right end: so many are asked for, and the curve goes on from there.
    QTest::mouseClick(&cluster.curve(), Qt::LeftButton, {}, QPoint(cluster.curve().width() - 41, 40));
    QCOMPARE(cluster.setUp().profileNodes(), 8u);
    QCOMPARE(lines.size(), std::size_t{16});
    // Of another precision nothing is known.
    cluster.stage.shoot(QStringLiteral("prediction-profile"));
    cluster.setUp().model().setPath(QStringLiteral("/models/other"));
    QTRY_VERIFY(cluster.curve().prediction().lines.empty());
    QVERIFY(cluster.curve().accessibleDescription().contains(QStringLiteral("once a run with this profile")));
}

/// Those that were kept begin at once, and label until the others come.
void TestPrediction::nodesThatAreThereNeedNoStartUp()
{
    Cluster cluster;
    cluster.stage.scaleOut.show(waitingAllocation()); // one of four works
    cluster.choose();
    const auto& lines = cluster.curve().prediction().lines;
    QCOMPARE(lines[0].seconds, 20.0);
    QCOMPARE(lines[1].seconds, 20.0 + 0.5); // the other would come too late
    QCOMPARE(lines[0].startSeconds, 0.0);
}

void TestPrediction::whatCameTrueStandsBesideIt()
{
    Cluster cluster;
    cluster.choose();
    Stage& stage = cluster.stage;
    QTest::mouseClick(stage.find<QPushButton>("startRun"), Qt::LeftButton);
    QTRY_COMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    stage.fleet.show(fleetOf({}, cluster.snapshot(RunState::Running)));
    QVERIFY(cluster.setUp().cameTrue().isEmpty());
    // Slower than the one before. Its rows are in the database; its cost comes a moment later.
    cluster.finish(RunId(12), 20, 70);
    stage.fleet.show(fleetOf({}, cluster.snapshot(RunState::Finished)));
    QTRY_COMPARE(cluster.setUp().cameTrue(), QStringLiteral("Run 12: 1:10 on 2 nodes · predicted 0:56"));
    stage.store.setCosts(RunId(12), {{"cluster", "EUR", 140, 140.0 / 3600 * 0.8, {}}});
    const auto costIsTold = [&] {
        stage.fleet.show(fleetOf({}, cluster.snapshot(RunState::Finished)));
        return cluster.setUp().cameTrue() == QStringLiteral("Run 12: 1:10 on 2 nodes · 0.0311 EUR · predicted 0:56");
    };
    QTRY_VERIFY2(costIsTold(), qPrintable(cluster.setUp().cameTrue()));
    const auto& prediction = cluster.curve().prediction();
    QCOMPARE(prediction.promised.size(), std::size_t{8});
    QCOMPARE(prediction.promised[1].seconds, 55.5);
    QCOMPARE(prediction.lines[1].seconds, 45 + 20 + 0.5); // the next run, by the newest measurement
    QCOMPARE(prediction.cameTrue.size(), std::size_t{2});
    QCOMPARE(prediction.cameTrue.front().seconds, 70.0);
    QVERIFY2(cluster.curve().textFor(2).contains(
                 QStringLiteral("run 12 took 1:10 for 0.0311 EUR (0:56 had been predicted), run 5 took 0:12")),
             qPrintable(cluster.curve().textFor(2)));
    stage.shoot(QStringLiteral("prediction-came-true"));
    // Other pictures: the run says nothing of them.
    cluster.setUp().setData(QStringLiteral("/none"));
    QTRY_VERIFY2(cluster.setUp().cameTrue().isEmpty(), qPrintable(cluster.setUp().cameTrue()));
}

void TestPrediction::itIsToldInGerman()
{
    const German german;
    QVERIFY(german.isThere());
    Cluster cluster;
    cluster.choose();
    QCOMPARE(cluster.setUp().predicted(), QStringLiteral("2 Knoten · vorhergesagt 0:56 · 0,0247 EUR · Anlauf 0:45"));
    QCOMPARE(cluster.curve().textFor(2),
             QStringLiteral("2 Knoten: 0:56, davon 0:45 Anlauf, 0,0247 EUR, Lauf 5 dauerte 0:12"));
}

static const Registered<TestPrediction> registered;
#include "test_prediction.moc"
