// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT and SIGTERM end the program as closing its window does: the run is stopped in good order, agents end.
#pragma once

#include <QObject>

#include <memory>

class QSocketNotifier;

namespace vitfleet::app {

class UnixSignals : public QObject
{
    Q_OBJECT
public:
    explicit UnixSignals(QObject* parent = nullptr);
    ~UnixSignals() override;

Q_SIGNALS:
    void quitRequested();

private:
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace vitfleet::app
