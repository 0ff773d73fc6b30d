// SPDX-License-Identifier: GPL-3.0-or-later
// The run page while a run goes, and at its end.
#include "app/ui/confusion_view.h"
#include "app/ui/drill_card.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_timeline.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractSpinBox>
#include <QLabel>
#include <QMap>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestRun : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e17_etaIsBlankAtFirst();
    void e18_sumsAddUp();
    void e19_pauseStaysPaused();
    void pauseStopNodes();
    void nodesToUseAreThoseOfTheRun();
    void drainedRunStopsAfterItsChunks();
    void takingADrainBackLeavesAPauseAlone();
    void stoppedRunCanGoOn();
    void sealAtTheEnd();
    void confusionFillsUp();
    void timelineIsCapped();
    void drillReports();
    void figuresStandStill();
};

/// e17: the engine leaves the ETA open for three seconds; so does every place that shows it.
void TestRun::e17_etaIsBlankAtFirst()
{
    Stage stage;
    RunSnapshot run = sampleRun(10'000, 10, 0, 20);
    run.etaSeconds.reset();
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    stage.window->showPage(MainWindow::RunPageIndex);
    int blanks = 0;
    for (const QLabel* label : stage.window->findChildren<QLabel*>())
        blanks += label->text() == QStringLiteral("ETA –");
    QCOMPARE(blanks, 1);
    for (const Tile* tile : stage.window->fleetPage().findChildren<Tile*>()) {
        if (tile->accessibleName() == QStringLiteral("ETA"))
            QCOMPARE(tile->value(), QStringLiteral("–"));
    }
}

void TestRun::e18_sumsAddUp()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    for (const quint64 done : {0u, 1u, 2'999u, 9'998u}) {
        stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, done, 1, 1)));
        const QStringList sides = stage.window->runPage().progress().sum().split(QStringLiteral(" = "));
        quint64 sum = 0;
        for (const QString& part : sides.front().split(QStringLiteral(" + ")))
            sum += figure(part);
        QCOMPARE(sum, 10'000u);
        QCOMPARE(figure(sides.back()), 10'000u);
    }
}

/// e19: what is paused stays so, however many snapshots come.
void TestRun::e19_pauseStaysPaused()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    run.paused = true;
    for (int i = 0; i < 20; ++i)
        stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QCOMPARE(stage.find<QPushButton>("pauseRun")->text(), QStringLiteral("Continue"));
    QVERIFY(stage.fleet.asked.isEmpty());
}

void TestRun::pauseStopNodes()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    QTest::mouseClick(stage.find<QPushButton>("pauseRun"), Qt::LeftButton);
    run.paused = true;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    QCOMPARE(stage.find<QPushButton>("pauseRun")->text(), QStringLiteral("Continue"));
    QTest::mouseClick(stage.find<QPushButton>("pauseRun"), Qt::LeftButton);
    QPushButton* change = stage.find<QPushButton>("startRun");
    QVERIFY(!change->isEnabled());
    for (QAbstractSpinBox* box : stage.window->runPage().findChildren<QAbstractSpinBox*>()) {
        if (box->accessibleName() == QStringLiteral("Nodes to use"))
            box->stepUp();
    }
    QVERIFY(change->isEnabled());
    QTest::mouseClick(change, Qt::LeftButton);
    QTest::mouseClick(stage.find<QPushButton>("stopRun"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList({QStringLiteral("pause"), QStringLiteral("continue"),
                                             QStringLiteral("nodes 1"), QStringLiteral("stop")}));
}

/// The number of nodes is the run's: also of one that was resumed, or that something else has started.
void TestRun::nodesToUseAreThoseOfTheRun()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    QAbstractSpinBox* box = nullptr;
    for (QAbstractSpinBox* candidate : stage.window->runPage().findChildren<QAbstractSpinBox*>()) {
        if (candidate->accessibleName() == QStringLiteral("Nodes to use"))
            box = candidate;
    }
    QVERIFY(box);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    run.nodesWanted = 2;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2), sampleNode(3)}, run));
    QCOMPARE(box->text(), QStringLiteral("2"));
    QPushButton* change = stage.find<QPushButton>("startRun");
    QVERIFY(!change->isEnabled());
    box->stepDown();
    box->stepDown();
    QCOMPARE(change->text(), QStringLiteral("Use all nodes"));
    QVERIFY(change->isEnabled());
    // It stays as typed while the same run goes on, and follows a change from elsewhere where nobody types.
    run.labelled += 100;
    run.queued -= 100;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2), sampleNode(3)}, run));
    QVERIFY(change->isEnabled());
    box->stepUp();
    box->stepUp();
    run.nodesWanted = 3;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2), sampleNode(3)}, run));
    QCOMPARE(box->text(), QStringLiteral("3"));
    // Another run has its own.
    run.id = RunId(13);
    run.nodesWanted = 1;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2), sampleNode(3)}, run));
    QCOMPARE(box->text(), QStringLiteral("1"));
    QVERIFY(!change->isEnabled());
}

/// e20: a drained run gives nothing more out, and stops once what is out has come back; that can be undone.
void TestRun::drainedRunStopsAfterItsChunks()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QPushButton* drain = stage.find<QPushButton>("drainRun");
    QVERIFY(drain->isVisible() && drain->isEnabled());
    QTest::mouseClick(drain, Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("pause")));
    run.paused = true;
    run.inFlight = 32;
    run.labelled += 672;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(!drain->isEnabled() && !drain->toolTip().isEmpty());
    QCOMPARE(stage.fleet.asked.size(), 1); // 32 are still being worked on
    // Taken back while it drains.
    QTest::mouseClick(stage.find<QPushButton>("undo"), Qt::LeftButton);
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("continue"));
    run.paused = false;
    run.inFlight = 0;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QCOMPARE(stage.fleet.asked.size(), 2);
    // Once more, to its end.
    QTest::mouseClick(drain, Qt::LeftButton);
    run.paused = true;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QCOMPARE(stage.fleet.asked.mid(2), QStringList({QStringLiteral("pause"), QStringLiteral("stop")}));
    run.state = RunState::Stopped;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(stage.find<QPushButton>("resumeRun")->isVisible());
    stage.undo.undo();
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("resume 12"));
    QCOMPARE(stage.fleet.asked.count(QStringLiteral("stop")), 1);
}

