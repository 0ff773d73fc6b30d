// SPDX-License-Identifier: GPL-3.0-or-later
// The history: runs, their comparison, report and deletion, and the scale-out benchmark.
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/models/run_report.h"
#include "app/models/scale_out_benchmark.h"
#include "app/ui/compare_card.h"
#include "app/ui/events_page.h"
#include "app/ui/history_page.h"
#include "app/ui/inputs.h"
#include "app/ui/plain_table.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_set_up.h"
#include "app/ui/scale_out_card.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QFileDialog>
#include <QImage>
#include <QPointer>
#include <QProcess>
#include <QScopeGuard>
#include <QScrollBar>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

RunRecord pastRun(std::int64_t id, const std::string& precision, double seconds)
{
    RunRecord run = sampleRecord(RunState::Finished);
    run.id = RunId(id);
    run.precision = precision;
    run.modelSha256 = "5a5a";
    run.createdAt = sampleNow - 100'000'000 + id * 1'000'000;
    run.startedAt = run.createdAt;
    run.finishedAt = run.createdAt + static_cast<UnixMs>(seconds * 1'000);
    run.labelled = 686;
    run.errors = 14;
    run.planned = 700;
    run.correct = 588;
    run.incorrect = 98;
    run.expectedKnown = run.expectedMatched = 700;
    return run;
}

/// Three runs; the second says something else about every tenth picture.
void fill(MemoryStore& store)
{
    store.setRuns({pastRun(1, "fp32", 10), pastRun(2, "int8", 5), pastRun(3, "fp32", 9)});
    store.setCosts(RunId(2), {{"cluster", "EUR", 152, 0.0211, std::nullopt}});
    store.setRows(sampleRows(700));
    auto changed = sampleRows(700);
    for (std::size_t i = 0; i < changed.size(); i += 10) {
        if (!changed[i].result || changed[i].result->top.empty())
            continue;
        auto& label = changed[i].result->top.front().label;
        label = (label + 5) % 10;
        changed[i].result->correct = label == changed[i].item.expectedLabel;
    }
    store.setRowsOf(RunId(2), changed);
}

} // namespace

class TestHistory : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void runsAreListed();
    void runsFitASmallWindow();
    void resultsOfAPastRun();
    void clonedRun();
    void clonedRunIsTheSameRun();
    void twoRunsCompared();
    void comparedByPicture();
    void comparisonHoldsNothingUp();
    void deletedWithUndo();
    void deletedRunIsNowhere();
    void reportAsksNothingTwice();
    void reportIsOneFile();
    void reportInABrowser_data();
    void reportInABrowser();
    void unreadableDatabaseIsSaid();
    void scaleOutCounts();
    void scaleOutRuns();
    void scaleOutOnAProfile();
};

