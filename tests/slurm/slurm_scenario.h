// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests with a real Slurm share: the cluster, a home folder with the profile "slurm-local" for each test, and
// the steps that they are made of.
#pragma once

#include "tests/e2e/csv_file.h"
#include "tests/e2e/fleet_run.h"
#include "tests/slurm/slurm_cluster.h"

#include <QObject>
#include <QTemporaryDir>

#include <memory>

namespace vitfleet::test {

class SlurmScenario : public QObject
{
    Q_OBJECT

protected:
    SlurmCluster& cluster() { return *m_cluster; }
    QString home() const { return m_dir->path(); }
    QString path(const QString& name) const { return m_dir->filePath(name); }

    void writeProfiles(const QByteArray& more = {}, const QByteArray& minutes = "30");
    QStringList runArguments(int nodes, const QStringList& more = {}) const
    {
        return demoRun(home(), QStringLiteral("slurm-local"), nodes, more);
    }
    /// Slurm waits two minutes before it starts a requeued job again, unless it is told otherwise: tells it; are they
    /// all running?
    bool runAgain(const QStringList& jobs);
    /// A short run on this machine, which gives back what another process has left.
    void runHere();
    /// Every item has exactly one row, labelled; `vitfleet-cli verify` says so, too.
    void checkRows();
    void checkNothingIsLeft();

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_cluster.reset(); }
    void init();

private:
    std::unique_ptr<SlurmCluster> m_cluster;
    std::unique_ptr<QTemporaryDir> m_dir;
};

} // namespace vitfleet::test
