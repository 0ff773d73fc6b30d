// SPDX-License-Identifier: GPL-3.0-or-later
// In a real run no program's secret key is in an argument, an environment, a line, a log or a file but its own.
#include <QTest>

#include "tests/e2e/fleet_run.h"

#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>

using namespace vitfleet::test;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray fromBase32(const QByteArray& text)
{
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    QByteArray bytes;
    unsigned bits = 0, value = 0;
    for (const char c : text) {
        value = value << 5 | static_cast<unsigned>(alphabet.find(c));
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.append(static_cast<char>(value >> bits & 0xff));
        }
    }
    return bytes;
}

/// A secret in each form in which it could get out; all in lower case but for the last two.
struct Secret
{
    explicit Secret(const QString& keyFile)
    {
        constexpr char field[] = "\ncurve-secret-key ";
        const QByteArray text = contentOf(keyFile);
        const auto at = text.indexOf(field);
        base32 = at < 0 ? QByteArray() : text.mid(at + int(sizeof field) - 1).split('\n').front();
        raw = fromBase32(base32);
        hex = raw.toHex();
        base64 = raw.toBase64();
    }
    bool isIn(const QByteArray& where) const
    {
        const QByteArray lower = where.toLower();
        return lower.contains(base32) || lower.contains(hex) || where.contains(base64) || where.contains(raw);
    }
    QByteArray base32, raw, hex, base64;
};

} // namespace

class SecretsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void stayInTheirFiles();

private:
    QTemporaryDir m_home;
    QString path(const QString& name) const { return m_home.filePath(name); }
};

void SecretsTest::stayInTheirFiles()
{
    // An agent of its own beside those that the application launches, talkative as it can be.
    CliProcess key(m_home.path());
    QCOMPARE(key.run({QStringLiteral("key")}), 0);
    const QByteArray applicationKey = key.standardOutput().split('\n').front().split(' ').last();
    QProcess authorize;
    authorize.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent"),
                    {QStringLiteral("authorize"), QString::fromLatin1(applicationKey),
                     QStringLiteral("--authorized-keys"), path(QStringLiteral("admitted"))});
    QVERIFY(authorize.waitForFinished() && authorize.exitCode() == 0);
    QProcess agent;
    agent.setStandardErrorFile(path(QStringLiteral("agent.log")));
    agent.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent"),
                {QStringLiteral("serve"), QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0"),
                 QStringLiteral("--key"), path(QStringLiteral("agent.key")), QStringLiteral("--authorized-keys"),
                 path(QStringLiteral("admitted")), QStringLiteral("--model-cache"), path(QStringLiteral("cache")),
                 QStringLiteral("--log-level"), QStringLiteral("debug")});
    QVERIFY(agent.waitForReadyRead());
    const QByteArray printed = agent.readAllStandardOutput();

    CliProcess cli(m_home.path());
    cli.start({QStringLiteral("run"),
               QStringLiteral("--json"),
               QStringLiteral("--data"),
               demoData(),
               QStringLiteral("--model"),
               demoModel(),
               QStringLiteral("--local"),
               QStringLiteral("1"),
               QStringLiteral("--agent"),
               QString::fromUtf8(printed.split('\n').front()),
               QStringLiteral("--limit"),
               QStringLiteral("500"),
               QStringLiteral("--backend"),
               QStringLiteral("synthetic"),
               QStringLiteral("--backend-options"),
               QStringLiteral("{\"ms_per_item\": 2}"),
               QStringLiteral("--db"),
               path(QStringLiteral("run.db")),
               QStringLiteral("--export"),
               path(QStringLiteral("results.csv"))});
    const auto working = cli.waitForLine([](const QJsonObject& line) {
        return line.value(QLatin1String("event")).toString() == QLatin1String("progress") &&
               line.value(QLatin1String("done")).toInt() > 0;
    });
    QVERIFY2(!working.isEmpty(), cli.all().constData());

    QStringList keyFiles;
    QDirIterator files(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        if (files.next().endsWith(QLatin1String(".key")))
            keyFiles.append(files.filePath());
    }
    QCOMPARE(keyFiles.size(), 2);
    const QList<Secret> secrets{Secret(keyFiles[0]), Secret(keyFiles[1])};
    for (const Secret& secret : secrets) {
        QCOMPARE(secret.raw.size(), 32);
        QVERIFY(secret.isIn(contentOf(keyFiles[0])) != secret.isIn(contentOf(keyFiles[1]))); // it would be found
    }
    const auto shows = [&secrets](const QByteArray& where) {
        return std::any_of(secrets.begin(), secrets.end(), [&](const Secret& secret) { return secret.isIn(where); });
    };

    // While they run: what every user of the machine can see, and what every program of this user's can.
    QList<qint64> processes{cli.pid(), agent.processId()};
    processes += childrenOf(cli.pid(), QStringLiteral("vitfleet-agent"));
    for (const qint64 owner : QList<qint64>(processes))
        processes += childrenOf(owner, QStringLiteral("vitfleet-decoder"));
    QVERIFY(processes.size() >= 3);
    for (const qint64 pid : processes) {
        for (const char* name : {"cmdline", "environ"})
            QVERIFY(!shows(contentOf(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1String(name)))));
    }
    QCOMPARE(cli.finish(), 0);
    agent.terminate();
    QVERIFY(agent.waitForFinished());

    // What is left of it.
    QVERIFY(!shows(printed + agent.readAllStandardOutput() + cli.all() + key.all()));
    int looked = 0;
    QDirIterator all(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (all.hasNext()) {
        if (all.next().endsWith(QLatin1String(".key")))
            continue;
        ++looked;
        QVERIFY2(!shows(contentOf(all.filePath())), qPrintable(all.filePath()));
    }
    QVERIFY(looked >= 4); // the database, the CSV, logs, the list of keys
    QVERIFY(contentOf(path(QStringLiteral("agent.log"))).size() > 100);
}

QTEST_GUILESS_MAIN(SecretsTest)
#include "secrets_test.moc"
