// SPDX-License-Identifier: GPL-3.0-or-later
// The matrix in a small window, on displays of usual and of double density: whatever has no room in a cell is said.
#include "app/ui/confusion_view.h"
#include "app/ui/results_page.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

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

static const Registered<TestMatrix> registered;
#include "test_matrix.moc"
