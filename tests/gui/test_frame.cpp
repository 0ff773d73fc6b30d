// SPDX-License-Identifier: GPL-3.0-or-later
// The frame: palette, undo, panes, what it remembers, alerts.
#include "app/models/event_model.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/page.h"
#include "app/ui/plain_table.h"
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
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QProcess>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSplitter>
#include <QStackedWidget>
#include <QTemporaryDir>

#include <cstdlib>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e37_brokenSettings();
    void layoutSurvives();
    void viewsAndFiltersSurvive();
    void e21_undo();
    void e21_noQuestionBoxes();
    void undoSettles();
    void f6GoesRound();
    void startProblem();
    void keyboard();
    void brokenFleet();
    void alertCountsThisLoss();
    void alertIsTrue();
    void hiddenAlertStaysHidden();
    void databaseTrouble();
    void storedRunIsShown();
    void syntheticIsMarked();
};

/// e37: a settings file that nobody can read is put aside, and everything is as on the first day: window, page,
/// columns, sort, views, inspector, shortcuts and look.
void TestFrame::e37_brokenSettings()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("window.ini"));
    struct Layout
    {
        int page;
        QSize size;
        QList<int> columns;
        int sort;
        Qt::SortOrder order;
        bool inspector;
        int view;
        QStringList shortcuts;
        bool operator==(const Layout&) const = default;
    };
    const auto layoutOf = [](Stage& stage) {
        stage.fleet.show(fleetOf(mixedNodes()));
        MainWindow& window = *stage.window;
        const QHeaderView* header = window.fleetPage().table().horizontalHeader();
        Layout layout{window.page(),
                      window.size(),
                      {},
                      window.fleetPage().groups().sortColumn(),
                      window.fleetPage().groups().sortOrder(),
                      window.fleetPage().inspector().isVisibleTo(&window.fleetPage()),
                      window.resultsPage().view(),
                      {}};
        for (int column = 0; column < header->count(); ++column)
            layout.columns << (header->isSectionHidden(column) ? -1 : header->sectionSize(column));
        for (const Actions::Entry& entry : window.actions().entries())
            layout.shortcuts << entry.action->shortcut().toString();
        return layout;
    };
    const Layout usual = [&] {
        Stage stage;
        return layoutOf(stage);
    }();
    QCOMPARE(usual.page, static_cast<int>(MainWindow::FleetPageIndex));
    QCOMPARE(usual.size, QSize(1440, 900));
    for (const QByteArray& content :
         {QByteArray("\x01\x02nonsense"), QByteArray("[layout\npage"), QByteArray(5 << 20, 'x'), QByteArray("\0", 1),
          QByteArray("[layout]\npage=99\ngeometry=@ByteArray(rubbish)\nfleet=@ByteArray(x)\ninspector0=maybe\n"
                     "[fleet]\nview=many\nsort=-4000\nchart=7\n[columns]\nnodes=0:-5, 99:12, x:hidden, 1:hidden\n"
                     "[results]\nview=-1\n[shortcuts]\ngo.2=Hyper+Nothing\n[appearance]\ntheme=9\n")}) {
        QFile broken(file);
        QVERIFY(broken.open(QIODevice::WriteOnly));
        broken.write(content);
        broken.close();
        Stage stage(false, file);
        Layout layout = layoutOf(stage);
        // A shortcut that is none is none; the others are as they were.
        if (content.contains("[shortcuts]"))
            layout.shortcuts = usual.shortcuts;
        QVERIFY2(layout == usual, content.left(60).constData());
        // What is set from now on is kept.
        stage.window->showPage(MainWindow::EventsPageIndex);
        stage.window->close();
        const UiSettings again(file);
        QVERIFY(!again.wasBroken());
        QCOMPARE(again.number(QStringLiteral("layout/page"), -1, 0, 9), static_cast<int>(MainWindow::EventsPageIndex));
    }
    QVERIFY(QFile::exists(file + QStringLiteral(".broken")));
}

