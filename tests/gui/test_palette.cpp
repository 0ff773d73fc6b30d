// SPDX-License-Identifier: GPL-3.0-or-later
// The palette: everything that can be done, by a few letters, and as a command line.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/inputs.h"
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
#include "app/ui/scale_out_card.h"
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
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QProcess>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestPalette : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsEverything();
    void hasEveryButton();
    void worksPages();
    void copiedCommandsSurviveAShell();
    void promisesWhatItDoes();
};

void TestPalette::findsEverything()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    QTest::keyClick(stage.window.get(), Qt::Key_K, Qt::ControlModifier);
    CommandPalette& palette = stage.window->palette();
    QTRY_VERIFY(palette.isVisible() && palette.field().hasFocus());
    const QAbstractItemModelTester tester(palette.list().model());
    QCOMPARE(palette.list().model()->rowCount(), static_cast<int>(stage.window->actions().entries().size()));
    QTest::keyClicks(&palette.field(), QStringLiteral("res go"));
    QCOMPARE(palette.list().currentIndex().data().toString(), QStringLiteral("Results"));
    QTest::keyClick(&palette.field(), Qt::Key_Return);
    QVERIFY(!palette.isVisible());
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    palette.open();
    // A name with the word comes before others of a group with it.
    QTest::keyClicks(&palette.field(), QStringLiteral("run"));
    const auto rowOf = [&palette](const char* name) {
        const QAbstractItemModel& model = *palette.list().model();
        const QModelIndexList found = model.match(model.index(0, 0), Qt::DisplayRole, QString::fromUtf8(name));
        return found.isEmpty() ? -1 : found.front().row();
    };
    QVERIFY(rowOf("New run") > 0 && rowOf("New run") < rowOf("Folder of pictures…"));
    // What cannot be done says why and does nothing.
    palette.field().clear();
    QTest::keyClicks(&palette.field(), QStringLiteral("pause the run"));
    QTest::keyClick(&palette.field(), Qt::Key_Return);
    QVERIFY(palette.isVisible());
    QVERIFY(stage.fleet.asked.isEmpty());
    palette.field().clear();
    QTest::keyClicks(&palette.field(), QStringLiteral("new run"));
    QTest::keyClick(&palette.field(), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(QApplication::clipboard()->text().startsWith(QStringLiteral("vitfleet-cli run --data ")));
    QVERIFY(!palette.isVisible());
}

namespace {

/// A button that changes a value, and does nothing by itself.
bool isValue(const QAbstractButton& button)
{
    return button.property("step").toBool() || qobject_cast<const QCheckBox*>(&button) ||
           button.inherits("QTableCornerButton") || qobject_cast<const QLineEdit*>(button.parent()) ||
           button.objectName().startsWith(QStringLiteral("qt_"));
}

} // namespace

/// Everything that can be pressed, on any page in any state, is an action in the palette.
void TestPalette::hasEveryButton()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.open();
    const Actions& actions = stage.window->actions();
    int pressable = 0;
    const auto check = [&](const QObject* control, const QString& what) {
        const QStringList ids = Actions::does(control);
        ++pressable;
        QVERIFY2(!ids.isEmpty(), qPrintable(what + QStringLiteral(" is not in the palette")));
        for (const QString& id : ids)
            QVERIFY2(actions.action(id), qPrintable(QStringLiteral("%1: there is no %2").arg(what, id)));
    };
    for (const QAbstractButton* button : stage.window->findChildren<QAbstractButton*>()) {
        // Sheets and dialogs are what an action opens; their buttons belong to them.
        if (!isValue(*button) && button->window() == stage.window.get())
            check(button, button->text() + QLatin1Char(' ') + button->accessibleName());
    }
    for (const QAction* action : stage.window->findChildren<QAction*>()) {
        const bool isEntry = std::ranges::any_of(
            actions.entries(), [action](const Actions::Entry& entry) { return entry.action == action; });
        const bool isText = !action->isSeparator() && !action->text().isEmpty();
        const bool isInField = qobject_cast<const QLineEdit*>(action->parent()); // its button to clear it
        if (!isEntry && isText && !isInField)
            check(action, action->text());
    }
    QVERIFY2(pressable > 60, qPrintable(QString::number(pressable)));
    // And each has a name, its group, and a reason where it cannot be used.
    actions.refresh();
    QSet<QString> names;
    for (const Actions::Entry& entry : actions.entries()) {
        const QString name = entry.group + QStringLiteral(": ") + entry.action->text();
        QVERIFY2(!entry.action->text().isEmpty() && !entry.group.isEmpty(), qPrintable(entry.id));
        QVERIFY2(entry.action->isEnabled() || !Actions::whyNot(entry.action).isEmpty(), qPrintable(entry.id));
        QVERIFY2(!names.contains(name), qPrintable(name));
        names.insert(name);
    }
}

