// SPDX-License-Identifier: GPL-3.0-or-later
// Reduced precisions in whole runs: the real command line and real agents, with the synthetic backend's modes in the
// place of arithmetic, so that it is known how much they differ.
#include <QTest>

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <csignal>

using namespace vitfleet::test;

namespace {

QString value(const QJsonObject& object, const char* key)
{
    return object.value(QLatin1String(key)).toVariant().toString();
}

} // namespace

class PrecisionTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_dir;

    QString path(const QString& name) const { return m_dir->filePath(name); }
    QStringList arguments(const QString& precision, const QString& options, int agents, int items) const
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
                QStringLiteral("--precision"),
                precision,
                QStringLiteral("--backend"),
                QStringLiteral("synthetic"),
                QStringLiteral("--backend-options"),
                options,
                QStringLiteral("--db"),
                path(QStringLiteral("run.db")),
                QStringLiteral("--export"),
                path(QStringLiteral("results.csv"))};
    }
    /// The program's last line.
    static QJsonObject endOf(const CliProcess& cli)
    {
        const QList<QByteArray> lines = cli.standardOutput().trimmed().split('\n');
        return QJsonDocument::fromJson(lines.last()).object();
    }
    QHash<QString, int> rowsByPrecision(int items) const
    {
        const CsvFile csv(path(QStringLiteral("results.csv")));
        if (!csv.problem().isEmpty() || csv.rows() != items)
            qWarning("%s", qPrintable(csv.problem()));
        return csv.countBy(QStringLiteral("precision"));
    }
    static QJsonObject checkOf(const QJsonObject& run, const QString& precision)
    {
        for (const QJsonValue& check : run.value(QLatin1String("precision_checks")).toArray()) {
            if (value(check.toObject(), "precision") == precision)
                return check.toObject();
        }
        return {};
    }
    static void checkSealed(const QJsonObject& end, int items)
    {
        const QJsonObject seal = end.value(QLatin1String("seal")).toObject();
        QVERIFY2(seal.value(QLatin1String("holds")).toBool(), QJsonDocument(end).toJson().constData());
        QCOMPARE(seal.value(QLatin1String("labelled")).toInt(), items);
    }

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void usesWhatAgrees();
    void fallsBackWithTheReason();
    void autoTakesTheFastestThatAgrees();
    void kindsDecideForThemselves();
    void knowsWhatAnEarlierRunFound();
    void shortRunSaysSo();
    void unavailableIsSaid();
    void survivesTheLossOfANode();
    void resumesInTheMiddle();
};

void PrecisionTest::usesWhatAgrees()
{
    constexpr int items = 3000;
    CliProcess cli(m_dir->path());
    const int code = cli.run(arguments(QStringLiteral("int8"),
                                       QStringLiteral("{\"ms_per_item\": 0.2, \"modes\": {\"int8\": "
                                                      "{\"shift\": 0.02, \"ms_per_item\": 0.1}}}"),
                                       2, items));
    QVERIFY2(code == 0, cli.all().constData());
    const QJsonObject end = endOf(cli);
    checkSealed(end, items);
    const QJsonObject check = checkOf(end, QStringLiteral("int8"));
    QCOMPARE(value(check, "verdict"), QStringLiteral("admitted"));
    QCOMPARE(check.value(QLatin1String("compared")).toInt(), 256);
    QCOMPARE(check.value(QLatin1String("agreed")).toInt(), 256);
    QVERIFY(check.value(QLatin1String("low")).toDouble() >= 0.985);
    QVERIFY(std::abs(check.value(QLatin1String("largest_score_difference")).toDouble() - 0.02) < 1e-4);
    // The sample's rows are those in fp32; every other row is in what was admitted.
    const auto rows = rowsByPrecision(items);
    QCOMPARE(rows.value(QStringLiteral("fp32")), 256);
    QCOMPARE(rows.value(QStringLiteral("int8")), items - 256);
    // And show tells the same, from the database alone.
    CliProcess show(m_dir->path());
    QCOMPARE(
        show.run({QStringLiteral("show"), QStringLiteral("1"), QStringLiteral("--db"), path(QStringLiteral("run.db"))}),
        0);
    QVERIFY2(show.standardOutput().contains("int8 is used: 256 of 256 pictures"), show.all().constData());
}

