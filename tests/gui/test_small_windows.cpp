// SPDX-License-Identifier: GPL-3.0-or-later
// What must be in sight in the smallest windows that people have.
#include "app/models/node_groups.h"
#include "app/ui/drill_card.h"
#include "app/ui/fleet_page.h"
#include "app/ui/node_table.h"
#include "app/ui/node_timeline.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "tests/gui/german.h"
#include "tests/gui/story.h"
#include "tests/gui/suites.h"

#include <QScrollArea>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

class TestSmallWindows : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void drillIsInSight_data() { sizes(); }
    void drillIsInSight();
    void timelineHasFourNodes_data() { sizes(); }
    void timelineHasFourNodes();
    void headingsAreWhole();
    void settingsStandSideBySide();

private:
    static void sizes()
    {
        QTest::addColumn<QSize>("size");
        QTest::newRow("1024") << QSize(1024, 640);
        QTest::newRow("1280") << QSize(1280, 800);
    }
};

/// From the pull to the seal, with the alert that comes with the loss: what the drill has found, and its button.
void TestSmallWindows::drillIsInSight()
{
    QFETCH(QSize, size);
    Stage stage;
    stage.window->resize(size);
    stage.window->showPage(MainWindow::RunPageIndex);
    auto nodes = mixedNodes();
    nodes.resize(4);
    stage.fleet.show(fleetOf(nodes, busyRun()));
    DrillCard& drill = stage.window->runPage().drill();
    drill.pull();
    nodes[0].state = NodeState::Lost;
    nodes[0].reason = {ErrorCode::Unreachable, "the process has ended"};
    stage.fleet.show(fleetOf(nodes, busyRun()));
    stage.fleet.show(fleetOf(nodes, finishedRun(200'000, 2)));
    QVERIFY(drill.report().contains(QStringLiteral("0 doubled")));
    const auto isInSight = [&drill] { return drill.visibleRegion().boundingRect() == drill.rect(); };
    QTRY_VERIFY2(
        isInSight(),
        qPrintable(
            QStringLiteral("%1 of %2 px").arg(drill.visibleRegion().boundingRect().height()).arg(drill.height())));
    QVERIFY(drill.button().isVisible());
}

void TestSmallWindows::timelineHasFourNodes()
{
    QFETCH(QSize, size);
    for (const bool inGerman : {false, true}) {
        const std::unique_ptr<German> german(inGerman ? new German : nullptr);
        Stage stage;
        stage.window->resize(size);
        stage.window->showPage(MainWindow::RunPageIndex);
        beat(stage);
        stage.fleet.show(fleetOf(mixedNodes(), busyRun()));
        const NodeTimeline& timeline = stage.window->runPage().progress().timeline();
        QTRY_VERIFY(timeline.isVisible());
        QTRY_VERIFY2(timeline.rows().size() >= 4, qPrintable(QString::number(timeline.rows().size())));
        QCOMPARE(timeline.visibleRegion().boundingRect(), timeline.rect());
    }
}

/// "Online · 5, 1 not ready" is longer than the column that it begins in.
void TestSmallWindows::headingsAreWhole()
{
    Stage stage;
    stage.window->resize(1024, 640);
    stage.fleet.show(fleetOf(mixedNodes()));
    NodeTable& table = stage.window->fleetPage().table();
    QVERIFY(table.model()->index(0, 0).data().toString().contains(QStringLiteral("not ready")));
    const QImage image = table.viewport()->grab().toImage();
    const qreal scale = image.devicePixelRatio();
    const int from = qRound(table.columnViewportPosition(1) * scale), middle = qRound(table.rowHeight(0) / 2 * scale);
    const QRgb ground = image.pixel(image.width() - 1 - qRound(8 * scale), middle);
    int ink = 0;
    for (int x = from; x < from + qRound(40 * scale); ++x)
        ink += image.pixel(x, middle) != ground;
    QVERIFY2(ink > 3, qPrintable(QString::number(ink)));
}

/// Also with the longer words of German there is no half of a page empty.
void TestSmallWindows::settingsStandSideBySide()
{
    const German german;
    Stage stage;
    stage.window->resize(1024, 640);
    stage.window->showPage(MainWindow::SettingsPageIndex);
    QCoreApplication::processEvents();
    const auto card = [&stage](const QString& title) -> const QWidget* {
        for (const QLabel* label : stage.window->findChildren<QLabel*>()) {
            if (label->isVisible() && label->text() == title && label->property("role") == QStringLiteral("cardTitle"))
                return label;
        }
        return nullptr;
    };
    const QWidget* runs = card(QStringLiteral("Läufe und Knoten"));
    const QWidget* shortcuts = card(QStringLiteral("Tasten"));
    QVERIFY(runs && shortcuts);
    const auto left = [&stage](const QWidget* widget) { return widget->mapTo(stage.window.get(), QPoint()).x(); };
    QVERIFY(left(shortcuts) > left(runs) + 300);
}

static const Registered<TestSmallWindows> registered;
#include "test_small_windows.moc"
