// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/fleet_run.h"

#include "tests/e2e/csv_file.h"

#include <algorithm>

namespace vitfleet::test {

QString demoModel()
{
    return QStringLiteral(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
}

QString demoData()
{
    return QStringLiteral(VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz");
}

QString resultsOf(const QString& home)
{
    return home + QStringLiteral("/results.csv");
}

QStringList demoRun(const QString& home, const QString& profile, int nodes, const QStringList& more)
{
    return QStringList{QStringLiteral("run"),       QStringLiteral("--json"),
                       QStringLiteral("--data"),    demoData(),
                       QStringLiteral("--model"),   demoModel(),
                       QStringLiteral("--profile"), profile,
                       QStringLiteral("--nodes"),   QString::number(nodes),
                       QStringLiteral("--export"),  resultsOf(home)} +
           more;
}

QStringList synthetic(int msPerItem)
{
    QStringList arguments = {QStringLiteral("--backend"), QStringLiteral("synthetic")};
    if (msPerItem > 0)
        arguments << QStringLiteral("--backend-options")
                  << QStringLiteral("{\"ms_per_item\":%1,\"replicas\":1}").arg(msPerItem);
    return arguments;
}

bool isEvent(const QJsonObject& line, const char* name)
{
    return line.value(QLatin1String("event")).toString() == QLatin1String(name);
}

QJsonArray unitsOf(const QJsonObject& line)
{
    return line.value(QLatin1String("units")).toArray();
}

int count(const QJsonObject& line, const char* state)
{
    const QJsonArray units = unitsOf(line);
    return static_cast<int>(std::ranges::count_if(units, [state](const QJsonValue& unit) {
        return unit.toObject().value(QLatin1String("state")).toString() == QLatin1String(state);
    }));
}

bool isFleet(const QJsonObject& line, int units, int running)
{
    return isEvent(line, "fleet") && unitsOf(line).size() == units && count(line, "running") == running;
}

bool waitForRows(CliProcess& cli, int more)
{
    return !cli.waitForLine([more](const QJsonObject& line) {
                   return isEvent(line, "progress") && line.value(QLatin1String("labelled")).toInt() > more;
               })
                .isEmpty();
}

bool waitForUnits(CliProcess& cli, const char* state, int number)
{
    return !cli.waitForLine(
                   [=](const QJsonObject& line) { return isEvent(line, "fleet") && count(line, state) == number; })
                .isEmpty();
}

bool waitForFleet(CliProcess& cli, int units, int running)
{
    return !cli.waitForLine([=](const QJsonObject& line) { return isFleet(line, units, running); }).isEmpty();
}

QString rowsProblem(const QString& csvFile, int items)
{
    const CsvFile csv(csvFile);
    if (!csv.problem().isEmpty())
        return csv.problem();
    if (csv.rows() != items)
        return QStringLiteral("%1 rows of %2").arg(csv.rows()).arg(items);
    for (int row = 0; row < items; ++row) {
        if (csv.at(row, QStringLiteral("item")) != QString::number(row) ||
            csv.at(row, QStringLiteral("status")) != QLatin1String("labelled"))
            return QStringLiteral("row %1 is item %2, %3")
                .arg(QString::number(row), csv.at(row, QStringLiteral("item")), csv.at(row, QStringLiteral("status")));
    }
    return {};
}

} // namespace vitfleet::test
