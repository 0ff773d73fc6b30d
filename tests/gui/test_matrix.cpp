// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix: in a small window, on displays of usual and of double density, whatever has no room in a cell is said;
// cells whose labels share a name; how often it is counted.
#include "app/models/class_model.h"
#include "app/models/results_model.h"
#include "app/ui/confusion_view.h"
#include "app/ui/filter_chip.h"
#include "app/ui/results_page.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QScopeGuard>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestMatrix : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void legible_data();
    void legible();
    void saysWhatIsLookedAt();
    void e27_labelsWithOneName();
    void summariesDoNotPileUp();
};

namespace {

constexpr std::uint64_t diagonal = 12'345;

/// Many classes with names as ImageNet has them, each taken for the next one more or less often.
void fill(ConfusionView& matrix, std::uint32_t classes)
{
    std::vector<std::string> labels;
    std::vector<StoreReader::ConfusionCell> cells;
    for (std::uint32_t i = 0; i < classes; ++i) {
        labels.push_back("great grey owl of kind " + std::to_string(i));
        cells.push_back({i, i, diagonal});
        cells.push_back({i, (i + 1) % classes, 1 + i % 90});
    }
    matrix.setData(labels, cells);
}

ConfusionView& smallMatrix(Stage& stage)
{
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(700));
    stage.window->resize(1024, 640);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(700, 14)));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(ResultsPage::MatrixView);
    return page.matrix();
}

} // namespace

void TestMatrix::legible_data()
{
    QTest::addColumn<int>("classes");
    QTest::newRow("ten") << 10;
    QTest::newRow("a thousand") << 1'000;
}

void TestMatrix::legible()
{
    QFETCH(int, classes);
    Stage stage;
    ConfusionView& matrix = smallMatrix(stage);
    QTRY_VERIFY(matrix.total() > 0);
    fill(matrix, static_cast<std::uint32_t>(classes));
    QCOMPARE(stage.window->size(), QSize(1024, 640));
    const std::size_t shown = std::min(static_cast<std::size_t>(classes), ConfusionView::mostClasses);
    QCOMPARE(matrix.classes(), shown);
    QVERIFY(matrix.namesColumns());
    QVERIFY(matrix.rect().contains(matrix.cellRect(shown - 1, shown - 1)));
    QVERIFY(matrix.figureFont().pixelSize() >= 10);
    const QFontMetrics metrics(matrix.figureFont());
    matrix.setFocus();
    for (std::size_t row = 0; row < shown; ++row) {
        for (std::size_t column = 0; column < shown; ++column) {
            const QString figure = matrix.figure(row, column);
            // Mistakes are few enough for any cell; the diagonal may have to be asked for.
            QVERIFY(row == column || matrix.count(row, column) == 0 || !figure.isEmpty());
            QVERIFY(metrics.horizontalAdvance(figure) <= matrix.cellRect(row, column).width());
            matrix.setCurrent(row, column);
            QVERIFY2(matrix.readout().contains(QLocale().toString(static_cast<qulonglong>(matrix.count(row, column)))),
                     qPrintable(matrix.readout()));
            QCOMPARE(matrix.accessibleDescription(), matrix.readout());
        }
    }
}

/// The pointer before the keyboard, the keyboard before nothing.
void TestMatrix::saysWhatIsLookedAt()
{
    Stage stage;
    ConfusionView& matrix = smallMatrix(stage);
    QTRY_VERIFY(matrix.total() > 0);
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    stage.window->resultsPage().setFocus();
    QVERIFY2(matrix.readout().startsWith(QStringLiteral("Point at a cell")), qPrintable(matrix.readout()));
    QTest::mouseMove(&matrix, matrix.cellRect(2, 3).center());
    QTRY_VERIFY2(matrix.readout().startsWith(QStringLiteral("Expected Pullover, labelled Dress: ")),
                 qPrintable(matrix.readout()));
    matrix.setFocus();
    matrix.setCurrent(0, 0);
    QTest::keyClick(&matrix, Qt::Key_End);
    QVERIFY2(matrix.readout().startsWith(QStringLiteral("Expected T-shirt/top, labelled Ankle boot: ")),
             qPrintable(matrix.readout()));
    QTest::keyClick(&matrix, Qt::Key_Home);
    QTest::keyClick(&matrix, Qt::Key_Down);
    QVERIFY2(matrix.readout().startsWith(QStringLiteral("Expected Trouser, labelled T-shirt/top: ")),
             qPrintable(matrix.readout()));
}

/// e27: also where two labels have one name.
void TestMatrix::e27_labelsWithOneName()
{
    Stage stage;
    RunRecord run = sampleRecord(RunState::Finished);
    RunSnapshot finished = finishedRun(700, 14);
    run.labels[4] = finished.labels[4] = run.labels[3]; // a coat is called "Dress", too
    stage.store.setRun(run);
    stage.store.setRows(sampleRows(700));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finished));
    ResultsPage& page = stage.window->resultsPage();
    page.showView(ResultsPage::MatrixView);
    QTRY_VERIFY(page.matrix().total() > 0);
    for (const auto& [row, column] : {std::pair{std::size_t{3}, std::size_t{3}}, {3, 4}, {4, 4}}) {
        const quint64 count = page.matrix().count(row, column);
        QVERIFY(count > 0);
        page.showView(ResultsPage::MatrixView);
        page.matrix().setFocus();
        page.matrix().setCurrent(row, column);
        QTest::keyClick(&page.matrix(), Qt::Key_Return);
        QTRY_COMPARE(page.model().rowCount(), static_cast<int>(count));
        QCOMPARE(page.labelFilter().chosen(), QStringList(QStringLiteral("Dress (%1)").arg(column)));
    }
    QCOMPARE(page.classes().scores()[3].label, std::string("Dress (3)"));
}

/// Counting a whole run takes its time: however often it is asked for meanwhile, it is counted once more, not each
/// time.
void TestMatrix::summariesDoNotPileUp()
{
    Stage stage;
    const auto release = qScopeGuard([&stage] { stage.store.hold(); });
    stage.store.setRun(sampleRecord(RunState::Running));
    stage.store.setRows(sampleRows(100));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(700, 100, 2, 10)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_VERIFY(page.matrix().total() > 0);
    const int before = stage.store.confusions();
    stage.store.hold(RunId(12));
    for (int i = 0; i < 5; ++i) {
        page.showView(ResultsPage::MatrixView);
        page.refresh();
        page.showView(ResultsPage::ClassesView);
        stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(700, 100 + static_cast<quint64>(i), 2, 10)));
    }
    QCOMPARE(stage.store.confusions(), before); // the first of these readings has not come so far
    stage.store.hold();
    QTRY_COMPARE(stage.store.confusions(), before + 2);
    bool answered = false;
    stage.asker.ask(
        stage.window.get(), [](StoreReader&) { return Result<int>(0); }, [&answered](const auto&) { answered = true; });
    QTRY_VERIFY(answered);
    QCOMPARE(stage.store.confusions(), before + 2);
}

static const Registered<TestMatrix> registered;
#include "test_matrix.moc"
