// SPDX-License-Identifier: GPL-3.0-or-later
// Precisions: what is chosen, what was found, and what earlier runs offer.
#include "app/models/ui_settings.h"
#include "app/ui/inputs.h"
#include "app/ui/path_field.h"
#include "app/ui/precision_field.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QMenu>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

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

} // namespace

class TestPrecision : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void precisionIsChosen();
    void precisionIsReported();
    void earlierRunsAreOffered();
};

void TestPrecision::precisionIsChosen()
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
void TestPrecision::precisionIsReported()
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
void TestPrecision::earlierRunsAreOffered()
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

static const Registered<TestPrecision> registered;
#include "test_precision.moc"
