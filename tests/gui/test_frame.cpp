// SPDX-License-Identifier: GPL-3.0-or-later
// The frame: keys, panes, what it shows before and without a fleet.
#include "app/models/results_model.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_table.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/start_problem.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QLabel>
#include <QSet>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keyboard();
    void f6GoesRound();
    void startProblem();
    void storedRunIsShown();
    void syntheticIsMarked();
};

void TestFrame::keyboard()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTest::keyClick(stage.window.get(), Qt::Key_3, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::FleetPageIndex);
    // Ctrl+N and Enter: a run with the defaults.
    QTest::keyClick(stage.window.get(), Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("startRun")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    // The keyboard goes on at Pause, not somewhere else in the window.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 60, 0, 20)));
    QTRY_VERIFY(stage.find<QPushButton>("pauseRun")->hasFocus());
    // Esc takes the selection away first.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}));
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_VERIFY(stage.window->fleetPage().table().hasFocus());
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Down);
    QVERIFY(stage.window->fleetPage().table().selectedNode() > 0);
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Escape);
    QTRY_COMPARE(stage.window->fleetPage().table().selectedNode(), 0u);
}

/// Rule 16: F6 goes through the panes and round.
void TestFrame::f6GoesRound()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        QSet<QWidget*> reached;
        for (int presses = 0; presses < 12; ++presses) {
            QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : stage.window.get(), Qt::Key_F6);
            reached.insert(QApplication::focusWidget());
        }
        QVERIFY2(reached.size() >= 2, qPrintable(QString::number(page)));
    }
}

void TestFrame::startProblem()
{
    const Theme theme;
    StartProblem problem({ErrorCode::DbBusy, "process 4711"}, QStringLiteral("/tmp/fleet.db"));
    QVERIFY(problem.text().contains(QStringLiteral("4711")));
    QVERIFY(problem.text().contains(QStringLiteral("--db")));
    problem.show();
    QVERIFY(QTest::qWaitForWindowExposed(&problem));
    if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
        problem.grab().save(folder + QStringLiteral("/start-problem.png"));
}

void TestFrame::storedRunIsShown()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Running)); // killed in mid-run
    stage.store.setRows(sampleRows(300));
    stage.open();
    QTRY_VERIFY(stage.window->runPage().progress().sum().contains(QStringLiteral("3,104")));
    stage.window->showPage(MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("resumeRun")->isVisible());
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTRY_VERIFY(stage.window->resultsPage().model().rowCount() > 0);
    stage.window->showPage(MainWindow::FleetPageIndex);
    QVERIFY(stage.window->fleetPage().isEmpty()); // there is no fleet, whatever the database holds
}

void TestFrame::syntheticIsMarked()
{
    Stage stage;
    stage.store.setRows(sampleRows(10));
    RunSnapshot run = sampleRun(10, 10, 0, 0);
    run.synthetic = true;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
        stage.window->showPage(page);
        bool marked = false;
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            const auto* elided = qobject_cast<const ElidedLabel*>(label);
            marked |= label->isVisible() &&
                      (elided ? elided->wholeText() : label->text()).contains(QStringLiteral("SYNTHETIC"));
        }
        QVERIFY2(marked, qPrintable(QString::number(page)));
    }
}

static const Registered<TestFrame> registered;
#include "test_frame.moc"
