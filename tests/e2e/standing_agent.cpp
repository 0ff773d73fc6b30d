// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/e2e/standing_agent.h"

#include <QElapsedTimer>
#include <QProcessEnvironment>
#include <QStringList>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vitfleet::test {

int freePort()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool isBound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(fd);
    return isBound ? ntohs(address.sin_port) : 0;
}

StandingAgent::StandingAgent(const QString& home, const QString& name, int port, bool isKept)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("VITFLEET_HOME"), home);
    m_process.setProcessEnvironment(environment);
    QStringList command = {QStringLiteral(VITFLEET_BIN_DIR "/vitfleet-agent"),
                           QStringLiteral("serve"),
                           QStringLiteral("--listen"),
                           QStringLiteral("127.0.0.1:%1").arg(port),
                           QStringLiteral("--name"),
                           name,
                           QStringLiteral("--key"),
                           home + u'/' + name + u".key",
                           QStringLiteral("--authorized-keys"),
                           home + QStringLiteral("/authorized"),
                           QStringLiteral("--model-cache"),
                           home + QStringLiteral("/cache"),
                           QStringLiteral("--data-root"),
                           QStringLiteral(VITFLEET_SOURCE_DIR)};
    const QString keep = QStringLiteral("trap 'stop=1; kill $child' TERM\n"
                                        "while [ -z \"$stop\" ]; do\n"
                                        "  \"$@\" & child=$!\n"
                                        "  while kill -0 $child 2>/dev/null; do wait $child; code=$?; done\n"
                                        "  [ $code -ne 0 ] || exit 0\n"
                                        "  sleep 1 & wait $!\n"
                                        "done");
    if (isKept)
        command = QStringList{QStringLiteral("/bin/sh"), QStringLiteral("-c"), keep, QStringLiteral("keep")} + command;
    m_process.start(command.takeFirst(), command);
    while (m_process.state() != QProcess::NotRunning && !m_process.canReadLine())
        m_process.waitForReadyRead(1000);
    m_address = QString::fromUtf8(m_process.readLine()).trimmed();
}

StandingAgent::~StandingAgent()
{
    m_process.terminate();
    if (!m_process.waitForFinished(30'000))
        m_process.kill();
    m_process.waitForFinished();
}

int StandingAgent::outboxAt(const QByteArray& event)
{
    QElapsedTimer since;
    since.start();
    m_process.setReadChannel(QProcess::StandardError);
    while (since.elapsed() < 30'000) {
        if (!m_process.canReadLine()) {
            m_process.waitForReadyRead(100);
            continue;
        }
        const QByteArray line = m_process.readLine();
        const qsizetype number = line.indexOf("outbox=");
        if (line.contains(event) && number >= 0)
            return line.mid(number + 7).split(' ').first().trimmed().toInt();
    }
    return -1;
}

} // namespace vitfleet::test
