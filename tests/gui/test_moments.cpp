// SPDX-License-Identifier: GPL-3.0-or-later
// For people, as test_pictures: what happens on a page rather than the page, in both themes. Without
// $VITFLEET_SCREENSHOTS this does nothing.
#include "app/models/event_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/models/scale_out_benchmark.h"
#include "app/ui/drill_card.h"
#include "app/ui/events_page.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/scale_out_card.h"
#include "app/ui/score_histogram.h"
#include "app/ui/segmented.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/story.h"
#include "tests/gui/suites.h"

#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestMoments : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void moments_data();
    void moments();

private:
    void fleet(Stage& stage);
    void troubles(Stage& stage);
    void drill(Stage& stage);
    void results(Stage& stage);
    void scrubber(Stage& stage);
    void scaleOut(Stage& stage);
    void report(Stage& stage);
    void shoot(const Stage& stage, const char* name) { stage.shoot(QLatin1String(name) + m_theme); }

    QString m_theme;
    bool m_dark = false;
};

void TestMoments::moments_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestMoments::moments()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    QFETCH(bool, dark);
    m_dark = dark;
    m_theme = dark ? QStringLiteral("-dark") : QStringLiteral("-light");
    Stage stage(dark);
    fill(stage);
    stage.open();
    beat(stage);
    troubles(stage);
    drill(stage);
    results(stage);
    scrubber(stage);
    Stage past(dark), measuring(dark), many(dark);
    fill(past);
    past.open();
    report(past);
    scaleOut(measuring);
    beat(many);
    fleet(many);
}

/// Nodes as tiles, the chart by node; then a thousand of them.
void TestMoments::fleet(Stage& stage)
{
    stage.window->showPage(MainWindow::FleetPageIndex);
    const auto choose = [&](int which) {
        for (Segmented* choice : stage.window->fleetPage().findChildren<Segmented*>())
            choice->setCurrent(which);
    };
    choose(1);
    stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
    shoot(stage, "fleet-tiles");
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 1'000; ++id)
        nodes.push_back(sampleNode(id, id % 97 == 0 ? NodeState::Lost : NodeState::Online));
    for (NodeSnapshot& node : nodes)
        node.imagesPerSecond = node.state == NodeState::Lost ? 0 : node.id.value % 211 == 0 ? 40.0f : 160.0f;
    for (int i = 0; i < 30; ++i) {
        FleetSnapshot many = fleetOf(nodes, busyRun());
        many.at = sampleNow + i * 1'000;
        stage.fleet.show(std::move(many));
    }
    shoot(stage, "fleet-thousand-tiles");
    choose(0);
    shoot(stage, "fleet-thousand");
}

/// A paused run, one without nodes, a full disk.
void TestMoments::troubles(Stage& stage)
{
    RunSnapshot run = busyRun();
    run.paused = true;
    run.inFlight = 0;
    run.queued = run.planned - run.labelled - run.errors;
    run.etaSeconds.reset();
    auto nodes = mixedNodes();
    nodes.resize(4);
    for (NodeSnapshot& node : nodes) {
        node.idle = IdleReason::Paused;
        node.imagesPerSecond = 0;
        node.leased = 0;
    }
    stage.window->showPage(MainWindow::RunPageIndex);
    stage.fleet.show(fleetOf(nodes, run));
    settle(stage);
    stage.fleet.show(fleetOf(nodes, run));
    settle(stage);
    shoot(stage, "run-paused");
    run.paused = false;
    run.waitingForNodes = true;
    for (NodeSnapshot& node : nodes) {
        node.state = NodeState::Lost;
        node.reason = {ErrorCode::Unreachable, "no beat for 3 s"};
        node.beatAge = std::chrono::milliseconds(9'000);
        node.lastBeat = sampleNow - 9'000;
    }
    stage.fleet.show(fleetOf(nodes, run));
    shoot(stage, "run-waiting");
    run.waitingForNodes = false;
    run.storeTrouble = {ErrorCode::DbFull, "/data/fleet.db"};
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    shoot(stage, "run-disk-full");
}

/// Pulled, noticed, and the seal.
void TestMoments::drill(Stage& stage)
{
    stage.window->showPage(MainWindow::RunPageIndex);
    auto nodes = mixedNodes();
    nodes.resize(4);
    stage.fleet.show(fleetOf(nodes, busyRun()));
    stage.window->runPage().drill().pull();
    shoot(stage, "drill-pulled");
    EventRecord lost, again;
    lost.kind = EventKind::NodeLost;
    again.kind = EventKind::ItemsRedispatched;
    lost.node = again.node = "local-1";
    lost.run = again.run = busyRun().id;
    lost.at = again.at = QDateTime::currentMSecsSinceEpoch() + 800;
    again.count = 96;
    lost.error = nodes[0].reason = {ErrorCode::Unreachable, "the process has ended"};
    nodes[0].state = NodeState::Lost;
    nodes[0].imagesPerSecond = 0;
    stage.fleet.happen({lost, again});
    stage.fleet.show(fleetOf(nodes, busyRun()));
    shoot(stage, "drill-noticed");
    RunSnapshot finished = finishedRun(200'000, 2);
    finished.redispatched = 96;
    stage.fleet.show(fleetOf(nodes, finished));
    settle(stage);
    shoot(stage, "drill-sealed");
    stage.window->resize(1024, 640);
    shoot(stage, "drill-sealed-small");
    stage.window->resize(1440, 900);
}

/// Pictures in depth, right and failed; a run without expected labels.
void TestMoments::results(Stage& stage)
{
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, finishedRun(400, 8)));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    ResultsPage& page = stage.window->resultsPage();
    settle(stage);
    QTRY_VERIFY(page.model().rowCount() > 50);
    page.grid().setCurrentIndex(page.model().index(6, 0));
    shoot(stage, "detail-wrong");
    page.grid().setCurrentIndex(page.model().index(49, 0));
    shoot(stage, "detail-error");
    stage.window->resize(1024, 640);
    shoot(stage, "detail-small");
    stage.window->resize(1440, 900);
    auto rows = sampleRows(400);
    for (ResultView& row : rows) {
        row.item.expected.clear();
        row.item.expectedLabel.reset();
        if (row.result)
            row.result->correct.reset();
    }
    stage.store.setRows(rows);
    RunRecord record = sampleRecord(RunState::Finished);
    RunSnapshot run = finishedRun(400, 8);
    record.id = run.id = RunId(13);
    record.planned = record.labelled = 400;
    stage.store.setRuns({record});
    run.correct = run.incorrect = run.expectedKnown = run.expectedMatched = 0;
    run.accuracyShown = false;
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, run));
    page.showView(ResultsPage::MatrixView);
    QTRY_VERIFY(page.histogram().isVisible());
    settle(stage);
    shoot(stage, "matrix-no-labels");
    page.showView(ResultsPage::GridView);
    shoot(stage, "results-no-labels");
    fill(stage);
}

