// SPDX-License-Identifier: GPL-3.0-or-later
// By keyboard, by mouse, for a screen reader.
#include "app/models/class_model.h"
#include "app/models/event_model.h"
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/replay.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/chart.h"
#include "app/ui/command_palette.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/language.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_painter.h"
#include "app/ui/node_table.h"
#include "app/ui/node_tiles.h"
#include "app/ui/node_timeline.h"
#include "app/ui/page.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"
#include "app/ui/results_page.h"
#include "app/ui/results_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "app/ui/start_problem.h"
#include "app/ui/status_bar.h"
#include "app/ui/thumb_grid.h"
#include "tests/gui/mouse.h"
#include "tests/gui/stage.h"
#include "tests/gui/suites.h"

#include <QAbstractButton>
#include <QAbstractItemModelTester>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QRegularExpression>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTranslator>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestAccess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tabReachesEverything();
    void e05_disabledSayWhy();
    void e35_everythingHasAName();
    void e34_byKeyboardAlone();
    void byMouseAlone();
};

void TestAccess::tabReachesEverything()
{
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    for (const auto page : Stage::pages()) {
        stage.window->showPage(page);
        QSet<const QWidget*> reached;
        for (int presses = 0; presses < 60; ++presses) {
            QWidget* focus = QApplication::focusWidget();
            QTest::keyClick(focus ? focus : stage.window.get(), Qt::Key_Tab);
            reached.insert(QApplication::focusWidget());
        }
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            const bool wanted = widget->isVisible() && widget->isEnabled() && (widget->focusPolicy() & Qt::TabFocus) &&
                                !widget->focusProxy() && !qobject_cast<const QLabel*>(widget) &&
                                !widget->objectName().startsWith(QStringLiteral("qt_"));
            if (wanted)
                QVERIFY2(reached.contains(widget), qPrintable(widget->accessibleName() + widget->objectName()));
        }
    }
}

/// e5: whatever is greyed says why: buttons, fields and lists on every page in every state, and every action.
void TestAccess::e05_disabledSayWhy()
{
    Stage stage;
    int greyed = 0;
    const auto reasonOf = [](const QWidget* widget) {
        // Its own, or that of the greyed whole that it is part of.
        for (; widget && !widget->isEnabled(); widget = widget->parentWidget()) {
            if (!widget->toolTip().isEmpty())
                return widget->toolTip();
        }
        return QString();
    };
    const auto check = [&](const char* when) {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                const bool control =
                    widget->focusPolicy() != Qt::NoFocus || qobject_cast<const QAbstractButton*>(widget);
                if (!control || !widget->isVisible() || widget->isEnabled() ||
                    widget->objectName().startsWith(QStringLiteral("qt_")))
                    continue;
                ++greyed;
                QVERIFY2(!reasonOf(widget).isEmpty(),
                         qPrintable(QLatin1String(when) + QLatin1String(widget->metaObject()->className()) +
                                    QLatin1Char(' ') + widget->accessibleName()));
            }
        }
        stage.window->actions().refresh();
        for (const Actions::Entry& entry : stage.window->actions().entries()) {
            if (entry.action->isEnabled())
                continue;
            ++greyed;
            QVERIFY2(!Actions::whyNot(entry.action).isEmpty(), qPrintable(QLatin1String(when) + entry.id));
        }
        for (const QMenu* menu : stage.window->findChildren<QMenu*>()) {
            for (const QAction* action : menu->actions())
                QVERIFY2(action->isEnabled() || action->isSeparator() ||
                             (menu->toolTipsVisible() && !Actions::whyNot(action).isEmpty()),
                         qPrintable(QLatin1String(when) + action->text()));
        }
    };
    check("empty ");
    stage.fleet.show(fleetOf(mixedNodes()));
    check("idle ");
    stage.fleet.startAnswer.reset();
    stage.window->startDemo();
    check("starting ");
    stage.fleet.startDone(Result<RunId>(RunId(12)));
    RunSnapshot run = sampleRun(10'000, 6'104, 2, 704);
    stage.fleet.show(fleetOf(mixedNodes(), run));
    check("busy ");
    run.paused = true;
    stage.fleet.show(fleetOf(mixedNodes(), run));
    check("paused ");
    stage.fleet.show(fleetOf({}, run));
    check("without nodes ");
    run.state = RunState::Stopped;
    stage.fleet.show(fleetOf(mixedNodes(), run));
    check("stopped ");
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(100));
    stage.open();
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    QTRY_COMPARE(stage.window->resultsPage().model().rowCount(), 100);
    for (const auto view : Stage::resultViews) {
        stage.window->resultsPage().showView(view);
        check("finished ");
    }
    stage.window->historyPage().showScaleOut();
    check("scale-out ");
    QVERIFY2(greyed > 40, qPrintable(QString::number(greyed))); // or nothing was looked at
}

