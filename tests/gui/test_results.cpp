// SPDX-License-Identifier: GPL-3.0-or-later
// The results page: filters, what follows a run, exports.
#include "app/models/results_model.h"
#include "app/ui/filter_chip.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestResults : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e25_filters();
    void e26_sliderHoldsTheList();
    void millionRows();
    void e31_rowsStandStill_data();
    void e31_rowsStandStill();
    void e30_exportMessages();
    void exportAfterAFailedOne();
};

/// e25: AND between groups, OR inside; what is shown is counted.
void TestResults::e25_filters()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    const auto shown = [&] { return figure(page.countText().section(QLatin1Char(' '), 0, 0)); };
    const auto settled = [&] {
        return !page.model().isLoading() && shown() == static_cast<quint64>(page.model().rowCount());
    };
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QCOMPARE(page.labelFilter().choices().size(), 10);
    page.correctFilter().setChosen({QStringLiteral("Wrong")});
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")) && settled());
    const quint64 wrong = shown();
    QVERIFY(wrong > 0 && wrong < 700);
    page.labelFilter().setChosen({QStringLiteral("Trouser")});
    QTRY_VERIFY(settled() && shown() < wrong);
    const quint64 trousers = shown();
    page.labelFilter().setChosen({QStringLiteral("Pullover")});
    QTRY_VERIFY(settled());
    const quint64 pullovers = shown();
    page.labelFilter().setChosen({QStringLiteral("Trouser"), QStringLiteral("Pullover")});
    QTRY_COMPARE(shown(), trousers + pullovers);
    QVERIFY(page.labelFilter().text().contains(QStringLiteral("1 more")));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QTRY_COMPARE(page.countText(), QStringLiteral("700 rows"));
    QVERIFY(page.correctFilter().chosen().isEmpty());
}

/// e26: while a slider moves, the list stands still.
void TestResults::e26_sliderHoldsTheList()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(300));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(300, 6)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 300);
    QSignalSpy resets(&page.model(), &QAbstractItemModel::modelReset);
    QSlider& slider = page.scoreFilter().leastSlider();
    slider.setSliderDown(true);
    for (int value = 1; value <= 50; ++value)
        slider.setSliderPosition(value);
    QCOMPARE(resets.size(), 0);
    QCOMPARE(page.model().rowCount(), 300);
    slider.setSliderDown(false);
    QCOMPARE(resets.size(), 1);
    QTRY_VERIFY(page.model().rowCount() > 0 && page.model().rowCount() < 300);
    QVERIFY(page.scoreFilter().text().contains(QStringLiteral("0.50")));
}

/// A million rows: their numbers are in memory, rows only where somebody looks.
void TestResults::millionRows()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setDense(1'000'000);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(1'000'000, 2)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 1'000'000);
    for (const auto view : {ResultsPage::GridView, ResultsPage::TableView}) {
        page.showView(view);
        QScrollBar* bar =
            view == ResultsPage::GridView ? page.grid().verticalScrollBar() : page.table().verticalScrollBar();
        for (const int tenth : {3, 7, 10}) {
            bar->setValue(bar->maximum() / 10 * tenth);
            QCoreApplication::processEvents();
        }
        const int last =
            view == ResultsPage::GridView ? page.grid().visibleRows().second : page.table().visibleRows().second;
        QVERIFY(last > 900'000);
        QTRY_VERIFY(page.model().row(page.model().index(last, 0)));
    }
    QVERIFY(page.model().rowsInMemory() <= ResultsModel::keptRows);
}

/// e31: new rows never move scroll, selection or filter: while the run goes and at its end, in the grid and in the
/// table.
void TestResults::e31_rowsStandStill_data()
{
    QTest::addColumn<int>("view");
    QTest::addColumn<bool>("filtered");
    for (const bool filtered : {false, true}) {
        QTest::newRow(filtered ? "grid, filtered" : "grid") << static_cast<int>(ResultsPage::GridView) << filtered;
        QTest::newRow(filtered ? "table, filtered" : "table") << static_cast<int>(ResultsPage::TableView) << filtered;
    }
}

