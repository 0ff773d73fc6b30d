// SPDX-License-Identifier: GPL-3.0-or-later
// A run on nodes from elsewhere: chosen on the Run page, given back when it is over.
#include "app/ui/fleet_page.h"
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <utility>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

/// Presses Start with four nodes of the profile "cluster".
void startOnCluster(Stage& stage, bool keep = false)
{
    stage.window->showPage(MainWindow::RunPageIndex);
    stage.scaleOut.setProfiles({slurmProfile()});
    NodeSource& source = stage.window->runPage().setUp().source();
    source.load();
    QTRY_COMPARE(source.box().count(), 2);
    QCOMPARE(source.keep().isVisible(), source.box().currentIndex() == 1);
    source.box().setCurrentIndex(1);
    source.stepper().setValue(4);
    QVERIFY(source.keep().isVisible());
    source.keep().setChecked(keep);
    const auto before = stage.fleet.asked.size();
    QTest::mouseClick(stage.find<QPushButton>("startRun"), Qt::LeftButton);
    QTRY_COMPARE(stage.fleet.asked.size(), before + 1);
    QVERIFY(stage.scaleOut.asked().contains(QStringLiteral("resize cluster 4")));
}

RunSnapshot goingRun()
{
    return sampleRun(1'000, 10, 0, 10);
}

RunSnapshot endedRun(RunState state)
{
    RunSnapshot run = goingRun();
    run.state = state;
    return run;
}

} // namespace

class TestScaleOut : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void runOnAProfile();
    void nodesOfARunAreGivenBack();
    void nodesThatAreToStayStay();
    void nodesOfARunThatDoesNotStartAreGivenBack();
    void nodesOfARunThatFailsAreGivenBack();
    void aStoppedRunHasItsNodesWhileItCanGoOn();
    void aDrainedRunHasItsNodesWhileItCanGoOn();
    void refusedProfile();
    void noProfile();
};

/// The nodes are asked for first, then the run starts and waits for them; this machine starts none.
void TestScaleOut::runOnAProfile()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    stage.scaleOut.setProfiles({slurmProfile()});
    RunSetUp& setUp = stage.window->runPage().setUp();
    setUp.source().load();
    QTRY_COMPARE(setUp.source().box().count(), 2);
    QVERIFY(setUp.source().box().isEnabled());
    setUp.source().box().setCurrentIndex(1);
    setUp.source().stepper().setValue(4);
    QCOMPARE(setUp.profile(), QStringLiteral("cluster"));
    QVERIFY2(setUp.source().note().contains(QStringLiteral("3.20 EUR an hour")), qPrintable(setUp.source().note()));
    QVERIFY2(setUp.commandLine().contains(QStringLiteral("--profile cluster --nodes 4")),
             qPrintable(setUp.commandLine()));
    QVERIFY(!setUp.commandLine().contains(QStringLiteral("--local")));
    QTest::mouseClick(stage.find<QPushButton>("startRun"), Qt::LeftButton);
    QTRY_COMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    QCOMPARE(stage.scaleOut.asked(), QStringList(QStringLiteral("resize cluster 4")));
    QCOMPARE(stage.fleet.lastRequest.localAgents, 0u);
    QVERIFY(stage.fleet.lastRequest.waitForNodes);
}

/// As the command line does it: at its end, and not what was there before.
void TestScaleOut::nodesOfARunAreGivenBack()
{
    for (const bool others : {false, true}) {
        Stage stage;
        if (others)
            stage.scaleOut.show(waitingAllocation());
        startOnCluster(stage);
        stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
        QCOMPARE(stage.scaleOut.asked().size(), 1);
        stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Finished)));
        QCOMPARE(stage.scaleOut.asked().size(), 2);
        QCOMPARE(stage.scaleOut.asked().back(),
                 others ? QStringLiteral("shrink cluster 4") : QStringLiteral("shrink cluster 0"));
        stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Finished)));
        QCOMPARE(stage.scaleOut.asked().size(), 2); // once
    }
}

