// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes from elsewhere, and precisions: what is chosen on the Run page, what waits on the Fleet page, what was found.
#include "app/models/ui_settings.h"
#include "app/ui/allocation_cards.h"
#include "app/ui/farewell.h"
#include "app/ui/fleet_page.h"
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QMenu>
#include <QRegularExpression>

#include <utility>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

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
    void allocationCards();
    void growShrinkRelease();
    void failedAllocation();
    void whyOneHasEnded();
    void closingShowsWhatIsGivenBack();
    void precisionIsChosen();
    void precisionIsReported();
    void earlierRunsAreOffered();
};

namespace {

PrecisionCheck checkOf(PrecisionVerdict verdict)
{
    PrecisionCheck check;
    check.precision = "int8";
    check.kindText = "LibTorch, cpu AVX512";
    check.verdict = verdict;
    check.sample = check.compared = 512;
    check.agreed = verdict == PrecisionVerdict::Rejected ? 480 : 509;
    return check;
}

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

/// None while nothing was asked for; then what works, what starts, what waits for what and since when.
void TestScaleOut::allocationCards()
{
    Stage stage;
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QVERIFY(!cards.isVisible());
    stage.scaleOut.show(waitingAllocation());
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    QVERIFY(cards.isVisible()); // also while there is no node yet
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("slurm · 1 of 4 nodes work")), qPrintable(text));
    static const QRegularExpression pending(QStringLiteral("▲ 2 pending: waits for free nodes · for \\d+:\\d\\d"));
    QVERIFY2(text.contains(pending), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("○ 1 starting")), qPrintable(text));
    stage.scaleOut.show({});
    QTRY_VERIFY(cards.cards().empty());
    QVERIFY(!cards.isVisible());
}

void TestScaleOut::growShrinkRelease()
{
    Stage stage;
    stage.scaleOut.show(waitingAllocation());
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    AllocationCard& card = *cards.cards().front();
    QTest::mouseClick(&card.grow(), Qt::LeftButton);
    QTRY_COMPARE(stage.scaleOut.asked(), QStringList(QStringLiteral("resize cluster 5")));
    QTest::mouseClick(&card.shrink(), Qt::LeftButton);
    QTRY_COMPARE(stage.scaleOut.asked().size(), 2);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("resize cluster 3"));
    // Nothing is given back while it can be undone, and the card says for how long.
    QTest::mouseClick(&card.release(), Qt::LeftButton);
    QVERIFY(stage.undo.isOffered());
    QVERIFY2(card.text().contains(QStringLiteral("▼ Given back in 10 s")), qPrintable(card.text()));
    for (const QPushButton* button : {&card.grow(), &card.shrink(), &card.release()})
        QVERIFY(!button->isEnabled() && button->toolTip().contains(QStringLiteral("Ctrl+Z")));
    stage.undo.undo();
    QVERIFY(!card.text().contains(QStringLiteral("Given back")));
    QVERIFY(card.release().isEnabled() && card.grow().isEnabled() && card.shrink().isEnabled());
    QCOMPARE(stage.scaleOut.asked().size(), 2);
    QTest::mouseClick(&card.release(), Qt::LeftButton);
    stage.undo.settle();
    QCOMPARE(stage.scaleOut.asked().size(), 3);
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("release cluster"));
    stage.scaleOut.show({});
    QTRY_VERIFY(cards.cards().empty());
    // A window that closes does what is pending.
    stage.scaleOut.show(waitingAllocation());
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    QTest::mouseClick(&cards.cards().front()->release(), Qt::LeftButton);
    QCOMPARE(stage.scaleOut.asked().size(), 3);
    stage.window.reset();
    QCOMPARE(stage.scaleOut.asked().size(), 4);
}

void TestScaleOut::failedAllocation()
{
    Stage stage;
    ScaleOutSnapshot snapshot = waitingAllocation();
    snapshot.allocations[0].trouble = {ErrorCode::ProviderRefused, "sbatch: error: invalid partition"};
    snapshot.allocations[0].units[0].state = UnitState::Ended;
    snapshot.allocations[0].units[0].reason = "its time limit was reached";
    stage.scaleOut.show(snapshot);
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("E_PROVIDER_REFUSED")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("invalid partition")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("✕ 1 ended: its time limit was reached")), qPrintable(text));
    // What is asked for and refused is said on the card, and changes nothing else.
    snapshot.allocations[0].trouble = {ErrorCode::None, {}};
    stage.scaleOut.show(snapshot);
    stage.scaleOut.refuse({ErrorCode::ProviderDenied, "cluster"});
    QTest::mouseClick(&cards.cards().front()->grow(), Qt::LeftButton);
    QTRY_VERIFY(cards.cards().front()->text().contains(QStringLiteral("E_PROVIDER_DENIED")));
}

/// Also where another node has taken its place: then it is in the list of those no more.
void TestScaleOut::whyOneHasEnded()
{
    Stage stage;
    ScaleOutSnapshot snapshot = waitingAllocation();
    UnitSnapshot ended = snapshot.allocations[0].units[0];
    ended.state = UnitState::Ended;
    ended.reason = "it reached its time limit";
    snapshot.allocations[0].ended = {ended, ended};
    stage.scaleOut.show(snapshot);
    AllocationCards& cards = stage.window->fleetPage().allocations();
    QTRY_COMPARE(cards.cards().size(), std::size_t{1});
    const QString text = cards.cards().front()->text();
    QVERIFY2(text.contains(QStringLiteral("✕ 2 ended: it reached its time limit")), qPrintable(text));
    QVERIFY2(text.contains(QStringLiteral("1 of 4 nodes work")), qPrintable(text));
}

