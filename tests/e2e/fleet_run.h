// SPDX-License-Identifier: GPL-3.0-or-later
// What tests with nodes of providers share: a run of the demo's pictures, lines that tell of the fleet, rows counted.
#pragma once

#include "tests/e2e/cli_process.h"

#include <QJsonArray>

namespace vitfleet::test {

/// The pictures and the model that come with the program; 10,000 of them.
QString demoModel();
QString demoData();
constexpr int demoItems = 10'000;

/// A run of the demo's pictures with JSON lines, and a CSV in `home` at its end.
QStringList demoRun(const QString& home, const QString& profile, int nodes, const QStringList& more = {});
QString resultsOf(const QString& home);
/// Timed stand-ins in place of the model; 0 ms: as fast as it goes.
QStringList synthetic(int msPerItem = 0);

bool isEvent(const QJsonObject& line, const char* name);
QJsonArray unitsOf(const QJsonObject& line);
/// Units of a "fleet" line that are in this state.
int count(const QJsonObject& line, const char* state);
/// A "fleet" line with so many units, so many of which run.
bool isFleet(const QJsonObject& line, int units, int running);

/// Until more than so many pictures have a label; false where the run ends before.
bool waitForRows(CliProcess& cli, int more);
bool waitForUnits(CliProcess& cli, const char* state, int number);
bool waitForFleet(CliProcess& cli, int units, int running);

/// Empty where every item has exactly one row, and is labelled.
QString rowsProblem(const QString& csvFile, int items = demoItems);

} // namespace vitfleet::test