/// Rule 17: what the user made of the window survives a restart and can be reset.
void TestFrame::layoutSurvives()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("window.ini"));
    {
        Stage stage(false, file);
        stage.fleet.show(fleetOf(mixedNodes()));
        stage.window->showPage(MainWindow::ResultsPageIndex);
        stage.window->resize(1200, 700);
        stage.window->fleetPage().table().sortByColumn(NodeModel::RateColumn, Qt::DescendingOrder);
        stage.window->actions().action(QStringLiteral("view.inspector"));
        stage.window->close();
    }
    Stage stage(false, file);
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QCOMPARE(stage.window->size(), QSize(1200, 700));
    QCOMPARE(stage.window->fleetPage().groups().sortColumn(), static_cast<int>(NodeModel::RateColumn));
    QCOMPARE(stage.window->fleetPage().groups().sortOrder(), Qt::DescendingOrder);
    stage.window->actions().action(QStringLiteral("view.resetLayout"))->trigger();
    QCOMPARE(stage.window->size(), QSize(1440, 900));
}

/// Views, splitters, columns, sort and filters, too: kept, and as on the first day again at once.
void TestFrame::viewsAndFiltersSurvive()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("window.ini"));
    const auto splitters = [](Stage& stage) {
        QList<int> first;
        for (const auto page :
             {MainWindow::FleetPageIndex, MainWindow::HistoryPageIndex, MainWindow::EventsPageIndex}) {
            stage.window->showPage(page);
            QCoreApplication::processEvents();
            first << stage.window->findChildren<QStackedWidget*>()
                         .front()
                         ->currentWidget()
                         ->findChild<QSplitter*>()
                         ->sizes()
                         .front();
        }
        return first;
    };
    const auto segment = [](Stage& stage, const char* action) {
        return stage.window->actions().action(QLatin1String(action));
    };
    const auto labelWidth = [](Stage& stage) {
        stage.window->showPage(MainWindow::ResultsPageIndex);
        stage.window->resultsPage().showView(ResultsPage::TableView);
        QCoreApplication::processEvents();
        return stage.window->resultsPage().findChild<ResultsTable*>()->columnWidth(ResultsModel::LabelColumn);
    };
    QList<int> usual;
    int usualWidth = 0;
    {
        Stage stage(false, file);
        stage.fillEverything();
        usual = splitters(stage);
        usualWidth = labelWidth(stage);
        for (QSplitter* split : stage.window->findChildren<QSplitter*>()) {
            split->setSizes({1, 10'000});
            Q_EMIT split->splitterMoved(1, 1);
        }
        for (const char* id : {"fleet.chart1", "fleet.nodes1"}) {
            QVERIFY2(segment(stage, id), id);
            segment(stage, id)->trigger();
        }
        stage.window->fleetPage().table().sortByColumn(NodeModel::RateColumn, Qt::DescendingOrder);
        ResultsPage& results = stage.window->resultsPage();
        results.showView(ResultsPage::TableView);
        results.findChild<ResultsTable*>()->horizontalHeader()->resizeSection(ResultsModel::LabelColumn, 222);
        results.showOnly(ResultsPage::Only::Errors);
        stage.window->eventsPage().kindFilter().setChosen({QStringLiteral("Node lost")});
        stage.window->eventsPage().nodeFilter().setChosen({QStringLiteral("node-2")});
    }
    Stage stage(false, file);
    RunRecord run = sampleRecord(RunState::Finished);
    stage.store.setRun(run, Seal{100, 98, 2, 0, 0, 0, 0});
    stage.store.setRows(sampleRows(100));
    std::vector<EventRecord> events(3);
    for (std::size_t i = 0; i < events.size(); ++i) {
        events[i].id = static_cast<std::int64_t>(i) + 1;
        events[i].kind = i == 0 ? EventKind::NodeReady : EventKind::NodeLost;
        events[i].node = i == 1 ? "node-1" : "node-2";
        events[i].at = sampleNow + events[i].id;
    }
    stage.store.setEvents(events);
    stage.open();
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    FleetPage& fleet = stage.window->fleetPage();
    ResultsPage& results = stage.window->resultsPage();
    EventsPage& log = stage.window->eventsPage();
    const auto command = [&results] { return results.exportCommand(); };
    QTRY_VERIFY2(command().contains(QStringLiteral("--status errors")), qPrintable(command()));
    QCOMPARE(results.view(), ResultsPage::TableView);
    QCOMPARE(labelWidth(stage), 222);
    QVERIFY(fleet.table().isHidden());
    const QList<int> squeezed = splitters(stage);
    QTRY_COMPARE(log.shown().rowCount(), 1); // now that the page is seen
    QCOMPARE(log.kindFilter().chosen(), QStringList(QStringLiteral("Node lost")));
    segment(stage, "view.resetLayout")->trigger();
    QVERIFY2(!command().contains(QStringLiteral("--status")), qPrintable(command()));
    QCOMPARE(results.view(), ResultsPage::GridView);
    QCOMPARE(labelWidth(stage), usualWidth);
    QVERIFY(!fleet.table().isHidden());
    QCOMPARE(fleet.groups().sortColumn(), -1);
    QCOMPARE(log.shown().rowCount(), 3);
    const QList<int> now = splitters(stage);
    for (int i = 0; i < now.size(); ++i)
        QVERIFY2(
            squeezed[i] < usual[i] && squeezed[i] < now[i],
            qPrintable(
                QStringLiteral("%1: %2, squeezed %3, at first %4").arg(i).arg(now[i]).arg(squeezed[i]).arg(usual[i])));
}

/// e21: nothing asks back; whatever takes something away can be taken back for ten seconds, by button and by Ctrl+Z.
void TestFrame::e21_undo()
{
    Stage stage;
    RunRecord past = sampleRecord(RunState::Finished);
    past.id = RunId(3);
    stage.store.setRuns({past});
    stage.open();
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTRY_COMPARE(stage.window->historyPage().model().rowCount(), 1);
    const auto chooseRun = [&stage] {
        QTableView& table = stage.window->historyPage().table();
        table.selectionModel()->select(table.model()->index(0, 0),
                                       QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    };
    chooseRun();
    stage.window->fleetPage().showNode(NodeId(2));
    QPushButton* undo = stage.find<QPushButton>("undo");
    const QString resumed = QStringLiteral("resume 12"), restored = QStringLiteral("undrain 2");
    const std::tuple<const char*, QString, QString> ends[] = {
        {"run.stop", QStringLiteral("Stop run 12"), resumed},
        {"nodes.drain", QStringLiteral("Drain node-2"), restored},
        {"nodes.drainNow", QStringLiteral("Drain node-2"), restored},
        {"nodes.remove", QStringLiteral("Remove node-2"), restored},
        {"nodes.removeNow", QStringLiteral("Remove node-2"), restored},
        {"history.delete", QStringLiteral("Delete run 3"), QString()}};
    for (const bool byKey : {false, true}) {
        for (const auto& [id, what, back] : ends) {
            stage.fleet.asked.clear();
            chooseRun();
            stage.window->actions().refresh();
            QAction* action = stage.window->actions().action(QLatin1String(id));
            QVERIFY2(action && action->isEnabled(),
                     qPrintable(QLatin1String(id) + QStringLiteral(": ") + Actions::whyNot(action)));
            action->trigger();
            QVERIFY2(!QApplication::activeModalWidget() && !QApplication::activePopupWidget(), id);
            QVERIFY2(undo->isVisible() && undo->text().contains(what), qPrintable(undo->text()));
            QCOMPARE(stage.undo.secondsLeft(), 10);
            if (byKey)
                QTest::keyClick(stage.window.get(), Qt::Key_Z, Qt::ControlModifier);
            else
                QTest::mouseClick(undo, Qt::LeftButton);
            QVERIFY2(!undo->isVisible(), id);
            QVERIFY2(back.isEmpty() || stage.fleet.asked.contains(back), id);
        }
    }
    QVERIFY(stage.store.deletedRuns().empty());
    QCOMPARE(stage.window->historyPage().model().rowCount(), 1);
    // At the end of its time it is done for good; the button counts down to it.
    chooseRun();
    stage.window->actions().action(QStringLiteral("history.delete"))->trigger();
    QTimer* end = nullptr;
    for (QTimer* timer : stage.undo.findChildren<QTimer*>())
        end = timer->isSingleShot() ? timer : end;
    QVERIFY(end);
    QCOMPARE(end->interval(), 10'000);
    QVERIFY(undo->text().contains(QStringLiteral("(10 s)")));
    end->start(0); // the clock is the test's
    QTRY_COMPARE(stage.store.deletedRuns(), std::vector<RunId>{RunId(3)});
    QVERIFY(!undo->isVisible());
    QTest::keyClick(stage.window.get(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(stage.window->historyPage().model().rowCount(), 0);
}

/// e21: there is no such thing as a question box in the whole of the window.
void TestFrame::e21_noQuestionBoxes()
{
    int files = 0;
    for (const char* folder : {"/app/ui", "/app/models", "/app/main"}) {
        QDirIterator found(QStringLiteral(VITFLEET_SOURCE_DIR) + QLatin1String(folder), {QStringLiteral("*.cpp")},
                           QDir::Files);
        while (found.hasNext()) {
            QFile file(found.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray text = file.readAll();
            ++files;
            for (const char* box : {"QMessageBox", "QInputDialog", "QErrorMessage", ".exec()"}) {
                const bool isLoop = text.contains("QApplication application") && QByteArray(box) == ".exec()";
                QVERIFY2(!text.contains(box) || isLoop, qPrintable(file.fileName() + QLatin1String(box)));
            }
        }
    }
    QVERIFY(files > 80);
}

void TestFrame::undoSettles()
{
    int undone = 0, settled = 0;
    {
        Undo undo;
        undo.offer(
            QStringLiteral("a"), [&] { ++undone; }, [&] { ++settled; });
        undo.undo();
        QCOMPARE(undone, 1);
        QCOMPARE(settled, 0);
        undo.offer(
            QStringLiteral("b"), [&] { ++undone; }, [&] { ++settled; });
        undo.offer(
            QStringLiteral("c"), [&] { ++undone; }, [&] { ++settled; });
        QCOMPARE(settled, 1); // the second offer ends the first
        undo.settle();
        QCOMPARE(settled, 2);
        undo.undo();
        QCOMPARE(undone, 1);
        undo.offer(
            QStringLiteral("d"), [&] { ++undone; }, [&] { ++settled; });
    }
    QCOMPARE(settled, 3); // and so does the program's
}

/// Rule 16: F6 goes through the panes and round.
void TestFrame::f6GoesRound()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        QSet<QWidget*> reached;
        for (int presses = 0; presses < 12; ++presses) {
            QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : stage.window.get(), Qt::Key_F6);
            reached.insert(QApplication::focusWidget());
        }
        QVERIFY2(reached.size() >= 2, qPrintable(QString::number(page)));
    }
}

void TestFrame::startProblem()
{
    const Theme theme;
    StartProblem problem({ErrorCode::DbBusy, "process 4711"}, QStringLiteral("/tmp/fleet.db"));
    QVERIFY(problem.text().contains(QStringLiteral("4711")));
    QVERIFY(problem.text().contains(QStringLiteral("--db")));
    problem.show();
    QVERIFY(QTest::qWaitForWindowExposed(&problem));
    if (const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS"); !folder.isEmpty())
        problem.grab().save(folder + QStringLiteral("/start-problem.png"));
}

void TestFrame::keyboard()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTest::keyClick(stage.window.get(), Qt::Key_3, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::FleetPageIndex);
    // Ctrl+N and Enter: a run with the defaults.
    QTest::keyClick(stage.window.get(), Qt::Key_N, Qt::ControlModifier);
    QTRY_COMPARE(stage.window->page(), MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("startRun")->hasFocus());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTRY_COMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    // The keyboard goes on at Pause, not somewhere else in the window.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, sampleRun(10'000, 60, 0, 20)));
    QTRY_VERIFY(stage.find<QPushButton>("pauseRun")->hasFocus());
    // Esc takes the selection away first.
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}));
    QTest::keyClick(stage.window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_VERIFY(stage.window->fleetPage().table().hasFocus());
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Down);
    QVERIFY(stage.window->fleetPage().table().selectedNode() > 0);
    QTest::keyClick(&stage.window->fleetPage().table(), Qt::Key_Escape);
    QTRY_COMPARE(stage.window->fleetPage().table().selectedNode(), 0u);
}

