// SPDX-License-Identifier: GPL-3.0-or-later
// The views of the results page: matrix, classes, errors, a picture in detail.
#include "app/models/class_model.h"
#include "app/models/results_model.h"
#include "app/ui/confusion_view.h"
#include "app/ui/filter_chip.h"
#include "app/ui/plain_table.h"
#include "app/ui/result_detail.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/score_histogram.h"
#include "app/ui/thumb_grid.h"
#include "app/ui/widgets.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QScrollBar>
#include <QToolTip>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestResultViews : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e27_matrixCell();
    void e28_noLabels();
    void labelsThatComeWhileTheyAreAskedFor();
    void e29_detail_data();
    void e29_detail();
    void namesArePlainText();
    void classesAndErrors();
};

/// e27: a cell of the matrix filters to exactly its count, by mouse and by key.
void TestResultViews::e27_matrixCell()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(ResultsPage::MatrixView);
    QTRY_VERIFY(page.matrix().total() > 0);
    QCOMPARE(page.matrix().classes(), std::size_t{10});
    quint64 said = 0;
    connect(&page.matrix(), &ConfusionView::cellChosen, this,
            [&](const QString&, const QString&, quint64 count) { said = count; });
    QTest::mouseClick(&page.matrix(), Qt::LeftButton, {}, page.matrix().cellRect(2, 3).center());
    QVERIFY(said > 0);
    QCOMPARE(page.view(), ResultsPage::GridView);
    QTRY_COMPARE(page.model().rowCount(), static_cast<int>(said));
    QTRY_COMPARE(page.countText(), QStringLiteral("%1 rows shown (filtered)").arg(said));
    for (int row = 0; row < page.model().rowCount(); ++row)
        QTRY_VERIFY(page.model().row(page.model().index(row, 0)) &&
                    page.model().index(row, ResultsModel::ExpectedColumn).data().toString() ==
                        QStringLiteral("Pullover"));
    page.showView(ResultsPage::MatrixView);
    page.matrix().setFocus();
    page.matrix().setCurrent(4, 3);
    QTest::keyClick(&page.matrix(), Qt::Key_Right);
    said = 0;
    QTest::keyClick(&page.matrix(), Qt::Key_Down);
    QTest::keyClick(&page.matrix(), Qt::Key_Return); // (5, 4): nobody took a sandal for a coat
    QCOMPARE(said, page.matrix().count(5, 4));
    page.matrix().setCurrent(4, 4);
    QTest::keyClick(&page.matrix(), Qt::Key_Return);
    QVERIFY(said > 0);
    QTRY_COMPARE(page.model().rowCount(), static_cast<int>(said));
}

/// The first rows come between two questions about a run: it is not taken for one without labels.
void TestResultViews::labelsThatComeWhileTheyAreAskedFor()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows({});
    stage.store.setRowsAfterConfusion(sampleRows(200));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 196, 4, 100)));
    QTRY_VERIFY(stage.store.confusions() > 0);
    bool answered = false; // after it
    stage.asker.ask(
        stage.window.get(), [](StoreReader&) { return Result<int>(0); }, [&answered](const auto&) { answered = true; });
    QTRY_VERIFY(answered);
    QVERIFY(stage.window->resultsPage().correctFilter().isVisible());
}

/// e28: without labels there is a sentence and a histogram.
void TestResultViews::e28_noLabels()
{
    Stage stage;
    auto rows = sampleRows(200);
    for (ResultView& row : rows) {
        row.item.expected.clear();
        row.item.expectedLabel.reset();
        if (row.result)
            row.result->correct.reset();
    }
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(rows);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(ResultsPage::MatrixView);
    QTRY_VERIFY(page.histogram().isVisible());
    QCOMPARE(page.histogram().total(), 196u);
    QVERIFY(!page.matrix().isVisible());
    QVERIFY(!page.histogram().accessibleDescription().isEmpty());
    const auto labels = page.findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
        return label->isVisible() && label->text().startsWith(QStringLiteral("This data set has no known labels"));
    }));
    // Nothing claims an accuracy, either.
    page.showView(ResultsPage::ClassesView);
    QCOMPARE(page.classes().rowCount(), 0);
    QVERIFY(!page.correctFilter().isVisible());
}