void TestResults::e31_rowsStandStill()
{
    QFETCH(int, view);
    QFETCH(bool, filtered);
    constexpr std::uint32_t planned = 2'000;
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(planned, 1'000));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(planned, 980, 20, 10)));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(static_cast<ResultsPage::View>(view));
    QTRY_COMPARE(page.model().rowCount(), static_cast<int>(planned));
    if (filtered) {
        page.correctFilter().setChosen({QStringLiteral("Right")});
        QTRY_VERIFY(!page.model().isLoading() && page.model().rowCount() < 1'000 && page.model().rowCount() > 700);
    }
    const int before = page.model().rowCount();
    QAbstractItemView* shown =
        view == ResultsPage::GridView ? static_cast<QAbstractItemView*>(&page.grid()) : &page.table();
    const QModelIndex chosen = page.model().index(500, ResultsModel::PathColumn);
    page.grid().setCurrentIndex(chosen.siblingAtColumn(0));
    page.grid().selectionModel()->select(chosen, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    shown->scrollTo(chosen, QAbstractItemView::PositionAtTop);
    const int scrolled = shown->verticalScrollBar()->value();
    QVERIFY(scrolled > 0);
    const quint32 item = chosen.data(ResultsModel::ItemRole).toUInt();
    const QPoint corner(40, 40);
    const QVariant inCorner = shown->indexAt(corner).data(ResultsModel::ItemRole);
    const auto nothingMoved = [&](const char* when) {
        QVERIFY2(shown->verticalScrollBar()->value() == scrolled, when);
        QVERIFY2(shown->indexAt(corner).data(ResultsModel::ItemRole) == inCorner, when);
        QVERIFY2(page.grid().currentIndex().data(ResultsModel::ItemRole).toUInt() == item, when);
        QVERIFY2(page.grid().selectionModel()->selectedRows().size() == 1, when);
        QVERIFY2(page.correctFilter().isFiltering() == filtered, when);
    };
    // Rows come, in order and out of order.
    for (const std::uint32_t waiting : {900u, 400u, 50u}) {
        stage.store.setRows(sampleRows(planned, waiting));
        stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(planned, planned - waiting - 20, 20, 10)));
        page.model().follow(0, 40); // as the timer does
        QTRY_VERIFY(!filtered || page.model().unseenRows() > 0);
        QCoreApplication::processEvents();
        nothingMoved("while the run goes");
        QCOMPARE(page.model().rowCount(), before);
    }
    stage.store.setRows(sampleRows(planned));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(planned, 40)));
    if (filtered) {
        QTRY_VERIFY(page.countText().contains(QStringLiteral("new, F5")));
    } else {
        const auto isThere = [&page](int row) {
            return page.model().index(row, ResultsModel::CorrectColumn).data().isValid();
        };
        QTRY_VERIFY(isThere(1'998) || isThere(1'997));
    }
    nothingMoved("at the end");
    // What waits comes when it is asked for; what one looks at stays in sight.
    QTest::keyClick(stage.window.get(), Qt::Key_F5);
    QTRY_VERIFY(!page.model().isLoading() && page.model().unseenRows() == 0);
    QCOMPARE(page.grid().currentIndex().data(ResultsModel::ItemRole).toUInt(), item);
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
    page.correctFilter().setChosen({QStringLiteral("Wrong")});
    QTRY_VERIFY(page.model().rowCount() > 0 && page.model().rowCount() < 100);
    page.exportShown(folder.filePath(QStringLiteral("wrong.csv")));
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("%1 rows (filtered)").arg(page.model().rowCount())));
    stage.store.failExports({ErrorCode::Export, "/full"});
    page.exportShown(folder.filePath(QStringLiteral("no.csv")));
    QTRY_VERIFY(page.message().contains(QStringLiteral("E_EXPORT")));
}

/// The database cannot be opened for the first export: that is said, and the next one is written.
void TestResults::exportAfterAFailedOne()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(100, 2)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 100);
    QTemporaryDir folder;
    stage.store.failReaders({ErrorCode::DbGone, "/unplugged"});
    page.exportShown(folder.filePath(QStringLiteral("first.csv")));
    QTRY_VERIFY2(page.message().contains(QStringLiteral("E_DB_GONE")), qPrintable(page.message()));
    stage.store.failReaders({ErrorCode::None, {}});
    page.exportShown(folder.filePath(QStringLiteral("second.csv")));
    QTRY_VERIFY2(page.message().startsWith(QStringLiteral("100 rows written")), qPrintable(page.message()));
}

static const Registered<TestResults> registered;
#include "test_results.moc"
