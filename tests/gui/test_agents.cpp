// SPDX-License-Identifier: GPL-3.0-or-later
// The real window with agent processes that freeze, come in mid-run and are drained, and with a run whose program was
// killed. Without a network, where the machine lets a process leave it.
#include "app/models/event_model.h"
#include "app/models/node_model.h"
#include "app/ui/actions.h"
#include "app/ui/alert_strip.h"
#include "app/ui/events_page.h"
#include "app/ui/fleet_page.h"
#include "app/ui/plain_table.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "tests/e2e/cli_process.h"
#include "tests/gui/real_window.h"
#include "tests/support/no_network.h"

#include <QAction>
#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QScopeGuard>

#include <csignal>
#include <sched.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

// Ten times what is promised, since these are processes on a machine that does other things, too.
constexpr int rowMs = 30'000, lostMs = 30'000, againMs = 10'000, workMs = 20'000, stopMs = 10'000;
constexpr int startMs = 60'000; ///< until a process has started and loaded its model
constexpr int runMs = 300'000;

/// For this process and what it starts: on very many cores the demo would be over before anybody can see that it goes.
void useTwoCores()
{
    cpu_set_t all, two;
    CPU_ZERO(&all);
    CPU_ZERO(&two);
    if (::sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&two) < 2; ++core) {
        if (CPU_ISSET(core, &all))
            CPU_SET(core, &two);
    }
    ::sched_setaffinity(0, sizeof two, &two);
}

} // namespace

class TestAgents : public RealWindow
{
    Q_OBJECT
private Q_SLOTS:
    void e08_frozenAgent();
    void e22_nodeAddedInMidRun();
    void e40_killedProgram();

private:
    /// A run that lasts until it is stopped, on any machine: many pictures, all black, that take no room on the disk,
    /// and agents that sleep for each instead of looking at it.
    void startLongRun();
    NodeModel& nodes() { return m_window->fleetPage().model(); }
    const NodeSnapshot& node(int row) { return *nodes().node(nodes().index(row, 0)); }
    QString stateOf(int row) { return nodes().index(row, NodeModel::StateColumn).data().toString(); }
    RunProgress& progress() { return m_window->runPage().progress(); }
    void trigger(const char* action)
    {
        m_window->actions().refresh();
        m_window->actions().action(QLatin1String(action))->trigger();
    }
    /// Stop: nothing is in flight any more, and every row that there is is there once.
    void stop();
    QJsonObject storedRun();
};

