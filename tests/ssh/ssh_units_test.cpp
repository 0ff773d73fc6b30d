// SPDX-License-Identifier: GPL-3.0-or-later
// Agents as user units of a real systemd on hosts that are reached over a real OpenSSH. The manager is the test's own.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"
#include "tests/ssh/ssh_server.h"
#include "tests/ssh/user_manager.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

using namespace vitfleet::test;

static constexpr int items = 4000;

class SshUnitsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<UserManager> m_manager;
    std::unique_ptr<SshServer> m_server;
    std::unique_ptr<QTemporaryDir> m_dir;

    QString path(const QString& name) const { return m_dir->filePath(name); }
    static QStringList profile() { return {QStringLiteral("--profile"), QStringLiteral("units")}; }
    QString mainPidOf(const QString& unit) const
    {
        return m_manager
            ->ask({QStringLiteral("show"), QStringLiteral("-p"), QStringLiteral("MainPID"), QStringLiteral("--value"),
                   unit})
            .trimmed();
    }
    void checkNothingIsLeft()
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_manager->agents().isEmpty(), 40'000);
        QVERIFY(m_server->agents().isEmpty());
        QVERIFY(QDir(m_server->home() + QStringLiteral("/launch")).isEmpty());
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const QString obstacle = SshServer::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_manager = std::make_unique<UserManager>();
        if (const QString obstacle = m_manager->start(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_server =
            std::make_unique<SshServer>(QStringList{QStringLiteral("XDG_RUNTIME_DIR=") + m_manager->runtimeFolder()});
        const QString problem = m_server->start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }
    void cleanupTestCase()
    {
        m_server.reset();
        m_manager.reset();
    }
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.units]\nprovider = \"ssh\"\nhosts = [\"node-a\", \"node-b\"]\nssh_config = \"" +
                   m_server->clientConfiguration().toUtf8() +
                   "\"\nfolder = \"launch\"\nidle_minutes = 1\nagent = \"" VITFLEET_BIN_DIR
                   "/vitfleet-agent\"\nmodel_cache = \"" +
                   path(QStringLiteral("models")).toUtf8() + "\"\n");
    }

    /// Two units share a run; one is killed and replaced; none is left.
    void unitsShareARun()
    {
        CliProcess cli(m_dir->path());
        cli.start(demoRun(m_dir->path(), QStringLiteral("units"), 2,
                          synthetic(5) + QStringList{QStringLiteral("--limit"), QString::number(items)}));
        QVERIFY2(waitForRows(cli, 200), cli.all().constData());
        const QStringList units = m_manager->agents();
        QCOMPARE(units.size(), 2);
        for (const QString& unit : units) {
            QVERIFY2(m_server->agents().contains(mainPidOf(unit).toLongLong()), qPrintable(unit));
            QFile group(QStringLiteral("/proc/%1/cgroup").arg(mainPidOf(unit)));
            QVERIFY(group.open(QIODevice::ReadOnly));
            QVERIFY(group.readAll().contains(unit.toUtf8()));
        }
        int code = -1;
        m_manager->ask({QStringLiteral("kill"), QStringLiteral("--signal=KILL"), units.constFirst()}, &code);
        QCOMPARE(code, 0);
        QVERIFY2(waitForFleet(cli, 2, 1), cli.all().constData());
        QVERIFY2(waitForFleet(cli, 2, 2), cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path()), items), QString());
        const CsvFile csv(resultsOf(m_dir->path()));
        // The unit's name is the provider's own number.
        const QString node =
            QStringLiteral("units-node-a:") + units.constFirst().section(QLatin1String(".service"), 0, 0);
        const QStringList nodes = csv.countBy(QStringLiteral("node")).keys();
        QCOMPARE(nodes.size(), 3);
        QVERIFY2(nodes.join(QLatin1Char(' ')).contains(node.section(QLatin1Char(':'), 1)),
                 qPrintable(nodes.join(QLatin1Char(' '))));
        checkNothingIsLeft();
    }

    /// They stay beyond the application's end and the session's, and are given back by another process.
    void keptUnitsOutliveTheApplication()
    {
        CliProcess up(m_dir->path());
        QVERIFY2(up.run(QStringList{QStringLiteral("fleet"), QStringLiteral("up"), QStringLiteral("--wait"),
                                    QStringLiteral("--nodes"), QStringLiteral("2")} +
                        profile()) == 0,
                 up.all().constData());
        QCOMPARE(m_manager->agents().size(), 2);
        CliProcess status(m_dir->path());
        status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")});
        QVERIFY2(status.standardOutput().count("\"state\":\"running\"") == 2, status.all().constData());
        CliProcess down(m_dir->path());
        QVERIFY2(down.run(QStringList{QStringLiteral("fleet"), QStringLiteral("down")} + profile()) == 0,
                 down.all().constData());
        checkNothingIsLeft();
    }
};

QTEST_GUILESS_MAIN(SshUnitsTest)
#include "ssh_units_test.moc"
