// SPDX-License-Identifier: GPL-3.0-or-later
// The real command line with a real Slurm: jobs that are agents, cancelled, added, kept, measured, over a login node.
#include "tests/slurm/slurm_scenario.h"
#include "tests/ssh/ssh_server.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

#include <memory>

using namespace vitfleet::test;

class SlurmRunsTest : public SlurmScenario
{
    Q_OBJECT
private Q_SLOTS:
    /// The 10,000 pictures of the demo on four jobs; one is cancelled by hand in mid-run, then one is added.
    void oneJobIsCancelledAndOneAdded()
    {
        CliProcess cli(home());
        cli.start(runArguments(4, synthetic(6)));
        QVERIFY2(waitForUnits(cli, "running", 4), cli.all().constData());
        QCOMPARE(cluster().jobs(QStringLiteral("R")).size(), 4);
        QVERIFY2(waitForRows(cli, 500), cli.all().constData());
        const QString victim = cluster().jobs(QStringLiteral("R")).constFirst();
        cluster().run(QStringLiteral("scancel"), {victim});
        // A person wanted one less: it is not replaced.
        const QJsonObject three = cli.waitForLine(
            [](const QJsonObject& line) { return isEvent(line, "fleet") && unitsOf(line).size() == 3; });
        QVERIFY2(!three.isEmpty(), cli.all().constData());
        QCOMPARE(three.value(QLatin1String("target")).toInt(), 3);
        CliProcess resize(home());
        QCOMPARE(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("65")}),
                 3);
        QVERIFY2(resize.standardError().contains("E_TOO_MANY_NODES"), resize.all().constData());
        QVERIFY2(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("4")}) == 0,
                 resize.all().constData());
        QVERIFY2(waitForUnits(cli, "running", 4), cli.all().constData());
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
        CliProcess cli(home());
        QVERIFY2(cli.run(runArguments(4)) == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.countBy(QStringLiteral("correct")).value(QStringLiteral("true")), 9196);
        checkNothingIsLeft();
    }

    /// Nodes that stay: one more than the cluster has, and than one array may have, waits with its reason; a run uses
    /// them; down gives them back.
    void keptNodesAreShownUsedAndGivenBack()
    {
        CliProcess up(home());
        QVERIFY2(up.run({QStringLiteral("fleet"), QStringLiteral("up"), QStringLiteral("--profile"),
                         QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("5")}) == 0,
                 up.all().constData());
        QJsonObject seen;
        const auto look = [&] {
            CliProcess status(home());
            status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")});
            seen = QJsonDocument::fromJson(status.standardOutput()).object();
            return count(seen, "running") == 4 && count(seen, "pending") == 1;
        };
        QTRY_VERIFY2_WITH_TIMEOUT(look(), QJsonDocument(seen).toJson().constData(), 60'000);
        QStringList arrays;
        const QStringList jobs = cluster().jobs();
        for (const QString& job : jobs)
            arrays << job.section(QLatin1Char('_'), 0, 0);
        QCOMPARE(arrays.removeDuplicates(), 3); // four of the five are one array
        const QJsonArray units = unitsOf(seen);
        const auto pending = std::find_if(units.begin(), units.end(), [](const QJsonValue& unit) {
            return unit.toObject().value(QLatin1String("state")).toString() == QLatin1String("pending");
        });
        const QString reason = (*pending).toObject().value(QLatin1String("reason")).toString();
        QVERIFY2(reason == QLatin1String("waits for free nodes") ||
                     reason == QLatin1String("waits to be looked at by the scheduler"),
                 qPrintable(reason));
        CliProcess cli(home());
        QVERIFY2(cli.run(runArguments(4, synthetic())) == 0, cli.all().constData());
        checkRows();
        QCOMPARE(cluster().jobs(QStringLiteral("R")).size(), 4); // they stay
        CliProcess down(home());
        QVERIFY2(down.run({QStringLiteral("fleet"), QStringLiteral("down"), QStringLiteral("--profile"),
                           QStringLiteral("slurm-local")}) == 0,
                 down.all().constData());
        checkNothingIsLeft();
    }

    /// The benchmark: start, speed and efficiency of each count, as a table, a CSV and a drawing.
    void itMeasuresHowFarItScales()
    {
        CliProcess cli(home());
        QVERIFY2(cli.run({QStringLiteral("scaleout"), QStringLiteral("--json"), QStringLiteral("--profile"),
                          QStringLiteral("slurm-local"), QStringLiteral("--nodes"), QStringLiteral("1,3"),
                          QStringLiteral("--data"), demoData(), QStringLiteral("--model"), demoModel(),
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
        CliProcess advise(home());
        QVERIFY2(advise.run({QStringLiteral("fleet"), QStringLiteral("advise"), QStringLiteral("--json"),
                             QStringLiteral("--profile"), QStringLiteral("slurm-local"), QStringLiteral("--nodes"),
                             QStringLiteral("4")}) == 0,
                 advise.all().constData());
        const QJsonObject advice = QJsonDocument::fromJson(advise.standardOutput()).object();
        QCOMPARE(advice.value(QLatin1String("advice")).toArray().size(), 4);
        QVERIFY(advice.value(QLatin1String("load_seconds")).isDouble());
        QCOMPARE(advice.value(QLatin1String("measured")).toObject().value(QLatin1String("nodes")).toInt(), 3);
        checkNothingIsLeft();
    }

    /// From a machine that is no login node: commands and folder over SSH, ports through tunnels.
    void aLoginNodeIsUsedOverSsh()
    {
        if (const QString obstacle = SshServer::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        SshServer server({QStringLiteral("SLURM_CONF=") + cluster().configuration()});
        const QString problem = server.start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        writeProfiles("login = \"node-a\"\nssh_config = \"" + server.clientConfiguration().toUtf8() +
                      "\"\nagent = \"" VITFLEET_BIN_DIR "/vitfleet-agent\"\n");
        qunsetenv("SLURM_CONF"); // this machine knows no Slurm
        CliProcess cli(home());
        const int code = cli.run(runArguments(2, synthetic()));
        qputenv("SLURM_CONF", cluster().configuration().toUtf8());
        QVERIFY2(code == 0, cli.all().constData());
        QVERIFY(cli.standardOutput().contains("\"site\":\"node-a\""));
        checkRows();
        checkNothingIsLeft();
    }

    /// Every option of a profile, as Slurm itself tells it; modules and apptainer are stand-ins in the job's own PATH
    /// and start-up file.
    void everyOptionReachesTheJob()
    {
        const auto script = [this](const QString& name, const QByteArray& text) {
            QFile file(path(name));
            return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() &&
                   file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        };
        const auto read = [this](const QString& name) {
            QFile file(path(name));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        QVERIFY(script(QStringLiteral(".bash_profile"),
                       "PATH=\"" + home().toUtf8() + ":$PATH\"\nmodule() { echo \"$*\" >>\"" +
                           path(QStringLiteral("modules")).toUtf8() + "\"; [ \"$2\" != absent ]; }\n"));
        QVERIFY(script(QStringLiteral("apptainer"), "#!/bin/bash\necho \"$*\" >\"" +
                                                        path(QStringLiteral("container")).toUtf8() +
                                                        "\"\nwhile [ \"$1\" != /images/vf.sif ]; do shift; done\n"
                                                        "shift\nexec \"$@\"\n"));
        writeProfiles("gpus = \"1\"\nconstraint = \"ib\"\nmemory = \"200\"\nwork_dir = \"/var/tmp\"\nrequeue = false\n"
                      "modules = [\"cuda/12\", \"gcc\"]\ncontainer = \"/images/vf.sif\"\nagent = \"" VITFLEET_BIN_DIR
                      "/vitfleet-agent\"\n",
                      "7");
        const auto fleet = [this](const QStringList& arguments) {
            auto cli = std::make_unique<CliProcess>(home());
            cli->setEnvironment(QStringLiteral("HOME"), home());
            cli->run(QStringList{QStringLiteral("fleet")} + arguments +
                     QStringList{QStringLiteral("--profile"), QStringLiteral("slurm-local")});
            return cli;
        };
        const QStringList up = {QStringLiteral("up"), QStringLiteral("--nodes"), QStringLiteral("1"),
                                QStringLiteral("--wait")};
        const auto started = fleet(up);
        const QStringList jobs = cluster().jobs(QStringLiteral("R"));
        QVERIFY2(jobs.size() == 1, started->all().constData());
        const QString told = cluster().run(QStringLiteral("scontrol"),
                                           {QStringLiteral("show"), QStringLiteral("job"), jobs.constFirst()});
        for (const char* word : {"Partition=all", "Features=ib", "gpu:1", "MinMemoryNode=200M", "WorkDir=/var/tmp",
                                 "Requeue=0", "TimeLimit=00:07:00", "NumNodes=1", "CPUs/Task=1"})
            QVERIFY2(told.contains(QLatin1String(word)), qPrintable(QLatin1String(word) + QLatin1Char('\n') + told));
        QCOMPARE(read(QStringLiteral("modules")), QByteArray("load cuda/12\nload gcc\n"));
        const QByteArray bound = "exec --nv --bind " + path(QStringLiteral("launch")).toUtf8() + "/";
        QVERIFY2(read(QStringLiteral("container")).startsWith(bound), read(QStringLiteral("container")).constData());
        QCOMPARE(fleet({QStringLiteral("down")})->standardError(), QByteArray());
        // What cannot be loaded ends the job, and after three the reason stays.
        writeProfiles("modules = [\"absent\"]\n");
        const auto failed = fleet(up);
        QVERIFY2(failed->all().contains("E_NODE_ENDED") && failed->all().contains("failed"), failed->all().constData());
        fleet({QStringLiteral("down")});
        checkNothingIsLeft();
    }

    void whatSbatchRefusesIsSaid()
    {
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.slurm-local]\nprovider = \"slurm\"\npartition = \"nowhere\"\nfolder = \"" +
                   path(QStringLiteral("launch")).toUtf8() + "\"\n");
        file.close();
        CliProcess cli(home());
        QCOMPARE(cli.run(runArguments(2)), 3);
        QVERIFY2(cli.standardError().contains("E_PROVIDER_REFUSED") && cli.standardError().contains("partition"),
                 cli.all().constData());
        checkNothingIsLeft();
    }
};

QTEST_GUILESS_MAIN(SlurmRunsTest)
#include "slurm_runs_test.moc"
