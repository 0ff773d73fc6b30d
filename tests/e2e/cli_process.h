// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-cli as a process of its own, in a home folder of its own, with its JSON lines.
#pragma once

#include <QJsonObject>
#include <QMap>
#include <QProcess>
#include <QStringList>

#include <functional>

namespace vitfleet::test {

class CliProcess
{
public:
    /// `home`: everything that the program keeps goes there.
    explicit CliProcess(const QString& home);
    /// Kills it if it still runs.
    ~CliProcess();

    /// For the processes that are started from now on.
    void setEnvironment(const QString& name, const QString& value) { m_environment.insert(name, value); }
    void start(const QStringList& arguments);
    /// Reads lines until one satisfies `accept`; empty object where the program ends or `timeoutMs` pass before.
    QJsonObject waitForLine(const std::function<bool(const QJsonObject&)>& accept, int timeoutMs = 120'000);
    /// Waits for its end; -1 where it does not end in time or crashed.
    int finish(int timeoutMs = 240'000);
    int run(const QStringList& arguments, int timeoutMs = 240'000);

    void kill() { m_process.kill(); }
    void terminate() { m_process.terminate(); }
    qint64 pid() const { return m_process.processId(); }
    /// Everything read so far, the lines that waitForLine() has passed over included.
    QByteArray standardOutput() const { return m_output; }
    QByteArray standardError();
    /// For messages of failed checks.
    QByteArray all() { return m_output + "\n--- standard error\n" + standardError(); }

private:
    QProcess m_process;
    QByteArray m_output;
    QByteArray m_errors;
    qsizetype m_parsed = 0;
    QString m_home;
    QMap<QString, QString> m_environment;
};

/// Processes that were started by `parent`, by the name of their program.
QList<qint64> childrenOf(qint64 parent, const QString& program);
/// All processes of this machine that run this very program file.
QList<qint64> processesOf(const QString& programFile);
bool isRunning(qint64 pid);

} // namespace vitfleet::test
