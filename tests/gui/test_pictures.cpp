// SPDX-License-Identifier: GPL-3.0-or-later
// For people: every page in both themes and two sizes, empty, busy, broken and finished. `tests/gui/screenshots.sh
// --states DIR` makes them; without $VITFLEET_SCREENSHOTS this does nothing.
#include "app/models/class_model.h"
#include "app/models/event_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/command_palette.h"
#include "app/ui/compare_card.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/inputs.h"
#include "app/ui/plain_table.h"
#include "app/ui/profile_editor.h"
#include "app/ui/profile_fields.h"
#include "app/ui/replay_card.h"
#include "app/ui/results_page.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/german.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QItemSelectionModel>
#include <QLineEdit>
#include <QListView>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

std::vector<EventRecord> story()
{
    const auto happened = [](EventKind kind, const std::string& node, UnixMs at, std::uint64_t count = 0) {
        static std::int64_t id = 0;
        EventRecord event;
        event.id = ++id;
        event.kind = kind;
        event.node = node;
        event.at = at;
        event.run = RunId(12);
        event.count = count;
        if (kind == EventKind::NodeLost)
            event.error = {ErrorCode::Unreachable, "no beat for 3 s"};
        return event;
    };
    const UnixMs begin = sampleNow - 120'000;
    std::vector<EventRecord> events{happened(EventKind::RunCreated, {}, begin),
                                    happened(EventKind::RunStarted, {}, begin + 900, 10'000)};
    for (int node = 1; node <= 7; ++node) {
        events.push_back(happened(EventKind::NodeJoined, "node-" + std::to_string(node), begin + node * 300));
        events.push_back(happened(EventKind::NodeReady, "node-" + std::to_string(node), begin + 2'000 + node * 400));
    }
    events.push_back(happened(EventKind::NodeSuspect, "node-6", begin + 70'000));
    events.push_back(happened(EventKind::NodeLost, "node-6", begin + 72'000));
    events.push_back(happened(EventKind::ItemsRedispatched, "node-6", begin + 72'100, 48));
    events.push_back(happened(EventKind::RunFinished, {}, begin + 118'000, 10'000));
    return events;
}

void fill(Stage& stage)
{
    std::vector<RunRecord> runs;
    for (const std::int64_t id : {9, 10, 11, 12}) {
        RunRecord run = sampleRecord(RunState::Finished);
        run.id = RunId(id);
        run.precision = id == 11 ? "int8" : "fp32";
        run.planned = 10'000;
        run.labelled = 9'998;
        run.errors = 2;
        run.correct = id == 11 ? 9'120 : 9'196;
        run.incorrect = 9'998 - run.correct;
        run.expectedKnown = run.expectedMatched = 10'000;
        run.createdAt = sampleNow - (13 - id) * 3'700'000;
        run.startedAt = run.createdAt;
        run.finishedAt = run.createdAt + (id == 11 ? 2'900 : 4'300 + id * 10);
        runs.push_back(run);
    }
    stage.store.setRuns(runs);
    stage.store.setRows(sampleRows(400));
    auto other = sampleRows(400);
    for (std::size_t i = 0; i < other.size(); i += 9) {
        if (other[i].result && !other[i].result->top.empty()) {
            other[i].result->top.front().label = (other[i].result->top.front().label + 1) % 10;
            other[i].result->correct = false;
        }
    }
    stage.store.setRowsOf(RunId(11), other);
    NodeRecord first, second;
    first.name = "local-1";
    second.name = "node-2";
    first.precision = second.precision = "fp32";
    first.labelled = second.labelled = 1;
    stage.store.setNodes({first, second});
    stage.store.setEvents(story());
    std::vector<ThroughputSample> samples;
    for (int second1 = 0; second1 < 118; ++second1) {
        const UnixMs at = sampleNow - 120'000 + second1 * 1'000;
        const float nodes = second1 < 4 ? 0.0f : second1 < 72 ? 7.0f : 6.0f;
        samples.push_back({at, {}, nodes * 160 + static_cast<float>(second1 * 37 % 23)});
        for (int node = 1; node <= 7; ++node) {
            if (second1 >= 4 && (node != 6 || second1 < 72))
                samples.push_back({at, "node-" + std::to_string(node), 160});
        }
    }
    stage.store.setSamples(samples);
}

/// After two minutes of beat().
RunSnapshot busyRun()
{
    RunSnapshot run = sampleRun(200'000, 126'104, 2, 704);
    run.redispatched = 48;
    run.precision = "auto";
    PrecisionCheck check;
    check.precision = "int8";
    check.verdict = PrecisionVerdict::Admitted;
    check.kindText = "LibTorch, cpu AVX512";
    check.sample = check.compared = 512;
    check.agreed = 509;
    check.largestDifference = 0.021;
    run.precisionChecks = {check};
    run.etaSeconds = 68;
    run.elapsedSeconds = 118;
    run.startedAt = sampleNow - 118'000;
    return run;
}

} // namespace

class TestPictures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pictures_data();
    void pictures();
    void sheets_data() { pictures_data(); }
    void sheets();
    void german();

private:
    void settle(Stage& stage);
    void allPages(Stage& stage, const QString& state, const QString& theme);
    void beat(Stage& stage);
};

/// Until the database has answered everything that was asked so far.
void TestPictures::settle(Stage& stage)
{
    for (int round = 0; round < 3; ++round) {
        bool answered = false;
        stage.asker.ask(
            this, [](StoreReader& reader) { return reader.runs(); }, [&answered](const auto&) { answered = true; });
        QTRY_VERIFY(answered);
    }
    QTRY_VERIFY(!stage.window->resultsPage().model().isLoading());
}

void TestPictures::allPages(Stage& stage, const QString& state, const QString& theme)
{
    const QStringList names = {QStringLiteral("fleet"),   QStringLiteral("run"),    QStringLiteral("results"),
                               QStringLiteral("history"), QStringLiteral("events"), QStringLiteral("settings")};
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        stage.fleet.show(FleetSnapshot(*stage.fleet.snapshot()));
        settle(stage);
        stage.shoot(names[page] + QLatin1Char('-') + state + QLatin1Char('-') + theme);
    }
}

/// Two minutes of a fleet at work.
void TestPictures::beat(Stage& stage)
{
    auto nodes = mixedNodes();
    nodes[7].state = NodeState::Online;
    nodes[7].imagesPerSecond = 160;
    quint64 rows = 0;
    for (int i = 0; i < 240; ++i) {
        if (i == 158) {
            nodes[7] = mixedNodes()[7];
            EventRecord lost = story()[17];
            lost.node = "node-8";
            lost.at = sampleNow - (240 - i) * 500;
            stage.fleet.happen({lost});
        }
        for (NodeSnapshot& node : nodes) {
            if (node.imagesPerSecond > 0)
                node.imagesPerSecond = static_cast<float>(std::min(i, 20)) * 8.0f +
                                       static_cast<float>((i * 37 + static_cast<int>(node.id.value) * 11) % 9);
        }
        for (const NodeSnapshot& node : nodes)
            rows += static_cast<quint64>(node.imagesPerSecond / 2);
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(200'000, rows, 2, 704));
        fleet.at = sampleNow - (240 - i) * 500;
        stage.fleet.show(std::move(fleet));
    }
}

void TestPictures::pictures_data()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestPictures::pictures()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    QFETCH(bool, dark);
    const QString theme = dark ? QStringLiteral("dark") : QStringLiteral("light");
    Stage stage(dark);
    allPages(stage, QStringLiteral("empty"), theme);
    fill(stage);
    stage.open();
    beat(stage);
    stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
    allPages(stage, QStringLiteral("broken"), theme);
    auto nodes = mixedNodes();
    nodes.resize(7);
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.scaleOut.show(waitingAllocation());
    stage.fleet.show(fleetOf(nodes, busyRun()));
    stage.window->fleetPage().showNode(NodeId(2));
    stage.window->fleetPage().setInspectorShown(true);
    allPages(stage, QStringLiteral("busy"), theme);
    stage.scaleOut.show({});
    stage.window->fleetPage().setInspectorShown(false);
    stage.window->fleetPage().goBack();
    stage.window->resize(1024, 640);
    allPages(stage, QStringLiteral("small"), theme);
    stage.window->resize(1440, 900);
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, finishedRun(10'000, 2)));
    ResultsPage& results = stage.window->resultsPage();
    settle(stage);
    results.grid().setCurrentIndex(results.model().index(12, 0));
    HistoryPage& history = stage.window->historyPage();
    QTRY_COMPARE(history.model().rowCount(), 4);
    history.table().selectRow(1);
    history.table().selectionModel()->select(history.model().index(2, 0),
                                             QItemSelectionModel::Select | QItemSelectionModel::Rows);
    history.compareSelected();
    QTRY_VERIFY(history.comparison().shown());
    stage.window->eventsPage().table().selectRow(17);
    QTRY_VERIFY(!stage.window->eventsPage().replay().replay().isEmpty());
    allPages(stage, QStringLiteral("finished"), theme);
    const std::pair<ResultsPage::View, QString> views[] = {
        {ResultsPage::TableView, QStringLiteral("results-table")},
        {ResultsPage::MatrixView, QStringLiteral("results-matrix")},
        {ResultsPage::ClassesView, QStringLiteral("results-classes")},
        {ResultsPage::ErrorsView, QStringLiteral("results-errors")}};
    stage.window->showPage(MainWindow::ResultsPageIndex);
    for (const auto& [view, name] : views) {
        results.showView(view);
        settle(stage);
        stage.shoot(name + QLatin1Char('-') + theme);
    }
    stage.window->showPage(MainWindow::HistoryPageIndex);
    history.showScaleOut();
    stage.shoot(QStringLiteral("history-scaleout-") + theme);
}

/// What lies beside or over the pages: adding a node, a profile with mistakes, the palette, a filter.
void TestPictures::sheets()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    QFETCH(bool, dark);
    const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS");
    const QString end = (dark ? QStringLiteral("-dark") : QStringLiteral("-light")) + QStringLiteral(".png");
    Stage stage(dark);
    QVERIFY(stage.scaleOut.setSettings({}, "[profile.cluster]\nprovider = \"slurm\"\npartition = \"gpu\"\n").ok());
    fill(stage);
    stage.open();
    stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
    const auto shoot = [&](QWidget& widget, const QString& name) {
        QCoreApplication::processEvents();
        widget.grab().save(folder + QLatin1Char('/') + name + end);
    };
    stage.window->fleetPage().showAddNode();
    auto* adding = stage.window->findChild<QDialog*>();
    QVERIFY(adding);
    settle(stage);
    shoot(*adding, QStringLiteral("sheet-add-node"));
    adding->close();
    UiContext context{stage.fleet,      stage.history,        stage.results, stage.asker,
                      stage.thumbnails, stage.liveThumbnails, stage.preview, stage.probe,
                      stage.theme,      stage.settings,       stage.undo};
    context.scaleOut = &stage.scaleOut;
    ProfileEditor editor(context, QStringLiteral("cluster"));
    editor.setAttribute(Qt::WA_DeleteOnClose, false);
    editor.show();
    QTRY_COMPARE(editor.profiles().count(), 2);
    qobject_cast<QLineEdit*>(editor.fields().field("login"))->setText(QStringLiteral("me@ login"));
    qobject_cast<QLineEdit*>(editor.fields().field("container"))->setText(QStringLiteral("~me/agent.sif"));
    shoot(editor, QStringLiteral("sheet-profile"));
    stage.window->palette().open();
    stage.window->palette().field().setText(QStringLiteral("run"));
    stage.shoot(QStringLiteral("sheet-palette") + end.chopped(4));
    stage.window->palette().close();
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2)}, finishedRun(400, 8)));
    stage.window->showPage(MainWindow::ResultsPageIndex);
    settle(stage);
    stage.window->resultsPage().correctFilter().click();
    if (QWidget* sheet = QApplication::activePopupWidget())
        shoot(*sheet, QStringLiteral("sheet-filter"));
    if (QWidget* sheet = QApplication::activePopupWidget())
        sheet->close();
    stage.window->resultsPage().correctFilter().setChosen({QStringLiteral("Wrong")});
    stage.window->resultsPage().labelFilter().setChosen({QStringLiteral("Bag")});
    stage.window->resultsPage().scoreFilter().setRange(0.99, 1.0);
    settle(stage);
    stage.shoot(QStringLiteral("results-nothing") + end.chopped(4));
}

/// The longer words of another language, in a small window.
void TestPictures::german()
{
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        QSKIP("VITFLEET_SCREENSHOTS is not set");
    const German german;
    Stage stage;
    fill(stage);
    stage.open();
    stage.window->resize(1024, 640);
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.scaleOut.show(waitingAllocation());
    stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
    allPages(stage, QStringLiteral("german"), QStringLiteral("light"));
}

static const Registered<TestPictures> registered;
#include "test_pictures.moc"
