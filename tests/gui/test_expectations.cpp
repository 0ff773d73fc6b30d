// SPDX-License-Identifier: GPL-3.0-or-later
// Expectations of the interface that belong to no single page; docs/expectations.md has all forty and their tests.
#include "app/models/event_model.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/alert_strip.h"
#include "app/ui/drill_card.h"
#include "app/ui/event_list.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/plain_table.h"
#include "app/ui/result_detail.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include "app/ui/thumb_grid.h"

#include <QPushButton>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestExpectations : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e01_firstPaintAsksNobody();
    void e04_emptyViewsExplainThemselves();
    void e06_newAgentHasARow();
    void e07_killedNode();
    void e08_lateResults();
    void e11_windowThreadNeverReads();
    void e20_drainAndStop();
    void e22_newcomerWorks();
    void e23_errorRowNamesTheNodes();
    void e40_killedRunIsOffered();
};

namespace {

EventRecord happened(EventKind kind, const char* node, std::uint64_t count = 0)
{
    EventRecord event;
    event.kind = kind;
    event.node = node;
    event.count = count;
    event.at = QDateTime::currentMSecsSinceEpoch();
    event.run = RunId(12);
    if (kind == EventKind::NodeLost)
        event.error = {ErrorCode::Unreachable, "no beat for 3 s"};
    return event;
}

} // namespace

/// e1: the first frame waits for nothing, and nothing asks anything.
void TestExpectations::e01_firstPaintAsksNobody()
{
    Stage stage; // returns once the window has been exposed
    QVERIFY(stage.window->isVisible());
    QVERIFY(!QApplication::activeModalWidget());
    QVERIFY(!QApplication::activePopupWidget());
    QVERIFY(stage.find<QPushButton>("startDemo")->isVisible());
    QCOMPARE(stage.store.readsInWindow(), 0);
}

/// e4: one sentence and something to do, which leads on: on every page before the first run, in every list that a
/// filter has emptied, and in a fleet whose nodes have all gone.
void TestExpectations::e04_emptyViewsExplainThemselves()
{
    Stage stage;
    for (const auto page : {MainWindow::ResultsPageIndex, MainWindow::HistoryPageIndex, MainWindow::EventsPageIndex}) {
        stage.window->showPage(page);
        QList<EmptyState*> shown = stage.window->findChildren<EmptyState*>();
        erase_if(shown, [](const EmptyState* state) { return !state->isVisible(); });
        QVERIFY2(shown.size() == 1, qPrintable(QString::number(page)));
        const auto sentences = shown.front()->findChildren<QLabel*>();
        const auto actions = shown.front()->findChildren<QPushButton*>();
        QVERIFY(sentences.size() == 1 && sentences.front()->text().endsWith(u'.') && actions.size() == 1);
        QVERIFY(sentences.front()->text().count(u'.') == 1 && sentences.front()->text().size() > 30);
        QTest::mouseClick(actions.front(), Qt::LeftButton);
        QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
        QVERIFY(stage.find<QPushButton>("startRun")->isEnabled());
    }
    stage.window->showPage(MainWindow::FleetPageIndex);
    QVERIFY(stage.window->fleetPage().isEmpty() && stage.find<QPushButton>("startDemo")->isEnabled());
    const auto sentence = [&stage](QWidget& page) {
        QCoreApplication::processEvents();
        return std::ranges::any_of(page.findChildren<QLabel*>(), [](const QLabel* label) {
            return label->isVisible() && label->text().size() > 30 && label->text().endsWith(u'.');
        });
    };
    QVERIFY(sentence(stage.window->fleetPage()));
    // Lists say it where their rows would be: what is drawn there is no longer one colour.
    const auto says = [](QAbstractItemView& view) {
        const QImage drawn = view.viewport()->grab().toImage();
        const QRgb ground = drawn.pixel(2, drawn.height() / 2);
        for (int x = 0; x < drawn.width(); ++x) {
            for (int y = drawn.height() / 2 - 8; y < drawn.height() / 2 + 8; ++y) {
                if (drawn.pixel(x, y) != ground)
                    return view.isVisible() && !view.accessibleDescription().isEmpty();
            }
        }
        return false;
    };
    auto rows = sampleRows(6); // all of them right
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(rows);
    stage.fleet.show(fleetOf({}, finishedRun(6, 0)));
    QVERIFY(says(stage.window->fleetPage().table()));
    QTest::mouseClick(stage.button(QStringLiteral("Tiles")), Qt::LeftButton);
    QVERIFY(says(*stage.window->fleetPage().findChild<NodeTiles*>()));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    ResultsPage& results = stage.window->resultsPage();
    QTRY_COMPARE(results.model().rowCount(), 6);
    results.correctFilter().setChosen({QStringLiteral("Wrong")});
    QTRY_VERIFY(!results.model().isLoading() && results.model().rowCount() == 0);
    QAbstractItemView* errors = nullptr;
    for (PlainTable* table : results.findChildren<PlainTable*>())
        errors = table->accessibleName() == QStringLiteral("Errors") ? table : errors;
    QVERIFY(errors);
    const std::pair<ResultsPage::View, QAbstractItemView*> lists[] = {{ResultsPage::GridView, &results.grid()},
                                                                      {ResultsPage::TableView, &results.table()},
                                                                      {ResultsPage::ErrorsView, errors}};
    for (const auto& [view, list] : lists) {
        results.showView(view);
        QTRY_VERIFY2(says(*list), qPrintable(QString::number(view)));
    }
    results.showView(ResultsPage::GridView);
    QTest::keyClick(stage.window.get(), Qt::Key_Escape); // as the list says
    QTRY_COMPARE(results.model().rowCount(), 6);
    QTRY_VERIFY(results.grid().accessibleDescription().isEmpty());
    stage.window->showPage(MainWindow::EventsPageIndex);
    EventsPage& events = stage.window->eventsPage();
    stage.fleet.happen({happened(EventKind::NodeLost, "node-2")});
    QTRY_COMPARE(events.shown().rowCount(), 1);
    QVERIFY(events.table().accessibleDescription().isEmpty());
    events.kindFilter().setChosen({QStringLiteral("Runs")});
    QCOMPARE(events.shown().rowCount(), 0);
    QTRY_VERIFY(says(events.table()));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QTRY_COMPARE(events.shown().rowCount(), 1);
}

