// SPDX-License-Identifier: GPL-3.0-or-later
// One window for each database: a second start brings the first one's to the front.
#pragma once

#include <QObject>

#include <memory>

class QLocalServer;

namespace vitfleet::app {

class SingleInstance : public QObject
{
    Q_OBJECT
public:
    explicit SingleInstance(const QString& database, QObject* parent = nullptr);
    ~SingleInstance() override;
    /// Asks the process that has the database's window to show it. False where there is none.
    bool presentOther();
    /// From now on this process is asked.
    void listen();

Q_SIGNALS:
    void presentRequested();

private:
    QString m_name;
    std::unique_ptr<QLocalServer> m_server;
};

} // namespace vitfleet::app
