// SPDX-License-Identifier: GPL-3.0-or-later
// Slurm's own time limit, whose shortest is a minute: the signal before it makes the agent finish what it has begun and
// leave, and another job takes its place.
#include "tests/slurm/slurm_scenario.h"

#include <QTest>

using namespace vitfleet::test;

class SlurmTimeLimitTest : public SlurmScenario
{
    Q_OBJECT
private Q_SLOTS:
    void theSignalBeforeTheLimitDrains()
    {
        writeProfiles("signal_s = 20\n", "1");
        CliProcess cli(home());
        // About 70 s of work: longer than any job may be.
        cli.start(runArguments(1, synthetic(7)));
        QVERIFY2(waitForRows(cli, 100), cli.all().constData());
        const QString first = cluster().jobs(QStringLiteral("R")).constFirst();
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkRows();
        const CsvFile csv(path(QStringLiteral("results.csv")));
        const auto nodes = csv.countBy(QStringLiteral("node"));
        QVERIFY2(nodes.size() >= 2, cli.all().constData());
        QVERIFY(nodes.contains(QStringLiteral("slurm-local-") + first));
        // It left by itself, before Slurm would have ended it; that is no failure of the profile.
        const QString ended =
            cluster().run(QStringLiteral("scontrol"), {QStringLiteral("show"), QStringLiteral("job"), first});
        QVERIFY2(ended.contains(QStringLiteral("JobState=COMPLETED")), qPrintable(ended));
        QVERIFY2(!ended.contains(QStringLiteral("JobState=TIMEOUT")), qPrintable(ended));
        QVERIFY2(!cli.standardOutput().contains("no more nodes are asked for"), cli.all().constData());
        checkNothingIsLeft();
    }
};

QTEST_GUILESS_MAIN(SlurmTimeLimitTest)
#include "slurm_time_limit_test.moc"