/// e6: a row as soon as the engine knows the agent, before it has answered.
void TestExpectations::e06_newAgentHasARow()
{
    Stage stage;
    NodeModel& model = stage.window->fleetPage().model();
    NodeSnapshot node = sampleNode(1, NodeState::Connecting);
    node.lastBeat.reset();
    stage.fleet.show(fleetOf({node}));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, NodeModel::StateColumn).data().toString(), QStringLiteral("Connecting"));
    stage.fleet.show(fleetOf({node, sampleNode(2)}));
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(1, NodeModel::StateColumn).data().toString(), QStringLiteral("Online"));
}

/// e7, as the window tells it: suspect before it is lost, then the reason, then what became of its pictures.
void TestExpectations::e07_killedNode()
{
    Stage stage;
    auto nodes = mixedNodes();
    nodes.resize(3);
    const auto stateOf = [&stage] { return stage.window->fleetPage().groups().indexOf(NodeId(2)).data().toString(); };
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    stage.fleet.show(fleetOf(nodes, run));
    QCOMPARE(stateOf(), QStringLiteral("Online"));
    nodes[1].state = NodeState::Suspect;
    nodes[1].beatAge = std::chrono::milliseconds(1'600);
    stage.fleet.show(fleetOf(nodes, run));
    QCOMPARE(stateOf(), QStringLiteral("Suspect"));
    nodes[1].state = NodeState::Lost;
    nodes[1].reason = {ErrorCode::Unreachable, "no beat for 3 s"};
    nodes[1].beatAge = std::chrono::milliseconds(3'100);
    run.redispatched = 96;
    stage.fleet.happen({happened(EventKind::NodeLost, "node-2"), happened(EventKind::ItemsRedispatched, "node-2", 96)});
    stage.fleet.show(fleetOf(nodes, run));
    QCOMPARE(stateOf(), QStringLiteral("Lost"));
    const QString alert = stage.window->findChild<AlertStrip*>()->text();
    QVERIFY2(alert.contains(QStringLiteral("node-2 (10.0.0.2:47520) has not answered this computer since")),
             qPrintable(alert));
    QVERIFY2(alert.contains(QStringLiteral("96 unfinished pictures went to other nodes; nothing is lost")),
             qPrintable(alert));
    QVERIFY(stage.window->fleetPage().chart().marks().contains(QStringLiteral("node-2 lost")));
    RunSnapshot end = finishedRun(10'000, 2);
    end.redispatched = 96;
    stage.fleet.show(fleetOf(nodes, end));
    QVERIFY(stage.window->runPage().progress().sealText().contains(QStringLiteral("0 lost, 0 doubled")));
}

/// e8: what a frozen node sends too late is counted at the seal, and no row of it appears.
void TestExpectations::e08_lateResults()
{
    Stage stage;
    stage.window->showPage(MainWindow::RunPageIndex);
    RunSnapshot run = finishedRun(10'000, 2);
    run.redispatched = 96;
    run.duplicatesRefused = 41;
    run.seal->redispatched = 96;
    run.seal->duplicatesRefused = 41;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    const QString seal = stage.window->runPage().progress().sealText();
    QVERIFY2(seal.contains(QStringLiteral("late duplicates refused: 41")), qPrintable(seal));
    QVERIFY(stage.window->runPage().progress().sum().endsWith(QStringLiteral("= 10,000")));
}

/// e11, e24, e30: the cause of a stall would be a database that is read in the window's thread.
void TestExpectations::e11_windowThreadNeverReads()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(400));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(400, 8)));
    ResultsPage& results = stage.window->resultsPage();
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        stage.window->findChild<FleetPage*>()->refresh();
        stage.fleet.show(fleetOf(mixedNodes(), finishedRun(400, 8)));
        QCoreApplication::processEvents();
    }
    stage.window->showPage(MainWindow::ResultsPageIndex);
    for (const auto view : {ResultsPage::GridView, ResultsPage::TableView, ResultsPage::MatrixView,
                            ResultsPage::ClassesView, ResultsPage::ErrorsView})
        results.showView(view);
    results.refresh();
    QTRY_COMPARE(results.model().rowCount(), 400);
    QTemporaryDir folder;
    results.exportShown(folder.filePath(QStringLiteral("all.csv")));
    QTRY_VERIFY(results.message().contains(QStringLiteral("written to")));
    QVERIFY(stage.store.reads() > 10);
    QCOMPARE(stage.store.readsInWindow(), 0);
}

