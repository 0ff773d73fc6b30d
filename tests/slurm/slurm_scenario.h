// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests with a real Slurm share: the cluster, a home folder with the profile "slurm-local" for each test, and
// the steps that they are made of.
#pragma once

#include "tests/e2e/cli_process.h"
#include "tests/e2e/csv_file.h"
#include "tests/slurm/slurm_cluster.h"

#include <QJsonArray>
#include <QObject>
#include <QTemporaryDir>

#include <memory>

namespace vitfleet::test {

bool isEvent(const QJsonObject& line, const char* name);
QJsonArray unitsOf(const QJsonObject& line);
/// Units of a "fleet" line that are in this state.
int count(const QJsonObject& line, const char* state);

class SlurmScenario : public QObject
{
    Q_OBJECT

protected:
    SlurmCluster& cluster() { return *m_cluster; }
    QString home() const { return m_dir->path(); }
    QString path(const QString& name) const { return m_dir->filePath(name); }

    void writeProfiles(const QByteArray& more = {}, const QByteArray& minutes = "30");
    /// A run of the demo's 10,000 pictures with JSON lines and a CSV at its end.
    QStringList runArguments(const QStringList& more) const;
    /// Timed stand-ins in place of the model; 0 ms: as fast as it goes.
    static QStringList synthetic(int nodes, int msPerItem = 0);
    static bool waitForRows(CliProcess& cli, int more);
    static bool waitForUnits(CliProcess& cli, const char* state, int number);
    /// Slurm waits two minutes before it starts a requeued job again, unless it is told otherwise: tells it; are they
    /// all running?
    bool runAgain(const QStringList& jobs);
    /// A short run on this machine, which gives back what another process has left.
    void runHere();
    /// Every item has exactly one row, labelled.
    void checkRows();
    void checkNothingIsLeft();

    const QString m_demoModel = QStringLiteral(VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit");
    const QString m_demoData =
        QStringLiteral(VITFLEET_SOURCE_DIR "/resources/data/fashion-mnist/t10k-images-idx3-ubyte.gz");

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_cluster.reset(); }
    void init();

private:
    std::unique_ptr<SlurmCluster> m_cluster;
    std::unique_ptr<QTemporaryDir> m_dir;
};

} // namespace vitfleet::test
