// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the desktop is light or dark: Qt 6.4 does not say, the desktop's portal does (org.freedesktop.appearance).
// Where there is no portal, the palette that the platform gave tells.
#pragma once

#include <QObject>
#include <QVariant>

class QDBusVariant;

namespace vitfleet::app {

class SystemLook : public QObject
{
    Q_OBJECT
public:
    explicit SystemLook(QObject* parent = nullptr);
    bool isDark() const { return m_dark; }
    /// What the portal says: 1 dark, 2 light, 0 no wish.
    void setColorScheme(uint scheme);

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void onSettingChanged(const QString& group, const QString& key, const QDBusVariant& value);

private:
    void ask();

    bool m_paletteIsDark;
    bool m_dark;
};

} // namespace vitfleet::app
