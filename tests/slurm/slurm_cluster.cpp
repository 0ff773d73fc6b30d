// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/slurm/slurm_cluster.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QHostInfo>
#include <QProcessEnvironment>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QTcpServer>
#include <QThread>

#include <unistd.h>

namespace vitfleet::test {

namespace {

constexpr int nodes = 4;

QString findProgram(const QString& name)
{
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty()
               ? QStandardPaths::findExecutable(name, {QStringLiteral("/usr/sbin"), QStringLiteral("/sbin")})
               : found;
}

/// Neighbouring ports that are free at this moment.
int freePorts(int count)
{
    for (int tries = 0; tries < 50; ++tries) {
        const int first = QRandomGenerator::global()->bounded(20000, 30000);
        bool free = true;
        for (int i = 0; i < count && free; ++i) {
            QTcpServer server;
            free = server.listen(QHostAddress::LocalHost, static_cast<quint16>(first + i));
        }
        if (free)
            return first;
    }
    return 0;
}

} // namespace

QString SlurmCluster::obstacle()
{
    if (::geteuid() != 0)
        return QStringLiteral("slurmd needs root here");
    for (const char* name : {"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"}) {
        if (findProgram(QLatin1String(name)).isEmpty())
            return QStringLiteral("%1 is not installed (slurm-wlm, munge)").arg(QLatin1String(name));
    }
    return {};
}

SlurmCluster::SlurmCluster() : m_dir(QDir::tempPath() + QStringLiteral("/vf-slurm-XXXXXX")) {}

SlurmCluster::~SlurmCluster()
{
    if (!m_daemons.empty())
        run(QStringLiteral("scancel"), {QStringLiteral("--me")});
    for (auto daemon = m_daemons.rbegin(); daemon != m_daemons.rend(); ++daemon)
        (*daemon)->terminate();
    for (auto daemon = m_daemons.rbegin(); daemon != m_daemons.rend(); ++daemon) {
        if (!(*daemon)->waitForFinished(15'000)) {
            (*daemon)->kill();
            (*daemon)->waitForFinished();
        }
    }
}

void SlurmCluster::launch(const QString& program, const QStringList& arguments)
{
    auto process = std::make_unique<QProcess>();
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("SLURM_CONF"), configuration());
    process->setProcessEnvironment(environment);
    process->setStandardOutputFile(QProcess::nullDevice());
    process->setStandardErrorFile(QProcess::nullDevice());
    process->start(findProgram(program), arguments);
    process->waitForStarted();
    m_daemons.push_back(std::move(process));
}

QString SlurmCluster::start()
{
    const int port = freePorts(nodes + 1);
    const QString dir = m_dir.path();
    QDir(dir).mkpath(QStringLiteral("state"));
    QDir(dir).mkpath(QStringLiteral("spool"));
    QFile key(path(QStringLiteral("munge.key")));
    if (port == 0 || !key.open(QIODevice::WriteOnly))
        return QStringLiteral("no ports or no folder");
    quint32 random[32];
    QRandomGenerator::system()->fillRange(random);
    key.write(reinterpret_cast<const char*>(random), sizeof random);
    key.close();
    key.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    const QString host = QHostInfo::localHostName().section(QLatin1Char('.'), 0, 0);
    QFile file(configuration());
    if (!file.open(QIODevice::WriteOnly))
        return QStringLiteral("no configuration");
    file.write(QStringLiteral("ClusterName=vitfleet\n"
                              "SlurmctldHost=%1(127.0.0.1)\n"
                              "SlurmctldPort=%2\n"
                              "SlurmUser=root\nSlurmdUser=root\n"
                              "AuthType=auth/munge\nCredType=cred/munge\nAuthInfo=socket=%3/munge.socket\n"
                              "StateSaveLocation=%3/state\nSlurmdSpoolDir=%3/spool/%n\n"
                              "SlurmctldPidFile=%3/slurmctld.pid\nSlurmdPidFile=%3/slurmd-%n.pid\n"
                              "SlurmctldLogFile=%3/slurmctld.log\nSlurmdLogFile=%3/slurmd-%n.log\n"
                              "ProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
                              "SelectType=select/cons_tres\nSelectTypeParameters=CR_Core\n"
                              "MpiDefault=none\nJobAcctGatherType=jobacct_gather/none\n"
                              "AccountingStorageType=accounting_storage/none\nSwitchType=switch/none\n"
                              "PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\n"
                              "ReturnToService=2\nSchedulerType=sched/backfill\n"
                              "SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_min_interval=0\n"
                              "MaxArraySize=4\n" // so that five nodes need two arrays
                              "KillWait=30\nMinJobAge=300\nSlurmdTimeout=120\n"
                              "GresTypes=gpu\n"
                              "NodeName=n[1-4] NodeHostname=%1 NodeAddr=127.0.0.1 Port=[%4-%5] CPUs=1 RealMemory=1000 "
                              "Gres=gpu:1 Feature=ib\n"
                              "PartitionName=all Nodes=ALL Default=YES MaxTime=60 State=UP PriorityTier=1\n"
                              "PartitionName=urgent Nodes=ALL MaxTime=60 State=UP PriorityTier=10\n")
                   .arg(host)
                   .arg(port)
                   .arg(dir)
                   .arg(port + 1)
                   .arg(port + nodes)
                   .toUtf8());
    file.close();
    // A GPU that is none: enough for Slurm to count it.
    QFile gres(path(QStringLiteral("gres.conf")));
    if (!gres.open(QIODevice::WriteOnly) || gres.write("NodeName=n[1-4] Name=gpu File=/dev/null\n") < 0)
        return QStringLiteral("no gres.conf");
    gres.close();
    // munge wants to see that nobody else can replace its socket.
    QFile::setPermissions(dir, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadGroup |
                                   QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther);
    launch(QStringLiteral("munged"), {QStringLiteral("--foreground"), QStringLiteral("--force"),
                                      QStringLiteral("--key-file=") + path(QStringLiteral("munge.key")),
                                      QStringLiteral("--socket=") + path(QStringLiteral("munge.socket")),
                                      QStringLiteral("--pid-file=") + path(QStringLiteral("munged.pid")),
                                      QStringLiteral("--log-file=") + path(QStringLiteral("munged.log")),
                                      QStringLiteral("--seed-file=") + path(QStringLiteral("munge.seed"))});
    const QDeadlineTimer deadline(60'000);
    while (!QFile::exists(path(QStringLiteral("munge.socket"))) && !deadline.hasExpired())
        QThread::msleep(20);
    launch(QStringLiteral("slurmctld"), {QStringLiteral("-D"), QStringLiteral("-c")});
    for (int i = 1; i <= nodes; ++i)
        launch(QStringLiteral("slurmd"), {QStringLiteral("-D"), QStringLiteral("-N"), QStringLiteral("n%1").arg(i)});
    while (!deadline.hasExpired()) {
        if (run(QStringLiteral("sinfo"), {QStringLiteral("-h"), QStringLiteral("-o"), QStringLiteral("%D %t")})
                .trimmed() == QStringLiteral("4 idle"))
            return {};
        QThread::msleep(200);
    }
    return QStringLiteral("four nodes do not become idle");
}

QString SlurmCluster::run(const QString& program, const QStringList& arguments) const
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("SLURM_CONF"), configuration());
    process.setProcessEnvironment(environment);
    process.start(findProgram(program), arguments);
    process.waitForFinished(20'000);
    return QString::fromUtf8(process.readAllStandardOutput());
}

QStringList SlurmCluster::jobs(const QString& states) const
{
    QStringList arguments = {QStringLiteral("-r"), QStringLiteral("-h"), QStringLiteral("-o"), QStringLiteral("%i")};
    if (states != QLatin1String("all"))
        arguments << QStringLiteral("-t") << states;
    return run(QStringLiteral("squeue"), arguments).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
}

QByteArray SlurmCluster::logs() const
{
    QByteArray all;
    for (const char* name : {"slurmctld.log", "slurmd-n1.log", "munged.log"}) {
        QFile file(path(QLatin1String(name)));
        if (file.open(QIODevice::ReadOnly))
            all += QByteArray("\n--- ") + name + "\n" + file.readAll().right(2000);
    }
    return all;
}

} // namespace vitfleet::test
