// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main/single_instance.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QLocalServer>
#include <QLocalSocket>

namespace vitfleet::app {
namespace {

constexpr int answerMs = 1'000;
constexpr char request[] = "present\n";
constexpr char answer[] = "here\n";

} // namespace

SingleInstance::SingleInstance(const QString& database, QObject* parent) : QObject(parent)
{
    const QByteArray path = QFileInfo(database).absoluteFilePath().toUtf8();
    m_name = QStringLiteral("vitfleet-") +
             QString::fromLatin1(QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(24));
}

SingleInstance::~SingleInstance() = default;

bool SingleInstance::presentOther()
{
    QLocalSocket socket;
    socket.connectToServer(m_name);
    if (!socket.waitForConnected(answerMs))
        return false;
    socket.write(request);
    // One that hangs does not count: this start then says what is wrong with the database.
    return socket.waitForBytesWritten(answerMs) && socket.waitForReadyRead(answerMs) && socket.readAll() == answer;
}

void SingleInstance::listen()
{
    m_server = std::make_unique<QLocalServer>();
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    // Whoever holds the database's lock is the one: a socket that is there was left behind.
    QLocalServer::removeServer(m_name);
    if (!m_server->listen(m_name))
        return;
    connect(m_server.get(), &QLocalServer::newConnection, this, [this] {
        QLocalSocket* socket = m_server->nextPendingConnection();
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (socket->readAll() != request)
                return;
            socket->write(answer);
            socket->disconnectFromServer();
            Q_EMIT presentRequested();
        });
    });
}

} // namespace vitfleet::app
