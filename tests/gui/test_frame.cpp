// SPDX-License-Identifier: GPL-3.0-or-later
// The frame: palette, undo, panes, what it remembers, alerts.
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
#include "app/ui/page.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
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
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e37_brokenSettings();
    void layoutSurvives();
    void paletteFindsEverything();
    void e21_undo();
    void undoSettles();
    void f6GoesRound();
    void startProblem();
    void keyboard();
    void brokenFleet();
    void databaseTrouble();
    void storedRunIsShown();
    void syntheticIsMarked();
};

/// e37: a settings file that nobody can read is put aside, and everything is as on the first day.
void TestFrame::e37_brokenSettings()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("window.ini"));
    for (const QByteArray& content :
         {QByteArray("\x01\x02nonsense"), QByteArray("[layout\npage"), QByteArray(5 << 20, 'x'),
          QByteArray("[layout]\npage=99\ngeometry=@ByteArray(rubbish)\n[fleet]\nview=many\nsort=-4000")}) {
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write(content);
        broken.close();
        Stage stage(false, file);
        QCOMPARE(stage.window->page(), MainWindow::FleetPageIndex);
        QCOMPARE(stage.window->size(), QSize(1440, 900));
        QVERIFY(stage.window->fleetPage().isEmpty());
    }
}

/// Rule 17: what the user made of the window survives a restart and can be reset.
void TestFrame::layoutSurvives()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("window.ini"));
    {
        Stage stage(false, file);
        stage.fleet.show(fleetOf(mixedNodes()));
        stage.window->showPage(MainWindow::ResultsPageIndex);
        stage.window->resize(1200, 700);
        stage.window->fleetPage().table().sortByColumn(NodeModel::RateColumn, Qt::DescendingOrder);
        stage.window->actions().action(QStringLiteral("view.inspector"));
        stage.window->close();
    }
    Stage stage(false, file);
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QCOMPARE(stage.window->size(), QSize(1200, 700));
    QCOMPARE(stage.window->fleetPage().groups().sortColumn(), static_cast<int>(NodeModel::RateColumn));
    QCOMPARE(stage.window->fleetPage().groups().sortOrder(), Qt::DescendingOrder);
    stage.window->actions().action(QStringLiteral("view.resetLayout"))->trigger();
    QCOMPARE(stage.window->size(), QSize(1440, 900));
}

void TestFrame::paletteFindsEverything()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTest::keyClick(stage.window.get(), Qt::Key_K, Qt::ControlModifier);
    CommandPalette& palette = stage.window->palette();
    QTRY_VERIFY(palette.isVisible() && palette.field().hasFocus());
    QCOMPARE(palette.list().model()->rowCount(), static_cast<int>(stage.window->actions().entries().size()));
    QTest::keyClicks(&palette.field(), QStringLiteral("res go"));
    QCOMPARE(palette.list().currentIndex().data().toString(), QStringLiteral("Results"));
    QTest::keyClick(&palette.field(), Qt::Key_Return);
    QVERIFY(!palette.isVisible());
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    // What cannot be done says why and does nothing.
    palette.open();
    QTest::keyClicks(&palette.field(), QStringLiteral("pause the run"));
    QTest::keyClick(&palette.field(), Qt::Key_Return);
    QVERIFY(palette.isVisible());
    QVERIFY(stage.fleet.asked.isEmpty());
    palette.field().clear();
    QTest::keyClicks(&palette.field(), QStringLiteral("new run"));
    QTest::keyClick(&palette.field(), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("vitfleet-cli run --data ")));
    QVERIFY(!palette.isVisible());
}

/// e21: nothing asks back; everything can be undone for ten seconds, by button and by key.
void TestFrame::e21_undo()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    stage.window->showPage(MainWindow::RunPageIndex);
    QTest::mouseClick(stage.find<QPushButton>("stopRun"), Qt::LeftButton);
    QPushButton* undo = stage.find<QPushButton>("undo");
    QVERIFY(undo->isVisible());
    QVERIFY(undo->text().contains(QStringLiteral("Stop run 12")));
    QVERIFY(stage.undo.secondsLeft() >= 9);
    QTest::mouseClick(undo, Qt::LeftButton);
    QVERIFY(!undo->isVisible());
    QCOMPARE(stage.fleet.asked, QStringList({QStringLiteral("stop"), QStringLiteral("resume 12")}));
    // Nobody opened a box.
    QVERIFY(!QApplication::activeModalWidget());
}

void TestFrame::undoSettles()
{
    int undone = 0, settled = 0;
    {
        Undo undo;
        undo.offer(
            QStringLiteral("a"), [&] { ++undone; }, [&] { ++settled; });
        undo.undo();
        QCOMPARE(undone, 1);
        QCOMPARE(settled, 0);
        undo.offer(
            QStringLiteral("b"), [&] { ++undone; }, [&] { ++settled; });
        undo.offer(
            QStringLiteral("c"), [&] { ++undone; }, [&] { ++settled; });
        QCOMPARE(settled, 1); // the second offer ends the first
        undo.settle();
        QCOMPARE(settled, 2);
        undo.undo();
        QCOMPARE(undone, 1);
        undo.offer(
            QStringLiteral("d"), [&] { ++undone; }, [&] { ++settled; });
    }
    QCOMPARE(settled, 3); // and so does the program's
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

void TestFrame::brokenFleet()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    AlertStrip& alert = stage.window->alert();
    QVERIFY(alert.isVisible());
    QVERIFY(alert.text().contains(QStringLiteral("node-8")) || alert.text().contains(QStringLiteral("node-9")));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QVERIFY(!alert.isVisible());
    // The same trouble a second later is not new.
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'204, 2, 704)));
    QVERIFY(!alert.isVisible());
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(alert.isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(!alert.isVisible());
}

void TestFrame::databaseTrouble()
{
    Stage stage;
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    run.storeTrouble = {ErrorCode::DbFull, "/tmp/fleet.db"};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(stage.window->alert().isVisible());
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("E_DB_FULL")));
    run.storeTrouble = {ErrorCode::None, {}};
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({}, run));
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("No node is online")));
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
