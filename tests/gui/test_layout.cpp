// SPDX-License-Identifier: GPL-3.0-or-later
// What the user made of the window: kept, put back, and not lost to a broken file.
#include "app/models/event_model.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QHeaderView>
#include <QSplitter>
#include <QStackedWidget>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestLayout : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void e37_brokenSettings();
    void layoutSurvives();
    void viewsAndFiltersSurvive();
};

/// e37: a settings file that nobody can read is put aside, and everything is as on the first day: window, page,
/// columns, sort, views, inspector, shortcuts and look.
void TestLayout::e37_brokenSettings()
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
void TestLayout::layoutSurvives()
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
void TestLayout::viewsAndFiltersSurvive()
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

static const Registered<TestLayout> registered;
#include "test_layout.moc"
