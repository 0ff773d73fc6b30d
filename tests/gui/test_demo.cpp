// SPDX-License-Identifier: GPL-3.0-or-later
// The real window through a whole demo run, with agent processes and LibTorch: start, seal, filter, export, quit.
//   VITFLEET_TEST_DEMO_IMAGES  how many pictures (default 400; 0: all 10,000)
//   VITFLEET_SCREENSHOTS       a folder for pictures of the window on the way
#include "app/models/node_model.h"
#include "app/models/results_model.h"
#include "app/models/run_history.h"
#include "app/ui/confusion_view.h"
#include "app/ui/drill_card.h"
#include "app/ui/events_page.h"
#include "app/ui/filter_chip.h"
#include "app/ui/fleet_page.h"
#include "app/ui/history_page.h"
#include "app/ui/just_in.h"
#include "app/ui/plain_table.h"
#include "app/ui/replay_card.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/thumb_grid.h"
#include "app/ui/widgets.h"
#include "tests/gui/mouse.h"
#include "tests/gui/real_window.h"
#include "tests/support/no_network.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QElapsedTimer>
#include <QFile>
#include <QFileDialog>
#include <QListView>
#include <QProcess>
#include <QPushButton>
#include <QScopeGuard>
#include <QtTest>

#include <filesystem>
#include <fstream>
#include <set>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

constexpr quint64 demoPictures = 10'000;
constexpr int startMs = 60'000;
constexpr int onlineMs = 100'000; ///< ten times what is promised

quint64 wantedPictures()
{
    bool ok = false;
    const quint64 wanted = qEnvironmentVariable("VITFLEET_TEST_DEMO_IMAGES").toULongLong(&ok);
    return ok ? wanted : 400;
}

/// Processes of this one's that run the agent.
std::set<int> agentProcesses()
{
    std::set<int> found;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::ifstream status(entry.path() / "status");
        std::string line;
        bool agent = false, ours = false;
        while (std::getline(status, line)) {
            agent |= line.rfind("Name:\tvitfleet-agent", 0) == 0 || line.rfind("Name:\tvitfleet-decod", 0) == 0;
            ours |= line == "PPid:\t" + std::to_string(QCoreApplication::applicationPid());
        }
        if (agent && ours)
            found.insert(std::stoi(name));
    }
    return found;
}

bool isRunning(int pid)
{
    return std::filesystem::exists("/proc/" + std::to_string(pid));
}

quint64 figure(const QVariant& text)
{
    return text.toString().remove(QLocale().groupSeparator()).toULongLong();
}

/// Looks at the sum that stands over the run's bar whenever it is painted.
class EveryFrame : public QObject
{
public:
    explicit EveryFrame(RunProgress& progress) : m_progress(progress) { progress.installEventFilter(this); }
    bool eventFilter(QObject*, QEvent* event) override
    {
        // Other events come when the widget is half destroyed.
        if (event->type() != QEvent::Paint)
            return false;
        const QStringList sides = m_progress.sum().split(QStringLiteral(" = "));
        if (sides.size() != 2)
            return false;
        quint64 sum = 0;
        for (const QString& part : sides.front().split(QStringLiteral(" + ")))
            sum += figure(part.section(QLatin1Char(' '), 0, 0));
        ++frames;
        if (sum != figure(sides.back().section(QLatin1Char(' '), 0, 0)))
            wrong << m_progress.sum();
        return false;
    }

    int frames = 0;
    QStringList wrong;

private:
    RunProgress& m_progress;
};

/// Lines after the header; no field of the demo holds a line break.
quint64 csvRows(const QString& file)
{
    QFile csv(file);
    return csv.open(QIODevice::ReadOnly) ? static_cast<quint64>(csv.readAll().count('\n')) - 1 : 0;
}

} // namespace

class TestDemo : public RealWindow
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void demoRun();
    void e34_byMouseAlone();
    void e07_pullThePlug();

private:
    void open(quint64 pictures);
    void watchRun();
    void checkResults();

    quint64 m_pictures = 0;
};

void TestDemo::init()
{
    open(wantedPictures());
}

void TestDemo::open(quint64 pictures)
{
    RealWindow::init();
    DesktopOptions options;
    options.demoLimit = pictures;
    m_pictures = pictures == 0 ? demoPictures : pictures;
    QElapsedTimer timer;
    timer.start();
    RealWindow::open(options);
    qInfo("from start to first paint: %lld ms", static_cast<long long>(timer.elapsed()));
}

