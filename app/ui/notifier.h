// SPDX-License-Identifier: GPL-3.0-or-later
// Tells the desktop what happened while nobody looks at the window: one message for many of a kind.
#pragma once

#include "app/core/snapshot.h"

#include <QObject>
#include <QStringList>
#include <QTimer>

#include <vector>

namespace vitfleet::app {

class UiSettings;

class Notifier : public QObject
{
    Q_OBJECT
public:
    static constexpr int gatherMs = 1'500;

    explicit Notifier(const UiSettings& settings, QObject* parent = nullptr);

    void addEvents(const std::vector<EventRecord>& events);
    /// Nothing is told while the window is in front.
    void setWindowActive(bool active) { m_windowActive = active; }
    /// Sends what has been gathered now.
    void flush();

Q_SIGNALS:
    void notified(const QString& title, const QString& text);

private:
    const UiSettings& m_settings;
    QTimer m_timer;
    QStringList m_lost;
    QStringList m_ended;
    QString m_store;
    bool m_windowActive = true;
};

/// Over the session's bus to whoever shows notifications; nowhere where there is nobody.
void sendNotification(const QString& title, const QString& text);

} // namespace vitfleet::app
