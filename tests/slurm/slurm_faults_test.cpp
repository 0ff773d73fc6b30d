// SPDX-License-Identifier: GPL-3.0-or-later
// What ends jobs of a real Slurm in mid-run, or the application beside them: nothing is lost, and nothing is left.
#include "tests/slurm/slurm_scenario.h"

#include <QDir>
#include <QFile>
#include <QTest>

using namespace vitfleet::test;

class SlurmFaultsTest : public SlurmScenario
{
    Q_OBJECT
private:
    /// A script in front of Slurm's own; what PATH was before.
    QByteArray replaceSbatch(const QByteArray& script)
    {
        QDir(home()).mkpath(QStringLiteral("bin"));
        QFile file(path(QStringLiteral("bin/sbatch")));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        file.write("#!/bin/sh\n" + script);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        const QByteArray before = qgetenv("PATH");
        qputenv("PATH", path(QStringLiteral("bin")).toUtf8() + ":" + before);
        return before;
    }

private Q_SLOTS:
    /// SIGKILL in mid-run: the ledger has the jobs, and who resumes uses them again.
    void aKilledApplicationFindsItsJobs()
    {
        CliProcess cli(home());
        cli.start(runArguments(3, synthetic(4)));
        QVERIFY2(waitForRows(cli, 500), cli.all().constData());
        cli.kill();
        cli.finish();
        const QStringList before = cluster().jobs();
        QCOMPARE(before.size(), 3);
        CliProcess resume(home());
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
        CliProcess cli(home());
        cli.start(runArguments(2, synthetic(4)));
        QVERIFY2(waitForUnits(cli, "running", 2), cli.all().constData());
        cli.kill();
        cli.finish();
        QCOMPARE(cluster().jobs().size(), 2);
        runHere();
        checkNothingIsLeft();
    }

    /// Killed between the submission and its answer: the ledger has no number, but the name of the job.
    void aKillWhileGrowingLeavesNothing()
    {
        const QByteArray before = replaceSbatch("/usr/bin/sbatch \"$@\"\nexec sleep 60\n");
        CliProcess cli(home());
        cli.start(runArguments(2, synthetic()));
        QTRY_COMPARE_WITH_TIMEOUT(cluster().jobs().size(), 2, 30'000);
        cli.kill();
        cli.finish();
        qputenv("PATH", before);
        runHere();
        checkNothingIsLeft();
    }

    /// A controller that never answers: each call has its limit, and after a few the run ends with the reason.
    void aSubmissionThatHangsIsGivenUp()
    {
        writeProfiles("timeout_s = 3\n");
        const QByteArray before = replaceSbatch("exec sleep 600\n");
        CliProcess cli(home());
        const int code = cli.run(runArguments(2, synthetic()));
        qputenv("PATH", before);
        QVERIFY2(code == 3 && cli.standardError().contains("E_PROVIDER_TIMEOUT"), cli.all().constData());
        checkNothingIsLeft();
    }

    /// Back to the queue in mid-run, and again to a node: another agent under the same number.
    void aRequeuedJobComesAgain()
    {
        CliProcess cli(home());
        cli.start(runArguments(2, synthetic(4)));
        QVERIFY2(waitForRows(cli, 300), cli.all().constData());
        const QString job = cluster().jobs(QStringLiteral("R")).constFirst();
        cluster().run(QStringLiteral("scontrol"), {QStringLiteral("requeue"), job});
        QVERIFY2(waitForUnits(cli, "pending", 1), cli.all().constData());
        QTRY_VERIFY_WITH_TIMEOUT(runAgain({job}), 30'000);
        QVERIFY2(waitForUnits(cli, "running", 2), cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        checkNothingIsLeft();
    }

    /// Somebody with a higher priority takes all nodes in mid-run: every agent says goodbye at once, and comes again.
    void aPreemptedFleetComesAgain()
    {
        CliProcess cli(home());
        cli.start(runArguments(4, synthetic(6)));
        QVERIFY2(waitForRows(cli, 500), cli.all().constData());
        const QStringList jobs = cluster().jobs(QStringLiteral("R"));
        QCOMPARE(jobs.size(), 4);
        const QString urgent =
            cluster()
                .run(QStringLiteral("sbatch"),
                     {QStringLiteral("--parsable"), QStringLiteral("--partition=urgent"), QStringLiteral("--array=0-3"),
                      QStringLiteral("--output=/dev/null"), QStringLiteral("--wrap=sleep 600")})
                .trimmed();
        QVERIFY2(waitForUnits(cli, "pending", 4), cli.all().constData());
        cluster().run(QStringLiteral("scancel"), {urgent});
        QTRY_VERIFY_WITH_TIMEOUT(runAgain(jobs), 40'000);
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        checkNothingIsLeft();
    }

    /// What slurmctld sends before the time limit: the agent hands in what it has and leaves, and is replaced.
    void theTimeLimitDrains()
    {
        CliProcess cli(home());
        cli.start(runArguments(1, synthetic(1)));
        QVERIFY2(waitForRows(cli, 300), cli.all().constData());
        const QString job = cluster().jobs(QStringLiteral("R")).constFirst();
        cluster().run(QStringLiteral("scancel"), {QStringLiteral("--batch"), QStringLiteral("--signal=TERM"), job});
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.countBy(QStringLiteral("node")).size(), 2);
        QVERIFY2(cli.standardOutput().contains("\"node_seconds\":") &&
                     cli.standardOutput().contains("\"currency\":\"EUR\""),
                 cli.all().constData());
        checkNothingIsLeft();
    }
};

QTEST_GUILESS_MAIN(SlurmFaultsTest)
#include "slurm_faults_test.moc"