/// What was paused before it was drained is paused again when that is taken back.
void TestRun::takingADrainBackLeavesAPauseAlone()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    run.paused = true;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    stage.window->runPage().drain();
    QVERIFY(stage.find<QPushButton>("drainRun")->isVisible() && !stage.find<QPushButton>("drainRun")->isEnabled());
    stage.undo.undo();
    QVERIFY2(!stage.fleet.asked.contains(QStringLiteral("continue")), qPrintable(stage.fleet.asked.join(u',')));
    QVERIFY(stage.find<QPushButton>("drainRun")->isEnabled());
    run.paused = false;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    stage.window->runPage().drain();
    stage.undo.undo();
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("continue"));
}

void TestRun::stoppedRunCanGoOn()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 0);
    run.state = RunState::Stopped;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QPushButton* resume = stage.find<QPushButton>("resumeRun");
    QVERIFY(resume->isVisible());
    QTest::mouseClick(resume, Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("resume 12")));
}

void TestRun::sealAtTheEnd()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunProgress& progress = stage.window->runPage().progress();
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'104, 2, 704)));
    QVERIFY(!progress.sealCard().isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(10'000, 2)));
    QVERIFY(progress.sealCard().isVisible());
    QVERIFY(progress.sealText().contains(QStringLiteral("0 lost")));
    RunSnapshot broken = finishedRun(10'000, 2);
    broken.seal->lost = 3;
    broken.seal->labelled -= 3;
    stage.fleet.show(fleetOf({sampleNode(1)}, broken));
    QVERIFY(!progress.sealText().contains(QStringLiteral(" 0 lost")));
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
}

void TestRun::confusionFillsUp()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(200, 100));
    stage.window->showPage(MainWindow::RunPageIndex);
    ConfusionView& matrix = stage.window->runPage().progress().confusion();
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(200, 98, 2, 10)));
    QTRY_COMPARE(matrix.total(), 98u);
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    QTRY_COMPARE(matrix.total(), 196u);
    QCOMPARE(matrix.shown(), matrix.total());
}

/// Rule 11: timelines are capped; the lost are never left out.
void TestRun::timelineIsCapped()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 200; ++id)
        nodes.push_back(sampleNode(id, id == 150 ? NodeState::Lost : NodeState::Online));
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'000, 0, 0)));
    const auto rows = stage.window->runPage().progress().timeline().rows();
    QVERIFY(rows.size() <= NodeTimeline::mostRows);
    QCOMPARE(rows.front(), NodeId(150));
}

/// The drill kills a local agent, and says what became of its pictures.
void TestRun::drillReports()
{
    Stage stage;
    stage.window->resize(1280, 800);
    stage.window->showPage(MainWindow::RunPageIndex);
    DrillCard& drill = stage.window->runPage().drill();
    QVERIFY(!drill.button().isEnabled() && !drill.button().toolTip().isEmpty());
    auto nodes = mixedNodes();
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'104, 2, 704)));
    QVERIFY(drill.button().isEnabled());
    drill.pull();
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("kill 1")));
    QVERIFY(drill.report().contains(QStringLiteral("96 pictures")));
    EventRecord lost, again;
    lost.kind = EventKind::NodeLost;
    again.kind = EventKind::ItemsRedispatched;
    lost.node = again.node = "local-1";
    lost.at = again.at = QDateTime::currentMSecsSinceEpoch() + 800;
    again.count = 96;
    stage.fleet.happen({lost, again});
    QVERIFY2(drill.report().contains(QStringLiteral("96 pictures went to other nodes")), qPrintable(drill.report()));
    stage.fleet.show(fleetOf(nodes, finishedRun(10'000, 2)));
    QVERIFY(drill.report().contains(QStringLiteral("0 lost, 0 doubled")));
    QTRY_COMPARE(drill.visibleRegion().boundingRect(), drill.rect()); // also where the set-up fills the column
}

void TestRun::figuresStandStill()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    const auto places = [&stage] {
        QCoreApplication::processEvents();
        QMap<const QWidget*, QPoint> out;
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            if (widget->isVisible())
                out.insert(widget, widget->mapTo(stage.window.get(), QPoint()));
        }
        return out;
    };
    RunSnapshot run = sampleRun(10'000, 0, 0, 0);
    run.etaSeconds.reset();
    run.elapsedSeconds = 0;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    const auto before = places();
    for (const quint64 done : {7u, 9'000u, 1'111u}) {
        run = sampleRun(10'000, done, 1, 11);
        run.etaSeconds = static_cast<double>(done) / 30;
        run.elapsedSeconds = 588;
        stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
        const auto after = places();
        QCOMPARE(after.size(), before.size());
        for (auto it = before.begin(); it != before.end(); ++it) {
            const auto* label = qobject_cast<const QLabel*>(it.key());
            QVERIFY2(after.value(it.key()) == it.value(),
                     qPrintable(QLatin1String(it.key()->metaObject()->className()) + QLatin1Char(' ') +
                                it.key()->objectName() + (label ? label->text() : QString())));
        }
    }
}

static const Registered<TestRun> registered;
#include "test_run.moc"