/// In the middle of a past run, just after a node was lost.
void TestMoments::scrubber(Stage& stage)
{
    stage.window->showPage(MainWindow::EventsPageIndex);
    EventsPage& page = stage.window->eventsPage();
    QTRY_VERIFY(page.shown().rowCount() > 17);
    page.table().selectRow(16);
    QTRY_VERIFY(!page.replay().replay().isEmpty());
    page.replay().setMoment(sampleNow - 47'000);
    shoot(stage, "scrubber");
    stage.window->resize(1024, 640);
    shoot(stage, "scrubber-small");
    stage.window->resize(1440, 900);
}

/// Between two of its runs, and at its end.
void TestMoments::scaleOut(Stage& stage)
{
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 4; ++id)
        nodes.push_back(sampleNode(id));
    stage.fleet.show(fleetOf(nodes));
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    page.showScaleOut();
    stage.fleet.asked.clear();
    page.scaleOut().button().click();
    const double seconds[] = {40, 21, 12};
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(stage.fleet.asked.size(), i + 1);
        RunSnapshot run = finishedRun(1'000, 0);
        run.elapsedSeconds = seconds[i];
        stage.fleet.show(fleetOf(nodes, sampleRun(1'000, 400, 0, 100)));
        if (i == 2)
            shoot(stage, "scaleout-going");
        stage.fleet.show(fleetOf(nodes, run));
    }
    QTRY_VERIFY(!page.scaleOut().benchmark().isRunning());
    shoot(stage, "scaleout-measured");
    stage.window->resize(1024, 640);
    shoot(stage, "scaleout-small");
    stage.window->resize(1440, 900);
}

/// As a browser draws it whose user prefers this theme.
void TestMoments::report(Stage& stage)
{
    const QString browser = QStandardPaths::findExecutable(QStringLiteral("chromium"));
    if (browser.isEmpty())
        return;
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& page = stage.window->historyPage();
    QTRY_VERIFY(page.model().rowCount() > 0);
    page.table().selectRow(0);
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("run.html"));
    page.report(file);
    QTRY_VERIFY(page.message().startsWith(QStringLiteral("Report written")));
    const QString picture = qEnvironmentVariable("VITFLEET_SCREENSHOTS") + QStringLiteral("/report") + m_theme;
    const QString scheme = m_dark ? QStringLiteral("0") : QStringLiteral("1");
    QProcess::execute(browser,
                      {QStringLiteral("--headless"), QStringLiteral("--no-sandbox"), QStringLiteral("--disable-gpu"),
                       QStringLiteral("--hide-scrollbars"), QStringLiteral("--window-size=1000,2400"),
                       QStringLiteral("--user-data-dir=") + folder.filePath(QStringLiteral("profile")),
                       QStringLiteral("--blink-settings=preferredColorScheme=") + scheme,
                       QStringLiteral("--screenshot=") + picture + QStringLiteral(".png"), file});
}

static const Registered<TestMoments> registered;
#include "test_moments.moc"