void TestHistory::runsAreListed()
{
    Stage stage;
    HistoryPage& page = stage.window->historyPage();
    const QAbstractItemModelTester tester(&page.model());
    fill(stage.store);
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

void TestHistory::resultsOfAPastRun()
{
    Stage stage;
    fill(stage.store);
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
    fill(stage.store);
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

void TestHistory::twoRunsCompared()
{
    Stage stage;
    fill(stage.store);
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

/// e36: all columns of the runs, with longer words beside a wider rail.
void TestHistory::runsFitASmallWindow()
{
    const German german;
    Stage stage;
    fill(stage.store);
    stage.store.setCosts(RunId(2), {}); // that column is hidden here anyway
    stage.window->resize(1024, 640);
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    QTRY_COMPARE(page.model().rowCount(), 3);
    QTRY_COMPARE(page.table().horizontalScrollBar()->maximum(), 0);
}

/// A picture that came first since gives every other one another number; a manifest names one twice.
void TestHistory::comparedByPicture()
{
    Stage stage;
    fill(stage.store);
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
void TestHistory::comparisonHoldsNothingUp()
{
    Stage stage;
    const auto release = qScopeGuard([&stage] { stage.store.hold(); });
    fill(stage.store);
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

/// e21: deleted at once for the eye, in the database only when nobody takes it back.
void TestHistory::deletedWithUndo()
{
    Stage stage;
    fill(stage.store);
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
    fill(stage.store);
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

/// The second report of a run has a name of its own: nobody is asked whether it replaces the first.
void TestHistory::reportAsksNothingTwice()
{
    Stage stage;
    fill(stage.store);
    const QTemporaryDir folder;
    stage.settings.set(QStringLiteral("export/folder"), folder.path());
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    for (const char* name : {"run-3.html", "run-3-2.html", "run-3-3.html"}) {
        page.report();
        QPointer<QFileDialog> dialog = page.findChild<QFileDialog*>();
        QVERIFY(dialog);
        const QString file = folder.filePath(QLatin1String(name));
        QCOMPARE(dialog->selectedFiles(), QStringList(file));
        static_cast<QDialog*>(dialog.data())->accept();
        QTRY_VERIFY(QFile::exists(file));
        QTRY_VERIFY(!dialog);
    }
}

/// One file that asks no network for anything, with plots, and that a browser shows and prints.
void TestHistory::reportIsOneFile()
{
    Stage stage;
    fill(stage.store);
    std::vector<ThroughputSample> samples;
    for (int second = 0; second < 10; ++second)
        samples.push_back({sampleNow + second * 1'000, {}, 60.0f + static_cast<float>(second)});
    stage.store.setSamples(samples);
    NodeRecord worked, loaded; // a node that has only loaded the model is listed, and not counted
    worked.name = "node-1";
    worked.labelled = 690;
    loaded.name = "node-2";
    stage.store.setNodes({worked, loaded});
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("run.html"));
    page.report(file);
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("Report written")));
    QFile html(file);
    QVERIFY(html.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(html.readAll());
    for (const char* part : {"VitFleet run 3", "Nodes<b>1</b>", "node-2", "<polyline", "Confusion matrix",
                             "E_IMG_TRUNCATED", "85.7 %", "prefers-color-scheme:dark", "@media print"})
        QVERIFY2(text.contains(QLatin1String(part)), part);
    for (const char* outside : {"http://", "https://", "<script", "<link", "<img", "@import", "url("})
        QVERIFY2(!text.contains(QLatin1String(outside)), outside);
}

void TestHistory::reportInABrowser_data()
{
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << QStringLiteral("1") << false;
    QTest::newRow("dark") << QStringLiteral("0") << true;
}

/// A browser draws it in the colours that its user prefers, and prints it on white.
void TestHistory::reportInABrowser()
{
    const QString browser = QStandardPaths::findExecutable(QStringLiteral("chromium"));
    if (browser.isEmpty())
        QSKIP("chromium is not installed: the report is neither drawn nor printed");
    QFETCH(QString, scheme);
    QFETCH(bool, dark);
    Stage stage;
    fill(stage.store);
    HistoryPage& page = stage.window->historyPage();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.table().selectRow(0);
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("run.html"));
    page.report(file);
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("Report written")));
    const auto browse = [&](const QString& what) {
        QProcess process;
        process.setWorkingDirectory(folder.path());
        process.start(browser, {QStringLiteral("--headless"), QStringLiteral("--no-sandbox"),
                                QStringLiteral("--disable-gpu"), QStringLiteral("--window-size=900,700"),
                                QStringLiteral("--user-data-dir=") + folder.filePath(QStringLiteral("profile")),
                                QStringLiteral("--blink-settings=preferredColorScheme=") + scheme, what, file});
        return process.waitForFinished(60'000) && process.exitCode() == 0;
    };
    const QString drawn = folder.filePath(QStringLiteral("run.png")), pdf = folder.filePath(QStringLiteral("run.pdf"));
    QVERIFY(browse(QStringLiteral("--screenshot=") + drawn));
    const QImage image(drawn);
    QCOMPARE(image.size(), QSize(900, 700));
    QCOMPARE(qGray(image.pixel(4, 350)) < 128, dark);
    QVERIFY(browse(QStringLiteral("--print-to-pdf=") + pdf));
    QFile printed(pdf);
    QVERIFY(printed.open(QIODevice::ReadOnly));
    QVERIFY(printed.read(5) == QByteArrayLiteral("%PDF-"));
    QVERIFY(printed.size() > 5'000);
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

void TestHistory::scaleOutCounts()
{
    using Counts = std::vector<std::uint32_t>;
    QCOMPARE(ScaleOutBenchmark::counts(1), Counts({1}));
    QCOMPARE(ScaleOutBenchmark::counts(6), Counts({1, 2, 4, 6}));
    QCOMPARE(ScaleOutBenchmark::counts(10), Counts({1, 2, 4, 8, 10}));
    QCOMPARE(ScaleOutBenchmark::counts(45), Counts({1, 2, 4, 8, 10, 20, 40, 45}));
}

/// The same run on 1, 2 and 4 nodes, one after the other, drawn with its efficiency.
void TestHistory::scaleOutRuns()
{
    Stage stage;
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    page.showScaleOut();
    QVERIFY(!page.scaleOut().button().isEnabled() && !page.scaleOut().button().toolTip().isEmpty());
    const std::vector<NodeSnapshot> nodes{sampleNode(1), sampleNode(2), sampleNode(3), sampleNode(4)};
    stage.fleet.show(fleetOf(nodes));
    QTest::mouseClick(&page.scaleOut().button(), Qt::LeftButton);
    const double seconds[] = {40, 21, 12};
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(stage.fleet.asked.size(), i + 1);
        QCOMPARE(stage.fleet.lastRequest.nodesWanted, 1u << i);
        RunSnapshot run = finishedRun(1'000, 0);
        run.elapsedSeconds = seconds[i];
        stage.fleet.show(fleetOf(nodes, sampleRun(1'000, 10, 0, 10)));
        stage.fleet.show(fleetOf(nodes, run));
    }
    QTRY_VERIFY(!page.scaleOut().benchmark().isRunning());
    QCOMPARE(page.scaleOut().benchmark().points().size(), std::size_t{3});
    QVERIFY2(page.scaleOut().tableText().contains(QStringLiteral("3.33×")), qPrintable(page.scaleOut().tableText()));
    QVERIFY(page.scaleOut().tableText().contains(QStringLiteral("83.3 %")));
    // Hugging Face's own figures, against Spark NLP on one node: 1,072 / 1,233 and 435 / 659.
    for (const char* share : {"86.9 %", "66.0 %"})
        QVERIFY2(page.scaleOut().tableText().contains(QLatin1String(share)), share);
    const QString chart = page.scaleOut().findChild<SpeedUpChart*>()->accessibleDescription();
    for (const char* part : {"4 nodes: 3.33 times", "Spark NLP 9.57 times as fast with 10 nodes",
                             "Hugging Face 0.87 times", "Hugging Face 0.66 times"})
        QVERIFY2(chart.contains(QLatin1String(part)), qPrintable(chart));
}

/// A profile is asked for as many nodes each time, and gets them back at the end; the start is measured apart.
void TestHistory::scaleOutOnAProfile()
{
    Stage stage;
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    page.showScaleOut();
    ScaleOutCard& card = page.scaleOut();
    QVERIFY(!card.count().isVisible());
    QTRY_COMPARE(card.source().count(), 2);
    card.source().setCurrentIndex(1);
    QVERIFY(card.count().isVisible());
    card.count().setValue(2);
    QVERIFY2(card.text().contains(QStringLiteral("1, 2")), qPrintable(card.text()));
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    std::vector<NodeSnapshot> nodes;
    const double seconds[] = {40, 21};
    for (std::uint32_t count = 1; count <= 2; ++count) {
        QTRY_COMPARE(stage.scaleOut.asked().size(), static_cast<int>(count));
        QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("resize cluster %1").arg(count));
        QTRY_VERIFY2(card.text().contains(QStringLiteral("of them are there")), qPrintable(card.text()));
        QCOMPARE(stage.fleet.asked.size(), static_cast<int>(count) - 1); // not before they are
        ScaleOutSnapshot snapshot = waitingAllocation();
        snapshot.allocations[0].target = count;
        snapshot.allocations[0].units.resize(count);
        for (UnitSnapshot& unit : snapshot.allocations[0].units)
            unit.state = UnitState::Running;
        nodes.push_back(sampleNode(count));
        stage.fleet.show(fleetOf(nodes));
        stage.scaleOut.show(snapshot);
        QTRY_COMPARE(stage.fleet.asked.size(), static_cast<int>(count));
        QCOMPARE(stage.fleet.lastRequest.nodesWanted, count);
        QCOMPARE(stage.fleet.lastRequest.localAgents, 0u);
        RunSnapshot run = finishedRun(1'000, 0);
        run.elapsedSeconds = seconds[count - 1];
        stage.fleet.show(fleetOf(nodes, sampleRun(1'000, 10, 0, 10)));
        stage.fleet.show(fleetOf(nodes, run));
    }
    QTRY_VERIFY(!card.benchmark().isRunning());
    QCOMPARE(stage.scaleOut.asked().back(), QStringLiteral("shrink cluster 0"));
    QCOMPARE(card.benchmark().points().size(), std::size_t{2});
    QVERIFY(card.benchmark().points().front().startSeconds > 0);
    QVERIFY2(card.tableText().contains(QStringLiteral("1.90×")), qPrintable(card.tableText()));
    const QTemporaryDir folder;
    card.save(folder.path());
    QTRY_VERIFY2(card.text().contains(QStringLiteral("written to")), qPrintable(card.text()));
    QFile csv(folder.filePath(QStringLiteral("scaleout.csv")));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QCOMPARE(csv.readAll().trimmed().split('\n').size(), 3);
    QVERIFY(QFile::exists(folder.filePath(QStringLiteral("scaleout.svg"))));
    // Given back also where it is stopped while it waits, and where the profile refuses.
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY(stage.scaleOut.asked().back().startsWith(QStringLiteral("resize")));
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY(stage.scaleOut.asked().back().startsWith(QStringLiteral("shrink")));
    QVERIFY(!card.benchmark().isRunning());
    stage.scaleOut.refuse({ErrorCode::ProviderDenied, "cluster"});
    QTest::mouseClick(&card.button(), Qt::LeftButton);
    QTRY_VERIFY2(card.text().contains(QStringLiteral("E_PROVIDER_DENIED")) || !card.benchmark().isRunning(),
                 qPrintable(card.text()));
    QCOMPARE(card.benchmark().failure().code, ErrorCode::ProviderDenied);
}

static const Registered<TestHistory> registered;
#include "test_history.moc"
