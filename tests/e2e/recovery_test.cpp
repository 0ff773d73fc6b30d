// SPDX-License-Identifier: GPL-3.0-or-later
// Applications that are killed at any write, disks that fill, clocks that jump, models that are swapped, nodes that
// answer wrongly: the real command line with real agents, the synthetic backend.
//
//   VITFLEET_KILLS=N   how often the application is killed (default 10)
//   VITFLEET_SEED=S    the random numbers of an earlier run
#include "tests/e2e/csv_file.h"
#include "tests/e2e/standing_agent.h"
#include "tests/e2e/stored_run.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>
#include <QSet>

#include <memory>
#include <random>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <vector>

using namespace vitfleet::test;

namespace {

unsigned seedOfThisRun()
{
    bool isGiven = false;
    const unsigned given = qEnvironmentVariable("VITFLEET_SEED").toUInt(&isGiven);
    return isGiven ? given : std::random_device()();
}

void preloadShim(CliProcess& cli)
{
    cli.setEnvironment(QStringLiteral("LD_PRELOAD"), QStringLiteral(VITFLEET_SHIM));
#ifdef __SANITIZE_ADDRESS__
    cli.setEnvironment(QStringLiteral("ASAN_OPTIONS"), QStringLiteral("verify_asan_link_order=0"));
#endif
}

} // namespace

class RecoveryTest : public StoredRun
{
    Q_OBJECT

private:
    /// Lets the shim kill the application at one of its next writes to the database, or kills it at a number of rows.
    /// Whether it was killed; `most`: the rows that it has called committed.
    static bool killSomewhere(CliProcess& cli, const QStringList& arguments, std::mt19937& random, int& most,
                              bool isSoon)
    {
        const bool atWrite = random() % 4 != 0;
        if (atWrite) {
            preloadShim(cli);
            cli.setEnvironment(QStringLiteral("VITFLEET_SHIM_KILL_AT"),
                               QString::number(1 + random() % (isSoon ? 40 : 250)));
        }
        cli.start(arguments);
        const int target = most + 1 + static_cast<int>(random() % (isSoon ? 60 : 400));
        const auto isEnough = [&](const QJsonObject& line) {
            most = qMax(most, labelled(line));
            return !atWrite && labelled(line) >= target;
        };
        if (!cli.waitForLine(isEnough).isEmpty())
            cli.kill();
        return cli.finish() == -1;
    }

private Q_SLOTS:
    /// Also inside COMMIT, and between COMMIT and acknowledgement.
    void anApplicationThatIsKilledAnywhereGoesOn()
    {
        const unsigned seed = seedOfThisRun();
        qInfo("VITFLEET_SEED=%u", seed);
        std::mt19937 random(seed);
        bool isGiven = false;
        const int given = qEnvironmentVariable("VITFLEET_KILLS").toInt(&isGiven);
        const int kills = isGiven ? given : 10;
        // A hundred kills must find work each: more items, fewer of them between two kills.
        const QString options = QStringLiteral("{\"ms_per_item\": %1, \"decode\": false}").arg(isGiven ? 20 : 4);
        const int count = isGiven ? 10'000 : items;
        int killed = 0, most = 0;
        for (int round = 0; round < 2 * kills && killed < kills; ++round) {
            const bool isStored = !storedRun().isEmpty();
            CliProcess cli(m_dir->path());
            if (!killSomewhere(cli, isStored ? resumeArguments() : runArguments(options, 2, count), random, most,
                               isGiven))
                break; // it was through before
            ++killed;
            waitForAgentsToEnd();
            const QJsonObject stored = storedRun();
            if (stored.isEmpty()) { // killed before the run had its number
                QVERIFY2(!cli.all().contains("\"event\":\"run\""), cli.all().constData());
                continue;
            }
            verify();
            QVERIFY2(stored.value(QLatin1String("labelled")).toInt() >= most,
                     qPrintable(QStringLiteral("%1 rows were called committed").arg(most)));
        }
        QVERIFY(killed > 0);
        CliProcess last(m_dir->path());
        QVERIFY2(last.run(resumeArguments()) == 0, last.all().constData());
        checkResults(count);
        qInfo("killed %d times", killed);
    }