/// Nobody waits before a window that does not answer: what is left is said, and left to the next start if one wants.
void TestScaleOut::closingShowsWhatIsGivenBack()
{
    ScriptedScaleOut scaleOut;
    ScaleOutSnapshot snapshot = waitingAllocation();
    snapshot.allocations[0].units[0].record.keep = true; // stays, and nobody waits for it
    scaleOut.show(snapshot);
    Farewell farewell(scaleOut);
    QCOMPARE(scaleOut.asked(), QStringList(QStringLiteral("release what does not stay")));
    const QSignalSpy finished(&farewell, &Farewell::finished);
    farewell.show();
    QVERIFY2(farewell.text().contains(QStringLiteral("cluster: 3 left")), qPrintable(farewell.text()));
    scaleOut.show({});
    QTRY_COMPARE(finished.count(), 1);
    Farewell impatient(scaleOut);
    const QSignalSpy left(&impatient, &Farewell::finished);
    impatient.show();
    QTest::mouseClick(&impatient.button(), Qt::LeftButton);
    QVERIFY(left.count() >= 1);
    QVERIFY(!impatient.isVisible());
    Farewell::wait(scaleOut); // nothing is left: returns at once
}

void TestScaleOut::precisionIsChosen()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = stage.window->runPage().setUp();
    QCOMPARE(setUp.request().precision, std::string("fp32"));
    QVERIFY(!setUp.commandLine().contains(QStringLiteral("--precision")));
    for (const char* name : {"auto", "bf16", "fp16", "int8"}) {
        const int index = setUp.precision().box().findData(QLatin1String(name));
        QVERIFY2(index >= 0, name);
        setUp.precision().box().setCurrentIndex(index);
        QCOMPARE(setUp.request().precision, std::string(name));
        QVERIFY(setUp.commandLine().contains(QStringLiteral("--precision ") + QLatin1String(name)));
        QVERIFY2(setUp.precision().note().contains(QStringLiteral("98.5 %")), qPrintable(setUp.precision().note()));
    }
    // The floor of the Settings page goes with the run.
    stage.settings.set(QStringLiteral("run/precisionFloor"), 995);
    QCOMPARE(setUp.request().precisionFloor, 0.995);
    QVERIFY(setUp.precision().note().contains(QStringLiteral("99.5 %")));
    QVERIFY(setUp.commandLine().contains(QStringLiteral("--precision-floor 99.5")));
}

/// While the run goes and at its end: what the comparison with fp32 found, in words and with its interval.
void TestScaleOut::precisionIsReported()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = stage.window->runPage().setUp();
    RunSnapshot run = sampleRun(10'000, 600, 2, 704);
    run.precision = "int8";
    PrecisionCheck checking = checkOf(PrecisionVerdict::Checking);
    checking.compared = checking.agreed = 0;
    checking.computed = 120;
    run.precisionChecks = {checking};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY2(setUp.given().contains(QStringLiteral("int8 is being compared: 120 of 512 pictures in fp32")),
             qPrintable(setUp.given()));
    run.precisionChecks = {checkOf(PrecisionVerdict::Admitted)};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY2(setUp.given().contains(QStringLiteral("✓ int8 agrees with fp32 on 99.4 % (")), qPrintable(setUp.given()));
    run.precisionChecks = {checkOf(PrecisionVerdict::Rejected)};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY2(setUp.given().contains(QStringLiteral("✕ int8 is not used: agrees on 93.8 %")), qPrintable(setUp.given()));
    QVERIFY(setUp.given().contains(QStringLiteral("floor 98.5 %")));
    run.precisionChecks = {checkOf(PrecisionVerdict::Unavailable)};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(setUp.given().contains(QStringLiteral("the device cannot compute in it")));
}

/// Paths of earlier runs, and what one of them found out about the same model.
void TestScaleOut::earlierRunsAreOffered()
{
    Stage stage;
    RunRecord run = sampleRecord(RunState::Finished);
    run.id = RunId(7);
    run.dataPath = "/data/birds";
    run.modelPath = "/models/vit-base";
    run.precisionChecks = {checkOf(PrecisionVerdict::Rejected)};
    stage.store.setRuns({run});
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = stage.window->runPage().setUp();
    setUp.model().setPath(QStringLiteral("/models/vit-base"));
    QTRY_VERIFY(std::ranges::any_of(setUp.data().menu().actions(), [](const QAction* action) {
        return action->toolTip() == QStringLiteral("/data/birds");
    }));
    for (QAction* action : setUp.data().menu().actions()) {
        if (action->toolTip() == QStringLiteral("/data/birds"))
            action->trigger();
    }
    QCOMPARE(setUp.request().dataPath, std::string("/data/birds"));
    setUp.precision().setPrecision("int8");
    QTRY_VERIFY2(setUp.precision().note().contains(QStringLiteral("in run 7")), qPrintable(setUp.precision().note()));
    QVERIFY(setUp.precision().note().contains(QStringLiteral("✕ int8 is not used")));
    // Nothing is known of another model.
    setUp.model().setPath(QStringLiteral("/models/vit-large"));
    QTRY_VERIFY(!setUp.precision().note().contains(QStringLiteral("run 7")));
}

static const Registered<TestScaleOut> registered;
#include "test_scale_out.moc"
