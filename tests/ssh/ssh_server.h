// SPDX-License-Identifier: GPL-3.0-or-later
// OpenSSH's server on 127.0.0.1 with keys, configuration and port of its own, and a client configuration with two names
// for it. Nothing of the user's own OpenSSH is read or written.
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>

namespace vitfleet::test {

class SshServer
{
public:
    static QString obstacle();
    /// `environment`: "NAME=VALUE" for every session.
    explicit SshServer(QStringList environment = {});
    ~SshServer();
    QString start();
    /// For ssh -F: hosts node-a and node-b, with their key known; node-c, whose key is not known; node-d, where nobody
    /// listens.
    QString clientConfiguration() const { return m_dir.filePath(QStringLiteral("ssh_config")); }
    /// Home folder of the sessions.
    QString home() const { return m_dir.filePath(QStringLiteral("home")); }
    /// Processes of agents whose launch folder is below launch/ in that home.
    QList<qint64> agents() const;
    /// What is wrong with the secrets of what runs: files that others may read, a key in arguments or environment.
    QString leak() const;

private:
    QTemporaryDir m_dir;
    QStringList m_environment;
    std::unique_ptr<QProcess> m_server;
};

} // namespace vitfleet::test
