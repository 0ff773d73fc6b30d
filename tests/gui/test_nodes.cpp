// SPDX-License-Identifier: GPL-3.0-or-later
// The real window with nodes from elsewhere: a profile is chosen on the Run page, 10,000 pictures are labelled by jobs
// of a real Slurm, then by two hosts behind a real OpenSSH; a node is lost in mid-run, others are added, taken back and
// released with the buttons of the allocation's card.
//   VITFLEET_SCREENSHOTS       a folder for pictures of the window on the way
#include "app/ui/allocation_cards.h"
#include "app/ui/fleet_page.h"
#include "app/ui/inputs.h"
#include "app/ui/node_source.h"
#include "app/ui/preview_strip.h"
#include "app/ui/results_page.h"
#include "app/ui/run_page.h"
#include "app/ui/run_progress.h"
#include "app/ui/run_set_up.h"
#include "tests/e2e/cli_process.h"
#include "tests/e2e/csv_file.h"
#include "tests/gui/real_window.h"
#include "tests/slurm/slurm_cluster.h"
#include "tests/ssh/ssh_server.h"

#include <QDir>
#include <QFile>
#include <QPushButton>
#include <QSpinBox>
#include <QtTest>

#include <csignal>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::test;

namespace {

constexpr quint64 pictures = 10'000;
constexpr int nodesMs = 60'000; ///< until nodes are there, or gone
constexpr int runMs = 300'000;

} // namespace

class TestNodes : public RealWindow
{
    Q_OBJECT
private Q_SLOTS:
    void slurmJobs();
    void sshHosts();

private:
    void writeProfile(const QByteArray& text);
    /// Chooses the profile and the count on the Run page, as a person would, and presses Start.
    void startOn(const QString& profile, int nodes, const QString& picture, bool keep = false);
    AllocationCard* card() const;
    QString cardText() const { return card() ? card()->text() : QString(); }
    bool says(const QString& words) const { return cardText().contains(words); }
    void press(QPushButton& button) { QTest::mouseClick(&button, Qt::LeftButton); }
    void pressPause();
    quint64 done() const;
    /// Until the run has so many rows more than now.
    void waitForRows(quint64 more);
    void waitForTheSeal();
    /// Every picture has exactly one row, in the window's own CSV and for `vitfleet-cli verify`; the nodes' names.
    QHash<QString, int> checkRows();
    void releaseAll();
};