void TestFrame::brokenFleet()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    AlertStrip& alert = stage.window->alert();
    QVERIFY(alert.isVisible());
    QVERIFY(alert.text().contains(QStringLiteral("node-8")) || alert.text().contains(QStringLiteral("node-9")));
    QTest::keyClick(stage.window.get(), Qt::Key_Escape);
    QVERIFY(!alert.isVisible());
    // The same trouble a second later is not new.
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'204, 2, 704)));
    QVERIFY(!alert.isVisible());
    auto nodes = mixedNodes();
    nodes[0].state = NodeState::Lost;
    stage.fleet.show(fleetOf(nodes, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(alert.isVisible());
    stage.fleet.show(fleetOf({sampleNode(1)}, sampleRun(10'000, 6'304, 2, 704)));
    QVERIFY(!alert.isVisible());
}

/// The alert tells what this loss gave back, not what the whole run has given out again.
void TestFrame::alertCountsThisLoss()
{
    const auto happened = [](EventKind kind, const char* node, std::uint64_t count = 0) {
        EventRecord event;
        event.kind = kind;
        event.node = node;
        event.count = count;
        event.at = sampleNow;
        return event;
    };
    Stage stage;
    auto nodes = mixedNodes();
    nodes.resize(4);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    stage.fleet.happen({happened(EventKind::NodeLost, "node-3"), happened(EventKind::ItemsRedispatched, "node-3", 44)});
    stage.fleet.happen({happened(EventKind::ItemsRedispatched, "node-2", 10)}); // it was drained for a while
    stage.fleet.happen({happened(EventKind::NodeLost, "node-2"), happened(EventKind::ItemsRedispatched, "node-2", 64),
                        happened(EventKind::ItemsRedispatched, "node-2", 32)});
    nodes[1].state = NodeState::Lost;
    run.redispatched = 150;
    stage.fleet.show(fleetOf(nodes, run));
    const QString alert = stage.window->alert().text();
    QVERIFY2(alert.contains(QStringLiteral(" 96 unfinished pictures")), qPrintable(alert));
    // Also once the run has ended, with the node still away.
    stage.fleet.show(fleetOf(nodes, finishedRun(10'000, 2)));
    QVERIFY2(stage.window->alert().text().contains(QStringLiteral(" 96 unfinished pictures")),
             qPrintable(stage.window->alert().text()));
    // It came back, and was lost again while it held nothing.
    stage.fleet.happen({happened(EventKind::NodeReady, "node-2"), happened(EventKind::NodeLost, "node-2")});
    nodes[1].stateSince = sampleNow;
    stage.fleet.show(fleetOf(nodes, run));
    QVERIFY2(stage.window->alert().text().contains(QStringLiteral("held no unfinished picture")),
             qPrintable(stage.window->alert().text()));
}

/// What cannot be so is not said: that pictures went elsewhere where there is no other node, and that an agent turns
/// this computer away where it is the node that does not do.
void TestFrame::alertIsTrue()
{
    Stage stage;
    AlertStrip& alert = stage.window->alert();
    EventRecord lost, back;
    lost.kind = EventKind::NodeLost;
    back.kind = EventKind::ItemsRedispatched;
    lost.node = back.node = "node-1";
    back.count = 44;
    stage.fleet.happen({lost, back});
    NodeSnapshot node = sampleNode(1, NodeState::Lost);
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 0);
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({node}, run));
    QVERIFY2(alert.text().contains(QStringLiteral("44 unfinished pictures went back to the queue")),
             qPrintable(alert.text()));
    QVERIFY2(alert.text().contains(QStringLiteral("No node is online")), qPrintable(alert.text()));
    node.state = NodeState::Refused;
    node.reason = {ErrorCode::NotEnrolled, {}};
    stage.fleet.show(fleetOf({node, sampleNode(2)}));
    QVERIFY2(alert.text().contains(QStringLiteral("refuses this computer")), qPrintable(alert.text()));
    for (const ErrorCode code : {ErrorCode::AgentClone, ErrorCode::ModelMismatch, ErrorCode::BackendMemory}) {
        node.reason = {code, {}};
        stage.fleet.show(fleetOf({node, sampleNode(2)}));
        QVERIFY2(alert.text().contains(QStringLiteral("cannot be used since")) &&
                     !alert.text().contains(QStringLiteral("refuse")),
                 qPrintable(alert.text()));
    }
}

/// Of what was hidden, some is over: that is nothing new to say. What happens again is.
void TestFrame::hiddenAlertStaysHidden()
{
    Stage stage;
    AlertStrip& alert = stage.window->alert();
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 50; ++id)
        nodes.push_back(sampleNode(id, id > 1 ? NodeState::Lost : NodeState::Online));
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(alert.isVisible());
    QVERIFY(alert.dismiss());
    for (std::size_t back = 1; back < 10; ++back) {
        nodes[back].state = NodeState::Online;
        stage.fleet.show(fleetOf(nodes));
        QVERIFY(!alert.isVisible());
    }
    nodes[3].state = NodeState::Lost;
    nodes[3].stateSince = sampleNow;
    stage.fleet.show(fleetOf(nodes));
    QVERIFY(alert.isVisible());
}

void TestFrame::databaseTrouble()
{
    Stage stage;
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    run.storeTrouble = {ErrorCode::DbFull, "/tmp/fleet.db"};
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    QVERIFY(stage.window->alert().isVisible());
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("E_DB_FULL")));
    run.storeTrouble = {ErrorCode::None, {}};
    run.waitingForNodes = true;
    stage.fleet.show(fleetOf({}, run));
    QVERIFY(stage.window->alert().text().contains(QStringLiteral("No node is online")));
}

