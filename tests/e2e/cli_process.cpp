// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/cli_process.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

namespace vitfleet::test {

CliProcess::CliProcess(const QString& home) : m_home(home) {}

CliProcess::~CliProcess()
{
    if (m_process.state() != QProcess::NotRunning) {
        m_process.kill();
        m_process.waitForFinished();
    }
}

void CliProcess::start(const QStringList& arguments)
{
    m_output.clear();
    m_errors.clear();
    m_parsed = 0;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("VITFLEET_HOME"), m_home);
    for (auto it = m_environment.cbegin(); it != m_environment.cend(); ++it)
        environment.insert(it.key(), it.value());
    m_process.setProcessEnvironment(environment);
    m_process.start(QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-cli"), arguments);
    m_process.waitForStarted();
}

QJsonObject CliProcess::waitForLine(const std::function<bool(const QJsonObject&)>& accept, int timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    for (;;) {
        m_output += m_process.readAllStandardOutput();
        for (qsizetype end; (end = m_output.indexOf('\n', m_parsed)) >= 0;) {
            const QJsonObject line = QJsonDocument::fromJson(m_output.mid(m_parsed, end - m_parsed)).object();
            m_parsed = end + 1;
            if (accept(line))
                return line;
        }
        if (m_process.state() == QProcess::NotRunning || deadline.hasExpired())
            return {};
        m_process.waitForReadyRead(static_cast<int>(qMin<qint64>(1000, deadline.remainingTime())));
    }
}

int CliProcess::finish(int timeoutMs)
{
    const bool ended = m_process.state() == QProcess::NotRunning || m_process.waitForFinished(timeoutMs);
    m_output += m_process.readAllStandardOutput();
    m_errors += m_process.readAllStandardError();
    return ended && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

int CliProcess::run(const QStringList& arguments, int timeoutMs)
{
    start(arguments);
    return finish(timeoutMs);
}

QByteArray CliProcess::standardError()
{
    m_errors += m_process.readAllStandardError();
    return m_errors;
}

QList<qint64> childrenOf(qint64 parent, const QString& program)
{
    QList<qint64> children;
    const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString& entry : entries) {
        bool isPid = false;
        const qint64 pid = entry.toLongLong(&isPid);
        if (!isPid)
            continue;
        QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
        if (!stat.open(QIODevice::ReadOnly))
            continue;
        // "pid (name) state ppid …"; the name may hold anything, so what follows is sought from the end.
        const QByteArray text = stat.readAll();
        const QList<QByteArray> rest = text.mid(text.lastIndexOf(')') + 2).split(' ');
        const QString executable = QFileInfo(QStringLiteral("/proc/%1/exe").arg(pid)).symLinkTarget();
        if (rest.size() > 1 && rest[1].toLongLong() == parent && QFileInfo(executable).fileName() == program)
            children << pid;
    }
    return children;
}

QList<qint64> processesOf(const QString& programFile)
{
    QList<qint64> found;
    const QStringList entries = QDir(QStringLiteral("/proc")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString& entry : entries) {
        bool isPid = false;
        const qint64 pid = entry.toLongLong(&isPid);
        if (isPid && QFileInfo(QStringLiteral("/proc/%1/exe").arg(pid)).symLinkTarget() == programFile)
            found << pid;
    }
    return found;
}

bool isRunning(qint64 pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = stat.readAll();
    return !text.mid(text.lastIndexOf(')') + 2).startsWith('Z');
}

} // namespace vitfleet::test
