// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/slurm/slurm_scenario.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <algorithm>

namespace vitfleet::test {

void SlurmScenario::initTestCase()
{
    if (const QString obstacle = SlurmCluster::obstacle(); !obstacle.isEmpty())
        QSKIP(qPrintable(obstacle));
    m_cluster = std::make_unique<SlurmCluster>();
    const QString problem = m_cluster->start();
    QVERIFY2(problem.isEmpty(), qPrintable(problem + QString::fromUtf8(m_cluster->logs())));
    qputenv("SLURM_CONF", m_cluster->configuration().toUtf8());
}

void SlurmScenario::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    writeProfiles();
}

void SlurmScenario::writeProfiles(const QByteArray& more, const QByteArray& minutes)
{
    QFile file(path(QStringLiteral("profiles.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[profile.slurm-local]\nprovider = \"slurm\"\npartition = \"all\"\ntime = \"" + minutes +
               "\"\ncpus = 1\n"
               "listen = \"127.0.0.1\"\nfolder = \"" +
               path(QStringLiteral("launch")).toUtf8() + "\"\nmodel_cache = \"" +
               path(QStringLiteral("models")).toUtf8() + "\"\nprice_per_node_hour = 0.5\nidle_minutes = 1\n" + more);
}

bool SlurmScenario::runAgain(const QStringList& jobs)
{
    for (const QString& job : jobs)
        m_cluster->run(QStringLiteral("scontrol"),
                       {QStringLiteral("update"), QStringLiteral("JobId=") + job, QStringLiteral("StartTime=now")});
    const QStringList running = m_cluster->jobs(QStringLiteral("R"));
    return std::ranges::all_of(jobs, [&running](const QString& job) { return running.contains(job); });
}

void SlurmScenario::runHere()
{
    CliProcess cli(home());
    QVERIFY2(cli.run({QStringLiteral("run"), QStringLiteral("--json"), QStringLiteral("--data"), demoData(),
                      QStringLiteral("--model"), demoModel(), QStringLiteral("--local"), QStringLiteral("1"),
                      QStringLiteral("--limit"), QStringLiteral("50"), QStringLiteral("--backend"),
                      QStringLiteral("synthetic")}) == 0,
             cli.all().constData());
}

void SlurmScenario::checkRows()
{
    QCOMPARE(rowsProblem(resultsOf(home())), QString());
    CliProcess verify(home());
    QVERIFY2(verify.run({QStringLiteral("verify"), path(QStringLiteral("vitfleet.db"))}) == 0,
             verify.all().constData());
}

void SlurmScenario::checkNothingIsLeft()
{
    QTRY_VERIFY_WITH_TIMEOUT(m_cluster->jobs().isEmpty(), 40'000);
    QVERIFY2(QDir(path(QStringLiteral("launch"))).isEmpty(), "launch folders are left");
    CliProcess status(home());
    QCOMPARE(status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")}), 0);
    QVERIFY2(status.standardOutput().trimmed().isEmpty() || !status.standardOutput().contains("\"units\":[{"),
             status.standardOutput().constData());
}

} // namespace vitfleet::test
