// SPDX-License-Identifier: GPL-3.0-or-later
// The history: its runs, what each is good for, their deletion.
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/events_page.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "app/ui/widgets.h"
#include "tests/gui/german.h"
#include "tests/gui/past_runs.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QLabel>
#include <QScrollBar>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestHistory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void runsAreListed();
    void runsFitASmallWindow();
    void resultsOfAPastRun();
    void clonedRun();
    void clonedRunIsTheSameRun();
    void deletedWithUndo();
    void deletedRunIsNowhere();
    void unreadableDatabaseIsSaid();
};

void TestHistory::runsAreListed()
{
    Stage stage;
    HistoryPage& page = stage.window->historyPage();
    const QAbstractItemModelTester tester(&page.model());
    fillHistory(stage.store);
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    const auto cell = [&](int row, int column) { return page.model().index(row, column).data().toString(); };
    QCOMPARE(cell(0, RunHistory::RunColumn), QStringLiteral("3")); // the newest first
    QCOMPARE(cell(1, RunHistory::PrecisionColumn), QStringLiteral("int8"));
    QCOMPARE(cell(1, RunHistory::RateColumn), QStringLiteral("140"));
    QCOMPARE(cell(2, RunHistory::AccuracyColumn), QStringLiteral("85.71 %"));
    QCOMPARE(cell(2, RunHistory::TimeColumn), QStringLiteral("0:10"));
    QCOMPARE(cell(1, RunHistory::CostColumn), QStringLiteral("0.0211 EUR"));
    QCOMPARE(cell(2, RunHistory::CostColumn), QStringLiteral("–"));
    QVERIFY(page.model()
                .index(1, RunHistory::CostColumn)
                .data(Qt::ToolTipRole)
                .toString()
                .contains(QStringLiteral("152 node-seconds of cluster")));
}

/// e36: all columns of the runs, with longer words beside a wider rail.
void TestHistory::runsFitASmallWindow()
{
    const German german;
    Stage stage;
    fillHistory(stage.store);
    stage.store.setCosts(RunId(2), {}); // that column is hidden here anyway
    stage.window->resize(1024, 640);
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    QTRY_COMPARE(page.model().rowCount(), 3);
    QTRY_COMPARE(page.table().horizontalScrollBar()->maximum(), 0);
}

void TestHistory::resultsOfAPastRun()
{
    Stage stage;
    fillHistory(stage.store);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 500, 0, 10))); // run 12 goes
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(1);
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QTRY_COMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QCOMPARE(stage.window->resultsPage().model().query().run, RunId(2));
    // The run that goes does not push it away; the button does.
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 600, 0, 10)));
    QCOMPARE(stage.window->resultsPage().model().query().run, RunId(2));
    QTest::mouseClick(stage.button(QStringLiteral("Show the newest run")), Qt::LeftButton);
    QCOMPARE(stage.window->resultsPage().model().query().run, RunId(12));
}

void TestHistory::clonedRun()
{
    Stage stage;
    fillHistory(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    QVERIFY(!stage.button(QStringLiteral("Clone"))->isEnabled());
    page.table().selectRow(0);
    QTest::mouseClick(stage.button(QStringLiteral("Clone")), Qt::LeftButton);
    QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
    QCOMPARE(stage.window->runPage().setUp().request().dataPath, sampleRecord().dataPath);
    QVERIFY(stage.fleet.asked.isEmpty()); // it is only set up
}

/// A run of the first 500 pictures is repeated as one of the first 500 pictures, with everything else that it had.
void TestHistory::clonedRunIsTheSameRun()
{
    RunRecord run = pastRun(1, "fp32", 10);
    run.limit = 500;
    run.labelMapPath = "/maps/words.csv";
    run.dataKind = "manifest";
    run.dataRoot = "/photos";
    run.modelPath = "/models/fashion-mnist-vit";
    run.device = "cpu";
    Stage stage;
    stage.store.setRuns({run});
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 1);
    page.table().selectRow(0);
    QTest::mouseClick(stage.button(QStringLiteral("Clone")), Qt::LeftButton);
    RunSetUp& setUp = stage.window->runPage().setUp();
    const RunRequest same = setUp.request();
    QCOMPARE(same.limit, 500u);
    QCOMPARE(same.labelMapPath, run.labelMapPath);
    QCOMPARE(same.dataRoot, run.dataRoot);
    QCOMPARE(same.device, run.device);
    QVERIFY(setUp.commandLine().contains(QStringLiteral(" --limit 500 --label-map /maps/words.csv --root /photos")));
    // It is said, and can be taken away; and it is about these pictures alone.
    QCheckBox* limited = nullptr;
    for (QCheckBox* box : setUp.findChildren<QCheckBox*>()) {
        if (box->text() == QStringLiteral("Only the first 500 pictures"))
            limited = box;
    }
    QVERIFY(limited && limited->isVisible() && limited->isChecked());
    limited->setChecked(false);
    QCOMPARE(setUp.request().limit, 0u);
    limited->setChecked(true);
    setUp.setData(QStringLiteral("/elsewhere"));
    QVERIFY(!limited->isVisible());
    QCOMPARE(setUp.request().limit, 0u);
    QCOMPARE(setUp.request().labelMapPath, std::string());
}