void PrecisionTest::fallsBackWithTheReason()
{
    constexpr int items = 3000;
    CliProcess cli(m_dir->path());
    const int code = cli.run(arguments(QStringLiteral("int8"),
                                       QStringLiteral("{\"ms_per_item\": 0.2, \"modes\": {\"int8\": "
                                                      "{\"disagree\": 0.2, \"ms_per_item\": 0.1}}}"),
                                       1, items));
    QVERIFY2(code == 0, cli.all().constData());
    const QJsonObject end = endOf(cli);
    checkSealed(end, items);
    QCOMPARE(value(end, "precision"), QStringLiteral("int8"));
    const QJsonObject check = checkOf(end, QStringLiteral("int8"));
    QCOMPARE(value(check, "verdict"), QStringLiteral("rejected"));
    QVERIFY(check.value(QLatin1String("high")).toDouble() < 0.985);
    QCOMPARE(rowsByPrecision(items).value(QStringLiteral("fp32")), items);
    QVERIFY2(cli.standardOutput().contains("precision_refused"), cli.all().constData());
}

void PrecisionTest::autoTakesTheFastestThatAgrees()
{
    constexpr int items = 3000;
    CliProcess cli(m_dir->path());
    // fp16 is no faster than fp32 there, and not tried.
    const int code = cli.run(arguments(
        QStringLiteral("auto"),
        QStringLiteral("{\"ms_per_item\": 0.2, \"modes\": {\"int8\": {\"disagree\": 0.3, \"ms_per_item\": 0.05}, "
                       "\"bf16\": {\"ms_per_item\": 0.1}, \"fp16\": {\"ms_per_item\": 0.3}}}"),
        2, items));
    QVERIFY2(code == 0, cli.all().constData());
    const QJsonObject end = endOf(cli);
    checkSealed(end, items);
    QCOMPARE(value(end, "precision"), QStringLiteral("auto"));
    QCOMPARE(value(checkOf(end, QStringLiteral("int8")), "verdict"), QStringLiteral("rejected"));
    QCOMPARE(value(checkOf(end, QStringLiteral("bf16")), "verdict"), QStringLiteral("admitted"));
    QVERIFY(checkOf(end, QStringLiteral("fp16")).isEmpty());
    const auto rows = rowsByPrecision(items);
    QCOMPARE(rows.value(QStringLiteral("bf16")), items - 256);
    QCOMPARE(rows.value(QStringLiteral("int8")), 0);
}

void PrecisionTest::kindsDecideForThemselves()
{
    constexpr int items = 6000;
    CliProcess cli(m_dir->path());
    const int code =
        cli.run(arguments(QStringLiteral("auto"),
                          QStringLiteral("{\"ms_per_item\": 1, \"device_name\": \"one\", "
                                         "\"modes\": {\"int8\": {\"ms_per_item\": 0.5}}, "
                                         "\"nodes\": {\"local-2\": {\"device_name\": \"other\", \"modes\": null}}}"),
                          2, items));
    QVERIFY2(code == 0, cli.all().constData());
    const QJsonObject end = endOf(cli);
    checkSealed(end, items);
    const QJsonObject admitted = checkOf(end, QStringLiteral("int8")), plain = checkOf(end, QStringLiteral("fp32"));
    QCOMPARE(value(admitted, "verdict"), QStringLiteral("admitted"));
    QVERIFY(value(admitted, "kind").contains(QStringLiteral("one")));
    QVERIFY2(value(plain, "kind").contains(QStringLiteral("other")), cli.all().constData());
    const CsvFile csv(path(QStringLiteral("results.csv")));
    for (int row = 0; row < csv.rows(); ++row) {
        if (csv.at(row, QStringLiteral("node")) == QStringLiteral("local-2"))
            QCOMPARE(csv.at(row, QStringLiteral("precision")), QStringLiteral("fp32"));
    }
}

void PrecisionTest::knowsWhatAnEarlierRunFound()
{
    constexpr int items = 3000;
    const QString options = QStringLiteral("{\"ms_per_item\": 0.2, \"modes\": {\"int8\": {\"ms_per_item\": 0.1}}}");
    CliProcess first(m_dir->path());
    QVERIFY2(first.run(arguments(QStringLiteral("int8"), options, 1, items)) == 0, first.all().constData());
    CliProcess second(m_dir->path());
    QVERIFY2(second.run(arguments(QStringLiteral("int8"), options, 1, items)) == 0, second.all().constData());
    const QJsonObject check = checkOf(endOf(second), QStringLiteral("int8"));
    QCOMPARE(check.value(QLatin1String("from_run")).toInt(), 1);
    QCOMPARE(value(check, "verdict"), QStringLiteral("admitted"));
    QCOMPARE(rowsByPrecision(items).value(QStringLiteral("int8")), items);
    // A higher floor is another question.
    CliProcess third(m_dir->path());
    QVERIFY2(third.run(arguments(QStringLiteral("int8"), options, 1, items) +
                       QStringList{QStringLiteral("--precision-floor"), QStringLiteral("99.9")}) == 0,
             third.all().constData());
    QCOMPARE(checkOf(endOf(third), QStringLiteral("int8")).value(QLatin1String("floor")).toDouble(), 0.999);
}