/// Until a third is done: looks on while the run goes, and takes pictures.
void TestDemo::watchRun()
{
    RunProgress& progress = m_window->runPage().progress();
    NodeModel& nodes = m_window->fleetPage().model();
    QElapsedTimer clock;
    clock.start();
    const auto isOnline = [&nodes](int row) {
        return nodes.index(row, NodeModel::StateColumn).data().toString() == QStringLiteral("Online");
    };
    QTRY_VERIFY_WITH_TIMEOUT(nodes.rowCount() == 2 && isOnline(0) && isOnline(1), onlineMs);
    qInfo("the demo's fleet is online after %lld ms", static_cast<long long>(clock.elapsed()));
    // e3: nothing but this machine's own addresses, so that no network is needed.
    for (int row = 0; row < nodes.rowCount(); ++row) {
        QTRY_VERIFY_WITH_TIMEOUT(!nodes.node(nodes.index(row, 0))->address.empty(), startMs);
        const std::string& address = nodes.node(nodes.index(row, 0))->address;
        QVERIFY2(address.starts_with("127.0.0.1:"), address.c_str());
    }
    QTRY_VERIFY_WITH_TIMEOUT(progress.justIn().shown() > 0 || progress.sealCard().isVisible(), startMs);
    // e14: what stands above is the sum of what stands below, as real agents report it.
    quint64 sum = 0, header = 0;
    for (int row = 0; row < nodes.rowCount(); ++row)
        sum += figure(nodes.index(row, NodeModel::RateColumn).data());
    for (const Tile* tile : m_window->fleetPage().findChildren<Tile*>())
        header = tile->accessibleName() == QStringLiteral("Throughput") ? figure(tile->value()) : header;
    const quint64 apart = header > sum ? header - sum : sum - header;
    QVERIFY2(apart * 100 <= header + 100 * 2, qPrintable(QStringLiteral("%1, the rows %2").arg(header).arg(sum)));
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        return;
    const auto done = [&progress] {
        return progress.sum().section(QLatin1Char(' '), 0, 0).remove(QLocale().groupSeparator()).toULongLong();
    };
    QTRY_VERIFY_WITH_TIMEOUT(done() * 5 > m_pictures * 3 || progress.sealCard().isVisible(), 300'000);
    m_theme->setMode(Theme::Mode::Dark);
    shoot(QStringLiteral("run-dark"));
    m_theme->setMode(Theme::Mode::Light);
    shoot(QStringLiteral("run-light"));
    m_window->showPage(MainWindow::FleetPageIndex);
    shoot(QStringLiteral("fleet-light"));
    m_theme->setMode(Theme::Mode::Dark);
    shoot(QStringLiteral("fleet-dark"));
    m_theme->setMode(Theme::Mode::Light);
}

void TestDemo::checkResults()
{
    m_window->showPage(MainWindow::ResultsPageIndex);
    ResultsPage& page = m_window->resultsPage();
    QTRY_COMPARE(page.model().matchingRows(), m_pictures);
    QTRY_VERIFY(page.model().rowCount() > 0);
    page.exportShown(m_home->filePath(QStringLiteral("all.csv")));
    QTRY_VERIFY_WITH_TIMEOUT(page.message().contains(QStringLiteral("written to")), 60'000);
    QCOMPARE(csvRows(m_home->filePath(QStringLiteral("all.csv"))), m_pictures);

    // e39: the command line writes the same bytes, also while the window is open, and without a display.
    QProcess cli;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        environment.remove(QLatin1String(name));
    cli.setProcessEnvironment(environment);
    cli.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-cli"),
              {QStringLiteral("export"), QStringLiteral("1"), m_home->filePath(QStringLiteral("cli.csv")),
               QStringLiteral("--db"), m_database});
    QVERIFY(cli.waitForFinished(60'000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    QFile window(m_home->filePath(QStringLiteral("all.csv"))), line(m_home->filePath(QStringLiteral("cli.csv")));
    QVERIFY(window.open(QIODevice::ReadOnly) && line.open(QIODevice::ReadOnly));
    QVERIFY2(window.readAll() == line.readAll(), "the window and the command line differ in their CSV");

    page.correctFilter().setChosen({QStringLiteral("Wrong")});
    QTRY_VERIFY(!page.model().isLoading() && page.model().matchingRows() < m_pictures && page.model().rowCount() > 0);
    const quint64 wrong = page.model().matchingRows();
    QVERIFY2(wrong * 5 < m_pictures, "more than a fifth is wrong: this is no trained model");
    page.exportShown(m_home->filePath(QStringLiteral("wrong.csv")));
    QTRY_VERIFY_WITH_TIMEOUT(page.message().contains(QStringLiteral("(filtered) written to")), 60'000);
    QCOMPARE(csvRows(m_home->filePath(QStringLiteral("wrong.csv"))), wrong);
    QVERIFY(page.message().startsWith(QLocale().toString(wrong)));
    if (qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        return;
    QTRY_COMPARE_WITH_TIMEOUT(page.grid().missingPictures(), 0, 30'000);
    page.grid().setCurrentIndex(page.model().index(1, 0)); // where it comes from stands beside it
    shoot(QStringLiteral("results-light"));
    m_theme->setMode(Theme::Mode::Dark);
    shoot(QStringLiteral("results-dark"));
    m_theme->setMode(Theme::Mode::Light);
    while (page.goBack()) { // the selection, then the filter
    }
    page.showView(ResultsPage::MatrixView);
    QTRY_VERIFY(page.matrix().total() > 0);
    shoot(QStringLiteral("matrix-light"));
    m_window->showPage(MainWindow::EventsPageIndex);
    QTRY_VERIFY(m_window->eventsPage().table().model()->rowCount() > 3);
    m_window->eventsPage().table().selectRow(m_window->eventsPage().table().model()->rowCount() - 1);
    QTRY_VERIFY(!m_window->eventsPage().replay().replay().isEmpty());
    shoot(QStringLiteral("events-light"));
    HistoryPage& history = m_window->historyPage();
    m_window->showPage(MainWindow::HistoryPageIndex);
    QTRY_VERIFY(history.model().rowCount() > 0);
    history.table().selectRow(0);
    shoot(QStringLiteral("history-light"));
    history.showScaleOut();
    shoot(QStringLiteral("scaleout-light"));
    m_window->showPage(MainWindow::SettingsPageIndex);
    m_theme->setMode(Theme::Mode::Dark);
    shoot(QStringLiteral("settings-dark"));
    m_theme->setMode(Theme::Mode::Light);
}

void TestDemo::demoRun()
{
    auto* start = m_window->findChild<QPushButton*>(QStringLiteral("startDemo"));
    QVERIFY(start && start->isVisible());
    QVERIFY2(start->isEnabled(), qPrintable(start->toolTip()));
    shoot(QStringLiteral("first-light"));
    RunProgress& progress = m_window->runPage().progress();
    EveryFrame frames(progress);
    QTest::mouseClick(start, Qt::LeftButton);
    QCOMPARE(m_window->page(), MainWindow::RunPageIndex);
    watchRun();
    if (QTest::currentTestFailed())
        return;

    m_window->showPage(MainWindow::RunPageIndex);
    QTRY_VERIFY_WITH_TIMEOUT(progress.sealCard().isVisible() && progress.sealText().contains(QStringLiteral("doubled")),
                             480'000);
    QVERIFY2(progress.sealText().contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(progress.sealText()));
    QVERIFY(progress.sum().endsWith(QStringLiteral("= ") + QLocale().toString(m_pictures)));
    QVERIFY(frames.frames > 1); // e18
    QVERIFY2(frames.wrong.isEmpty(), qPrintable(frames.wrong.join(u'\n')));
    // Nothing is fast any more.
    QTRY_COMPARE(m_window->fleetPage().model().index(0, NodeModel::RateColumn).data().toString(), QStringLiteral("0"));
    shoot(QStringLiteral("seal-light"));
    checkResults();
    if (QTest::currentTestFailed())
        return;

    const std::set<int> agents = agentProcesses();
    QVERIFY(agents.size() >= 2);
    m_desktop.reset();
    for (const int agent : agents)
        QTRY_VERIFY_WITH_TIMEOUT(!isRunning(agent), 30'000);
    QVERIFY(agentProcesses().empty());
}

/// From the first window to the CSV of a filtered view by mouse alone, with real agents.
void TestDemo::e34_byMouseAlone()
{
    const QByteArray home = qgetenv("HOME");
    qputenv("HOME", m_home->path().toUtf8()); // where a file dialog begins
    const auto restore = qScopeGuard([&home] { qputenv("HOME", home); });
    QVERIFY(click(m_window->findChild<QPushButton*>(QStringLiteral("startDemo"))));
    QCOMPARE(m_window->page(), MainWindow::RunPageIndex);
    RunProgress& progress = m_window->runPage().progress();
    QTRY_VERIFY_WITH_TIMEOUT(progress.sealCard().isVisible() && progress.sealText().contains(QStringLiteral("doubled")),
                             480'000);
    const auto button = [this](const QString& text) -> QWidget* {
        for (QAbstractButton* candidate : m_window->findChildren<QAbstractButton*>()) {
            if (candidate->isVisible() && candidate->text() == text)
                return candidate;
        }
        return nullptr;
    };
    QVERIFY(click(button(QStringLiteral("Show results"))));
    ResultsPage& page = m_window->resultsPage();
    QTRY_COMPARE(page.model().matchingRows(), m_pictures);
    QVERIFY(click(&page.correctFilter()));
    QTRY_VERIFY(QApplication::activePopupWidget());
    QWidget* sheet = QApplication::activePopupWidget();
    auto* choices = sheet->findChild<QListView*>();
    QVERIFY(choices && clickRow(*choices, QStringLiteral("Wrong")));
    QTest::mouseClick(sheet->windowHandle(), Qt::LeftButton, {}, QPoint(sheet->width() + 200, sheet->height() + 80));
    QTRY_VERIFY(!QApplication::activePopupWidget());
    QTRY_VERIFY(!page.model().isLoading() && page.model().isFiltered() && page.model().rowCount() > 0);
    const quint64 wrong = page.model().matchingRows();
    QVERIFY(click(button(QStringLiteral("Export CSV…"))));
    QFileDialog* dialog = nullptr;
    QTRY_VERIFY((dialog = page.findChild<QFileDialog*>()) && dialog->isVisible());
    auto* buttons = dialog->findChild<QDialogButtonBox*>();
    QVERIFY(buttons && click(buttons->button(QDialogButtonBox::Save)));
    QTRY_VERIFY_WITH_TIMEOUT(page.message().contains(QStringLiteral("(filtered) written to")), 60'000);
    QCOMPARE(csvRows(m_home->filePath(QStringLiteral("run-1.csv"))), wrong);
}

/// e7 with real processes: an agent is killed for real while it holds work; the other one does it, and the drill tells.
void TestDemo::e07_pullThePlug()
{
    m_desktop.reset();
    open(3'000);
    if (QTest::currentTestFailed())
        return;
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("startDemo")), Qt::LeftButton);
    DrillCard& drill = m_window->runPage().drill();
    RunProgress& progress = m_window->runPage().progress();
    // Both agents work: only then is there one that takes over.
    QTRY_VERIFY_WITH_TIMEOUT(drill.button().isEnabled() || progress.sealCard().isVisible(), startMs);
    QVERIFY2(drill.button().isEnabled(), "the run was over before both agents worked");
    const std::set<int> before = agentProcesses();
    QTest::mouseClick(&drill.button(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(drill.report().contains(QStringLiteral("was killed at")), startMs);
    QTRY_VERIFY_WITH_TIMEOUT(progress.sealCard().isVisible() && progress.sealText().contains(QStringLiteral("doubled")),
                             300'000);
    QVERIFY2(progress.sealText().contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(progress.sealText()));
    QTRY_VERIFY_WITH_TIMEOUT(drill.report().contains(QStringLiteral("Noticed after")), startMs);
    QVERIFY2(drill.report().contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(drill.report()));
    shoot(QStringLiteral("drill-light"));
    qInfo("%s", qPrintable(drill.report()));
    QVERIFY(before.size() >= 2);

    // e9: what was lost stays, with its reason and time, and starting it again gives it its row.
    NodeModel& nodes = m_window->fleetPage().model();
    QCOMPARE(nodes.rowCount(), 2);
    const auto textOf = [&nodes](int row, int column) { return nodes.index(row, column).data().toString(); };
    const int lost = textOf(0, NodeModel::StateColumn) == QStringLiteral("Lost") ? 0 : 1;
    QCOMPARE(textOf(lost, NodeModel::StateColumn), QStringLiteral("Lost"));
    QVERIFY2(textOf(lost, NodeModel::DoingColumn).size() > 10, qPrintable(textOf(lost, NodeModel::DoingColumn)));
    const QString name = textOf(lost, NodeModel::NameColumn);
    m_window->startDemo();
    QTRY_COMPARE_WITH_TIMEOUT(textOf(lost, NodeModel::StateColumn), QStringLiteral("Online"), startMs);
    QCOMPARE(textOf(lost, NodeModel::NameColumn), name);
    QCOMPARE(nodes.rowCount(), 2);
}

/// e3: without a network, where the machine lets a process leave it.
int main(int argc, char** argv)
{
    if (!leaveNetwork())
        std::fputs("this process cannot leave the network: the tests run with it\n", stderr);
    QApplication application(argc, argv);
    TestDemo test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_demo.moc"