/// e21: deleted at once for the eye, in the database only when nobody takes it back.
void TestHistory::deletedWithUndo()
{
    Stage stage;
    fillHistory(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    page.table().setFocus();
    page.deleteSelected();
    QCOMPARE(page.model().rowCount(), 2);
    stage.undo.undo();
    QCOMPARE(page.model().rowCount(), 3);
    QVERIFY(stage.store.deletedRuns().empty());
    page.table().selectRow(2);
    page.deleteSelected();
    stage.undo.settle();
    QTRY_COMPARE(stage.store.deletedRuns(), std::vector<RunId>{RunId(1)});
    QCOMPARE(page.model().rowCount(), 2);
}

/// A run that was deleted is not shown as if it were there: not the last one of this session, not one of the history.
void TestHistory::deletedRunIsNowhere()
{
    Stage stage;
    fillHistory(stage.store);
    RunSnapshot finished = finishedRun(700, 14);
    finished.id = RunId(3);
    stage.fleet.show(fleetOf({sampleNode(1)}, finished));
    HistoryPage& page = stage.window->historyPage();
    ResultsPage& results = stage.window->resultsPage();
    const auto isShown = [&stage](const QString& text) {
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            const auto* elided = qobject_cast<const ElidedLabel*>(label);
            if (label->isVisible() && (elided ? elided->wholeText() : label->text()).contains(text))
                return true;
        }
        return false;
    };
    const auto pagesShow = [&](const QString& text) {
        int found = 0;
        for (const auto shown : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
            stage.window->showPage(shown);
            found += isShown(text);
        }
        return found;
    };
    QCOMPARE(pagesShow(QStringLiteral("Run 3")), 3);
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    page.deleteSelected();
    QCOMPARE(pagesShow(QStringLiteral("Run 3")), 0);
    QTRY_VERIFY(pagesShow(QStringLiteral("Run 2")) == 2); // the newest that is left; it is not this session's
    stage.fleet.show(fleetOf({sampleNode(1)}, finished)); // the engine still tells of it
    QCOMPARE(pagesShow(QStringLiteral("Run 3")), 0);
    stage.undo.undo();
    QCOMPARE(pagesShow(QStringLiteral("Run 3")), 3);
    // Looked at from the history, and deleted while it is.
    stage.window->showPage(MainWindow::HistoryPageIndex);
    page.table().selectRow(2);
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QTRY_COMPARE(results.model().query().run, RunId(1));
    page.deleteSelected();
    stage.undo.settle();
    QTRY_COMPARE(stage.store.deletedRuns(), std::vector<RunId>{RunId(1)});
    QCOMPARE(results.model().query().run, RunId(3));
    QCOMPARE(pagesShow(QStringLiteral("Run 1 ")), 0);
    // None is left.
    for (int left = 2; left > 0; --left) {
        stage.window->showPage(MainWindow::HistoryPageIndex);
        page.table().selectRow(0);
        page.deleteSelected();
        stage.undo.settle();
        QTRY_COMPARE(page.model().rowCount(), left - 1);
    }
    QCOMPARE(pagesShow(QStringLiteral("Run 2")) + pagesShow(QStringLiteral("Run 3")), 0);
    QVERIFY(!results.hasRows());
}

/// A database that cannot be read is not an empty one: every page that asks it says so, until it can again.
void TestHistory::unreadableDatabaseIsSaid()
{
    Stage stage;
    stage.fillEverything();
    if (QTest::currentTestFailed())
        return;
    HistoryPage& history = stage.window->historyPage();
    EventsPage& events = stage.window->eventsPage();
    const QString gone = QStringLiteral("E_DB_GONE");
    stage.window->showPage(MainWindow::HistoryPageIndex);
    history.table().selectRow(0);
    QTRY_VERIFY(history.message().isEmpty());
    stage.store.failReaders({ErrorCode::DbGone, "/unplugged"});
    history.refresh();
    QTRY_VERIFY2(history.message().contains(gone), qPrintable(history.message()));
    QCOMPARE(history.model().rowCount(), 1); // what is known stays
    events.refresh();
    QTRY_VERIFY2(events.message().contains(gone), qPrintable(events.message()));
    RunSnapshot other = finishedRun(100, 2);
    other.id = RunId(13);
    stage.fleet.show(fleetOf(mixedNodes(), other)); // whose nodes are asked for
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTRY_VERIFY2(stage.window->resultsPage().message().contains(gone),
                 qPrintable(stage.window->resultsPage().message()));
    stage.store.failReaders({ErrorCode::None, {}});
    history.refresh();
    QTRY_VERIFY(history.message().isEmpty());
    events.refresh();
    QTRY_VERIFY(events.message().isEmpty());
    // Its results are asked for, and it is gone.
    stage.window->showPage(MainWindow::HistoryPageIndex);
    stage.store.failReaders({ErrorCode::DbGone, "/unplugged"});
    Q_EMIT history.resultsRequested(RunId(12));
    QTRY_VERIFY2(history.message().contains(gone), qPrintable(history.message()));
    QCOMPARE(stage.window->page(), MainWindow::HistoryPageIndex);
}

static const Registered<TestHistory> registered;
#include "test_history.moc"
