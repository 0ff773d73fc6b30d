// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ssh/user_manager.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QProcessEnvironment>

namespace vitfleet::test {

UserManager::UserManager() : m_dir(QDir::tempPath() + QStringLiteral("/vf-units-XXXXXX")) {}

UserManager::~UserManager()
{
    m_process.terminate();
    if (!m_process.waitForFinished(45'000)) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

QString UserManager::start()
{
    m_process.setProcessChannelMode(QProcess::MergedChannels);
    m_process.start(QStringLiteral("bash"),
                    {QStringLiteral(VITFLEET_SOURCE_DIR "/tests/ssh/user_manager.sh"), m_dir.path()});
    const QDeadlineTimer deadline(20'000);
    while (!deadline.hasExpired() && !m_process.waitForFinished(50)) {
        int code = -1;
        ask({QStringLiteral("show-environment")}, &code);
        if (code == 0)
            return {};
    }
    return QStringLiteral("no user manager of systemd: ") +
           QString::fromUtf8(m_process.readAllStandardOutput()).trimmed();
}

QString UserManager::ask(const QStringList& arguments, int* code) const
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), runtimeFolder());
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral("systemctl"), QStringList{QStringLiteral("--user")} + arguments);
    const bool ended = process.waitForFinished(10'000);
    if (code)
        *code = ended && process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return QString::fromUtf8(process.readAllStandardOutput());
}

QStringList UserManager::agents() const
{
    const QString list = ask({QStringLiteral("list-units"), QStringLiteral("--all"), QStringLiteral("--plain"),
                              QStringLiteral("--no-legend"), QStringLiteral("vitfleet-agent-*")});
    QStringList names;
    const QStringList lines = list.split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    for (const QString& line : lines)
        names << line.section(QLatin1Char(' '), 0, 0);
    return names;
}

} // namespace vitfleet::test
