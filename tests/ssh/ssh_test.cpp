// SPDX-License-Identifier: GPL-3.0-or-later
// The real command line with agents on two hosts that are reached over a real OpenSSH.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"
#include "tests/ssh/ssh_server.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <csignal>

using namespace vitfleet::test;

namespace {

const QString agent = QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent");

} // namespace

class SshTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<SshServer> m_server;
    std::unique_ptr<QTemporaryDir> m_dir;

    QString path(const QString& name) const { return m_dir->filePath(name); }

    void writeProfile(const QByteArray& hosts, const QByteArray& more = {})
    {
        QFile file(path(QStringLiteral("profiles.toml")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[profile.two]\nprovider = \"ssh\"\nhosts = [" + hosts + "]\nsystemd = false\nssh_config = \"" +
                   m_server->clientConfiguration().toUtf8() +
                   "\"\nfolder = \"launch\"\nidle_minutes = 1\nmodel_cache = \"" +
                   path(QStringLiteral("models")).toUtf8() + "\"\n" + more);
    }
    static QByteArray agentLine() { return "agent = \"" + agent.toUtf8() + "\"\n"; }
    QStringList runArguments(int nodes, const QStringList& more = {}) const
    {
        return demoRun(m_dir->path(), QStringLiteral("two"), nodes, more);
    }
    void checkNothingIsLeft()
    {
        QTRY_VERIFY_WITH_TIMEOUT(m_server->agents().isEmpty(), 40'000);
        QVERIFY(QDir(m_server->home() + QStringLiteral("/launch")).isEmpty());
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const QString obstacle = SshServer::obstacle(); !obstacle.isEmpty())
            QSKIP(qPrintable(obstacle));
        m_server = std::make_unique<SshServer>();
        const QString problem = m_server->start();
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
    }
    void cleanupTestCase() { m_server.reset(); }
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    /// The 10,000 pictures of the demo on two hosts; one agent is ended by hand in mid-run and replaced, one is added.
    void twoHostsShareARun()
    {
        writeProfile("\"node-a\", \"node-b\"", agentLine() + "agents_per_host = 2\nreach = \"tunnel\"\n");
        CliProcess cli(m_dir->path());
        cli.start(runArguments(2, synthetic(8)));
        QVERIFY2(waitForRows(cli, 300), cli.all().constData());
        QCOMPARE(m_server->agents().size(), 2);
        QCOMPARE(m_server->leak(), QString());
        ::kill(static_cast<pid_t>(m_server->agents().constFirst()), SIGKILL);
        // Nobody wanted one less: another one takes its place.
        QVERIFY2(waitForUnits(cli, "running", 1), cli.all().constData());
        CliProcess resize(m_dir->path());
        QVERIFY2(resize.run({QStringLiteral("fleet"), QStringLiteral("resize"), QStringLiteral("--profile"),
                             QStringLiteral("two"), QStringLiteral("--nodes"), QStringLiteral("3")}) == 0,
                 resize.all().constData());
        QVERIFY2(waitForUnits(cli, "running", 3), cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path())), QString());
        const CsvFile csv(resultsOf(m_dir->path()));
        QStringList hosts;
        const QStringList nodes = csv.countBy(QStringLiteral("node")).keys();
        for (const QString& node : nodes)
            hosts << node.section(QLatin1Char('-'), 1, 2).section(QLatin1Char(':'), 0, 0);
        hosts.removeDuplicates();
        hosts.sort();
        QCOMPARE(hosts, (QStringList{QStringLiteral("node-a"), QStringLiteral("node-b")}));
        checkNothingIsLeft();
    }

    void theModelWorksOnTwoHosts()
    {
#ifndef VITFLEET_WITH_TORCH
        QSKIP("built without LibTorch");
#endif
        writeProfile("\"node-a\", \"node-b\"", agentLine());
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run(runArguments(2)) == 0, cli.all().constData());
        QCOMPARE(rowsProblem(resultsOf(m_dir->path())), QString());
        const CsvFile csv(resultsOf(m_dir->path()));
        QCOMPARE(csv.countBy(QStringLiteral("correct")).value(QStringLiteral("true")), 9196);
        checkNothingIsLeft();
    }

    /// The same folder has another name on the nodes: they read it themselves. Without the mapping bytes travel.
    void picturesAreReadWhereTheyAre()
    {
        const QString here = path(QStringLiteral("here")), there = path(QStringLiteral("there"));
        for (const QString& folder : {here, there}) {
            QVERIFY(QDir().mkpath(folder));
            for (int i = 0; i < 40; ++i) {
                QFile file(QStringLiteral("%1/%2.ppm").arg(folder).arg(i, 2, 10, QLatin1Char('0')));
                QVERIFY(file.open(QIODevice::WriteOnly));
                file.write("P6 8 8 255\n" + QByteArray(192, static_cast<char>(i)));
            }
        }
        for (const bool mapped : {true, false}) {
            writeProfile(
                "\"node-a\"",
                agentLine() + "data_roots = [\"" + there.toUtf8() + "\"]\n" +
                    (mapped ? "paths = { \"" + here.toUtf8() + "\" = \"" + there.toUtf8() + "\" }\n" : QByteArray()));
            CliProcess cli(m_dir->path());
            QVERIFY2(cli.run({QStringLiteral("run"), QStringLiteral("--json"), QStringLiteral("--data"), here,
                              QStringLiteral("--model"), demoModel(), QStringLiteral("--profile"),
                              QStringLiteral("two"), QStringLiteral("--nodes"), QStringLiteral("1"),
                              QStringLiteral("--backend"), QStringLiteral("synthetic")}) == 0,
                     cli.all().constData());
            QCOMPARE(cli.standardOutput().contains("\"transfer\":\"paths\""), mapped);
            QCOMPARE(cli.standardOutput().contains("\"transfer\":\"bytes\""), !mapped);
        }
        checkNothingIsLeft();
    }

    /// A host whose key nobody has seen is refused, whatever else works.
    void anUnknownHostKeyIsRefused()
    {
        writeProfile("\"node-c\"", agentLine());
        CliProcess cli(m_dir->path());
        QCOMPARE(cli.run(runArguments(1)), 3);
        QVERIFY2(cli.standardError().contains("E_PROVIDER_DENIED"), cli.all().constData());
        QVERIFY(m_server->agents().isEmpty());
    }

    void aHostThatIsDownIsLeftOut()
    {
        writeProfile("\"node-d\", \"node-a\"", agentLine());
        CliProcess up(m_dir->path());
        up.run({QStringLiteral("fleet"), QStringLiteral("up"), QStringLiteral("--profile"), QStringLiteral("two"),
                QStringLiteral("--nodes"), QStringLiteral("2"), QStringLiteral("--json")});
        QVERIFY2(up.standardOutput().contains("E_PROVIDER_REFUSED"), up.all().constData());
        CliProcess status(m_dir->path());
        status.run({QStringLiteral("fleet"), QStringLiteral("status"), QStringLiteral("--json")});
        const QJsonObject seen = QJsonDocument::fromJson(status.standardOutput()).object();
        QVERIFY2(count(seen, "running") + count(seen, "starting") == 1, status.all().constData());
        CliProcess down(m_dir->path());
        QCOMPARE(down.run({QStringLiteral("fleet"), QStringLiteral("down"), QStringLiteral("--profile"),
                           QStringLiteral("two")}),
                 0);
        checkNothingIsLeft();
    }

    /// No agent there and none to copy; then an archive that is copied, but does not run there.
    void aHostWithoutAnAgentIsSaid()
    {
        writeProfile("\"node-a\"");
        CliProcess cli(m_dir->path());
        QCOMPARE(cli.run(runArguments(1)), 3);
        QVERIFY2(cli.standardError().contains("E_NODE_SYSTEM") && cli.standardError().contains("no archive"),
                 cli.all().constData());

        QVERIFY(QDir(m_dir->path()).mkpath(QStringLiteral("broken/bin")));
        QFile program(path(QStringLiteral("broken/bin/vitfleet-agent")));
        QVERIFY(program.open(QIODevice::WriteOnly));
        program.write("#!/bin/sh\necho 'libnothing.so.1: cannot open shared object file' >&2\nexit 127\n");
        program.close();
        program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QCOMPARE(
            QProcess::execute(QStringLiteral("tar"), {QStringLiteral("-czf"), path(QStringLiteral("a.tar.gz")),
                                                      QStringLiteral("-C"), m_dir->path(), QStringLiteral("broken")}),
            0);
        writeProfile("\"node-a\"", "archive = \"" + path(QStringLiteral("a.tar.gz")).toUtf8() + "\"\n");
        QCOMPARE(cli.run(runArguments(1)), 3);
        QVERIFY2(cli.standardError().contains("E_NODE_SYSTEM") && cli.standardError().contains("libnothing.so.1"),
                 cli.all().constData());
    }

    void aHostNameIsNoOption()
    {
        writeProfile("\"-oProxyCommand=touch " + path(QStringLiteral("hacked")).toUtf8() + "\"");
        CliProcess cli(m_dir->path());
        QCOMPARE(cli.run(runArguments(1)), 3);
        QVERIFY2(cli.standardError().contains("E_HOST_NAME"), cli.all().constData());
        QVERIFY(!QFile::exists(path(QStringLiteral("hacked"))));
    }
};

QTEST_GUILESS_MAIN(SshTest)
#include "ssh_test.moc"