void TestAgents::startLongRun()
{
    QFile data(m_home->filePath(QStringLiteral("black-images-idx3-ubyte")));
    QVERIFY(data.open(QIODevice::WriteOnly));
    constexpr unsigned char header[] = {0, 0, 8, 3, 0, 2, 0x49, 0xf0, 0, 0, 0, 28, 0, 0, 0, 28}; // 150,000 of them
    data.write(reinterpret_cast<const char*>(header), sizeof header);
    QVERIFY(data.resize(sizeof header + 150'000LL * 28 * 28));
    m_window->showPage(MainWindow::RunPageIndex);
    RunRecord slow; // as one that is done once more from the history
    slow.dataPath = data.fileName().toStdString();
    slow.modelPath = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
    slow.backend = "synthetic";
    slow.backendOptions = R"({"ms_per_item": 5, "replicas": 1})"; // 400 a second, for six minutes
    slow.localAgents = 2;
    slow.device = "auto";
    slow.precision = "fp32";
    m_window->runPage().clone(slow);
    auto* start = m_window->findChild<QPushButton*>(QStringLiteral("startRun"));
    QTRY_VERIFY2_WITH_TIMEOUT(start->isEnabled(), qPrintable(start->toolTip()), startMs);
    QTest::mouseClick(start, Qt::LeftButton);
    QTRY_COMPARE_WITH_TIMEOUT(nodes().rowCount(), 2, startMs);
    for (int row = 0; row < 2; ++row)
        QTRY_VERIFY_WITH_TIMEOUT(node(row).labelled > 0 && node(row).leased > 0, startMs);
}

QJsonObject TestAgents::storedRun()
{
    CliProcess runs(m_home->path());
    if (runs.run({QStringLiteral("runs"), QStringLiteral("--json"), QStringLiteral("--db"), m_database}) != 0)
        return {};
    return QJsonDocument::fromJson(runs.standardOutput()).array().at(0).toObject();
}

void TestAgents::stop()
{
    m_window->showPage(MainWindow::RunPageIndex);
    auto* resume = m_window->findChild<QPushButton*>(QStringLiteral("resumeRun"));
    QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("stopRun")), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(resume->isVisible(), stopMs);
    QVERIFY2(progress().sum().section(u'+', 1, 1).trimmed().startsWith(u'0'), qPrintable(progress().sum()));
    m_desktop.reset();
    CliProcess verify(m_home->path());
    QVERIFY2(verify.run({QStringLiteral("verify"), m_database}) == 0, verify.all().constData());
}

/// e8: an agent stands still (SIGSTOP), is suspected, lost, and its pictures are given to the other one; it goes on
/// (SIGCONT) in the row that it had, and nothing is there twice.
void TestAgents::e08_frozenAgent()
{
    open();
    startLongRun();
    if (QTest::currentTestFailed())
        return;
    const auto pid = static_cast<pid_t>(node(0).pid);
    QVERIFY(pid > 1 && ::kill(pid, SIGSTOP) == 0);
    const auto goOn = qScopeGuard([pid] { ::kill(pid, SIGCONT); });
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), QStringLiteral("Lost"), lostMs);
    const QString name = QString::fromStdString(node(0).name);
    // It was a suspect before, for so short a time that a busy machine may not show it.
    const auto kindsOfIt = [&] {
        QStringList kinds;
        const QAbstractItemModel& log = *m_window->eventsPage().table().model();
        for (int row = 0; row < log.rowCount(); ++row) {
            if (log.index(row, EventModel::NodeColumn).data().toString() == name)
                kinds << log.index(row, EventModel::KindColumn).data().toString();
        }
        return kinds;
    };
    const QString suspect = EventModel::kindText(EventKind::NodeSuspect),
                  lost = EventModel::kindText(EventKind::NodeLost);
    QTRY_VERIFY(kindsOfIt().contains(suspect) && kindsOfIt().indexOf(suspect) < kindsOfIt().indexOf(lost));
    QTRY_VERIFY_WITH_TIMEOUT(m_window->alert().text().contains(QStringLiteral("unfinished pictures went to other")),
                             againMs);
    QVERIFY2(m_window->alert().text().contains(name), qPrintable(m_window->alert().text()));
    const std::uint64_t before = node(0).labelled;
    QCOMPARE(::kill(pid, SIGCONT), 0);
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(0), QStringLiteral("Online"), startMs);
    QTRY_VERIFY_WITH_TIMEOUT(node(0).labelled > before, startMs);
    QCOMPARE(nodes().rowCount(), 2);
    QCOMPARE(QString::fromStdString(node(0).name), name);
    stop();
    QVERIFY(storedRun().value(QLatin1String("redispatched")).toInt() > 0);
}

