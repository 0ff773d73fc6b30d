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
#include "tests/gui/story.h"
#include "tests/gui/suites.h"

#include <QItemSelectionModel>
#include <QLineEdit>
#include <QListView>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestPictures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void pictures_data();
    void pictures();
    void sheets_data() { pictures_data(); }
    void sheets();
    void german_data() { pictures_data(); }
    void german();

private:
    void allPages(Stage& stage, const QString& state, const QString& theme);
};

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
    stage.window->resize(1920, 1080);
    allPages(stage, QStringLiteral("large"), theme);
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
    QFETCH(bool, dark);
    const German german;
    Stage stage(dark);
    fill(stage);
    stage.open();
    stage.window->resize(1024, 640);
    beat(stage);
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.scaleOut.show(waitingAllocation());
    stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
    allPages(stage, QStringLiteral("german"), dark ? QStringLiteral("dark") : QStringLiteral("light"));
}

static const Registered<TestPictures> registered;
#include "test_pictures.moc"
