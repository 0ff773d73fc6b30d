// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/stored_run.h"

#include "tests/e2e/csv_file.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>

namespace vitfleet::test {

QString codeOf(const QJsonObject& line)
{
    return line.value(QLatin1String("error")).toObject().value(QLatin1String("code")).toString();
}

int labelled(const QJsonObject& line)
{
    return isEvent(line, "progress") ? line.value(QLatin1String("labelled")).toInt() : -1;
}

QStringList StoredRun::runArguments(const QString& options, int agents, int count) const
{
    QStringList arguments = {QStringLiteral("run"),
                             QStringLiteral("--json"),
                             QStringLiteral("--data"),
                             demoData(),
                             QStringLiteral("--model"),
                             demoModel(),
                             QStringLiteral("--limit"),
                             QString::number(count),
                             QStringLiteral("--backend"),
                             QStringLiteral("synthetic"),
                             QStringLiteral("--backend-options"),
                             options,
                             QStringLiteral("--db"),
                             database(),
                             QStringLiteral("--export"),
                             path("results.csv")};
    if (agents > 0)
        arguments << QStringLiteral("--local") << QString::number(agents);
    return arguments;
}

QStringList StoredRun::resumeArguments() const
{
    return {QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--json"),
            QStringLiteral("--db"),   database(),          QStringLiteral("--export"),
            path("results.csv")};
}

QJsonObject StoredRun::storedRun() const
{
    CliProcess runs(m_dir->path());
    if (runs.run({QStringLiteral("runs"), QStringLiteral("--json"), QStringLiteral("--db"), database()}) != 0)
        return {};
    const QJsonArray all = QJsonDocument::fromJson(runs.standardOutput()).array();
    return all.isEmpty() ? QJsonObject() : all.first().toObject();
}

void StoredRun::authorizeApplication() const
{
    CliProcess key(m_dir->path());
    QCOMPARE(key.run({QStringLiteral("key"), QStringLiteral("--json")}), 0);
    QFile authorized(path("authorized"));
    QVERIFY(authorized.open(QIODevice::WriteOnly));
    authorized.write(
        QJsonDocument::fromJson(key.standardOutput()).object().value(QLatin1String("key")).toString().toUtf8() + '\n');
    authorized.close();
    authorized.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

void StoredRun::verify() const
{
    CliProcess cli(m_dir->path());
    QVERIFY2(cli.run({QStringLiteral("verify"), database(), QStringLiteral("--json")}) == 0, cli.all().constData());
}

void StoredRun::checkResults(int count) const
{
    const CsvFile csv(path("results.csv"));
    QVERIFY2(csv.problem().isEmpty(), qPrintable(csv.problem()));
    QCOMPARE(csv.rows(), count);
    for (int row = 0; row < csv.rows(); ++row) {
        QCOMPARE(csv.at(row, QStringLiteral("item")), QString::number(row));
        QCOMPARE(csv.at(row, QStringLiteral("status")), QStringLiteral("labelled"));
    }
    verify();
    const QJsonObject seal = storedSeal();
    QCOMPARE(seal.value(QLatin1String("lost")).toInt(-1), 0);
    QCOMPARE(seal.value(QLatin1String("doubled")).toInt(-1), 0);
    QCOMPARE(seal.value(QLatin1String("labelled")).toInt(-1), count);
}

QJsonObject StoredRun::shown() const
{
    CliProcess show(m_dir->path());
    if (show.run({QStringLiteral("show"), QStringLiteral("1"), QStringLiteral("--json"), QStringLiteral("--db"),
                  database()}) != 0)
        return {};
    return QJsonDocument::fromJson(show.standardOutput()).object();
}

void StoredRun::waitForAgentsToEnd() const
{
    QTRY_COMPARE_WITH_TIMEOUT(processesOf(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent")).size(), 0, 60'000);
}

} // namespace vitfleet::test
