// SPDX-License-Identifier: GPL-3.0-or-later
// What must survive kills: the real command line, real agents, the synthetic backend with a chosen time per item.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <csignal>

using namespace vitfleet::test;

namespace {

constexpr int items = 3000;

/// The node of a progress line with this name.
QJsonObject nodeOf(const QJsonObject& line, const QString& name)
{
    const QJsonArray nodes = line.value(QLatin1String("nodes")).toArray();
    for (const QJsonValue& node : nodes) {
        if (node.toObject().value(QLatin1String("name")).toString() == name)
            return node.toObject();
    }
    return {};
}

} // namespace

class FaultsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;

    QString path(const QString& name) const { return m_dir->filePath(name); }
    QStringList runArguments(const QString& options, int agents) const
    {
        return {QStringLiteral("run"),
                QStringLiteral("--json"),
                QStringLiteral("--data"),
                demoData(),
                QStringLiteral("--model"),
                demoModel(),
                QStringLiteral("--local"),
                QString::number(agents),
                QStringLiteral("--limit"),
                QString::number(items),
                QStringLiteral("--backend"),
                QStringLiteral("synthetic"),
                QStringLiteral("--backend-options"),
                options,
                QStringLiteral("--db"),
                path(QStringLiteral("run.db")),
                QStringLiteral("--export"),
                path(QStringLiteral("results.csv"))};
    }
    void checkResults(CliProcess& cli)
    {
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
        QCOMPARE(csv.rows(), items);
        for (int row = 0; row < csv.rows(); ++row) {
            QCOMPARE(csv.at(row, QStringLiteral("item")), QString::number(row));
            QCOMPARE(csv.at(row, QStringLiteral("status")), QStringLiteral("labelled"));
            QCOMPARE(csv.at(row, QStringLiteral("error_code")), QString());
        }
        CliProcess verify(m_dir->path());
        QCOMPARE(verify.run({QStringLiteral("verify"), path(QStringLiteral("run.db"))}), 0);
        QTRY_COMPARE_WITH_TIMEOUT(processesOf(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent")).size(), 0, 30'000);
        Q_UNUSED(cli);
    }
    QJsonObject run(const QString& number)
    {
        CliProcess runs(m_dir->path());
        if (runs.run({QStringLiteral("runs"), QStringLiteral("--json"), QStringLiteral("--db"),
                      path(QStringLiteral("run.db"))}) != 0)
            return {};
        const QJsonArray all = QJsonDocument::fromJson(runs.standardOutput()).array();
        for (const QJsonValue& entry : all) {
            if (QString::number(entry.toObject().value(QLatin1String("run")).toInt()) == number)
                return entry.toObject();
        }
        return {};
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void anAgentIsKilledWhileItHoldsALeaseAndHasRows()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 3}"), 3));
        const QJsonObject busy = cli.waitForLine([](const QJsonObject& line) {
            const QJsonObject node = nodeOf(line, QStringLiteral("local-2"));
            return isEvent(line, "progress") && node.value(QLatin1String("labelled")).toInt() > 0 &&
                   node.value(QLatin1String("leased")).toInt() > 0;
        });
        QVERIFY2(!busy.isEmpty(), cli.all().constData());
        const auto pid = nodeOf(busy, QStringLiteral("local-2")).value(QLatin1String("pid")).toInteger();
        QVERIFY(pid > 0);
        QVERIFY(childrenOf(cli.pid(), QStringLiteral("vitfleet-agent")).contains(pid));
        QCOMPARE(::kill(static_cast<pid_t>(pid), SIGKILL), 0);
        const QJsonObject again =
            cli.waitForLine([](const QJsonObject& line) { return isEvent(line, "items_redispatched"); });
        QVERIFY2(again.value(QLatin1String("count")).toInt() > 0, cli.all().constData());
        QCOMPARE(again.value(QLatin1String("node")).toString(), QStringLiteral("local-2"));
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkResults(cli);
        const CsvFile csv(path(QStringLiteral("results.csv")));
        const auto byNode = csv.countBy(QStringLiteral("node"));
        QVERIFY(byNode.value(QStringLiteral("local-2")) > 0);
        QCOMPARE(byNode.value(QStringLiteral("local-1")) + byNode.value(QStringLiteral("local-2")) +
                     byNode.value(QStringLiteral("local-3")),
                 items);
        const QJsonObject stored = run(QStringLiteral("1"));
        QVERIFY(stored.value(QLatin1String("redispatched")).toInt() > 0);
        QVERIFY(stored.contains(QLatin1String("duplicates_refused")));
        QCOMPARE(csv.at(0, QStringLiteral("backend")), QStringLiteral("synthetic"));
    }

    /// A node that stands still is given up, its items are done by others, and what it hands in late is refused and
    /// counted.
    void lateResultsOfAFrozenAgentAreRefusedAndCounted()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 4}"), 2));
        const QJsonObject busy = cli.waitForLine([](const QJsonObject& line) {
            const QJsonObject node = nodeOf(line, QStringLiteral("local-1"));
            return isEvent(line, "progress") && node.value(QLatin1String("labelled")).toInt() > 0 &&
                   node.value(QLatin1String("leased")).toInt() > 0;
        });
        QVERIFY2(!busy.isEmpty(), cli.all().constData());
        const auto pid =
            static_cast<pid_t>(nodeOf(busy, QStringLiteral("local-1")).value(QLatin1String("pid")).toInteger());
        QCOMPARE(::kill(pid, SIGSTOP), 0);
        const QJsonObject lost = cli.waitForLine([](const QJsonObject& line) {
            return isEvent(line, "node_lost") &&
                   line.value(QLatin1String("node")).toString() == QStringLiteral("local-1");
        });
        QVERIFY2(!lost.isEmpty(), cli.all().constData());
        QCOMPARE(::kill(pid, SIGCONT), 0);
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkResults(cli);
        QVERIFY(run(QStringLiteral("1")).value(QLatin1String("redispatched")).toInt() > 0);
    }

    void aKilledApplicationIsResumed()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 2}"), 2));
        const QJsonObject begun = cli.waitForLine([](const QJsonObject& line) {
            return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 200;
        });
        QVERIFY2(!begun.isEmpty(), cli.all().constData());
        const auto agents = childrenOf(cli.pid(), QStringLiteral("vitfleet-agent"));
        QCOMPARE(agents.size(), 2);
        cli.kill();
        cli.finish();
        for (const qint64 agent : agents)
            QTRY_VERIFY_WITH_TIMEOUT(!isRunning(agent), 30'000);

        CliProcess resumed(m_dir->path());
        QCOMPARE(resumed.run({QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--db"),
                              path(QStringLiteral("run.db")), QStringLiteral("--export"),
                              path(QStringLiteral("results.csv"))}),
                 0);
        checkResults(resumed);
        // Once more: it says that there is nothing to do, and ends as the run did.
        CliProcess again(m_dir->path());
        QCOMPARE(again.run({QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--db"),
                            path(QStringLiteral("run.db"))}),
                 0);
        QVERIFY(again.standardOutput().contains("finished"));
    }

    void anInterruptedRunSaysHowToGoOn()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 5}"), 1));
        QVERIFY(!cli.waitForLine([](const QJsonObject& line) {
                        return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > 0;
                    })
                     .isEmpty());
        cli.terminate();
        QVERIFY2(cli.finish() == 4, cli.all().constData());
        QVERIFY(cli.all().contains("resume"));
        CliProcess resumed(m_dir->path());
        QCOMPARE(resumed.run({QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--db"),
                              path(QStringLiteral("run.db")), QStringLiteral("--export"),
                              path(QStringLiteral("results.csv"))}),
                 0);
        checkResults(resumed);
    }

    void tooFewNodesIsAnErrorBeforeTheStart()
    {
        CliProcess cli(m_dir->path());
        QStringList arguments = runArguments(QStringLiteral("{}"), 1);
        arguments << QStringLiteral("--nodes") << QStringLiteral("2");
        QCOMPARE(cli.run(arguments), 3);
        QVERIFY2(cli.all().contains("E_TOO_FEW_NODES"), cli.all().constData());
    }

    void poisonItemsBecomeErrorRowsAndNothingElseSuffers()
    {
        CliProcess cli(m_dir->path());
        const int code = cli.run(runArguments(
            QStringLiteral("{\"ms_per_item\": 0.2, \"fail_items\": {\"7\": \"fail\", \"1234\": \"fail\"}}"), 2));
        QVERIFY2(code == 1, cli.all().constData());
        const CsvFile csv(path(QStringLiteral("results.csv")));
        QCOMPARE(csv.rows(), items);
        QCOMPARE(csv.countBy(QStringLiteral("status")).value(QStringLiteral("error")), 2);
        for (const int row : {7, 1234})
            QCOMPARE(csv.at(row, QStringLiteral("error_code")), QStringLiteral("E_BACKEND"));
    }
};

QTEST_GUILESS_MAIN(FaultsTest)
#include "faults_test.moc"
