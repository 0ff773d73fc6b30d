// SPDX-License-Identifier: GPL-3.0-or-later
// The results page: filters, what follows a run, exports.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/filter_box.h"
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

class TestResults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void resultsFilter();
    void e31_rowsStandStill();
    void e30_exportMessages();
};

void TestResults::resultsFilter()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QCOMPARE(page.labelFilter().count(), 11);
    page.correctFilter().setCurrentIndex(2);
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")));
    QTRY_VERIFY(page.model().rowCount() > 0);
    QTRY_COMPARE(figure(page.countText().section(QLatin1Char(' '), 0, 0)),
                 static_cast<quint64>(page.model().rowCount()));
    page.labelFilter().setCurrentIndex(3);
    QTRY_VERIFY(page.model().rowCount() > 0);
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QCOMPARE(page.correctFilter().currentIndex(), 0);
}

void TestResults::e31_rowsStandStill()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(200, 150));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(200, 50, 0, 10)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 200);
    page.table().selectRow(5);
    page.table().scrollTo(page.model().index(150, 0), QAbstractItemView::PositionAtTop);
    const int scrolled = page.table().verticalScrollBar()->value();
    QVERIFY(scrolled > 0);
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    QTRY_COMPARE(page.model().index(199, ResultsModel::CorrectColumn).data().isValid() ||
                     page.model().index(198, ResultsModel::CorrectColumn).data().isValid(),
                 true);
    QCOMPARE(page.table().verticalScrollBar()->value(), scrolled);
    QCOMPARE(page.table().currentIndex().row(), 5);
}

void TestResults::e30_exportMessages()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(100, 2)));
    ResultsPage& page = stage.window->resultsPage();
    QTemporaryDir folder;
    page.exportShown(folder.filePath(QStringLiteral("all.csv")));
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("100 rows written")));
    page.correctFilter().setCurrentIndex(2);
    QTRY_VERIFY(page.model().rowCount() > 0 && page.model().rowCount() < 100);
    page.exportShown(folder.filePath(QStringLiteral("wrong.csv")));
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("%1 rows (filtered)").arg(page.model().rowCount())));
    stage.store.failExports({ErrorCode::Export, "/full"});
    page.exportShown(folder.filePath(QStringLiteral("no.csv")));
    QTRY_VERIFY(page.message().contains(QStringLiteral("E_EXPORT")));
}

static const Registered<TestResults> registered;
#include "test_results.moc"
