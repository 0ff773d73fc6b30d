// SPDX-License-Identifier: GPL-3.0-or-later
// The same run on more and more nodes.
#include "app/models/scale_out_benchmark.h"
#include "app/ui/history_page.h"
#include "app/ui/inputs.h"
#include "app/ui/scale_out_card.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QFile>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestScaleOutBenchmark : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void scaleOutCounts();
    void scaleOutRuns();
    void scaleOutOnAProfile();
};

void TestScaleOutBenchmark::scaleOutCounts()
{
    using Counts = std::vector<std::uint32_t>;
    QCOMPARE(ScaleOutBenchmark::counts(1), Counts({1}));
    QCOMPARE(ScaleOutBenchmark::counts(6), Counts({1, 2, 4, 6}));
    QCOMPARE(ScaleOutBenchmark::counts(10), Counts({1, 2, 4, 8, 10}));
    QCOMPARE(ScaleOutBenchmark::counts(45), Counts({1, 2, 4, 8, 10, 20, 40, 45}));
}

/// The same run on 1, 2 and 4 nodes, one after the other, drawn with its efficiency.
void TestScaleOutBenchmark::scaleOutRuns()
{
    Stage stage;
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    page.showScaleOut();
    QVERIFY(!page.scaleOut().button().isEnabled() && !page.scaleOut().button().toolTip().isEmpty());
    const std::vector<NodeSnapshot> nodes{sampleNode(1), sampleNode(2), sampleNode(3), sampleNode(4)};
    stage.fleet.show(fleetOf(nodes));
    QTest::mouseClick(&page.scaleOut().button(), Qt::LeftButton);
    const double seconds[] = {40, 21, 12};
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(stage.fleet.asked.size(), i + 1);
        QCOMPARE(stage.fleet.lastRequest.nodesWanted, 1u << i);
        RunSnapshot run = finishedRun(1'000, 0);
        run.elapsedSeconds = seconds[i];
        stage.fleet.show(fleetOf(nodes, sampleRun(1'000, 10, 0, 10)));
        stage.fleet.show(fleetOf(nodes, run));
    }
    QTRY_VERIFY(!page.scaleOut().benchmark().isRunning());
    QCOMPARE(page.scaleOut().benchmark().points().size(), std::size_t{3});
    QVERIFY2(page.scaleOut().tableText().contains(QStringLiteral("3.33×")), qPrintable(page.scaleOut().tableText()));
    QVERIFY(page.scaleOut().tableText().contains(QStringLiteral("83.3 %")));
    // Hugging Face's own figures, against Spark NLP on one node: 1,072 / 1,233 and 435 / 659.
    for (const char* share : {"86.9 %", "66.0 %"})
        QVERIFY2(page.scaleOut().tableText().contains(QLatin1String(share)), share);
    const QString chart = page.scaleOut().findChild<SpeedUpChart*>()->accessibleDescription();
    for (const char* part : {"4 nodes: 3.33 times", "Spark NLP 9.57 times as fast with 10 nodes",
                             "Hugging Face 0.87 times", "Hugging Face 0.66 times"})
        QVERIFY2(chart.contains(QLatin1String(part)), qPrintable(chart));
}

/// A profile is asked for as many nodes each time, and gets them back at the end; the start is measured apart.
void TestScaleOutBenchmark::scaleOutOnAProfile()
{
    Stage stage;
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    page.showScaleOut();
    ScaleOutCard& card = page.scaleOut();
    QVERIFY(!card.count().isVisible());
    QTRY_COMPARE(card.source().count(), 2);
    card.source().setCurrentIndex(1);
    QVERIFY(card.count().isVisible());
    card.count().setValue(2);
    QVERIFY2(card.text().contains(QStringLiteral("1, 2")), qPrintable(card.text()));
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    std::vector<NodeSnapshot> nodes;
    const double seconds[] = {40, 21};
    for (std::uint32_t count = 1; count <= 2; ++count) {
        QTRY_COMPARE(stage.scaleOut.asked().size(), static_cast<int>(count));
        QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("resize cluster %1").arg(count));
        QTRY_VERIFY2(card.text().contains(QStringLiteral("of them are there")), qPrintable(card.text()));
        QCOMPARE(stage.fleet.asked.size(), static_cast<int>(count) - 1); // not before they are
        ScaleOutSnapshot snapshot = waitingAllocation();
        snapshot.allocations[0].target = count;
        snapshot.allocations[0].units.resize(count);
        for (UnitSnapshot& unit : snapshot.allocations[0].units)
            unit.state = UnitState::Running;
        nodes.push_back(sampleNode(count));
        stage.fleet.show(fleetOf(nodes));
        stage.scaleOut.show(snapshot);
        QTRY_COMPARE(stage.fleet.asked.size(), static_cast<int>(count));
        QCOMPARE(stage.fleet.lastRequest.nodesWanted, count);
        QCOMPARE(stage.fleet.lastRequest.localAgents, 0u);
        RunSnapshot run = finishedRun(1'000, 0);
        run.elapsedSeconds = seconds[count - 1];
        stage.fleet.show(fleetOf(nodes, sampleRun(1'000, 10, 0, 10)));
        stage.fleet.show(fleetOf(nodes, run));
    }
    QTRY_VERIFY(!card.benchmark().isRunning());
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
    QCOMPARE(card.benchmark().points().size(), std::size_t{2});
    QVERIFY(card.benchmark().points().front().startSeconds > 0);
    QVERIFY2(card.tableText().contains(QStringLiteral("1.90×")), qPrintable(card.tableText()));
    const QTemporaryDir folder;
    card.save(folder.path());
    QTRY_VERIFY2(card.text().contains(QStringLiteral("written to")), qPrintable(card.text()));
    QFile csv(folder.filePath(QStringLiteral("scaleout.csv")));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll().trimmed().split('\n').size(), 3);
    QVERIFY(QFile::exists(folder.filePath(QStringLiteral("scaleout.svg"))));
    // Given back also where it is stopped while it waits, and where the profile refuses.
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY(stage.scaleOut.asked().back().startsWith(QStringLiteral("resize")));
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY(stage.scaleOut.asked().back().startsWith(QStringLiteral("shrink")));
    QVERIFY(!card.benchmark().isRunning());
    stage.scaleOut.refuse({ErrorCode::ProviderDenied, "cluster"});
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY2(card.text().contains(QStringLiteral("E_PROVIDER_DENIED")) || !card.benchmark().isRunning(),
                 qPrintable(card.text()));
    QCOMPARE(card.benchmark().failure().code, ErrorCode::ProviderDenied);
}

static const Registered<TestScaleOutBenchmark> registered;
#include "test_scale_out_benchmark.moc"
