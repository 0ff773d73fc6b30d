// SPDX-License-Identifier: GPL-3.0-or-later
// The real command line with a real Slurm: jobs that are agents, cancelled, added, found again and given back.
#include <QTest>

#include "tests/e2e/cli_process.h"
#include "tests/e2e/csv_file.h"
#include "tests/slurm/slurm_cluster.h"
#include "tests/ssh/ssh_server.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace vitfleet::test;

namespace {

constexpr int items = 10'000;
const QString demoModel = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
const QString demoData = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz");

bool isEvent(const QJsonObject& line, const char* name)
{
    return line.value(QLatin1String("event")).toString() == QLatin1String(name);
}

QJsonArray unitsOf(const QJsonObject& line)
{
    return line.value(QLatin1String("units")).toArray();
}

int count(const QJsonObject& line, const char* state)
{
    int number = 0;
    const QJsonArray units = unitsOf(line);
    for (const QJsonValue& unit : units)
        number += unit.toObject().value(QLatin1String("state")).toString() == QLatin1String(state);
    return number;
}

} // namespace

class SlurmTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<SlurmCluster> m_cluster;
    std::unique_ptr<QTemporaryDir> m_dir;

    QString path(const QString& name) const { return m_dir->filePath(name); }

    void writeProfiles(const QByteArray& more = {})
    {
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.slurm-local]\nprovider = \"slurm\"\npartition = \"all\"\ntime = \"30\"\ncpus = 1\n"
                   "listen = \"127.0.0.1\"\nfolder = \"" +
                   path(QStringLiteral("launch")).toUtf8() + "\"\nmodel_cache = \"" +
                   path(QStringLiteral("models")).toUtf8() +
                   "\"\nprice_per_node_hour = 0.5\n"
                   "idle_minutes = 1\n" +
                   more);
    }
    QStringList runArguments(const QStringList& more) const
    {
        return QStringList{QStringLiteral("run"),       QStringLiteral("--json"),
                           QStringLiteral("--data"),    demoData,
                           QStringLiteral("--model"),   demoModel,
                           QStringLiteral("--profile"), QStringLiteral("slurm-local"),
                           QStringLiteral("--export"),  path(QStringLiteral("results.csv"))} +
               more;
    }
    /// Every item has exactly one row, labelled.
    void checkRows()
    {
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QCOMPARE(csv.rows(), items);
        for (int row = 0; row < csv.rows(); ++row) {
            QCOMPARE(csv.at(row, QStringLiteral("item")), QString::number(row));
            QCOMPARE(csv.at(row, QStringLiteral("status")), QStringLiteral("labelled"));
        }
        CliProcess verify(m_dir->path());
        QVERIFY2(verify.run({QStringLiteral("verify"), path(QStringLiteral("vitfleet.db"))}) == 0,
                 verify.all().constData());
    }
    void checkNothingIsLeft()
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_cluster->jobs().isEmpty(), 40'000);
        QVERIFY2(QDir(path(QStringLiteral("launch"))).isEmpty(), "launch folders are left");
        CliProcess status(m_dir->path());
        QCOMPARE(status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")}), 0);
        QVERIFY2(status.standardOutput().trimmed().isEmpty() || !status.standardOutput().contains("\"units\":[{"),
                 status.standardOutput().constData());
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const QString obstacle = SlurmCluster::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_cluster = std::make_unique<SlurmCluster>();
        const QString problem = m_cluster->start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem + QString::fromUtf8(m_cluster->logs())));
        qputenv("SLURM_CONF", m_cluster->configuration().toUtf8());
    }
    void cleanupTestCase() { m_cluster.reset(); }
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        writeProfiles();
    }

    /// The 10,000 pictures of the demo on four jobs; one is cancelled by hand in mid-run, then one is added.
    void oneJobIsCancelledAndOneAdded()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("4"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":6,\"replicas\":1}")}));
        QVERIFY2(!cli.waitForLine(
                         [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "running") == 4; })
                      .isEmpty(),
                 cli.all().constData());
        QCOMPARE(m_cluster->jobs(QStringLiteral("R")).size(), 4);
        QVERIFY(!cli.waitForLine([](const QJsonObject& line) {
                        return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 500;
                    })
                     .isEmpty());
        const QString victim = m_cluster->jobs(QStringLiteral("R")).constFirst();
        m_cluster->run(QStringLiteral("scancel"), {victim});
        // A person wanted one less: it is not replaced.
        const QJsonObject three = cli.waitForLine(
            [](const QJsonObject& line) { return isEvent(line, "fleet") && unitsOf(line).size() == 3; });
        QVERIFY2(!three.isEmpty(), cli.all().constData());
        QCOMPARE(three.value(QLatin1String("target")).toInt(), 3);
        CliProcess resize(m_dir->path());
        QCOMPARE(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("65")}),
                 3);
        QVERIFY2(resize.standardError().contains("E_TOO_MANY_NODES"), resize.all().constData());
        QVERIFY2(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("4")}) == 0,
                 resize.all().constData());
        QVERIFY2(!cli.waitForLine(
                         [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "running") == 4; })
                      .isEmpty(),
                 cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        // The job's number is in the node's name, and so in every row.
        QVERIFY(csv.countBy(QStringLiteral("node")).value(QStringLiteral("slurm-local-") + victim) > 0);
        QCOMPARE(csv.countBy(QStringLiteral("node")).size(), 5);
        checkNothingIsLeft();
    }

    void theModelWorksOnFourJobs()
    {
#ifndef VITFLEET_WITH_TORCH
        QSKIP("built without LibTorch");
#endif
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run(runArguments({QStringLiteral("--nodes"), QStringLiteral("4")})) == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.countBy(QStringLiteral("correct")).value(QStringLiteral("true")), 9196);
        checkNothingIsLeft();
    }

    /// Nodes that stay: one more than the cluster has waits with its reason; a run uses them; down gives them back.
    void keptNodesAreShownUsedAndGivenBack()
    {
        CliProcess up(m_dir->path());
        QVERIFY2(up.run({QStringLiteral("fleet"), QStringLiteral("up"), QStringLiteral("--profile"),
                         QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("5")}) == 0,
                 up.all().constData());
        QJsonObject seen;
        const auto look = [&] {
            CliProcess status(m_dir->path());
            status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")});
            seen = QJsonDocument::fromJson(status.standardOutput()).object();
            return count(seen, "running") == 4 && count(seen, "pending") == 1;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(look(), QJsonDocument(seen).toJson().constData(), 60'000);
        const QJsonArray units = unitsOf(seen);
        const auto pending = std::find_if(units.begin(), units.end(), [](const QJsonValue& unit) {
            return unit.toObject().value(QLatin1String("state")).toString() == QLatin1String("pending");
        });
        const QString reason = (*pending).toObject().value(QLatin1String("reason")).toString();
        QVERIFY2(reason == QLatin1String("waits for free nodes") ||
                     reason == QLatin1String("waits to be looked at by the scheduler"),
                 qPrintable(reason));
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run(runArguments({QStringLiteral("--nodes"), QStringLiteral("4"), QStringLiteral("--backend"),
                                       QStringLiteral("synthetic")})) == 0,
                 cli.all().constData());
        checkRows();
        QCOMPARE(m_cluster->jobs(QStringLiteral("R")).size(), 4); // they stay
        CliProcess down(m_dir->path());
        QVERIFY2(down.run({QStringLiteral("fleet"), QStringLiteral("down"), QStringLiteral("--profile"),
                           QStringLiteral("slurm-local")}) == 0,
                 down.all().constData());
        checkNothingIsLeft();
    }

    /// SIGKILL in mid-run: the ledger has the jobs, and who resumes uses them again.
    void aKilledApplicationFindsItsJobs()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("3"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":4,\"replicas\":1}")}));
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) {
                         return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 500;
                     })
                      .isEmpty(),
                 cli.all().constData());
        cli.kill();
        cli.finish();
        const QStringList before = m_cluster->jobs();
        QCOMPARE(before.size(), 3);
        CliProcess resume(m_dir->path());
        QVERIFY2(resume.run({QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--json"),
                             QStringLiteral("--profile"), QStringLiteral("slurm-local"), QStringLiteral("--nodes"),
                             QStringLiteral("3"), QStringLiteral("--export"), path(QStringLiteral("results.csv"))}) ==
                     0,
                 resume.all().constData());
        for (const QString& job : before)
            QVERIFY2(resume.standardOutput().contains(job.toUtf8()), qPrintable(job));
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.countBy(QStringLiteral("node")).size(), 3); // the same three, no others
        checkNothingIsLeft();
    }

    /// Killed, and then something else is done: what was left is given back.
    void leftJobsAreGivenBack()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":4}")}));
        QVERIFY(!cli.waitForLine(
                        [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "running") == 2; })
                     .isEmpty());
        cli.kill();
        cli.finish();
        QCOMPARE(m_cluster->jobs().size(), 2);
        CliProcess other(m_dir->path());
        QVERIFY2(other.run({QStringLiteral("run"), QStringLiteral("--json"), QStringLiteral("--data"), demoData,
                            QStringLiteral("--model"), demoModel, QStringLiteral("--local"), QStringLiteral("1"),
                            QStringLiteral("--limit"), QStringLiteral("50"), QStringLiteral("--backend"),
                            QStringLiteral("synthetic")}) == 0,
                 other.all().constData());
        checkNothingIsLeft();
    }

    /// Killed between the submission and its answer: the ledger has no number, but the name of the job.
    void aKillWhileGrowingLeavesNothing()
    {
        QDir(m_dir->path()).mkpath(QStringLiteral("bin"));
        QFile slow(path(QStringLiteral("bin/sbatch")));
        QVERIFY(slow.open(QIODevice::WriteOnly));
        slow.write("#!/bin/sh\n/usr/bin/sbatch \"$@\"\nexec sleep 60\n");
        slow.close();
        slow.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        const QByteArray before = qgetenv("PATH");
        qputenv("PATH", path(QStringLiteral("bin")).toUtf8() + ":" + before);
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic")}));
        QTRY_COMPARE_WITH_TIMEOUT(m_cluster->jobs().size(), 2, 30'000);
        cli.kill();
        cli.finish();
        qputenv("PATH", before);
        CliProcess other(m_dir->path());
        QVERIFY2(other.run({QStringLiteral("run"), QStringLiteral("--json"), QStringLiteral("--data"), demoData,
                            QStringLiteral("--model"), demoModel, QStringLiteral("--local"), QStringLiteral("1"),
                            QStringLiteral("--limit"), QStringLiteral("50"), QStringLiteral("--backend"),
                            QStringLiteral("synthetic")}) == 0,
                 other.all().constData());
        checkNothingIsLeft();
    }

    /// Back to the queue in mid-run, and again to a node: another agent under the same number.
    void aRequeuedJobComesAgain()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":4,\"replicas\":1}")}));
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) {
                         return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 300;
                     })
                      .isEmpty(),
                 cli.all().constData());
        const QString job = m_cluster->jobs(QStringLiteral("R")).constFirst();
        m_cluster->run(QStringLiteral("scontrol"), {QStringLiteral("requeue"), job});
        QVERIFY2(!cli.waitForLine(
                         [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "pending") == 1; })
                      .isEmpty(),
                 cli.all().constData());
        // Slurm waits two minutes before it starts such a job again, unless it is told otherwise.
        const auto isBack = [&] {
            m_cluster->run(QStringLiteral("scontrol"),
                           {QStringLiteral("update"), QStringLiteral("JobId=") + job, QStringLiteral("StartTime=now")});
            return m_cluster->jobs(QStringLiteral("R")).contains(job);
        };
        QTRY_VERIFY_WITH_TIMEOUT(isBack(), 30'000);
        QVERIFY2(!cli.waitForLine(
                         [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "running") == 2; })
                      .isEmpty(),
                 cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        checkNothingIsLeft();
    }

    /// Somebody with a higher priority takes all nodes in mid-run: every agent says goodbye at once, and comes again.
    void aPreemptedFleetComesAgain()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("4"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":6,\"replicas\":1}")}));
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) {
                         return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 500;
                     })
                      .isEmpty(),
                 cli.all().constData());
        const QStringList jobs = m_cluster->jobs(QStringLiteral("R"));
        QCOMPARE(jobs.size(), 4);
        const QString urgent =
            m_cluster
                ->run(QStringLiteral("sbatch"), {QStringLiteral("--parsable"), QStringLiteral("--partition=urgent"),
                                                 QStringLiteral("--array=0-3"), QStringLiteral("--output=/dev/null"),
                                                 QStringLiteral("--wrap=sleep 600")})
                .trimmed();
        QVERIFY2(!cli.waitForLine(
                         [](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, "pending") == 4; })
                      .isEmpty(),
                 cli.all().constData());
        m_cluster->run(QStringLiteral("scancel"), {urgent});
        // Slurm waits two minutes before it starts such jobs again, unless it is told otherwise.
        const auto areBack = [&] {
            for (const QString& job : jobs)
                m_cluster->run(QStringLiteral("scontrol"), {QStringLiteral("update"), QStringLiteral("JobId=") + job,
                                                            QStringLiteral("StartTime=now")});
            return m_cluster->jobs(QStringLiteral("R")).size() == 4;
        };
        QTRY_VERIFY_WITH_TIMEOUT(areBack(), 40'000);
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        checkNothingIsLeft();
    }

    /// What slurmctld sends before the time limit: the agent hands in what it has and leaves, and is replaced.
    void theTimeLimitDrains()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments({QStringLiteral("--nodes"), QStringLiteral("1"), QStringLiteral("--backend"),
                                QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                                QStringLiteral("{\"ms_per_item\":1,\"replicas\":1}")}));
        QVERIFY2(!cli.waitForLine([](const QJsonObject& line) {
                         return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 300;
                     })
                      .isEmpty(),
                 cli.all().constData());
        const QString job = m_cluster->jobs(QStringLiteral("R")).constFirst();
        m_cluster->run(QStringLiteral("scancel"), {QStringLiteral("--batch"), QStringLiteral("--signal=TERM"), job});
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.countBy(QStringLiteral("node")).size(), 2);
        QVERIFY2(cli.standardOutput().contains("\"node_seconds\":") &&
                     cli.standardOutput().contains("\"currency\":\"EUR\""),
                 cli.all().constData());
        checkNothingIsLeft();
    }

    /// The benchmark: start, speed and efficiency of each count, as a table, a CSV and a drawing.
    void itMeasuresHowFarItScales()
    {
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run({QStringLiteral("scaleout"), QStringLiteral("--json"), QStringLiteral("--profile"),
                          QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("1,3"),
                          QStringLiteral("--data"), demoData, QStringLiteral("--model"), demoModel,
                          QStringLiteral("--limit"), QStringLiteral("600"), QStringLiteral("--backend"),
                          QStringLiteral("synthetic"), QStringLiteral("--backend-options"),
                          QStringLiteral("{\"ms_per_item\":5,\"replicas\":1}"), QStringLiteral("--out"),
                          path(QStringLiteral("scale"))}) == 0,
                 cli.all().constData());
        QFile csv(path(QStringLiteral("scale/scaleout.csv")));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const QList<QByteArray> lines = csv.readAll().trimmed().split('\n');
        QCOMPARE(lines.size(), 3);
        const QList<QByteArray> one = lines.at(1).split(','), three = lines.at(2).split(',');
        QCOMPARE(one.at(0), QByteArray("1"));
        QCOMPARE(three.at(0), QByteArray("3"));
        for (const auto& point : {one, three}) {
            QCOMPARE(point.at(3), QByteArray("600"));   // items
            QCOMPARE(point.at(4), point.at(0));         // all of them took part
            QVERIFY(point.at(7).toDouble() > 0);        // steady
            QCOMPARE(point.at(11), QByteArray("true")); // stand-ins, and said to be
        }
        QFile drawing(path(QStringLiteral("scale/scaleout.svg")));
        QVERIFY(drawing.open(QIODevice::ReadOnly));
        const QByteArray svg = drawing.readAll();
        QVERIFY(svg.contains("SYNTHETIC") && svg.contains("linear") && svg.contains("published"));
        CliProcess advise(m_dir->path());
        QVERIFY2(advise.run({QStringLiteral("fleet"), QStringLiteral("advise"), QStringLiteral("--json"),
                             QStringLiteral("--profile"), QStringLiteral("slurm-local"), QStringLiteral("--nodes"),
                             QStringLiteral("4")}) == 0,
                 advise.all().constData());
        const QJsonObject advice = QJsonDocument::fromJson(advise.standardOutput()).object();
        QCOMPARE(advice.value(QLatin1String("advice")).toArray().size(), 4);
        QCOMPARE(advice.value(QLatin1String("measured")).toObject().value(QLatin1String("nodes")).toInt(), 3);
        checkNothingIsLeft();
    }

    /// From a machine that is no login node: commands and folder over SSH, ports through tunnels.
    void aLoginNodeIsUsedOverSsh()
    {
        if (const QString obstacle = SshServer::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        SshServer server({QStringLiteral("SLURM_CONF=") + m_cluster->configuration()});
        const QString problem = server.start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        writeProfiles("login = \"node-a\"\nssh_config = \"" + server.clientConfiguration().toUtf8() +
                      "\"\nagent = \"" VITFLEET_BIN_DIR "/vitfleet-agent\"\n");
        qunsetenv("SLURM_CONF"); // this machine knows no Slurm
        CliProcess cli(m_dir->path());
        const int code = cli.run(runArguments({QStringLiteral("--nodes"), QStringLiteral("2"),
                                               QStringLiteral("--backend"), QStringLiteral("synthetic")}));
        qputenv("SLURM_CONF", m_cluster->configuration().toUtf8());
        QVERIFY2(code == 0, cli.all().constData());
        QVERIFY(cli.standardOutput().contains("\"site\":\"node-a\""));
        checkRows();
        checkNothingIsLeft();
    }

    void whatSbatchRefusesIsSaid()
    {
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.slurm-local]\nprovider = \"slurm\"\npartition = \"nowhere\"\nfolder = \"" +
                   path(QStringLiteral("launch")).toUtf8() + "\"\n");
        file.close();
        CliProcess cli(m_dir->path());
        QCOMPARE(cli.run(runArguments({QStringLiteral("--nodes"), QStringLiteral("2")})), 3);
        QVERIFY2(cli.standardError().contains("E_PROVIDER_REFUSED") && cli.standardError().contains("partition"),
                 cli.all().constData());
        checkNothingIsLeft();
    }
};

QTEST_GUILESS_MAIN(SlurmTest)
#include "slurm_test.moc"