    /// What an agent has computed and not heard to be committed is not done again: once it has computed a tenth more
    /// than there are items, each takes twenty times as long, which its row would tell.
    void aStandingAgentKeepsItsOutbox()
    {
        authorizeApplication();
        StandingAgent agent(m_dir->path(), QStringLiteral("one"));
        QStringList arguments = runArguments(QStringLiteral("{\"ms_per_item\": 10, \"decode\": false, \"replicas\": 1, "
                                                            "\"slow_after\": {\"items\": %1, \"factor\": 20}}")
                                                 .arg(items + items / 10),
                                             0);
        arguments << QStringLiteral("--agent") << agent.address();
        int kept = 0;
        for (int kill = 0; kill < 3; ++kill) {
            CliProcess cli(m_dir->path());
            cli.start(kill == 0 ? arguments : resumeArguments());
            const int before = kill == 0 ? 0 : storedRun().value(QLatin1String("labelled")).toInt();
            QVERIFY2(!cli.waitForLine([&](const QJsonObject& line) { return labelled(line) > before + 100; }).isEmpty(),
                     cli.all().constData());
            if (kill > 0)
                QVERIFY(agent.outboxAt("run_reopened") > 0);
            cli.kill();
            cli.finish();
            verify();
            kept += agent.outboxAt("owner_lost");
        }
        CliProcess last(m_dir->path());
        QVERIFY2(last.run(resumeArguments()) == 0, last.all().constData());
        checkResults();
        qInfo("%d results were kept", kept);
        QVERIFY2(kept > items / 10, qPrintable(QString::number(kept))); // or nothing would be seen of it
        const CsvFile csv(path("results.csv"));
        double longest = 0;
        for (int row = 0; row < csv.rows(); ++row)
            longest = qMax(longest, csv.at(row, QStringLiteral("inference_ms")).toDouble());
        QVERIFY2(longest > 0 && longest < 150, qPrintable(QString::number(longest)));
    }

    void aSecondApplicationTakesNothingOver()
    {
        CliProcess first(m_dir->path());
        first.start(runArguments(QStringLiteral("{\"ms_per_item\": 20, \"decode\": false}"), 1, few));
        QVERIFY(!first.waitForLine([](const QJsonObject& line) { return labelled(line) > 0; }).isEmpty());
        CliProcess second(m_dir->path());
        QCOMPARE(second.run(resumeArguments()), 3);
        QVERIFY2(second.all().contains("E_DB_BUSY"), second.all().constData());
        const QByteArray holder = QByteArrayLiteral("process ") + QByteArray::number(first.pid());
        QVERIFY2(second.all().contains(holder), second.all().constData());
        QVERIFY2(first.finish() == 0, first.all().constData());
        checkResults(few);
    }

    void aSwappedModelIsRefusedAndBothHashesNamed()
    {
        const QString model = path("model");
        QVERIFY(QDir().mkpath(model));
        const QStringList files = QDir(demoModel()).entryList(QDir::Files);
        for (const QString& file : files)
            QVERIFY(QFile::copy(demoModel() + u'/' + file, model + u'/' + file));
        QStringList arguments = runArguments(QStringLiteral("{\"ms_per_item\": 20, \"decode\": false}"), 1, few);
        arguments[arguments.indexOf(demoModel())] = model;
        CliProcess cli(m_dir->path());
        cli.start(arguments);
        QVERIFY(!cli.waitForLine([](const QJsonObject& line) { return labelled(line) > 0; }).isEmpty());
        cli.kill();
        cli.finish();
        waitForAgentsToEnd();
        const auto flipLastByte = [&] {
            QFile weights(model + QStringLiteral("/model.safetensors"));
            QVERIFY(weights.setPermissions(QFile::ReadOwner | QFile::WriteOwner));
            QVERIFY(weights.open(QIODevice::ReadWrite));
            QVERIFY(weights.seek(weights.size() - 1));
            char byte = 0;
            QVERIFY(weights.getChar(&byte));
            QVERIFY(weights.seek(weights.size() - 1));
            QVERIFY(weights.putChar(static_cast<char>(byte ^ 1)));
        };
        const QByteArray began = storedRun().value(QLatin1String("model_sha256")).toString().toUtf8();
        QCOMPARE(began.size(), 64);
        flipLastByte();
        CliProcess refused(m_dir->path());
        QVERIFY2(refused.run(resumeArguments()) == 3, refused.all().constData());
        QVERIFY2(refused.all().contains("E_MODEL_MISMATCH") && refused.all().contains(began),
                 refused.all().constData());
        const auto hashes = QRegularExpression(QStringLiteral("\\b[0-9a-f]{64}\\b"));
        QSet<QString> named;
        auto match = hashes.globalMatch(QString::fromUtf8(refused.all()));
        while (match.hasNext())
            named.insert(match.next().captured());
        QVERIFY2(named.size() >= 2, refused.all().constData());
        flipLastByte();
        CliProcess resumed(m_dir->path());
        QVERIFY2(resumed.run(resumeArguments()) == 0, resumed.all().constData());
        checkResults(few);
    }

