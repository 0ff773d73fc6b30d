// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/stage.h"

#include "app/models/event_model.h"
#include "app/models/replay.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/events_page.h"
#include "app/ui/history_page.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"

#include <QDir>

namespace vitfleet::test {

using namespace app;

Stage::Stage(bool dark, const QString& settingsFile) : settings(settingsFile)
{
    theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
    open();
}

void Stage::open()
{
    window.reset();
    UiContext context{fleet,   history, results, asker,    thumbnails, liveThumbnails,
                      preview, probe,   theme,   settings, undo};
    context.database = database;
    context.demoData = demoData;
    context.demoModel = demoModel;
    context.scaleOut = &scaleOut;
    context.fingerprintOf = [](const QString& line) {
        return line.contains(u'/') ? QStringLiteral("5C1D-22E0-90BA-3F71") : QString();
    };
    window = std::make_unique<MainWindow>(context);
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
}

void Stage::fillEverything()
{
    RunRecord run = sampleRecord(RunState::Finished);
    run.startedAt = sampleNow - 60'000;
    run.finishedAt = sampleNow;
    store.setRun(run, Seal{100, 98, 2, 0, 0, 0, 0});
    store.setRows(sampleRows(100));
    NodeRecord first, second;
    first.name = "local-1";
    second.name = "node-2";
    first.labelled = second.labelled = 49;
    store.setNodes({first, second});
    std::vector<EventRecord> events;
    for (const auto kind : {EventKind::RunStarted, EventKind::NodeReady, EventKind::NodeLost, EventKind::RunFinished}) {
        EventRecord event;
        event.id = static_cast<std::int64_t>(events.size()) + 1;
        event.kind = kind;
        event.at = sampleNow - 50'000 + event.id * 10'000;
        event.run = RunId(12);
        event.node = kind == EventKind::NodeReady || kind == EventKind::NodeLost ? "node-2" : "";
        events.push_back(event);
    }
    store.setEvents(events);
    store.setSamples({{sampleNow - 50'000, {}, 10}, {sampleNow - 50'000, "node-2", 10}, {sampleNow, {}, 20}});
    open();
    fleet.show(fleetOf(mixedNodes(), finishedRun(100, 2)));
    QTRY_COMPARE(window->resultsPage().model().rowCount(), 100);
    QTRY_COMPARE(window->historyPage().model().rowCount(), 1);
    QTRY_COMPARE(window->eventsPage().shown().rowCount(), 4);
    window->eventsPage().table().selectRow(2);
    QTRY_VERIFY(!window->eventsPage().replay().replay().isEmpty());
}

QPushButton* Stage::button(const QString& text) const
{
    for (QPushButton* candidate : window->findChildren<QPushButton*>()) {
        if (candidate->text() == text && candidate->isVisible())
            return candidate;
    }
    return nullptr;
}

QList<MainWindow::PageIndex> Stage::pages()
{
    QList<MainWindow::PageIndex> all;
    for (int page = 0; page < MainWindow::PageCount; ++page)
        all << static_cast<MainWindow::PageIndex>(page);
    return all;
}

void Stage::shoot(const QString& name) const
{
    const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS");
    QCoreApplication::processEvents();
    // The pointer that the offscreen platform has in its corner is nobody's.
    for (QWidget* widget : window->findChildren<QWidget*>())
        widget->setAttribute(Qt::WA_UnderMouse, false);
    if (!folder.isEmpty() && QDir().mkpath(folder))
        window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
}

quint64 figure(QString text)
{
    return text.remove(QLocale().groupSeparator()).toULongLong();
}

} // namespace vitfleet::test
