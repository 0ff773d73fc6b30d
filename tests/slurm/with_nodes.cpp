// SPDX-License-Identifier: GPL-3.0-or-later
// with-nodes slurm|ssh COMMAND...: runs a command beside the cluster, or the hosts, that the tests have, and ends both.
// It finds SLURM_CONF, or VITFLEET_SSH_CONFIG (hosts node-a and node-b) with VITFLEET_SSH_HOME, in its environment.
#include "tests/slurm/slurm_cluster.h"
#include "tests/ssh/ssh_server.h"

#include <QCoreApplication>
#include <QProcess>

#include <cstdio>
#include <memory>

using namespace vitfleet::test;

namespace {

constexpr int skipped = 77;

int run(const QString& obstacle, const QStringList& command)
{
    if (!obstacle.isEmpty()) {
        std::fprintf(stderr, "with-nodes: %s\n", qPrintable(obstacle));
        return skipped;
    }
    return QProcess::execute(command.constFirst(), command.mid(1));
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const QString kind = arguments.value(1);
    const QStringList command = arguments.mid(2);
    if (!command.isEmpty() && kind == QLatin1String("slurm")) {
        QString obstacle = SlurmCluster::obstacle();
        std::unique_ptr<SlurmCluster> cluster;
        if (obstacle.isEmpty()) {
            cluster = std::make_unique<SlurmCluster>();
            obstacle = cluster->start();
            qputenv("SLURM_CONF", cluster->configuration().toUtf8());
        }
        return run(obstacle, command);
    }
    if (!command.isEmpty() && kind == QLatin1String("ssh")) {
        QString obstacle = SshServer::obstacle();
        SshServer server;
        if (obstacle.isEmpty()) {
            obstacle = server.start();
            qputenv("VITFLEET_SSH_CONFIG", server.clientConfiguration().toUtf8());
            qputenv("VITFLEET_SSH_HOME", server.home().toUtf8());
        }
        return run(obstacle, command);
    }
    std::fprintf(stderr, "with-nodes slurm|ssh COMMAND...\n");
    return 2;
}
