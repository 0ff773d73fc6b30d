// SPDX-License-Identifier: GPL-3.0-or-later
// A run of the demo data in a folder of its own, by the real command line with the synthetic backend, and what is
// stored of it.
#pragma once

#include "tests/e2e/fleet_run.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

namespace vitfleet::test {

constexpr int items = 2000;
constexpr int few = 600; ///< where each takes long, so that the run is going while others start

/// Of the error that a line tells; empty: none.
QString codeOf(const QJsonObject& line);
/// Rows that a line calls committed; -1: it is about something else.
int labelled(const QJsonObject& line);

class StoredRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }
    void cleanup() { waitForAgentsToEnd(); }

protected:
    QString path(const char* name) const { return m_dir->filePath(QString::fromUtf8(name)); }
    QString database() const { return path("run.db"); }
    QStringList runArguments(const QString& options, int agents, int count = items) const;
    QStringList resumeArguments() const;
    /// As `vitfleet-cli runs` tells it, in a process of its own; empty: no such run.
    QJsonObject storedRun() const;
    /// For agents that are not started by the application.
    void authorizeApplication() const;
    void verify() const;
    void checkResults(int count = items) const;
    QJsonObject shown() const;
    QJsonObject storedSeal() const { return shown().value(QLatin1String("seal")).toObject(); }
    void waitForAgentsToEnd() const;

    std::unique_ptr<QTemporaryDir> m_dir;
};

} // namespace vitfleet::test