/// An action of another page shows that page and does it there.
void TestPalette::worksPages()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    CommandPalette& palette = stage.window->palette();
    const auto run = [&](const QString& words) {
        palette.open();
        QTest::keyClicks(&palette.field(), words);
        QTest::keyClick(&palette.field(), Qt::Key_Return);
    };
    run(QStringLiteral("results as matrix"));
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QCOMPARE(stage.window->resultsPage().view(), ResultsPage::MatrixView);
    run(QStringLiteral("nodes: tiles"));
    QCOMPARE(stage.window->page(), MainWindow::FleetPageIndex);
    QTRY_COMPARE(stage.window->historyPage().model().rowCount(), 1);
    run(QStringLiteral("clone the selected"));
    QVERIFY(palette.isVisible()); // no run is selected
    QCOMPARE(Actions::whyNot(stage.window->actions().action(QStringLiteral("history.clone"))),
             QStringLiteral("Select one run first."));
    palette.close();
    stage.window->historyPage().table().selectRow(0);
    run(QStringLiteral("clone the selected"));
    QCOMPARE(stage.window->page(), MainWindow::RunPageIndex);
    run(QStringLiteral("run start"));
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
}

/// What is copied reaches the program word for word, whatever files are called.
void TestPalette::copiedCommandsSurviveAShell()
{
    const QString data = QStringLiteral("/my pictures/it's \"here\" $HOME `id` *;&.idx");
    const QString model = QStringLiteral("/mo dels/vit\\b16 #1");
    Stage stage;
    stage.settings.set(QStringLiteral("export/bom"), true);
    stage.settings.set(QStringLiteral("export/semicolon"), true);
    stage.database = QStringLiteral("/data bases/fleet's.db");
    stage.demoData = data;
    stage.demoModel = model;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(10));
    stage.open();
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(10, 0)));
    RunRequest request;
    request.dataPath = data.toStdString();
    request.modelPath = model.toStdString();
    request.labelMapPath = "a b'c.csv";
    request.limit = 7;
    stage.window->runPage().setUp().setRequest(request);
    stage.window->showPage(MainWindow::ResultsPageIndex);
    QTRY_VERIFY(stage.window->resultsPage().hasRows());
    // A shell puts each word into a line of its own.
    const auto words = [](QString line) {
        line.replace(QStringLiteral("vitfleet-cli "), QStringLiteral("printf '%s\\n' "));
        QProcess shell;
        shell.start(QStringLiteral("sh"), {QStringLiteral("-c"), line});
        shell.waitForFinished();
        return QString::fromUtf8(shell.readAllStandardOutput()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    };
    int copied = 0;
    for (const Actions::Entry& entry : stage.window->actions().entries()) {
        const QString line = entry.command ? entry.command() : QString();
        if (line.isEmpty())
            continue;
        ++copied;
        QVERIFY2(line.startsWith(QStringLiteral("vitfleet-cli ")), qPrintable(line));
        const QStringList found = words(line);
        if (entry.id == QStringLiteral("results.export")) {
            QCOMPARE(found, QStringList({QStringLiteral("export"), QStringLiteral("12"), QStringLiteral("results.csv"),
                                         QStringLiteral("--db"), stage.database, QStringLiteral("--bom"),
                                         QStringLiteral("--separator"), QStringLiteral(";")}));
            continue;
        }
        QCOMPARE(found.mid(0, 5), QStringList({QStringLiteral("run"), QStringLiteral("--data"), data,
                                               QStringLiteral("--model"), model}));
        if (entry.id == QStringLiteral("run.new"))
            QVERIFY2(found.contains(QStringLiteral("a b'c.csv")) && found.contains(QStringLiteral("10.0.0.1:47520")),
                     qPrintable(line));
    }
    QVERIFY(copied >= 4);
    // What is filtered is copied with its filter.
    stage.window->resultsPage().showOnly(ResultsPage::Only::Errors);
    const QStringList filtered = words(stage.window->resultsPage().exportCommand());
    QVERIFY2(filtered.contains(QStringLiteral("--status")) && filtered.contains(QStringLiteral("errors")),
             qPrintable(filtered.join(u' ')));
    QCOMPARE(words(stage.window->runPage().setUp().resumeCommand()), QStringList());
    RunSnapshot stopped = finishedRun(10, 0);
    stopped.state = RunState::Stopped;
    stage.fleet.show(fleetOf({sampleNode(1)}, stopped));
    QCOMPARE(words(stage.window->runPage().setUp().resumeCommand()),
             QStringList({QStringLiteral("resume"), QStringLiteral("12"), QStringLiteral("--db"), stage.database}));
    // A benchmark of the nodes at hand is the window's alone; of a profile it is a command.
    stage.scaleOut.setProfiles({slurmProfile()});
    stage.window->showPage(MainWindow::HistoryPageIndex);
    ScaleOutCard& card = stage.window->historyPage().scaleOut();
    stage.window->historyPage().showScaleOut();
    QVERIFY(card.commandLine().isEmpty());
    QTRY_COMPARE(card.source().count(), 2);
    card.source().setCurrentIndex(1);
    card.count().setValue(4);
    QCOMPARE(words(card.commandLine()).mid(0, 9),
             QStringList({QStringLiteral("scaleout"), QStringLiteral("--profile"), QStringLiteral("cluster"),
                          QStringLiteral("--nodes"), QStringLiteral("1,2,4"), QStringLiteral("--data"), data,
                          QStringLiteral("--model"), model}));
}