/// e35: a screen reader hears a name for every widget and something for every cell, on every page and in every view.
void TestAccess::e35_everythingHasAName()
{
    Stage stage;
    QSet<QString> views;
    qsizetype cells = 0;
    const auto checkCells = [&](const QAbstractItemView& view) {
        const QAbstractItemModel& model = *view.model();
        views.insert(view.accessibleName());
        QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(const_cast<QAbstractItemView*>(&view));
        QVERIFY2(accessible && !accessible->text(QAccessible::Name).isEmpty(), view.metaObject()->className());
        const auto* list = qobject_cast<const QListView*>(&view);
        for (int column = 0; column < model.columnCount(); ++column) {
            if (!list)
                QVERIFY2(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty(),
                         qPrintable(QStringLiteral("%1, column %2").arg(view.accessibleName()).arg(column)));
            for (int row = 0; row < std::min(model.rowCount(), 60); ++row) {
                if (list && column != list->modelColumn())
                    continue;
                const QModelIndex index = model.index(row, column);
                if (!(index.flags() & Qt::ItemIsSelectable) && !list)
                    continue; // a heading is one cell
                QString heard;
                // Rows that nobody has looked at yet are being read.
                QTRY_VERIFY2(
                    ((heard = index.data(Qt::AccessibleTextRole).toString()).isEmpty()
                         ? (heard = index.data().toString())
                         : heard)
                            .size() > 0,
                    qPrintable(
                        QStringLiteral("%1: row %2, column %3").arg(view.accessibleName()).arg(row).arg(column)));
                ++cells;
            }
        }
    };
    const auto check = [&] {
        for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
            const bool wanted = widget->isVisible() && widget->focusPolicy() != Qt::NoFocus &&
                                !widget->objectName().startsWith(QStringLiteral("qt_")) &&
                                !qobject_cast<const QLabel*>(widget);
            if (!wanted)
                continue;
            QAccessibleInterface* accessible = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
            QVERIFY(accessible);
            QVERIFY2(!accessible->text(QAccessible::Name).isEmpty(),
                     qPrintable(QString::fromLatin1(widget->metaObject()->className()) + widget->objectName()));
            if (const auto* view = qobject_cast<const QAbstractItemView*>(widget))
                checkCells(*view);
        }
        // Charts are pictures: they have a name and say what they show.
        for (const Chart* chart : stage.window->findChildren<Chart*>())
            QVERIFY2(!chart->accessibleName().isEmpty() && !chart->accessibleDescription().isEmpty(),
                     chart->metaObject()->className());
    };
    const auto allPages = [&] {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            check();
        }
    };
    allPages();
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    allPages();
    stage.fillEverything();
    if (QTest::currentTestFailed())
        return;
    allPages();
    stage.window->showPage(MainWindow::ResultsPageIndex);
    for (const auto view : Stage::resultViews) {
        stage.window->resultsPage().showView(view);
        QTRY_VERIFY(stage.window->resultsPage().classes().rowCount() > 0);
        check();
    }
    for (const Tile* tile : stage.window->findChildren<Tile*>())
        QVERIFY(!tile->accessibleName().isEmpty() && !tile->accessibleDescription().isEmpty());
    QVERIFY2(views.size() >= 7, qPrintable(QStringList(views.begin(), views.end()).join(QStringLiteral(", "))));
    QVERIFY2(cells > 500, qPrintable(QString::number(cells)));
}