    void aFullDiskPausesTheRunAndSpaceResumesIt()
    {
        // In a mount namespace of this test's own, which its children inherit.
        static const bool isPrivate =
            ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        const QByteArray small = path("small").toLocal8Bit();
        QVERIFY(QDir().mkpath(path("small")));
        if (!isPrivate || ::mount("tmpfs", small.constData(), "tmpfs", 0, "size=8m") != 0)
            QSKIP("a small file system cannot be mounted here");
        QStringList arguments = runArguments(QStringLiteral("{\"ms_per_item\": 4, \"decode\": false}"), 2);
        const QString db = path("small/run.db");
        arguments[arguments.indexOf(database())] = db;
        CliProcess cli(m_dir->path());
        cli.start(arguments);
        QVERIFY(!cli.waitForLine([](const QJsonObject& line) { return labelled(line) > 0; }).isEmpty());
        QFile ballast(path("small/ballast"));
        QVERIFY(ballast.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        struct statvfs space = {};
        while (::statvfs(small.constData(), &space) == 0 && space.f_bavail > 0 &&
               ballast.write(QByteArray(4096, 'x')) > 0) {
        }
        const auto isTrouble = [](const QJsonObject& line) { return isEvent(line, "store_trouble"); };
        const QJsonObject full = cli.waitForLine(isTrouble);
        QVERIFY2(codeOf(full) == QLatin1String("E_DB_FULL"), cli.all().constData());
        QVERIFY(ballast.remove());
        const QJsonObject again = cli.waitForLine(isTrouble);
        QVERIFY2(!again.isEmpty() && codeOf(again).isEmpty(), cli.all().constData());
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        CliProcess verified(m_dir->path());
        QVERIFY2(verified.run({QStringLiteral("verify"), db}) == 0, verified.all().constData());
        QCOMPARE(CsvFile(path("results.csv")).rows(), items);
        QVERIFY(::umount2(small.constData(), MNT_DETACH) == 0);
    }

    void clocksMayJump()
    {
        const auto jump = [this](int seconds) {
            QFile file(path("clock.new"));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(QByteArray::number(seconds));
            file.close();
            QFile::remove(path("clock"));
            QVERIFY(QFile::rename(path("clock.new"), path("clock")));
        };
        jump(0);
        CliProcess cli(m_dir->path());
        preloadShim(cli);
        cli.setEnvironment(QStringLiteral("VITFLEET_SHIM_CLOCK"), path("clock"));
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 6, \"decode\": false}"), 2));
        int reached = 0;
        QStringList days;
        for (const int seconds : {3600, -3600, 86'400, -86'400}) {
            const QJsonObject line = cli.waitForLine([&](const QJsonObject& l) { return labelled(l) > reached; });
            QVERIFY2(!line.isEmpty(), cli.all().constData());
            reached = labelled(line);
            days << line.value(QLatin1String("at")).toString().left(10);
            jump(seconds);
        }
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        checkResults();
        // The jumps were seen, and nothing was thought late.
        QVERIFY(cli.standardOutput().contains(
            QDateTime::currentDateTimeUtc().addDays(-1).toString(u"yyyy-MM-dd").toUtf8()));
        for (const char* event : {"node_lost", "items_redispatched", "node_set_aside"})
            QVERIFY2(!cli.standardOutput().contains(event), cli.all().constData());
    }

    /// It takes down each agent that tries it; they are started again, and after the third it is an error row.
    void aPoisonItemCannotSinkARun()
    {
        CliProcess cli(m_dir->path());
        const int code = cli.run(runArguments(
            QStringLiteral("{\"ms_per_item\": 1, \"decode\": false, \"fail_items\": {\"700\": \"crash\"}}"), 2));
        QVERIFY2(code == 1, cli.all().constData());
        const CsvFile csv(path("results.csv"));
        QCOMPARE(csv.rows(), items);
        QCOMPARE(csv.countBy(QStringLiteral("status")).value(QStringLiteral("error")), 1);
        QCOMPARE(csv.at(700, QStringLiteral("error_code")), QStringLiteral("E_ITEM_POISON"));
        QVERIFY2(csv.at(700, QStringLiteral("error_message")).contains(QStringLiteral("local-1")),
                 qPrintable(csv.at(700, QStringLiteral("error_message"))));
        verify();
    }

    /// The application cannot end these agents: each ends by itself, or the third would leave the run without a node.
    void aHangingItemCannotSinkStandingAgents()
    {
        if (!qEnvironmentVariableIsSet("VITFLEET_HANGS"))
            QSKIP("takes more than a minute: e2e_recovery_hangs of ctest -C all");
        authorizeApplication();
        const QString options = QStringLiteral(
            "{\"ms_per_item\": 1, \"batch\": 1, \"decode\": false, \"fail_items\": {\"700\": \"hang\"}}");
        QStringList arguments = runArguments(options, 0);
        std::vector<std::unique_ptr<StandingAgent>> agents;
        for (const char* name : {"one", "two", "three"}) {
            agents.push_back(std::make_unique<StandingAgent>(m_dir->path(), QString::fromUtf8(name), freePort(), true));
            arguments << QStringLiteral("--agent") << agents.back()->address();
        }
        CliProcess cli(m_dir->path());
        QVERIFY2(cli.run(arguments) == 1, cli.all().constData());
        const CsvFile csv(path("results.csv"));
        QCOMPARE(csv.rows(), items);
        QCOMPARE(csv.countBy(QStringLiteral("status")).value(QStringLiteral("error")), 1);
        QCOMPARE(csv.at(700, QStringLiteral("error_code")), QStringLiteral("E_ITEM_POISON"));
        verify();
    }

    void aNodeThatLabelsWronglyIsFoundOut()
    {
        CliProcess cli(m_dir->path());
        cli.start(runArguments(QStringLiteral("{\"ms_per_item\": 1, \"decode\": false, \"nodes\": {\"local-2\": "
                                              "{\"fail_every\": {\"items\": 10, \"how\": \"wrong\"}}}}"),
                               4, 10'000));
        QVERIFY2(cli.finish() == 0, cli.all().constData());
        int disputed = 0, outvoted = 0;
        QString setAside;
        const QJsonArray events = shown().value(QLatin1String("events")).toArray();
        for (const QJsonValue& value : events) {
            const QJsonObject event = value.toObject();
            const QString node = event.value(QLatin1String("node")).toString();
            disputed += isEvent(event, "result_disputed");
            if (isEvent(event, "node_outvoted")) {
                ++outvoted;
                QCOMPARE(node, QStringLiteral("local-2"));
            }
            if (isEvent(event, "node_set_aside")) {
                QCOMPARE(codeOf(event), QStringLiteral("E_RESULT_DISPUTED"));
                setAside += node;
            }
        }
        QVERIFY(disputed > 0);
        QVERIFY(outvoted > 0);
        QVERIFY(outvoted < 3 || setAside == QStringLiteral("local-2"));
        CliProcess show(m_dir->path());
        QCOMPARE(show.run({QStringLiteral("show"), QStringLiteral("1"), QStringLiteral("--db"), database()}), 0);
        QVERIFY(show.standardOutput().contains("Two nodes disagree"));
        QVERIFY(show.standardOutput().contains("A second node labelled"));
    }
};

QTEST_GUILESS_MAIN(RecoveryTest)
#include "recovery_test.moc"