void PrecisionTest::shortRunSaysSo()
{
    constexpr int items = 300;
    CliProcess cli(m_dir->path());
    const QString options = QStringLiteral("{\"modes\": {\"int8\": {\"ms_per_item\": 0}}}");
    QVERIFY2(cli.run(arguments(QStringLiteral("int8"), options, 1, items)) == 0, cli.all().constData());
    const QJsonObject check = checkOf(endOf(cli), QStringLiteral("int8"));
    QCOMPARE(check.value(QLatin1String("compared")).toInt(), 30);
    QVERIFY(check.value(QLatin1String("short_run")).toBool());
    QVERIFY(value(check, "text").contains(QStringLiteral("a tenth of the run")));
    QCOMPARE(rowsByPrecision(items).value(QStringLiteral("fp32")), 30);
}

void PrecisionTest::unavailableIsSaid()
{
    constexpr int items = 300;
    CliProcess cli(m_dir->path());
    QVERIFY2(cli.run(arguments(QStringLiteral("bf16"), QStringLiteral("{}"), 1, items)) == 0, cli.all().constData());
    const QJsonObject check = checkOf(endOf(cli), QStringLiteral("bf16"));
    QCOMPARE(value(check, "verdict"), QStringLiteral("unavailable"));
    QVERIFY(value(check, "reason").contains(QStringLiteral("E_PRECISION")));
    QCOMPARE(rowsByPrecision(items).value(QStringLiteral("fp32")), items);
}

void PrecisionTest::survivesTheLossOfANode()
{
    constexpr int items = 3000;
    CliProcess cli(m_dir->path());
    cli.start(arguments(QStringLiteral("int8"),
                        QStringLiteral("{\"ms_per_item\": 10, \"replicas\": 1, \"modes\": {\"int8\": "
                                       "{\"ms_per_item\": 0.2}}}"),
                        2, items));
    // In the middle of the sample in fp32, which takes more than a second.
    const QJsonObject line = cli.waitForLine([](const QJsonObject& json) {
        return isEvent(json, "progress") && json.value(QLatin1String("done")).toInt() > 0;
    });
    QVERIFY2(!line.isEmpty(), cli.all().constData());
    const auto agents = childrenOf(cli.pid(), QStringLiteral("vitfleet-agent"));
    QCOMPARE(agents.size(), 2);
    ::kill(static_cast<pid_t>(agents.first()), SIGKILL);
    QVERIFY2(cli.finish() == 0, cli.all().constData());
    const QJsonObject end = endOf(cli);
    checkSealed(end, items);
    QCOMPARE(value(checkOf(end, QStringLiteral("int8")), "verdict"), QStringLiteral("admitted"));
    QVERIFY(checkOf(end, QStringLiteral("int8")).value(QLatin1String("compared")).toInt() >= 256);
}

void PrecisionTest::resumesInTheMiddle()
{
    constexpr int items = 3000;
    CliProcess cli(m_dir->path());
    cli.start(arguments(QStringLiteral("int8"),
                        QStringLiteral("{\"ms_per_item\": 5, \"replicas\": 1, \"modes\": {\"int8\": "
                                       "{\"ms_per_item\": 0.2}}}"),
                        1, items));
    const QJsonObject line = cli.waitForLine([](const QJsonObject& json) {
        return isEvent(json, "progress") && json.value(QLatin1String("done")).toInt() > 0;
    });
    QVERIFY2(!line.isEmpty(), cli.all().constData());
    cli.kill();
    cli.finish();
    CliProcess resumed(m_dir->path());
    const int code =
        resumed.run({QStringLiteral("resume"), QStringLiteral("1"), QStringLiteral("--json"), QStringLiteral("--db"),
                     path(QStringLiteral("run.db")), QStringLiteral("--export"), path(QStringLiteral("results.csv"))});
    QVERIFY2(code == 0, resumed.all().constData());
    const QJsonObject end = endOf(resumed);
    checkSealed(end, items);
    QCOMPARE(value(checkOf(end, QStringLiteral("int8")), "verdict"), QStringLiteral("admitted"));
    const auto rows = rowsByPrecision(items);
    QVERIFY(rows.value(QStringLiteral("fp32")) >= 256); // with those of before the kill
    QCOMPARE(rows.value(QStringLiteral("fp32")) + rows.value(QStringLiteral("int8")), items);
}

QTEST_GUILESS_MAIN(PrecisionTest)
#include "precision_test.moc"
