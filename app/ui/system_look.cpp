// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/system_look.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QPalette>

namespace vitfleet::app {
namespace {

const QString service = QStringLiteral("org.freedesktop.portal.Desktop");
const QString path = QStringLiteral("/org/freedesktop/portal/desktop");
const QString settingsInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString appearance = QStringLiteral("org.freedesktop.appearance");
const QString colorScheme = QStringLiteral("color-scheme");

/// As the platform gave it, before a theme of ours was set.
bool firstPaletteIsDark()
{
    static const bool dark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    return dark;
}

/// Read answers with a variant in a variant.
QVariant plain(QVariant value)
{
    while (value.canConvert<QDBusVariant>())
        value = value.value<QDBusVariant>().variant();
    return value;
}

} // namespace

SystemLook::SystemLook(QObject* parent)
    : QObject(parent), m_paletteIsDark(firstPaletteIsDark()), m_dark(m_paletteIsDark)
{
    ask();
}

void SystemLook::ask()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    // By its name, or the slot is not found: connect() says no more than false.
    qRegisterMetaType<QDBusVariant>("QDBusVariant");
    bus.connect(service, path, settingsInterface, QStringLiteral("SettingChanged"), this,
                SLOT(onSettingChanged(QString, QString, QDBusVariant)));
    QDBusMessage message = QDBusMessage::createMethodCall(service, path, settingsInterface, QStringLiteral("Read"));
    message << appearance << colorScheme;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(message), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (!reply.isError())
            setColorScheme(plain(QVariant::fromValue(reply.value())).toUInt());
        watcher->deleteLater();
    });
}

void SystemLook::onSettingChanged(const QString& group, const QString& key, const QDBusVariant& value)
{
    if (group == appearance && key == colorScheme)
        setColorScheme(plain(QVariant::fromValue(value)).toUInt());
}

void SystemLook::setColorScheme(uint scheme)
{
    const bool dark = scheme == 1 || (scheme != 2 && m_paletteIsDark);
    if (dark == m_dark)
        return;
    m_dark = dark;
    Q_EMIT changed();
}

} // namespace vitfleet::app