/// e29: an image with its five best, as they are stored, and its origin; Esc goes back to the same scroll, from the
/// grid and from the table.
void TestResultViews::e29_detail_data()
{
    QTest::addColumn<int>("view");
    QTest::newRow("grid") << static_cast<int>(ResultsPage::GridView);
    QTest::newRow("table") << static_cast<int>(ResultsPage::TableView);
}

void TestResultViews::e29_detail()
{
    QFETCH(int, view);
    Stage stage;
    auto rows = sampleRows(700);
    for (ResultView& row : rows) {
        if (row.result && !row.result->top.empty())
            row.result->top = {{row.item.id.value % 10, 0.61f}, {5, 0.2f}, {6, 0.1f}, {7, 0.05f}, {8, 0.04f}};
    }
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(rows);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(static_cast<ResultsPage::View>(view));
    QTRY_COMPARE(page.model().rowCount(), 700);
    QAbstractItemView* shown =
        view == ResultsPage::GridView ? static_cast<QAbstractItemView*>(&page.grid()) : &page.table();
    shown->verticalScrollBar()->setValue(1'000);
    const int scrolled = shown->verticalScrollBar()->value();
    QVERIFY(scrolled > 0);
    const auto [first, last] = view == ResultsPage::GridView ? page.grid().visibleRows() : page.table().visibleRows();
    int wanted = (first + last) / 2;
    wanted += wanted % 50 == 49; // no error row
    const QModelIndex middle = page.model().index(wanted, ResultsModel::PathColumn);
    QTRY_VERIFY(page.model().row(middle));
    QTest::mouseClick(shown->viewport(), Qt::LeftButton, {}, shown->visualRect(middle).center());
    QVERIFY(page.detail().isVisible());
    QTRY_COMPARE(page.detail().bars().bars().size(), std::size_t{5});
    const ResultRow& stored = *rows[static_cast<std::size_t>(wanted)].result;
    for (std::size_t i = 0; i < 5; ++i) {
        QCOMPARE(page.detail().bars().bars()[i].label, QString::fromStdString(fashionLabels()[stored.top[i].label]));
        QCOMPARE(page.detail().bars().bars()[i].score, static_cast<double>(stored.top[i].score));
    }
    const QString origin = page.detail().provenance().join(QLatin1Char('\n'));
    const QString node = QStringLiteral("Node ") + QString::fromStdString(stored.node);
    for (const QString& fact :
         {QStringLiteral("Run 12"), node, QStringLiteral(" · cpu"), QStringLiteral("Precision fp32"),
          QStringLiteral("Attempt 1"), QStringLiteral("Decode 0.11 ms"), QStringLiteral("Inference 2.34 ms")})
        QVERIFY2(origin.contains(fact), qPrintable(fact + QStringLiteral(" is not in ") + origin));
    const int row = page.grid().currentIndex().row();
    QCOMPARE(row, wanted);
    QTest::keyClick(shown, view == ResultsPage::GridView ? Qt::Key_Right : Qt::Key_Down);
    QCOMPARE(page.grid().currentIndex().row(), row + 1);
    QTest::mouseClick(stage.button(QStringLiteral("◀ Previous")), Qt::LeftButton);
    QCOMPARE(page.grid().currentIndex().row(), row);
    shown->setFocus();
    QTest::keyClick(shown, Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(page.grid().currentIndex().row(), row + 1);
    QTest::keyClick(shown, Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(page.grid().currentIndex().row(), row);
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QVERIFY(!page.grid().selectionModel()->hasSelection());
    QCOMPARE(shown->verticalScrollBar()->value(), scrolled);
}

/// A file's name is letters, also where it looks like HTML: nothing of it is laid out, and no picture in it is decoded.
void TestResultViews::namesArePlainText()
{
    const QString name = QStringLiteral("<img src=\"/etc/passwd\"><b>cat</b>.png");
    Stage stage;
    auto rows = sampleRows(3);
    for (ResultView& row : rows)
        row.item.path = name.toStdString();
    RunRecord run = sampleRecord(RunState::Finished);
    run.dataPath = "/" + name.toStdString();
    stage.store.setRun(run);
    stage.store.setRows(rows);
    NodeSnapshot node = sampleNode(1, NodeState::Refused);
    node.name = node.address = name.toStdString();
    node.reason = {ErrorCode::BackendMemory, name.toStdString()};
    RunSnapshot finished = finishedRun(3, 0);
    finished.dataPath = run.dataPath;
    finished.modelName = name.toStdString();
    stage.fleet.show(fleetOf({node}, finished));
    // Labels: whatever is shown of the name.
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            if (label->textFormat() != Qt::RichText) // that is escaped by whoever sets it
                QVERIFY2(label->textFormat() == Qt::PlainText || !label->text().contains(u'<'),
                         qPrintable(label->text()));
        }
    }
    for (const QLabel* label : std::initializer_list<QLabel*>{new SteadyLabel("body", stage.window.get()),
                                                              new ElidedLabel("body", stage.window.get())})
        QCOMPARE(label->textFormat(), Qt::PlainText);
    // Tooltips.
    stage.window->showPage(MainWindow::ResultsPageIndex);
    ResultsPage& page = stage.window->resultsPage();
    page.showView(ResultsPage::TableView);
    QTRY_COMPARE(page.model().rowCount(), 3);
    const QModelIndex path = page.model().index(0, ResultsModel::PathColumn);
    QTRY_COMPARE(path.data(Qt::ToolTipRole).toString(), name);
    QWidget* viewport = page.table().viewport();
    const QPoint at = page.table().visualRect(path).center();
    QHelpEvent help(QEvent::ToolTip, at, viewport->mapToGlobal(at));
    QCoreApplication::sendEvent(viewport, &help);
    const QLabel* tip = nullptr;
    for (const QWidget* top : QApplication::topLevelWidgets()) {
        if (top->inherits("QTipLabel") && top->isVisible())
            tip = static_cast<const QLabel*>(top);
    }
    QVERIFY(tip);
    QCOMPARE(tip->text(), name);
    QCOMPARE(tip->textFormat(), Qt::PlainText);
    QToolTip::hideText();
}

void TestResultViews::classesAndErrors()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    const QAbstractItemModelTester classes(&page.classes());
    const QAbstractItemModelTester errors(&page.errors());
    std::vector<std::unique_ptr<QAbstractItemModelTester>> others; // sorted classes, what is mistaken most
    for (const PlainTable* table : page.findChildren<PlainTable*>())
        others.push_back(std::make_unique<QAbstractItemModelTester>(table->model()));
    QVERIFY(others.size() >= 3);
    page.showView(ResultsPage::ClassesView);
    QTRY_COMPARE(page.classes().rowCount(), 10);
    // It is of the whole run, and says so.
    QVERIFY(!page.labelFilter().isEnabled() && page.labelFilter().toolTip().contains(QStringLiteral("whole run")));
    QCOMPARE(page.countText(), QStringLiteral("of the whole run"));
    quint64 right = 0, expected = 0;
    for (const ClassScore& score : page.classes().scores()) {
        right += score.right;
        expected += score.expected;
        QVERIFY(*score.recall() <= 1 && *score.precision() <= 1);
    }
    QCOMPARE(expected, 686u);
    QVERIFY(right < expected);
    page.showView(ResultsPage::ErrorsView);
    QTRY_COMPARE(page.errors().rowCount(), 1);
    QVERIFY(!page.errors().index(0, ErrorModel::RemedyColumn).data().toString().isEmpty());
    QCOMPARE(page.errors().index(0, ErrorModel::CountColumn).data().toString(), QStringLiteral("14"));
    page.showView(ResultsPage::TableView);
    QVERIFY(page.labelFilter().isEnabled() && page.labelFilter().toolTip().isEmpty());
    page.codeFilter().setChosen({QStringLiteral("E_IMG_TRUNCATED")});
    QTRY_COMPARE(page.model().rowCount(), 14);
}

static const Registered<TestResultViews> registered;
#include "test_result_views.moc"