void TestScaleOut::nodesThatAreToStayStay()
{
    Stage stage;
    startOnCluster(stage, true);
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Finished)));
    QCOMPARE(stage.scaleOut.asked(), QStringList(QStringLiteral("resize cluster 4")));
}

void TestScaleOut::nodesOfARunThatDoesNotStartAreGivenBack()
{
    Stage stage;
    stage.fleet.startAnswer = Error{ErrorCode::DataEmpty, "/data"};
    startOnCluster(stage);
    QTRY_COMPARE(stage.scaleOut.asked().size(), 2);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
}

void TestScaleOut::nodesOfARunThatFailsAreGivenBack()
{
    Stage stage;
    startOnCluster(stage);
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Failed)));
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
}

/// What is given back cannot be had again so soon: not before nobody wants to go on any more.
void TestScaleOut::aStoppedRunHasItsNodesWhileItCanGoOn()
{
    Stage stage;
    startOnCluster(stage);
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    stage.window->runPage().stop();
    stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Stopped)));
    QCOMPARE(stage.scaleOut.asked().size(), 1);
    stage.undo.undo();
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("resume 12"));
    QCOMPARE(stage.scaleOut.asked().size(), 1); // they are there
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    stage.window->runPage().stop();
    stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Stopped)));
    QCOMPARE(stage.scaleOut.asked().size(), 1);
    stage.undo.settle();
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
    // Later it has to ask for them again.
    Q_EMIT stage.window->runPage().setUp().resumeRequested();
    QTRY_COMPARE(stage.scaleOut.asked().size(), 3);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("resize cluster 4"));
    QTRY_COMPARE(stage.fleet.asked.back(), QStringLiteral("resume 12"));
}

void TestScaleOut::aDrainedRunHasItsNodesWhileItCanGoOn()
{
    Stage stage;
    startOnCluster(stage);
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    const auto drain = [&stage] {
        stage.window->runPage().drain();
        RunSnapshot through = goingRun();
        through.paused = true;
        through.queued += std::exchange(through.inFlight, 0);
        stage.fleet.show(fleetOf({sampleNode(1)}, through));
        QCOMPARE(stage.fleet.asked.back(), QStringLiteral("stop"));
        stage.fleet.show(fleetOf({sampleNode(1)}, endedRun(RunState::Stopped)));
        QCOMPARE(stage.scaleOut.asked().size(), 1);
    };
    drain();
    stage.undo.undo();
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("resume 12"));
    QCOMPARE(stage.scaleOut.asked().size(), 1);
    stage.fleet.show(fleetOf({sampleNode(1)}, goingRun()));
    drain();
    stage.undo.settle();
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
}

void TestScaleOut::refusedProfile()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.scaleOut.refuse({ErrorCode::ProviderMissing, "sbatch"});
    RunSetUp& setUp = stage.window->runPage().setUp();
    setUp.source().load();
    QTRY_COMPARE(setUp.source().box().count(), 2);
    setUp.source().box().setCurrentIndex(1);
    QPushButton* start = stage.find<QPushButton>("startRun");
    QTest::mouseClick(start, Qt::LeftButton);
    bool said = false;
    QTRY_VERIFY(std::ranges::any_of(setUp.findChildren<QLabel*>(), [&said](const QLabel* label) {
        return said |= label->isVisible() && label->text().contains(QStringLiteral("E_PROVIDER_MISSING"));
    }));
    QVERIFY(stage.fleet.asked.isEmpty());
    QVERIFY(start->isEnabled());
}

void TestScaleOut::noProfile()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    NodeSource& source = stage.window->runPage().setUp().source();
    QVERIFY(!source.box().isEnabled());
    QVERIFY(source.box().toolTip().contains(QStringLiteral("the button below makes one")));
    QVERIFY(source.edit().isEnabled());
    QVERIFY(source.profile().isEmpty());
}

static const Registered<TestScaleOut> registered;
#include "test_scale_out.moc"
