// SPDX-License-Identifier: GPL-3.0-or-later
// A user manager of systemd of the test's own (user_manager.sh), for units of agents.
#pragma once

#include <QProcess>
#include <QString>
#include <QTemporaryDir>

namespace vitfleet::test {

class UserManager
{
public:
    UserManager();
    ~UserManager();
    /// Empty once it answers; else why there is none here.
    QString start();
    /// What a session has in XDG_RUNTIME_DIR.
    QString runtimeFolder() const { return m_dir.filePath(QStringLiteral("run")); }
    /// What `systemctl --user` says.
    QString ask(const QStringList& arguments, int* code = nullptr) const;
    /// The units of agents that are there, by name.
    QStringList agents() const;

private:
    QTemporaryDir m_dir;
    QProcess m_process;
};

} // namespace vitfleet::test