void TestFrame::storedRunIsShown()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Running)); // killed in mid-run
    stage.store.setRows(sampleRows(300));
    stage.open();
    QTRY_VERIFY(stage.window->runPage().progress().sum().contains(QStringLiteral("3,104")));
    stage.window->showPage(MainWindow::RunPageIndex);
    QVERIFY(stage.find<QPushButton>("resumeRun")->isVisible());
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTRY_VERIFY(stage.window->resultsPage().model().rowCount() > 0);
    stage.window->showPage(MainWindow::FleetPageIndex);
    QVERIFY(stage.window->fleetPage().isEmpty()); // there is no fleet, whatever the database holds
}

void TestFrame::syntheticIsMarked()
{
    Stage stage;
    stage.store.setRows(sampleRows(10));
    RunSnapshot run = sampleRun(10, 10, 0, 0);
    run.synthetic = true;
    stage.fleet.show(fleetOf({sampleNode(1)}, run));
    for (const auto page : {MainWindow::FleetPageIndex, MainWindow::RunPageIndex, MainWindow::ResultsPageIndex}) {
        stage.window->showPage(page);
        bool marked = false;
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            const auto* elided = qobject_cast<const ElidedLabel*>(label);
            marked |= label->isVisible() &&
                      (elided ? elided->wholeText() : label->text()).contains(QStringLiteral("SYNTHETIC"));
        }
        QVERIFY2(marked, qPrintable(QString::number(page)));
    }
}

static const Registered<TestFrame> registered;
#include "test_frame.moc"