/// e2, e6, e20 and e22: the card's own command starts an agent while a run goes; it has a row and gets work. Drained,
/// it finishes its chunk; drained now, it gives back what it has. Neither is a loss.
void TestAgents::e22_nodeAddedInMidRun()
{
    open();
    startLongRun();
    if (QTest::currentTestFailed())
        return;
    const auto field = [this](const QString& name) {
        const auto all = m_window->fleetPage().findChildren<QLineEdit*>();
        const auto found = std::ranges::find(all, name, &QWidget::accessibleName);
        return found == all.end() ? nullptr : *found;
    };
    QString command = field(QStringLiteral("Command for the node"))->text();
    QVERIFY2(command.contains(QStringLiteral(" && vitfleet-agent serve")), qPrintable(command));
    command.replace(QStringLiteral("&& "), QStringLiteral("&& exec ")); // so that it can be ended
    QProcess agent;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("PATH"), QStringLiteral(VITFLEET_BIN_DIR));
    environment.insert(QStringLiteral("VITFLEET_HOME"), m_home->filePath(QStringLiteral("node")));
    agent.setProcessEnvironment(environment);
    agent.start(QStringLiteral("/bin/sh"),
                {QStringLiteral("-c"), command + QStringLiteral(" --listen 127.0.0.1:0 --name extra")});
    const auto end = qScopeGuard([&agent] {
        agent.terminate();
        if (!agent.waitForFinished(startMs))
            agent.kill();
        agent.waitForFinished();
    });
    QString line;
    const auto isTold = [&] {
        while (agent.canReadLine() && !line.startsWith(QStringLiteral("127.0.0.1:"))) // after what was admitted
            line = QString::fromUtf8(agent.readLine()).trimmed();
        return line.startsWith(QStringLiteral("127.0.0.1:"));
    };
    QTRY_VERIFY2_WITH_TIMEOUT(isTold(), agent.readAllStandardError().constData(), startMs);

    QElapsedTimer clock;
    clock.start();
    field(QStringLiteral("Address line of the agent"))->setText(line);
    trigger("nodes.addTyped");
    QTRY_COMPARE_WITH_TIMEOUT(nodes().rowCount(), 3, rowMs);
    const qint64 row = clock.elapsed();
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), QStringLiteral("Online"), startMs);
    const qint64 online = clock.elapsed();
    QTRY_VERIFY_WITH_TIMEOUT(node(2).leased > 0, workMs);
    qInfo("a row after %lld ms, its model loaded after %lld ms, work after %lld ms", static_cast<long long>(row),
          static_cast<long long>(online), static_cast<long long>(clock.elapsed()));
    QTRY_VERIFY_WITH_TIMEOUT(node(2).labelled > 0 && node(2).leased > 0, startMs);

    m_window->showPage(MainWindow::FleetPageIndex);
    m_window->fleetPage().showNode(node(2).id);
    const std::uint64_t held = node(2).labelled + node(2).leased;
    trigger("nodes.drain");
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(2), QStringLiteral("Drained"), startMs);
    QCOMPARE(node(2).leased, 0u);
    // Some of them are second opinions, which make no row.
    QVERIFY2(node(2).labelled + held / 20 >= held, qPrintable(QString::number(node(2).labelled)));
    trigger("nodes.undrain");
    QTRY_VERIFY_WITH_TIMEOUT(node(2).leased > 0, workMs);
    trigger("nodes.drainNow");
    QTRY_VERIFY_WITH_TIMEOUT(stateOf(2) == QStringLiteral("Drained") && node(2).leased == 0, stopMs);
    const std::uint64_t others = node(0).labelled + node(1).labelled, rest = node(2).labelled;
    QTRY_VERIFY_WITH_TIMEOUT(node(0).labelled + node(1).labelled > others, startMs);
    QCOMPARE(node(2).labelled, rest);
    stop();
    QCOMPARE(storedRun().value(QLatin1String("redispatched")).toInt(), 0);
    QCOMPARE(agent.state(), QProcess::Running); // it is none of the window's
}

/// e40: the program itself is killed in mid-run; its database is sound, its log bounded, and the next start offers to
/// go on, which ends with every picture there once.
void TestAgents::e40_killedProgram()
{
    QProcess program;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("VITFLEET_HOME"), m_home->path());
    environment.insert(QStringLiteral("TMPDIR"), m_home->path()); // where one instance finds another
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    program.setProcessEnvironment(environment);
    m_database = m_home->filePath(QStringLiteral("run.db"));
    program.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet"),
                  {QStringLiteral("--demo"), QStringLiteral("--db"), m_database});
    QVERIFY(program.waitForStarted());
    int labelled = 0;
    QTRY_VERIFY_WITH_TIMEOUT((labelled = storedRun().value(QLatin1String("labelled")).toInt()) > 0, startMs);
    program.kill();
    QVERIFY(program.waitForFinished());
    QVERIFY2(program.exitStatus() == QProcess::CrashExit && labelled < 10'000, "the run was over before");
    CliProcess verify(m_home->path());
    QVERIFY2(verify.run({QStringLiteral("verify"), m_database}) == 0, verify.all().constData());
    QVERIFY(QFileInfo(m_database + QStringLiteral("-wal")).size() <= 64 << 20);

    DesktopOptions options;
    options.database = m_database.toStdString();
    open(options);
    if (QTest::currentTestFailed())
        return;
    m_window->showPage(MainWindow::RunPageIndex);
    auto* resume = m_window->findChild<QPushButton*>(QStringLiteral("resumeRun"));
    QTRY_VERIFY_WITH_TIMEOUT(resume->isVisible() && resume->isEnabled(), startMs);
    QCOMPARE(resume->text(), QStringLiteral("Resume run 1"));
    QTest::mouseClick(resume, Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(
        progress().sealCard().isVisible() && progress().sealText().contains(QStringLiteral("doubled")), runMs);
    QVERIFY2(progress().sealText().contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(progress().sealText()));
    QVERIFY2(progress().sum().endsWith(QStringLiteral("= 10,000")), qPrintable(progress().sum()));
    m_desktop.reset();
    CliProcess again(m_home->path());
    QVERIFY2(again.run({QStringLiteral("verify"), m_database}) == 0, again.all().constData());
}

int main(int argc, char** argv)
{
    if (!leaveNetwork())
        std::fputs("this process cannot leave the network: the tests run with it\n", stderr);
    useTwoCores();
    QApplication application(argc, argv);
    TestAgents test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_agents.moc"