void TestNodes::writeProfile(const QByteArray& text)
{
    QFile file(m_home->filePath(QStringLiteral("profiles.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text + "idle_minutes = 1\nmodel_cache = \"" + m_home->filePath(QStringLiteral("models")).toUtf8() +
               "\"\n");
}

void TestNodes::startOn(const QString& profile, int nodes, const QString& picture, bool keep)
{
    m_window->showPage(MainWindow::RunPageIndex);
    RunSetUp& setUp = m_window->runPage().setUp();
    QTRY_COMPARE(setUp.source().box().count(), 2);
    setUp.source().box().setFocus();
    QTest::keyClick(&setUp.source().box(), Qt::Key_Down);
    QCOMPARE(setUp.profile(), profile);
    auto* count = setUp.source().stepper().findChild<QSpinBox*>();
    QVERIFY(count);
    count->selectAll();
    QTest::keyClicks(count, QString::number(nodes));
    QTest::keyClick(count, Qt::Key_Tab);
    QCOMPARE(setUp.profileNodes(), static_cast<quint32>(nodes));
    setUp.source().keep().setChecked(keep);
    QTRY_VERIFY2(setUp.dataFacts().contains(QLocale().toString(pictures)), qPrintable(setUp.dataFacts()));
    const auto* preview = setUp.findChild<PreviewStrip*>();
    QVERIFY(preview && preview->items() > 0);
    QTRY_COMPARE(preview->missingPictures(), 0);
    shoot(picture);
    auto* start = m_window->findChild<QPushButton*>(QStringLiteral("startRun"));
    QVERIFY(start && start->isEnabled());
    press(*start);
    m_window->showPage(MainWindow::FleetPageIndex);
    QTRY_VERIFY2_WITH_TIMEOUT(card(), "no card for the allocation", nodesMs);
    QCOMPARE(card()->profile(), profile);
}

AllocationCard* TestNodes::card() const
{
    const auto& cards = m_window->fleetPage().allocations().cards();
    return cards.size() == 1 ? cards.front() : nullptr;
}

void TestNodes::pressPause()
{
    auto* pause = m_window->findChild<QPushButton*>(QStringLiteral("pauseRun"));
    const QString before = pause->text();
    QVERIFY2(pause->isEnabled(), "the run is over already");
    pause->click(); // on whichever page the window is
    QTRY_VERIFY(pause->text() != before);
}

quint64 TestNodes::done() const
{
    const QString sum = m_window->runPage().progress().sum();
    return sum.section(QLatin1Char(' '), 0, 0).remove(QLocale().groupSeparator()).toULongLong();
}

void TestNodes::waitForRows(quint64 more)
{
    const quint64 until = done() + more;
    QTRY_VERIFY_WITH_TIMEOUT(done() >= until, runMs);
    QVERIFY2(done() < pictures, "the run is over already");
}

void TestNodes::waitForTheSeal()
{
    m_window->showPage(MainWindow::RunPageIndex);
    RunProgress& progress = m_window->runPage().progress();
    QTRY_VERIFY_WITH_TIMEOUT(progress.sealCard().isVisible() && progress.sealText().contains(QStringLiteral("doubled")),
                             runMs);
    QVERIFY2(progress.sealText().contains(QStringLiteral("0 lost, 0 doubled")), qPrintable(progress.sealText()));
    QCOMPARE(done(), pictures);
}

QHash<QString, int> TestNodes::checkRows()
{
    m_window->showPage(MainWindow::ResultsPageIndex);
    ResultsPage& page = m_window->resultsPage();
    const QString file = m_home->filePath(QStringLiteral("results.csv"));
    page.exportShown(file);
    [&] { QTRY_VERIFY_WITH_TIMEOUT(page.message().contains(QStringLiteral("written to")), nodesMs); }();
    const CsvFile csv(file);
    [&] {
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QCOMPARE(csv.rows(), static_cast<int>(pictures));
        for (int row = 0; row < csv.rows(); ++row) {
            QCOMPARE(csv.at(row, QStringLiteral("item")), QString::number(row));
            QCOMPARE(csv.at(row, QStringLiteral("status")), QStringLiteral("labelled"));
        }
        QCOMPARE(csv.countBy(QStringLiteral("correct")).value(QStringLiteral("true")), 9196);
        CliProcess verify(m_home->path());
        QVERIFY2(verify.run({QStringLiteral("verify"), m_database}) == 0, verify.all().constData());
    }();
    return csv.countBy(QStringLiteral("node"));
}

/// The card's own button; the card goes with the last node.
void TestNodes::releaseAll()
{
    m_window->showPage(MainWindow::FleetPageIndex);
    QVERIFY(card());
    press(card()->release());
    QTRY_VERIFY2_WITH_TIMEOUT(!card(), qPrintable(cardText()), nodesMs);
}

/// Four jobs; one is cancelled by hand in mid-run, one is added, a fifth waits for a free node and is taken back.
void TestNodes::slurmJobs()
{
    if (const QString obstacle = SlurmCluster::obstacle(); !obstacle.isEmpty())
        QSKIP(qPrintable(obstacle));
    SlurmCluster cluster;
    const QString problem = cluster.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem + QString::fromUtf8(cluster.logs())));
    qputenv("SLURM_CONF", cluster.configuration().toUtf8());
    const QString launch = m_home->filePath(QStringLiteral("launch"));
    writeProfile("[profile.cluster]\nprovider = \"slurm\"\npartition = \"all\"\ntime = \"30\"\ncpus = 1\nreplicas = 1\n"
                 "listen = \"127.0.0.1\"\nprice_per_node_hour = 0.5\nfolder = \"" +
                 launch.toUtf8() + "\"\n");
    open();
    startOn(QStringLiteral("cluster"), 4, QStringLiteral("slurm-run"));
    if (QTest::currentTestFailed())
        return;
    // The run begins with the first node; it is held until all are there, so that each has a part.
    waitForRows(1);
    pressPause();
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("4 of 4 nodes work")), qPrintable(cardText()), nodesMs);
    QCOMPARE(cluster.jobs(QStringLiteral("R")).size(), 4);
    pressPause();
    waitForRows(500);
    if (QTest::currentTestFailed())
        return;
    const QString victim = cluster.jobs(QStringLiteral("R")).constFirst();
    cluster.run(QStringLiteral("scancel"), {victim});
    pressPause();
    // A person wanted one less: it is not replaced.
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("3 of 3 nodes work")), qPrintable(cardText()), nodesMs);
    press(card()->grow());
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("4 of 4 nodes work")), qPrintable(cardText()), nodesMs);
    QCOMPARE(cluster.jobs(QStringLiteral("R")).size(), 4);
    // There are four machines: a fifth job waits, and the card says for what.
    press(card()->grow());
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("4 of 5 nodes work")) &&
                                  says(QStringLiteral("1 pending: waits for free nodes")),
                              qPrintable(cardText()), nodesMs);
    pressPause();
    waitForRows(1'000);
    if (QTest::currentTestFailed())
        return;
    shoot(QStringLiteral("slurm-fleet"));
    press(card()->shrink());
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("4 of 4 nodes work")), qPrintable(cardText()), nodesMs);
    waitForTheSeal();
    if (QTest::currentTestFailed())
        return;
    shoot(QStringLiteral("slurm-seal"));
    const QHash<QString, int> rows = checkRows();
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(rows.value(QStringLiteral("cluster-") + victim) > 0, "the cancelled job has no row");
    QCOMPARE(rows.size(), 5);
    // What the run had brought up has been given back at its end.
    QTRY_VERIFY2_WITH_TIMEOUT(!card(), qPrintable(cardText()), nodesMs);
    QTRY_VERIFY_WITH_TIMEOUT(cluster.jobs().isEmpty(), nodesMs);
    QVERIFY2(QDir(launch).isEmpty(), "launch folders are left");
    m_desktop.reset();
}

