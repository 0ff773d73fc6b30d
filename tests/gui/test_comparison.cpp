// SPDX-License-Identifier: GPL-3.0-or-later
// Two runs compared.
#include "app/models/run_history.h"
#include "app/ui/compare_card.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "tests/gui/past_runs.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QScopeGuard>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestComparison : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoRunsCompared();
    void comparedByPicture();
    void comparisonHoldsNothingUp();
};

void TestComparison::twoRunsCompared()
{
    Stage stage;
    fillHistory(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    QVERIFY(!stage.button(QStringLiteral("Compare"))->isEnabled());
    page.table().selectRow(1);
    page.table().selectionModel()->select(page.model().index(2, 0),
                                          QItemSelectionModel::Select | QItemSelectionModel::Rows);
    QTest::mouseClick(stage.button(QStringLiteral("Compare")), Qt::LeftButton);
    QTRY_VERIFY(page.comparison().shown());
    const RunComparison& found = *page.comparison().shown();
    QCOMPARE(found.first.record.id, RunId(1)); // the older one first
    QCOMPARE(found.second.record.id, RunId(2));
    QCOMPARE(found.common, 686u);
    QCOMPARE(found.changed, 70u);
    QVERIFY(found.broken > 0 && found.broken + found.mended <= found.changed);
    QVERIFY(!found.classes.empty());
    const QString lines = page.comparison().lines().join(QLatin1Char('\n'));
    QVERIFY2(lines.contains(QStringLiteral("img/s: 70, 140, +100.0 %")), qPrintable(lines));
    // Each line says what the difference is, also where there is none.
    QVERIFY2(lines.contains(QStringLiteral("Precision: fp32, int8, another")), qPrintable(lines));
    QVERIFY2(lines.contains(QStringLiteral("Time: 0:10, 0:05, −50.0 %")), qPrintable(lines));
    QVERIFY2(lines.contains(QStringLiteral("Errors: 14, 14, the same")), qPrintable(lines));
}

/// A picture that came first since gives every other one another number; a manifest names one twice.
void TestComparison::comparedByPicture()
{
    Stage stage;
    fillHistory(stage.store);
    auto rows = sampleRows(100);
    stage.store.setRowsOf(RunId(1), rows);
    for (ResultView& row : rows)
        row.item.id = ItemId(row.item.id.value + 1);
    rows.insert(rows.begin(), rows.front());
    rows.front().item.id = ItemId(0);
    rows.front().item.path = "a-new-one.png";
    rows[2].item.path = rows[1].item.path;
    stage.store.setRowsOf(RunId(2), rows);
    HistoryPage& page = stage.window->historyPage();
    page.comparison().compare(RunId(1), RunId(2));
    QTRY_VERIFY(page.comparison().shown());
    QCOMPARE(page.comparison().shown()->common, 97u); // of 98 with a label one has another name now
    QCOMPARE(page.comparison().shown()->changed, 0u);
}

/// Going through the rows of two runs takes its time; other questions are answered meanwhile.
void TestComparison::comparisonHoldsNothingUp()
{
    Stage stage;
    const auto release = qScopeGuard([&stage] { stage.store.hold(); });
    fillHistory(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    stage.store.hold(RunId(2));
    page.comparison().compare(RunId(1), RunId(2));
    bool answered = false;
    stage.asker.ask(
        stage.window.get(), [](StoreReader& reader) { return reader.runs(); },
        [&answered](const auto&) { answered = true; });
    QTRY_VERIFY(answered);
    QVERIFY(!page.comparison().shown());
    stage.store.hold();
    QTRY_VERIFY(page.comparison().shown());
}

static const Registered<TestComparison> registered;
#include "test_comparison.moc"
