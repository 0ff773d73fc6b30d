// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/notifier.h"

#include "app/models/event_text.h"
#include "app/models/ui_settings.h"
#include "app/ui/format.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCall>
#include <QVariantMap>

#include <utility>

namespace vitfleet::app {
namespace {

constexpr qsizetype namedNodes = 3;

} // namespace

Notifier::Notifier(const UiSettings& settings, QObject* parent) : QObject(parent), m_settings(settings)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(gatherMs);
    connect(&m_timer, &QTimer::timeout, this, &Notifier::flush);
}

void Notifier::addEvents(const std::vector<EventRecord>& events)
{
    if (m_windowActive)
        return;
    const auto isWanted = [this](const char* key) { return m_settings.boolean(QLatin1String(key), true); };
    for (const EventRecord& event : events) {
        const QString text = eventText(event);
        switch (event.kind) {
        case EventKind::NodeLost:
            if (isWanted("notify/nodes"))
                m_lost << QString::fromStdString(event.node);
            break;
        case EventKind::RunFinished:
        case EventKind::RunFailed:
            if (isWanted("notify/runs"))
                m_ended << tr("Run %1: %2").arg(QString::number(event.run.value), text);
            break;
        case EventKind::StoreTrouble:
            if (isWanted("notify/store"))
                m_store = text;
            break;
        default:
            break;
        }
    }
    if ((!m_lost.isEmpty() || !m_ended.isEmpty() || !m_store.isEmpty()) && !m_timer.isActive())
        m_timer.start();
}

void Notifier::flush()
{
    m_timer.stop();
    if (const QStringList lost = std::exchange(m_lost, {}); !lost.isEmpty()) {
        const QString names = lost.mid(0, namedNodes).join(QStringLiteral(", "));
        Q_EMIT notified(lost.size() == 1 ? tr("Node lost")
                                         : tr("%1 nodes lost").arg(formatCount(static_cast<quint64>(lost.size()))),
                        lost.size() > namedNodes ? tr("%1 and %2 more").arg(names).arg(lost.size() - namedNodes)
                                                 : names);
    }
    if (const QStringList ended = std::exchange(m_ended, {}); !ended.isEmpty())
        Q_EMIT notified(tr("Run ended"), ended.join(QLatin1Char('\n')));
    if (const QString store = std::exchange(m_store, {}); !store.isEmpty())
        Q_EMIT notified(tr("Database"), store);
}

void sendNotification(const QString& title, const QString& text)
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    QDBusMessage message = QDBusMessage::createMethodCall(
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("/org/freedesktop/Notifications"),
        QStringLiteral("org.freedesktop.Notifications"), QStringLiteral("Notify"));
    message << QStringLiteral("VitFleet") << 0u << QStringLiteral("vitfleet") << title << text.toHtmlEscaped()
            << QStringList() << QVariantMap() << -1;
    bus.asyncCall(message);
}

} // namespace vitfleet::app