/// e34: the demo, a filter and an export without a mouse.
void TestAccess::e34_byKeyboardAlone()
{
    Stage stage;
    stage.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(stage.window.get()));
    const auto press = [&](Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
        QWidget* target = QApplication::activePopupWidget() ? QApplication::activePopupWidget()->focusWidget()
                                                            : QApplication::focusWidget();
        QTest::keyClick(target ? target : stage.window.get(), key, modifiers);
    };
    press(Qt::Key_Return); // Start demo fleet has the focus
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    press(Qt::Key_3, Qt::ControlModifier);
    ResultsPage& page = stage.window->resultsPage();
    QTRY_COMPARE(page.model().rowCount(), 200);
    for (int presses = 0; presses < 40 && !page.correctFilter().hasFocus(); ++presses)
        press(Qt::Key_Tab);
    QVERIFY(page.correctFilter().hasFocus());
    press(Qt::Key_Space);
    QTRY_VERIFY(QApplication::activePopupWidget());
    press(Qt::Key_Down); // Right, Wrong
    press(Qt::Key_Down);
    press(Qt::Key_Space);
    QCOMPARE(page.correctFilter().chosen().size(), 1);
    press(Qt::Key_Escape);
    QTRY_VERIFY(!QApplication::activePopupWidget());
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")));
    QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("wrong.csv"));
    QTest::keyClick(stage.window.get(), Qt::Key_E, Qt::ControlModifier);
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = page.findChild<QFileDialog*>()) && dialog->isVisible());
    QLineEdit* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
    QVERIFY(name);
    name->selectAll();
    QTest::keyClicks(name, file);
    for (int presses = 0; presses < 3 && page.message().isEmpty(); ++presses) {
        // The first one may close the list of names that the dialog proposes.
        QWidget* list = QApplication::activePopupWidget();
        QTest::keyClick(list ? list : name, Qt::Key_Return);
        QCoreApplication::processEvents();
    }
    QTRY_VERIFY(page.message().contains(QStringLiteral("(filtered) written to")));
    QVERIFY(QFile::exists(file));
}

/// The same by mouse alone: every event goes to a window, and hits what lies there.
void TestAccess::byMouseAlone()
{
    QTemporaryDir folder;
    Stage stage;
    stage.settings.set(QStringLiteral("export/folder"), folder.path());
    QVERIFY(click(stage.find<QPushButton>("startDemo")));
    QCOMPARE(stage.fleet.asked, QStringList(QStringLiteral("start")));
    stage.store.setRun(sampleRecord(RunState::Finished));
    stage.store.setRows(sampleRows(200));
    stage.fleet.show(fleetOf({sampleNode(1)}, finishedRun(200, 4)));
    ResultsPage& page = stage.window->resultsPage();
    const auto railButton = [&stage](const QString& text) -> QWidget* {
        for (QToolButton* button : stage.window->findChildren<QToolButton*>()) {
            if (button->text() == text)
                return button;
        }
        return nullptr;
    };
    QVERIFY(click(railButton(QStringLiteral("Results"))));
    QCOMPARE(stage.window->page(), MainWindow::ResultsPageIndex);
    QTRY_COMPARE(page.model().rowCount(), 200);
    QVERIFY(click(&page.correctFilter()));
    QTRY_VERIFY(QApplication::activePopupWidget());
    QWidget* sheet = QApplication::activePopupWidget();
    auto* choices = sheet->findChild<QListView*>();
    QVERIFY(choices && clickRow(*choices, QStringLiteral("Wrong")));
    QCOMPARE(page.correctFilter().chosen(), QStringList(QStringLiteral("Wrong")));
    // A click beside the sheet closes it.
    QTest::mouseClick(sheet->windowHandle(), Qt::LeftButton, {}, QPoint(sheet->width() + 200, sheet->height() + 80));
    QTRY_VERIFY(!QApplication::activePopupWidget());
    QTRY_VERIFY(page.countText().contains(QStringLiteral("(filtered)")));
    QVERIFY(click(stage.button(QStringLiteral("Export CSV…"))));
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = page.findChild<QFileDialog*>()) && dialog->isVisible());
    auto* buttons = dialog->findChild<QDialogButtonBox*>();
    QVERIFY(buttons && click(buttons->button(QDialogButtonBox::Save)));
    QTRY_VERIFY(page.message().contains(QStringLiteral("(filtered) written to")));
    QVERIFY(QFile::exists(folder.filePath(QStringLiteral("run-12.csv"))));
    // A second one has another name: nothing asks whether it may be overwritten.
    QVERIFY(click(stage.button(QStringLiteral("Export CSV…"))));
    QTRY_VERIFY((dialog = page.findChild<QFileDialog*>()) && dialog->isVisible());
    buttons = dialog->findChild<QDialogButtonBox*>();
    QVERIFY(buttons && click(buttons->button(QDialogButtonBox::Save)));
    QTRY_VERIFY(QFile::exists(folder.filePath(QStringLiteral("run-12-2.csv"))));
}

static const Registered<TestAccess> registered;
#include "test_access.moc"
