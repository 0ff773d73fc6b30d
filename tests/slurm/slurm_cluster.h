// SPDX-License-Identifier: GPL-3.0-or-later
// A whole Slurm of its own on this machine: munged, slurmctld and four slurmd on 127.0.0.1, with key, socket, ports and
// configuration in a temporary folder. Everything ends with it.
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>
#include <vector>

namespace vitfleet::test {

class SlurmCluster
{
public:
    /// Why there can be none on this machine; empty: there can.
    static QString obstacle();

    SlurmCluster();
    ~SlurmCluster();
    /// What went wrong; empty: four nodes are idle.
    QString start();
    QString configuration() const { return m_dir.filePath(QStringLiteral("slurm.conf")); }
    QString path(const QString& name) const { return m_dir.filePath(name); }

    /// One of Slurm's programs, with this cluster's configuration; its output.
    QString run(const QString& program, const QStringList& arguments) const;
    /// Numbers of jobs that are not at their end: "3_1".
    QStringList jobs(const QString& states = QStringLiteral("all")) const;
    QByteArray logs() const;

private:
    void launch(const QString& program, const QStringList& arguments);

    QTemporaryDir m_dir;
    std::vector<std::unique_ptr<QProcess>> m_daemons;
};

} // namespace vitfleet::test