/// e20: both flavours of every node action, from the menu, for what is selected.
void TestExpectations::e20_drainAndStop()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    FleetPage& page = stage.window->fleetPage();
    page.showNode(NodeId(2));
    page.nodeActions().drain(Engine::When::AfterChunk);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("drain 2")));
    page.showNode(NodeId(3));
    page.nodeActions().drain(Engine::When::Now);
    QCOMPARE(stage.fleet.asked.back(), QStringLiteral("drain 3 now"));
    // The row says what it does until it is done.
    auto nodes = mixedNodes();
    nodes[1].state = NodeState::Draining;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'104, 2, 704)));
    const QModelIndex row = page.model().index(1, NodeModel::DoingColumn);
    QVERIFY2(row.data().toString().contains(QStringLiteral("Finishes its chunk")), qPrintable(row.data().toString()));
}

/// e22, as the window tells it: a node that joins says what it waits for, until it works.
void TestExpectations::e22_newcomerWorks()
{
    Stage stage;
    auto nodes = mixedNodes();
    nodes.resize(2);
    nodes[1].state = NodeState::Preparing;
    nodes[1].modelFetched = 0.4;
    nodes[1].imagesPerSecond = 0;
    nodes[1].idle = IdleReason::LoadingModel;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'104, 2, 704)));
    const QModelIndex doing = stage.window->fleetPage().model().index(1, NodeModel::DoingColumn);
    QVERIFY2(doing.data().toString().contains(QStringLiteral("40 %")), qPrintable(doing.data().toString()));
    nodes[1].state = NodeState::Online;
    nodes[1].idle = IdleReason::None;
    nodes[1].imagesPerSecond = 90;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'104, 2, 704)));
    QCOMPARE(doing.data().toString(), QStringLiteral("Working"));
}

/// e23: the row of a picture that nobody could label has what each node said.
void TestExpectations::e23_errorRowNamesTheNodes()
{
    Stage stage;
    auto rows = sampleRows(3);
    rows[1].result->top.clear();
    rows[1].result->correct.reset();
    rows[1].result->error = {ErrorCode::ImgTruncated, "node-1: ends after 12 bytes; node-2: ends after 12 bytes"};
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(rows);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(3, 1)));
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 3);
    page.grid().setCurrentIndex(page.model().index(1, 0));
    const auto says = [&page](const QString& part) {
        return std::ranges::any_of(page.detail().findChildren<QLabel*>(), [&part](const QLabel* label) {
            return !label->isHidden() && label->text().contains(part);
        });
    };
    QTRY_VERIFY(says(QStringLiteral("node-1: ends after 12 bytes; node-2: ends after 12 bytes")));
}

/// e40: after kill -9 the next start finds a run that was going, and offers to go on with it.
void TestExpectations::e40_killedRunIsOffered()
{
    Stage stage;
    RunRecord run = sampleRecord(RunState::Running);
    stage.store.setRun(run);
    stage.open();
    stage.window->showPage(MainWindow::RunPageIndex);
    QPushButton* resume = stage.find<QPushButton>("resumeRun");
    QTRY_VERIFY(resume->isVisible());
    QCOMPARE(resume->text(), QStringLiteral("Resume run 12"));
    QTest::mouseClick(resume, Qt::LeftButton);
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("resume 12")));
}

static const Registered<TestExpectations> registered;
#include "test_expectations.moc"
