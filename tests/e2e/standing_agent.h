// SPDX-License-Identifier: GPL-3.0-or-later
// Agents that were not started by an application.
#pragma once

#include <QProcess>
#include <QString>

namespace vitfleet::test {

/// A TCP port of this machine that is free at this moment; 0: none.
int freePort();

/// It outlives every application.
class StandingAgent
{
public:
    /// `port` 0: any. `isKept`: started anew a second after it fails, as a service manager does; with a port of its
    /// own.
    StandingAgent(const QString& home, const QString& name, int port = 0, bool isKept = false);
    ~StandingAgent();
    const QString& address() const { return m_address; }
    /// How many results it held at the next such event in its log; -1: it does not tell.
    int outboxAt(const QByteArray& event);

private:
    QProcess m_process;
    QString m_address;
};

} // namespace vitfleet::test
