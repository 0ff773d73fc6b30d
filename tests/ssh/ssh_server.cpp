// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ssh/ssh_server.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QThread>

#include <pwd.h>
#include <unistd.h>

namespace vitfleet::test {

namespace {

QString findProgram(const QString& name)
{
    const QString found = QStandardPaths::findExecutable(name);
    return found.isEmpty() ? QStandardPaths::findExecutable(name, {QStringLiteral("/usr/sbin")}) : found;
}

bool write(const QString& name, const QByteArray& text)
{
    QFile file(name);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

QByteArray read(const QString& name)
{
    QFile file(name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : quint16(0);
}

} // namespace

QString SshServer::obstacle()
{
    for (const char* name : {"sshd", "ssh", "ssh-keygen"}) {
        if (findProgram(QLatin1String(name)).isEmpty())
            return QStringLiteral("%1 is not installed (openssh-server, openssh-client)").arg(QLatin1String(name));
    }
    if (::geteuid() == 0 && !QDir(QStringLiteral("/run/sshd")).exists() && !QDir().mkpath(QStringLiteral("/run/sshd")))
        return QStringLiteral("sshd's folder for privilege separation cannot be made");
    return {};
}

SshServer::SshServer(QStringList environment)
    : m_dir(QDir::tempPath() + QStringLiteral("/vf-ssh-XXXXXX")), m_environment(std::move(environment))
{
}

SshServer::~SshServer()
{
    if (m_server) {
        m_server->terminate();
        if (!m_server->waitForFinished(5000)) {
            m_server->kill();
            m_server->waitForFinished();
        }
    }
}

QString SshServer::start()
{
    const QString dir = m_dir.path();
    QDir(dir).mkpath(QStringLiteral("home"));
    for (const char* key : {"host", "user"}) {
        if (QProcess::execute(findProgram(QStringLiteral("ssh-keygen")),
                              {QStringLiteral("-q"), QStringLiteral("-t"), QStringLiteral("ed25519"),
                               QStringLiteral("-N"), QString(), QStringLiteral("-f"),
                               m_dir.filePath(QLatin1String(key))}) != 0)
            return QStringLiteral("ssh-keygen failed");
    }
    const quint16 port = freePort(), silent = freePort();
    const QByteArray base = dir.toUtf8(), number = QByteArray::number(port);
    const passwd* user = ::getpwuid(::geteuid());
    // Whoever sees the key is let in as this user, with a home of the test's own.
    QByteArray options = "environment=\"HOME=" + home().toUtf8() + "\"";
    for (const QString& variable : std::as_const(m_environment))
        options += ",environment=\"" + variable.toUtf8() + "\"";
    write(m_dir.filePath(QStringLiteral("authorized_keys")),
          options + " " + read(m_dir.filePath(QStringLiteral("user.pub"))));
    write(m_dir.filePath(QStringLiteral("sshd_config")),
          "ListenAddress 127.0.0.1\nPort " + number + "\nHostKey " + base + "/host\nAuthorizedKeysFile " + base +
              "/authorized_keys\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
              "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nPermitUserEnvironment yes\n"
              "AllowTcpForwarding yes\nMaxStartups 100\nLogLevel ERROR\n");
    const QByteArray hostKey = read(m_dir.filePath(QStringLiteral("host.pub")));
    write(m_dir.filePath(QStringLiteral("known_hosts")), "node-a,node-b " + hostKey);
    write(m_dir.filePath(QStringLiteral("ssh_config")),
          "Host node-a\n  HostKeyAlias node-a\nHost node-b\n  HostKeyAlias node-b\nHost node-c\n  HostKeyAlias node-c\n"
          "Host node-a node-b node-c\n  Port " +
              number + "\nHost node-d\n  Port " + QByteArray::number(silent) +
              "\nHost *\n  HostName 127.0.0.1\n  User " + QByteArray(user ? user->pw_name : "root") +
              "\n  IdentityFile " + base + "/user\n  IdentitiesOnly yes\n  IdentityAgent none\n  UserKnownHostsFile " +
              base + "/known_hosts\n  GlobalKnownHostsFile none\n  CheckHostIP no\n");
    m_server = std::make_unique<QProcess>();
    m_server->setStandardErrorFile(m_dir.filePath(QStringLiteral("sshd.log")));
    m_server->start(findProgram(QStringLiteral("sshd")),
                    {QStringLiteral("-D"), QStringLiteral("-e"), QStringLiteral("-f"),
                     m_dir.filePath(QStringLiteral("sshd_config"))});
    const QDeadlineTimer deadline(20'000);
    while (!deadline.hasExpired() && m_server->state() != QProcess::NotRunning) {
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        if (socket.waitForConnected(500))
            return {};
        QThread::msleep(50);
        m_server->waitForFinished(1);
    }
    return QStringLiteral("sshd does not answer: ") +
           QString::fromUtf8(read(m_dir.filePath(QStringLiteral("sshd.log"))));
}

QList<qint64> SshServer::agents() const
{
    QList<qint64> found;
    QByteArray words("serve --launch-folder ");
    words.replace(' ', '\0');
    words += (home() + QStringLiteral("/launch/")).toUtf8();
    const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs);
    for (const QString& entry : entries) {
        QFile line(QStringLiteral("/proc/%1/cmdline").arg(entry));
        if (entry.toLongLong() > 0 && line.open(QIODevice::ReadOnly) && line.readAll().contains(words))
            found << entry.toLongLong();
    }
    return found;
}

QString SshServer::leak() const
{
    const QDir launch(home() + QStringLiteral("/launch"));
    const QStringList folders = launch.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString& name : folders) {
        const QDir folder(launch.filePath(name));
        const QStringList files = folder.entryList({QStringLiteral("request.json"), QStringLiteral("reply-*.json")});
        if (files.size() < 2)
            return QStringLiteral("no request and reply in ") + folder.path();
        for (const QString& file : files) {
            constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther |
                                    QFile::WriteOther | QFile::ExeOther;
            for (const QString& entry : {folder.filePath(file), folder.path()}) {
                if (QFile::permissions(entry) & others)
                    return entry + QStringLiteral(" is open to others");
            }
        }
        const QJsonObject request =
            QJsonDocument::fromJson(read(folder.filePath(QStringLiteral("request.json")))).object();
        const QByteArray key = request.value(QLatin1String("application_key")).toString().toUtf8();
        if (key.size() < 32)
            return QStringLiteral("no key in the request");
        const QList<qint64> all = agents();
        for (const qint64 pid : all) {
            for (const char* what : {"cmdline", "environ"}) {
                if (read(QStringLiteral("/proc/%1/%2").arg(pid).arg(QLatin1String(what))).contains(key))
                    return QStringLiteral("the key is in the agent's ") + QLatin1String(what);
            }
        }
    }
    return folders.isEmpty() ? QStringLiteral("no launch folder") : QString();
}

} // namespace vitfleet::test