/// Two hosts; one of their agents is killed in mid-run and replaced, one is added and taken back.
void TestNodes::sshHosts()
{
    if (const QString obstacle = SshServer::obstacle(); !obstacle.isEmpty())
        QSKIP(qPrintable(obstacle));
    SshServer server;
    const QString problem = server.start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    writeProfile("[profile.lab]\nprovider = \"ssh\"\nhosts = [\"node-a\", \"node-b\"]\nagents_per_host = 2\n"
                 "systemd = false\nreach = \"tunnel\"\nreplicas = 1\nfolder = \"launch\"\nagent = \"" VITFLEET_BIN_DIR
                 "/vitfleet-agent\"\nssh_config = \"" +
                 server.clientConfiguration().toUtf8() + "\"\n");
    open();
    startOn(QStringLiteral("lab"), 2, QStringLiteral("ssh-run"), true);
    if (QTest::currentTestFailed())
        return;
    waitForRows(1);
    pressPause();
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("2 of 2 nodes work")), qPrintable(cardText()), nodesMs);
    pressPause();
    waitForRows(500);
    const QList<qint64> before = server.agents();
    QCOMPARE(before.size(), 2);
    ::kill(static_cast<pid_t>(before.constFirst()), SIGKILL);
    pressPause();
    // Nobody wanted one less: another one takes its place.
    QTRY_VERIFY2_WITH_TIMEOUT(!server.agents().contains(before.constFirst()) && server.agents().size() == 2 &&
                                  says(QStringLiteral("2 of 2 nodes work")),
                              qPrintable(cardText()), nodesMs);
    press(card()->grow());
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("3 of 3 nodes work")), qPrintable(cardText()), nodesMs);
    QCOMPARE(server.agents().size(), 3);
    pressPause();
    waitForRows(1'000);
    if (QTest::currentTestFailed())
        return;
    shoot(QStringLiteral("ssh-fleet"));
    press(card()->shrink());
    QTRY_VERIFY2_WITH_TIMEOUT(says(QStringLiteral("2 of 2 nodes work")), qPrintable(cardText()), nodesMs);
    waitForTheSeal();
    if (QTest::currentTestFailed())
        return;
    const QHash<QString, int> rows = checkRows();
    if (QTest::currentTestFailed())
        return;
    QStringList hosts;
    for (auto row = rows.begin(); row != rows.end(); ++row)
        hosts << row.key().section(QLatin1Char('-'), 1, 2).section(QLatin1Char(':'), 0, 0);
    hosts.removeDuplicates();
    hosts.sort();
    QCOMPARE(hosts, (QStringList{QStringLiteral("node-a"), QStringLiteral("node-b")}));
    QCOMPARE(rows.size(), 4);
    QTRY_COMPARE_WITH_TIMEOUT(server.agents().size(), 2, nodesMs); // they were to stay
    releaseAll();
    QTRY_VERIFY_WITH_TIMEOUT(server.agents().isEmpty(), nodesMs);
    QVERIFY(QDir(server.home() + QStringLiteral("/launch")).isEmpty());
    m_desktop.reset();
}

QTEST_MAIN(TestNodes)
#include "test_nodes.moc"
