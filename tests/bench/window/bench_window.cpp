// SPDX-License-Identifier: GPL-3.0-or-later
// Prints how fast the window is: start, a thousand nodes, many rows, filters, export. Judges nothing; the machine and
// its load do. The numbers in front are those of the expectations.
//   bench_window [--nodes N] [--rows N] [--seconds S]     (QT_QPA_PLATFORM=offscreen works, so does a virtual display)
#include "app/models/fleet_history.h"
#include "app/models/results_loader.h"
#include "app/models/results_model.h"
#include "app/models/set_up_probe.h"
#include "app/models/store_asker.h"
#include "app/models/thumbnails.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/store/sqlite_store.h"
#include "app/ui/filter_chip.h"
#include "app/ui/main_window.h"
#include "app/ui/results_page.h"
#include "app/ui/theme.h"
#include "tests/gui/samples.h"
#include "tests/gui/scripted_fleet.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>
#include <QtTest>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

/// Times every event that the loop delivers: the longest is the longest stall.
class TimedApplication : public QApplication
{
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        // Other threads deliver their events through here, too: they may take their time.
        if (QThread::currentThread() != thread() || m_depth > 0)
            return QApplication::notify(receiver, event);
        const bool paints = event->type() == QEvent::UpdateRequest || event->type() == QEvent::LayoutRequest;
        const char* name = receiver->metaObject()->className();
        const int type = event->type();
        QElapsedTimer timer;
        timer.start();
        ++m_depth;
        const bool handled = QApplication::notify(receiver, event);
        --m_depth;
        const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
        if (ms > m_longest) {
            m_longest = ms;
            // The receiver may be gone by now; its class was read before.
            m_what = QStringLiteral("%1, event %2").arg(QLatin1String(name)).arg(type);
        }
        if (paints)
            m_paints.push_back(ms);
        return handled;
    }

    void begin()
    {
        m_longest = 0;
        m_paints.clear();
    }
    double longest() const { return m_longest; }
    QString longestWhat() const { return m_what; }
    double paintP95()
    {
        if (m_paints.empty())
            return 0;
        std::ranges::sort(m_paints);
        return m_paints[std::min(m_paints.size() - 1, m_paints.size() * 95 / 100)];
    }

private:
    int m_depth = 0;
    double m_longest = 0;
    QString m_what;
    std::vector<double> m_paints;
};