/// Only what can be copied is promised; where nothing has the name, keys find nothing either. What others call an
/// action finds it, too.
void TestPalette::promisesWhatItDoes()
{
    Stage stage;
    stage.fleet.show(fleetOf(mixedNodes()));
    CommandPalette& palette = stage.window->palette();
    palette.open();
    const auto hint = [&palette] {
        QStringList texts;
        for (const QLabel* label : palette.findChildren<QLabel*>())
            texts << label->text();
        return texts.join(u' ');
    };
    const auto find = [&palette](const QString& words) {
        palette.field().clear();
        QTest::keyClicks(&palette.field(), words);
    };
    find(QStringLiteral("no such action"));
    for (const auto key : {Qt::Key_Down, Qt::Key_Up, Qt::Key_Return})
        QTest::keyClick(&palette.field(), key);
    QVERIFY(palette.isVisible() && hint().contains(QStringLiteral("No action")));
    find(QStringLiteral("new run"));
    QVERIFY(hint().contains(QStringLiteral("Ctrl+Enter")));
    find(QStringLiteral("history scale-out benchmark"));
    QVERIFY2(!hint().contains(QStringLiteral("Ctrl+Enter")), qPrintable(hint()));
    find(QStringLiteral("pause node now"));
    QCOMPARE(palette.list().currentIndex().data().toString(), QStringLiteral("Drain all 9 nodes now"));
    find(QStringLiteral("stop node after"));
    QCOMPARE(palette.list().currentIndex().data().toString(), QStringLiteral("Stop all 9 nodes after this chunk"));
}

static const Registered<TestPalette> registered;
#include "test_palette.moc"
