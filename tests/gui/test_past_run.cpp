// SPDX-License-Identifier: GPL-3.0-or-later
// The results of a run of the history, while there is another one.
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/models/thumbnail_folder.h"
#include "app/ui/history_page.h"
#include "app/ui/just_in.h"
#include "app/ui/plain_table.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QFileDialog>
#include <QImage>

#include <algorithm>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

RunRecord pastRun(std::int64_t id)
{
    RunRecord run = sampleRecord(RunState::Finished);
    run.id = RunId(id);
    return run;
}

/// A run whose pictures are all of one colour; they were made before.
RunRecord colouredRun(Stage& stage, std::int64_t id, const QColor& colour)
{
    RunRecord run = pastRun(id);
    run.dataPath = "/pictures/of-run-" + std::to_string(id);
    QImage picture(ThumbnailCache::edge, ThumbnailCache::edge, QImage::Format_RGB32);
    picture.fill(colour);
    const ThumbnailFolder folder(stage.pictureFolder.path().toStdString());
    for (const ResultView& row : sampleRows(60))
        folder.store(folder.fileOf(run.dataPath, row.item), picture);
    return run;
}

bool hasColour(QWidget& widget, const QColor& colour)
{
    const QImage image = widget.grab().toImage().convertToFormat(QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y) {
        const auto* line = reinterpret_cast<const QRgb*>(image.constScanLine(y));
        if (std::find(line, line + image.width(), colour.rgb()) != line + image.width())
            return true;
    }
    return false;
}

const QColor red(250, 1, 2), green(3, 250, 4), blue(5, 6, 250);

} // namespace

class TestPastRun : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sealIsOfTheRunAboveIt();
    void picturesOfTwoRuns();
    void picturesOfAPastRunStay();
};

/// What stands under a run's seal is about that run, also while another is looked at.
void TestPastRun::sealIsOfTheRunAboveIt()
{
    Stage stage;
    stage.store.setRuns({pastRun(1), pastRun(2), pastRun(3)});
    stage.store.setRows(sampleRows(700));
    RunSnapshot finished = finishedRun(700, 14);
    finished.id = RunId(3);
    stage.fleet.show(fleetOf({sampleNode(1)}, finished));
    HistoryPage& page = stage.window->historyPage();
    ResultsPage& results = stage.window->resultsPage();
    const auto lookAtTheOldest = [&] {
        stage.window->showPage(MainWindow::HistoryPageIndex);
        QTRY_COMPARE(page.model().rowCount(), 3);
        page.table().selectRow(2);
        QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
        QTRY_COMPARE(results.model().query().run, RunId(1));
        stage.window->showPage(MainWindow::RunPageIndex);
    };
    lookAtTheOldest();
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QCOMPARE(results.model().query().run, RunId(3));
    lookAtTheOldest();
    QTest::mouseClick(stage.button(QStringLiteral("Export CSV…")), Qt::LeftButton);
    QCOMPARE(results.model().query().run, RunId(3));
    auto* dialog = results.findChild<QFileDialog*>();
    QVERIFY(dialog);
    QVERIFY2(dialog->selectedFiles().join(u' ').contains(QStringLiteral("/run-3")),
             qPrintable(dialog->selectedFiles().join(u' ')));
    dialog->reject();
}

/// While a run goes, the pictures of one that is looked at are its own; and so are those that just came in.
void TestPastRun::picturesOfTwoRuns()
{
    Stage stage;
    stage.store.setRuns({colouredRun(stage, 2, red), colouredRun(stage, 12, blue)});
    stage.store.setRows(sampleRows(60));
    stage.open();
    RunSnapshot live = sampleRun(10'000, 500, 0, 10);
    stage.fleet.show(fleetOf({sampleNode(1)}, live));
    JustIn& latest = stage.window->runPage().progress().justIn();
    ThumbGrid& grid = stage.window->resultsPage().grid();
    stage.window->showPage(MainWindow::RunPageIndex);
    QTRY_VERIFY(hasColour(latest, blue));
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(stage.window->historyPage().model().rowCount(), 2);
    stage.window->historyPage().table().selectRow(1);
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QTRY_VERIFY(hasColour(grid, red));
    QVERIFY(!hasColour(grid, blue));
    const auto rows = sampleRows(60);
    live.latest.assign(rows.rbegin(), rows.rbegin() + 24);
    stage.window->showPage(MainWindow::RunPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, live));
    QTRY_VERIFY(latest.accessibleDescription() != QString() && hasColour(latest, blue));
    QVERIFY(!hasColour(latest, red));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTest::mouseClick(stage.button(QStringLiteral("Show the newest run")), Qt::LeftButton);
    QTRY_VERIFY(hasColour(grid, blue));
    QVERIFY(!hasColour(grid, red));
}

/// Another run that takes a deleted one's place elsewhere leaves the results page's pictures alone.
void TestPastRun::picturesOfAPastRunStay()
{
    Stage stage;
    stage.store.setRuns({colouredRun(stage, 1, red), colouredRun(stage, 2, green), colouredRun(stage, 3, blue)});
    stage.store.setRows(sampleRows(60));
    stage.open();
    ThumbGrid& grid = stage.window->resultsPage().grid();
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(2);
    QTest::mouseClick(stage.button(QStringLiteral("Show results")), Qt::LeftButton);
    QTRY_VERIFY(hasColour(grid, red));
    stage.window->showPage(MainWindow::HistoryPageIndex);
    page.table().selectRow(0);
    page.deleteSelected();
    const auto titles = [&stage] {
        QStringList texts;
        for (const QLabel* label : stage.window->runPage().findChildren<QLabel*>())
            texts << label->text();
        return texts;
    };
    QTRY_VERIFY(titles().contains(QStringLiteral("Run 2"))); // it has been read
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QCOMPARE(stage.window->resultsPage().model().query().run, RunId(1));
    QTRY_COMPARE(grid.missingPictures(), 0);
    QVERIFY(hasColour(grid, red) && !hasColour(grid, green));
}

static const Registered<TestPastRun> registered;
#include "test_past_run.moc"