template <typename Condition>
double waitFor(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition() && timer.elapsed() < 120'000)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 5);
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

/// A finished run of so many rows in a real database.
RunId fillStore(Store& store, std::uint32_t rows)
{
    RunRecord run = sampleRecord(RunState::Running);
    run.uid = "00112233445566778899aabbccddeeff";
    run.planned = rows;
    run.labelled = 0;
    run.expectedKnown = run.expectedMatched = rows;
    const auto id = store.writer().createRun(run);
    if (!id)
        qFatal("%s", describe(id.error()).c_str());
    run.id = *id;
    constexpr std::uint32_t batch = 10'000;
    const auto pattern = sampleRows(batch);
    for (std::uint32_t from = 0; from < rows; from += batch) {
        std::vector<ItemRecord> items;
        for (std::uint32_t i = 0; i < std::min(batch, rows - from); ++i) {
            items.push_back(pattern[i].item);
            items.back().id = ItemId(from + i);
        }
        store.writer().addItems(*id, items);
        for (std::uint32_t i = 0; i < items.size(); ++i) {
            ResultRow row = *pattern[i].result;
            row.item = items[i].id;
            store.writer().addResult(*id, from + i + 1, row);
        }
        if (const auto flushed = store.writer().flush(); !flushed)
            qFatal("%s", describe(flushed.error()).c_str());
    }
    run.state = RunState::Finished;
    run.scanComplete = true;
    run.startedAt = sampleNow - 60'000;
    run.finishedAt = sampleNow;
    store.writer().updateRun(run);
    QElapsedTimer timer;
    timer.start();
    if (const auto sealed = store.writer().sealRun(*id); !sealed)
        qFatal("%s", describe(sealed.error()).c_str());
    std::printf("    (seal of %u rows: %.1f s", rows, static_cast<double>(timer.restart()) / 1e3);
    if (const auto indexed = store.writer().finishIndexes(); !indexed)
        qFatal("%s", describe(indexed.error()).c_str());
    std::printf("; its indexes, afterwards: %.1f s)\n", static_cast<double>(timer.elapsed()) / 1e3);
    return *id;
}

void print(const char* what, double value, const char* unit, const char* wanted)
{
    std::printf("%-64s %9.1f %-3s (wanted: %s)\n", what, value, unit, wanted);
    std::fflush(stdout);
}

struct Bench
{
    QTemporaryDir folder;
    std::unique_ptr<Store> store;
    ScriptedFleet fleet;
    Theme theme;
    UiSettings settings;
    Undo undo;
    FleetHistory history;
    std::unique_ptr<ResultsLoader> results;
    std::unique_ptr<StoreAsker> asker;
    ThumbnailCache thumbnails{"/no/such/decoder"}, liveThumbnails{"/no/such/decoder"}, preview{"/no/such/decoder"};
    SetUpProbe probe;
    std::unique_ptr<MainWindow> window;

    Bench()
    {
        auto opened = openStore(folder.filePath(QStringLiteral("bench.db")).toStdString(), OpenMode::ReadWrite);
        if (!opened)
            qFatal("%s", describe(opened.error()).c_str());
        store = std::move(*opened);
        results = std::make_unique<ResultsLoader>(*store);
        asker = std::make_unique<StoreAsker>(*store);
    }
    void open()
    {
        UiContext context{fleet,   history, *results, *asker,   thumbnails, liveThumbnails,
                          preview, probe,   theme,    settings, undo};
        window = std::make_unique<MainWindow>(context);
        window->show();
    }
};

void measureNodes(TimedApplication& application, Bench& bench, std::uint32_t count, int seconds)
{
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= count; ++id)
        nodes.push_back(sampleNode(id));
    quint64 done = 0;
    QTimer beat;
    beat.setInterval(1'000);
    int page = 0;
    QObject::connect(&beat, &QTimer::timeout, [&] {
        for (NodeSnapshot& node : nodes) {
            node.imagesPerSecond = 5.0f + static_cast<float>((node.id.value * 7 + done) % 11) / 10.0f;
            node.labelled += 5;
        }
        done += 5'000;
        FleetSnapshot fleet = fleetOf(nodes, sampleRun(100'000'000, done, 10, 9'000));
        fleet.at = QDateTime::currentMSecsSinceEpoch();
        bench.fleet.show(std::move(fleet));
        if (++page % 5 == 0)
            bench.window->showPage(static_cast<MainWindow::PageIndex>(page / 5 % 2)); // Fleet and Run in turns
    });
    beat.start();
    application.begin();
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < seconds * 1'000)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 50);
    std::printf("%u nodes at 1 Hz, 5,000 results a second, %d s:\n", count, seconds);
    print("11  layout and paint, 95th percentile", application.paintP95(), "ms", "at most 8 ms");
    print("11  longest stall", application.longest(), "ms", "at most 100 ms");
}

void measureRows(TimedApplication& application, Bench& bench, std::uint32_t rows)
{
    const RunId run = fillStore(*bench.store, rows);
    std::printf("%u rows of a finished run:\n", rows);
    ResultsPage& page = bench.window->resultsPage();
    bench.window->showPage(MainWindow::ResultsPageIndex);
    application.begin();
    RunSnapshot finished = finishedRun(rows, 0);
    finished.id = run;
    bench.fleet.show(fleetOf({sampleNode(1)}, finished));
    print("24  first rows on the screen", waitFor([&] { return page.model().rowCount() > 0; }), "ms", "at most 300 ms");
    print("24  every row can be reached", waitFor([&] { return page.model().rowCount() == static_cast<int>(rows); }),
          "ms", "at most 1,000 ms");
    const auto filter = [&](const char* what, auto set) {
        page.goBack();
        waitFor([&] { return !page.model().isLoading(); });
        set();
        const double first = waitFor([&] { return page.model().rowCount() > 0 || !page.model().isLoading(); });
        const double all = first + waitFor([&] { return !page.model().isLoading(); });
        std::printf("25  filter %-24s %9d rows, first %7.1f ms, all %7.1f ms (wanted: at most 200 ms)\n", what,
                    page.model().rowCount(), first, all);
    };
    filter("one label", [&] { page.labelFilter().setChosen({QStringLiteral("Coat")}); });
    filter("two labels", [&] { page.labelFilter().setChosen({QStringLiteral("Coat"), QStringLiteral("Bag")}); });
    filter("wrong", [&] { page.correctFilter().setChosen({QStringLiteral("Wrong")}); });
    filter("errors", [&] { page.statusFilter().setChosen({QStringLiteral("Errors")}); });
    filter("confidence 0.30 to 0.60", [&] { page.scoreFilter().setRange(0.3, 0.6); });
    filter("confidence from 0.30", [&] { page.scoreFilter().setRange(0.3, 1.0); });
    page.goBack();
    waitFor([&] { return !page.model().isLoading(); });
    application.begin();
    page.exportShown(bench.folder.filePath(QStringLiteral("all.csv")));
    print("30  export", waitFor([&] { return page.message().contains(QStringLiteral("written")); }), "ms", "no figure");
    print("30  longest stall meanwhile", application.longest(), "ms", "at most 100 ms");
    std::printf("    (%s)\n", qPrintable(application.longestWhat()));
}

} // namespace

int main(int argc, char** argv)
{
    QElapsedTimer start;
    start.start();
    TimedApplication application(argc, argv);
    QCommandLineParser parser;
    parser.addHelpOption();
    parser.addOption(
        {QStringLiteral("nodes"), QStringLiteral("Simulated nodes."), QStringLiteral("N"), QStringLiteral("1000")});
    parser.addOption(
        {QStringLiteral("rows"), QStringLiteral("Rows of the run."), QStringLiteral("N"), QStringLiteral("100000")});
    parser.addOption({QStringLiteral("seconds"), QStringLiteral("How long the nodes beat."), QStringLiteral("S"),
                      QStringLiteral("20")});
    parser.process(application);
    Bench bench;
    bench.open();
    if (!QTest::qWaitForWindowExposed(bench.window.get()))
        return 1;
    print("1   from start to the first paint", static_cast<double>(start.nsecsElapsed()) / 1e6, "ms",
          "at most 2,000 ms");
    measureNodes(application, bench, parser.value(QStringLiteral("nodes")).toUInt(),
                 parser.value(QStringLiteral("seconds")).toInt());
    measureRows(application, bench, parser.value(QStringLiteral("rows")).toUInt());
    bench.window.reset();
    return 0;
}
