// SPDX-License-Identifier: GPL-3.0-or-later
// By keyboard, for a screen reader, in small windows.
#include "app/models/node_groups.h"
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/command_palette.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_actions.h"
#include "app/ui/node_inspector.h"
#include "app/ui/node_table.h"
#include "app/ui/page.h"
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
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTemporaryDir>

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
    void e36_nothingIsClipped_data();
    void e36_nothingIsClipped();
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

void TestAccess::e05_disabledSayWhy()
{
    Stage stage;
    const auto check = [&stage](const char* when) {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            for (const QAbstractButton* button : stage.window->findChildren<QAbstractButton*>()) {
                if (button->isVisible() && !button->isEnabled() &&
                    !button->objectName().startsWith(QStringLiteral("qt_")) && button->parentWidget()->isEnabled())
                    QVERIFY2(!button->toolTip().isEmpty(), qPrintable(QLatin1String(when) + button->text()));
            }
        }
    };
    check("empty ");
    stage.fleet.show(fleetOf(mixedNodes()));
    check("idle ");
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    check("busy ");
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(10'000, 2)));
    check("finished ");
}

void TestAccess::e35_everythingHasAName()
{
    Stage stage;
    stage.store.setRows(sampleRows(20));
    const auto check = [&stage] {
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
        }
    };
    for (const bool busy : {false, true}) {
        if (busy)
            stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            check();
        }
    }
    for (const Tile* tile : stage.window->findChildren<Tile*>())
        QVERIFY(!tile->accessibleName().isEmpty() && !tile->accessibleDescription().isEmpty());
}

void TestAccess::e36_nothingIsClipped_data()
{
    QTest::addColumn<QSize>("size");
    QTest::newRow("small") << QSize(1024, 640);
    QTest::newRow("usual") << QSize(1440, 900);
}

void TestAccess::e36_nothingIsClipped()
{
    QFETCH(QSize, size);
    Stage stage;
    stage.store.setRun(sampleRecord());
    stage.store.setRows(sampleRows(100));
    const auto check = [&stage](const char* when) {
        for (const auto page : Stage::pages()) {
            stage.window->showPage(page);
            QCoreApplication::processEvents();
            for (const QWidget* widget : stage.window->findChildren<QWidget*>()) {
                const bool text = qobject_cast<const QLabel*>(widget) || qobject_cast<const QPushButton*>(widget);
                if (!text || !widget->isVisible() || qobject_cast<const ElidedLabel*>(widget))
                    continue;
                const auto* label = qobject_cast<const QLabel*>(widget);
                const QString what = label ? label->text() : qobject_cast<const QPushButton*>(widget)->text();
                const int needed = label && label->wordWrap() ? label->heightForWidth(label->width()) - label->height()
                                                              : widget->sizeHint().width() - widget->width();
                QVERIFY2(needed <= 1, qPrintable(QStringLiteral("%1 page %2: '%3' lacks %4 px")
                                                     .arg(QLatin1String(when))
                                                     .arg(page)
                                                     .arg(what)
                                                     .arg(needed)));
                const QRect place(widget->mapTo(stage.window.get(), QPoint()), widget->size());
                // What lies in a scroll area can be scrolled to.
                bool scrolls = false;
                for (const QWidget* parent = widget; parent; parent = parent->parentWidget())
                    scrolls |= qobject_cast<const QScrollArea*>(parent) != nullptr;
                QVERIFY2(scrolls || stage.window->rect().contains(place), qPrintable(what));
            }
        }
    };
    stage.window->resize(size);
    check("empty");
    QCOMPARE(stage.window->size(), size);
    stage.fleet.show(fleetOf(mixedNodes(), sampleRun(10'000, 6'104, 2, 704)));
    check("busy");
    stage.fleet.show(fleetOf(mixedNodes(), finishedRun(10'000, 2)));
    check("finished");
    QCOMPARE(stage.window->size(), size);
}

static const Registered<TestAccess> registered;
#include "test_access.moc"
