// SPDX-License-Identifier: GPL-3.0-or-later
// The events, the time scrubber, notifications and the settings.
#include "app/models/event_model.h"
#include "app/models/node_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/node_table.h"
#include "app/ui/notifier.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"
#include "app/ui/settings_page.h"
#include "app/ui/shortcut_edit.h"
#include "app/ui/system_look.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

EventRecord happened(EventKind kind, const std::string& node, UnixMs at, std::int64_t id = 0)
{
    EventRecord event;
    event.id = id;
    event.kind = kind;
    event.node = node;
    event.at = at;
    event.run = RunId(12);
    return event;
}

std::vector<EventRecord> story()
{
    return {happened(EventKind::RunCreated, {}, sampleNow, 1),
            happened(EventKind::NodeReady, "node-1", sampleNow + 1'000, 2),
            happened(EventKind::NodeReady, "node-2", sampleNow + 1'200, 3),
            happened(EventKind::NodeLost, "node-2", sampleNow + 20'000, 4),
            happened(EventKind::RunFinished, {}, sampleNow + 40'000, 5)};
}

} // namespace

class TestEvents : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void logIsKeptAndFiltered();
    void deletedRunLeavesTheLog();
    void restoredFilterWaitsForItsNode();
    void searchInAChipStays();
    void followsTheEnd();
    void jumpsToNodeAndMoment();
    void isFilteredByKind();
    void scrubberReplays();
    void scrubberFollowsTheRun();
    void scrubberHasTheEnd();
    void e38_oneNotificationForMany();
    void systemLookIsFollowed();
    void shortcutsCanBeChanged();
    void lookIsRemembered();
    void failurePolicyIsSet();
};

void TestEvents::logIsKeptAndFiltered()
{
    Stage stage;
    stage.store.setEvents(story());
    stage.open();
    EventsPage& page = stage.window->eventsPage();
    const QAbstractItemModelTester tester(&page.model()), shown(&page.shown());
    stage.window->showPage(MainWindow::EventsPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 5);
    stage.fleet.happen({happened(EventKind::NodeBack, "node-2", sampleNow + 50'000)});
    QCOMPARE(page.model().rowCount(), 6);
    QTRY_COMPARE(page.nodeFilter().choices().size(), 2);
    page.kindFilter().setChosen({QStringLiteral("Nodes")});
    QCOMPARE(page.shown().rowCount(), 4);
    page.nodeFilter().setChosen({QStringLiteral("node-1")});
    QCOMPARE(page.shown().rowCount(), 1);
    QVERIFY(page.goBack());
    QCOMPARE(page.shown().rowCount(), 6);
    QCOMPARE(page.runFilter().choices(), QStringList(QStringLiteral("12")));
}

void TestEvents::followsTheEnd()
{
    Stage stage;
    stage.window->showPage(MainWindow::EventsPageIndex);
    EventsPage& page = stage.window->eventsPage();
    QVERIFY(page.isFollowing());
    std::vector<EventRecord> many;
    for (int i = 0; i < 200; ++i)
        many.push_back(happened(EventKind::NodeReady, "node-" + std::to_string(i), sampleNow + i));
    QTRY_VERIFY((stage.fleet.happen({}), true));
    stage.fleet.happen(many);
    QTRY_COMPARE(page.shown().rowCount(), 200);
    QTRY_COMPARE(page.table().verticalScrollBar()->value(), page.table().verticalScrollBar()->maximum());
    // Whoever looks at an event is not taken away from it.
    page.table().selectRow(3);
    page.table().scrollToTop();
    stage.fleet.happen(many);
    QTRY_COMPARE(page.shown().rowCount(), 400);
    QVERIFY(page.table().verticalScrollBar()->value() < page.table().verticalScrollBar()->maximum() / 2);
}

/// A run that was deleted, and a filter for it, go; taken back, they come again.
void TestEvents::deletedRunLeavesTheLog()
{
    Stage stage;
    RunRecord other = sampleRecord(RunState::Finished);
    other.id = RunId(5);
    stage.store.setRuns({other, sampleRecord(RunState::Finished)});
    auto events = story();
    events.front().run = events[1].run = RunId(5);
    stage.store.setEvents(events);
    stage.open();
    stage.window->showPage(MainWindow::HistoryPageIndex);
    HistoryPage& history = stage.window->historyPage();
    EventsPage& page = stage.window->eventsPage();
    QTRY_COMPARE(history.model().rowCount(), 2);
    QTRY_COMPARE(page.shown().rowCount(), 5);
    stage.window->showPage(MainWindow::EventsPageIndex);
    page.runFilter().setChosen({QStringLiteral("5")});
    QCOMPARE(page.shown().rowCount(), 2);
    stage.window->showPage(MainWindow::HistoryPageIndex);
    history.table().selectRow(1);
    history.deleteSelected();
    stage.window->showPage(MainWindow::EventsPageIndex);
    QVERIFY(!page.runFilter().isFiltering());
    QCOMPARE(page.runFilter().choices(), QStringList(QStringLiteral("12")));
    QCOMPARE(page.shown().rowCount(), 3);
    stage.undo.undo();
    QCOMPARE(page.shown().rowCount(), 5);
    QCOMPARE(page.runFilter().choices().size(), 2);
    // Gone from the database, too, while it is filtered for.
    page.runFilter().setChosen({QStringLiteral("5")});
    stage.store.setEvents({events[2], events[3], events[4]});
    QTest::keyClick(stage.window.get(), Qt::Key_F5);
    QTRY_COMPARE(page.runFilter().choices().size(), 1);
    QCOMPARE(page.shown().rowCount(), 3);
}

/// A filter that was restored is applied when its node comes, in the midst of other events.
void TestEvents::restoredFilterWaitsForItsNode()
{
    Stage stage;
    stage.store.setEvents(story());
    stage.open();
    EventsPage& page = stage.window->eventsPage();
    const QAbstractItemModelTester tester(&page.model()), shown(&page.shown());
    stage.window->showPage(MainWindow::EventsPageIndex);
    QTRY_COMPARE(page.shown().rowCount(), 5);
    page.nodeFilter().restore({QStringLiteral("node-9")});
    QCOMPARE(page.shown().rowCount(), 5);
    stage.fleet.happen({happened(EventKind::NodeLost, "node-1", sampleNow + 50'000),
                        happened(EventKind::NodeReady, "node-9", sampleNow + 50'000),
                        happened(EventKind::NodeBack, "node-1", sampleNow + 60'000)});
    QVERIFY(!page.nodeFilter().isFiltering()); // not while the model still tells of its rows
    QTRY_COMPARE(page.nodeFilter().chosen(), QStringList(QStringLiteral("node-9")));
    QTRY_COMPARE(page.shown().rowCount(), 1);
    QVERIFY(page.goBack());
    QCOMPARE(page.shown().rowCount(), 8);
}

/// One more to choose from does not take away what somebody types to find another.
void TestEvents::searchInAChipStays()
{
    ChoiceChip chip(QStringLiteral("Node"), QStringLiteral("All nodes"));
    QStringList names;
    for (int node = 1; node <= 20; ++node)
        names << QStringLiteral("node-%1").arg(node);
    chip.setChoices(names);
    auto* find = chip.findChild<QLineEdit*>();
    auto* list = chip.findChild<QListWidget*>();
    find->setText(QStringLiteral("node-1"));
    QVERIFY(list->isRowHidden(1));
    chip.setChoices(names << QStringLiteral("other"));
    QCOMPARE(find->text(), QStringLiteral("node-1"));
    QVERIFY(list->isRowHidden(1) && list->isRowHidden(20) && !list->isRowHidden(0));
}

void TestEvents::jumpsToNodeAndMoment()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setEvents(story());
    stage.store.setSamples({{sampleNow, {}, 0}, {sampleNow + 20'000, {}, 50}, {sampleNow + 40'000, {}, 40}});
    stage.open();
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2, NodeState::Lost)}));
    stage.window->showPage(MainWindow::EventsPageIndex);
    EventsPage& page = stage.window->eventsPage();
    QTRY_COMPARE(page.shown().rowCount(), 5);
    page.table().selectRow(3);
    QTRY_VERIFY(!page.replay().replay().isEmpty());
    QCOMPARE(page.replay().moment(), sampleNow + 20'000);
    QPushButton* toNode = nullptr; // not that of the alert
    for (QPushButton* button : page.findChildren<QPushButton*>()) {
        if (button->text() == QStringLiteral("Show node"))
            toNode = button;
    }
    QVERIFY(toNode);
    QTest::mouseClick(toNode, Qt::LeftButton);
    QCOMPARE(stage.window->page(), MainWindow::FleetPageIndex);
    QCOMPARE(stage.window->fleetPage().table().selectedNode(), 2u);
    // One that has gone since cannot be shown, and that is said.
    stage.window->showPage(MainWindow::EventsPageIndex);
    stage.fleet.show(fleetOf({sampleNode(1)}));
    QVERIFY(!toNode->isEnabled() && toNode->toolTip().contains(QStringLiteral("not in the fleet")));
    stage.fleet.show(fleetOf({sampleNode(1), sampleNode(2, NodeState::Lost)}));
    QVERIFY(toNode->isEnabled());
}

/// By one kind, by a group of kinds, or by several.
void TestEvents::isFilteredByKind()
{
    Stage stage;
    stage.store.setEvents(story());
    stage.open();
    EventsPage& page = stage.window->eventsPage();
    QTRY_COMPARE(page.shown().rowCount(), 5);
    NamedChoices kinds = EventModel::groups() + EventModel::kinds();
    QCOMPARE(kinds.keys.size(), kinds.texts.size());
    QCOMPARE(kinds.texts.removeDuplicates() + kinds.keys.removeDuplicates(), 0);
    const auto count = [&page](const QStringList& chosen) {
        page.kindFilter().setChosen(chosen);
        return page.shown().rowCount();
    };
    QCOMPARE(count({EventModel::kindText(EventKind::NodeLost)}), 1);
    QCOMPARE(page.shown().index(0, EventModel::KindColumn).data().toString(), QStringLiteral("Node lost"));
    const int nodes = count({EventModel::groupText(EventKind::NodeLost)});
    QVERIFY(nodes > 1);
    QCOMPARE(count({EventModel::kindText(EventKind::NodeLost), EventModel::groupText(EventKind::NodeLost)}), nodes);
    QCOMPARE(count({}), 5);
}

void TestEvents::scrubberReplays()
{
    std::vector<ThroughputSample> samples;
    for (int second = 0; second <= 40; ++second) {
        samples.push_back({sampleNow + second * 1'000, {}, 100});
        samples.push_back({sampleNow + second * 1'000, "node-1", 60});
        if (second < 20)
            samples.push_back({sampleNow + second * 1'000, "node-2", 40});
    }
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setEvents(story());
    stage.store.setSamples(samples);
    stage.open();
    stage.window->showPage(MainWindow::EventsPageIndex);
    QTRY_COMPARE(stage.window->eventsPage().shown().rowCount(), 5);
    ReplayCard& card = stage.window->eventsPage().replay();
    const QAbstractItemModelTester tester(&card.nodes());
    auto* slider = card.findChild<QSlider*>();
    auto* chart = card.findChild<ReplayChart*>();
    QVERIFY(slider && chart && !slider->isVisible()); // a sentence, nothing to drag
    card.setRun(RunId(12));
    QTRY_VERIFY(!card.replay().isEmpty());
    QTRY_VERIFY(slider->isVisible());
    // The handle stands below the cursor of the curve: half a handle within each end of the slider.
    const auto x = [&card](const QWidget& widget, double at) { return widget.mapTo(&card, QPoint(qRound(at), 0)).x(); };
    QTRY_VERIFY(std::abs(x(*chart, chart->area().left()) - x(*slider, 7)) <= 1);
    QVERIFY(std::abs(x(*chart, chart->area().right()) - x(*slider, slider->width() - 7)) <= 1);
    card.setMoment(sampleNow + 10'000);
    QVERIFY2(card.text().contains(QStringLiteral("2 nodes online, 0 lost, 100 img/s")), qPrintable(card.text()));
    card.setMoment(sampleNow + 30'000);
    QVERIFY2(card.text().contains(QStringLiteral("1 node online, 1 lost, 60 img/s")), qPrintable(card.text()));
    // For whoever cannot see it: the curve in a sentence, and a moment instead of a step of the slider.
    const QString curve = card.findChild<ReplayChart*>()->accessibleDescription();
    QVERIFY2(curve.contains(QStringLiteral("at most 100 images per second; node-2 lost at")), qPrintable(curve));
    QVERIFY(!card.text().isEmpty());
    QCOMPARE(card.findChild<QSlider*>()->accessibleDescription(), card.text());
    card.setMoment(sampleNow - 99'000); // before it began
    QCOMPARE(card.moment(), sampleNow);
    QCOMPARE(card.nodes().rowCount(), 2);
}

/// A run that goes is read again when one of its events is chosen, with F5, and when it ends.
void TestEvents::scrubberFollowsTheRun()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Running));
    auto events = story();
    events.pop_back();
    stage.store.setEvents(events);
    stage.open();
    EventsPage& page = stage.window->eventsPage();
    stage.window->showPage(MainWindow::EventsPageIndex);
    QTRY_COMPARE(page.shown().rowCount(), 4);
    page.table().selectRow(1);
    QTRY_COMPARE(page.replay().text(), QStringLiteral("This run has left no samples yet."));
    std::vector<ThroughputSample> samples{{sampleNow, {}, 10}, {sampleNow + 10'000, {}, 10}};
    stage.store.setSamples(samples);
    page.table().selectRow(2);
    QTRY_COMPARE(page.replay().replay().end(), sampleNow + 10'000);
    samples.push_back({sampleNow + 20'000, {}, 10});
    stage.store.setSamples(samples);
    QTest::keyClick(stage.window.get(), Qt::Key_F5);
    QTRY_COMPARE(page.replay().replay().end(), sampleNow + 20'000);
    samples.push_back({sampleNow + 40'000, {}, 10});
    stage.store.setSamples(samples);
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.fleet.happen({story().back()});
    QTRY_COMPARE(page.replay().replay().end(), sampleNow + 40'000);
    // Now it is all there: nothing is read again.
    const int reads = stage.store.reads();
    QTRY_COMPARE(page.shown().rowCount(), 5);
    page.table().selectRow(3);
    bool answered = false;
    stage.asker.ask(
        stage.window.get(), [](StoreReader&) { return Result<int>(0); }, [&answered](const auto&) { answered = true; });
    QTRY_VERIFY(answered);
    QCOMPARE(stage.store.reads(), reads);
}

/// The end of a run with more events than are read at once is there, too.
void TestEvents::scrubberHasTheEnd()
{
    Stage stage;
    stage.store.setRun(sampleRecord(RunState::Finished));
    std::vector<EventRecord> events;
    for (std::int64_t id = 1; id <= 20'100; ++id)
        events.push_back(happened(id % 2 ? EventKind::NodeSuspect : EventKind::NodeBack, "node-1", sampleNow + id, id));
    events.push_back(happened(EventKind::NodeLost, "node-2", sampleNow + 20'200, 20'101));
    stage.store.setEvents(events);
    stage.store.setSamples({{sampleNow, {}, 10}, {sampleNow + 30'000, {}, 20}});
    stage.open();
    ReplayCard& replay = stage.window->eventsPage().replay();
    replay.setRun(RunId(12));
    QTRY_VERIFY(!replay.replay().isEmpty());
    QCOMPARE(replay.replay().at(sampleNow + 30'000).lost, 1u);
}

/// e38: one notification for fifty lost nodes; none while somebody looks; none that is not wanted.
void TestEvents::e38_oneNotificationForMany()
{
    UiSettings settings;
    Notifier notifier(settings);
    QSignalSpy told(&notifier, &Notifier::notified);
    std::vector<EventRecord> losses;
    for (int i = 0; i < 50; ++i)
        losses.push_back(happened(EventKind::NodeLost, "node-" + std::to_string(i), sampleNow));
    notifier.addEvents(losses);
    notifier.flush();
    QCOMPARE(told.size(), 0); // the window is in front
    notifier.setWindowActive(false);
    notifier.addEvents({losses.begin(), losses.begin() + 20});
    notifier.addEvents({losses.begin() + 20, losses.end()});
    notifier.flush();
    QCOMPARE(told.size(), 1);
    QCOMPARE(told.front().front().toString(), QStringLiteral("50 nodes lost"));
    settings.set(QStringLiteral("notify/nodes"), false);
    notifier.addEvents(losses);
    notifier.flush();
    QCOMPARE(told.size(), 1);
}

/// e32: follows the desktop live, unless the user wants it otherwise.
void TestEvents::systemLookIsFollowed()
{
    Stage stage;
    stage.theme.setMode(Theme::Mode::System);
    stage.theme.system().setColorScheme(1);
    QVERIFY(stage.theme.colours().dark);
    stage.theme.system().setColorScheme(2);
    QVERIFY(!stage.theme.colours().dark);
    stage.theme.setMode(Theme::Mode::Dark);
    stage.theme.system().setColorScheme(1);
    stage.theme.system().setColorScheme(2);
    QVERIFY(stage.theme.colours().dark);
}

void TestEvents::shortcutsCanBeChanged()
{
    Stage stage;
    stage.window->showPage(MainWindow::SettingsPageIndex);
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    ShortcutEdit* edit = nullptr;
    for (ShortcutEdit* candidate : stage.window->findChildren<ShortcutEdit*>()) {
        if (candidate->id() == QStringLiteral("go.2"))
            edit = candidate;
    }
    QVERIFY(edit);
    edit->setFocus();
    // What is for writing, for pressing buttons and for going on is no shortcut, and goes on from here.
    for (const auto key : {Qt::Key_Space, Qt::Key_Return, Qt::Key_Down, Qt::Key_Up, Qt::Key_PageDown, Qt::Key_X})
        QTest::keyClick(edit, key);
    QTest::keyClick(edit, Qt::Key_X, Qt::ShiftModifier);
    QCOMPARE(stage.window->actions().action(QStringLiteral("go.2"))->shortcut(),
             QKeySequence(QStringLiteral("Ctrl+3")));
    QTest::keyClick(edit, Qt::Key_Tab);
    QVERIFY(!edit->hasFocus());
    edit->setFocus();
    for (const auto key : {Qt::Key_F7, Qt::Key_Delete}) {
        QTest::keyClick(edit, key);
        QCOMPARE(stage.window->actions().action(QStringLiteral("go.2"))->shortcut(), QKeySequence(key));
    }
    QTest::keyClick(edit, Qt::Key_Backspace);
    QVERIFY(stage.window->actions().action(QStringLiteral("go.2"))->shortcut().isEmpty());
    QTest::keyClick(edit, Qt::Key_1, Qt::ControlModifier); // Fleet has it
    QVERIFY(stage.window->settingsPage().message().contains(QStringLiteral("Another action")));
    QCOMPARE(stage.window->page(), MainWindow::SettingsPageIndex);
    QTest::keyClick(edit, Qt::Key_J, Qt::ControlModifier);
    QCOMPARE(stage.window->actions().action(QStringLiteral("go.2"))->shortcut(),
             QKeySequence(QStringLiteral("Ctrl+J")));
    QTest::keyClick(stage.window.get(), Qt::Key_J, Qt::ControlModifier);
    stage.open();
    QCOMPARE(stage.window->actions().action(QStringLiteral("go.2"))->shortcut(),
             QKeySequence(QStringLiteral("Ctrl+J")));
    stage.window->actions().resetShortcuts();
    QCOMPARE(stage.window->actions().action(QStringLiteral("go.2"))->shortcut(),
             QKeySequence(QStringLiteral("Ctrl+3")));
}

void TestEvents::lookIsRemembered()
{
    Stage stage;
    stage.window->showPage(MainWindow::SettingsPageIndex);
    QComboBox& look = stage.window->settingsPage().look();
    QCOMPARE(look.currentIndex(), 1); // the stage's
    look.setFocus();
    QTest::keyClick(&look, Qt::Key_Down);
    QTRY_VERIFY(stage.theme.colours().dark);
    QCOMPARE(stage.settings.number(QStringLiteral("appearance/theme"), 0, 0, 2), 2);
}

/// The engine is told what the settings say: at the start, and when they change.
void TestEvents::failurePolicyIsSet()
{
    Stage stage;
    QCOMPARE(stage.fleet.policy, FailurePolicy());
    stage.window->showPage(MainWindow::SettingsPageIndex);
    const auto choose = [&stage](const QString& name, int index) {
        for (QComboBox* box : stage.window->findChildren<QComboBox*>()) {
            if (box->accessibleName() != name)
                continue;
            box->setFocus();
            box->setCurrentIndex(index - 1);
            QTest::keyClick(box, Qt::Key_Down);
        }
    };
    choose(QStringLiteral("A silent node is lost after"), 2);
    QCOMPARE(stage.fleet.policy.lostAfter, std::chrono::milliseconds(8'000));
    choose(QStringLiteral("A picture may fail on"), 1);
    QCOMPARE(stage.fleet.policy.maxAttempts, 2u);
    choose(QStringLiteral("A node is set aside after"), 3);
    QCOMPARE(stage.fleet.policy.breakerErrors, 10u);
    bool said = false;
    for (const QLabel* label : stage.window->settingsPage().findChildren<QLabel*>())
        said |= label->text().contains(QStringLiteral("4.0 s after its last heartbeat, and is lost after 8.0 s"));
    QVERIFY(said);
    stage.fleet.policy = {};
    stage.open(); // as after a restart
    QCOMPARE(stage.fleet.policy, (FailurePolicy{std::chrono::milliseconds(8'000), 2, 10}));
}

static const Registered<TestEvents> registered;
#include "test_events.moc"
