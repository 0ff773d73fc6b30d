// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/ui_settings.h"

#include <QFile>
#include <QFileInfo>

namespace vitfleet::app {
namespace {

constexpr qint64 largestFile = 4 << 20;

/// An INI file of ours is text: sections, keys, comments. Anything else would be read as one strange key.
bool isReadable(const QString& name)
{
    QFile file(name);
    if (!file.exists())
        return true;
    if (file.size() > largestFile || !file.open(QIODevice::ReadOnly))
        return false;
    while (!file.atEnd()) {
        const QByteArray line = file.readLine().trimmed();
        if (line.contains('\0'))
            return false;
        const bool known = line.isEmpty() || line.startsWith(';') || line.startsWith('[') || line.contains('=');
        if (!known)
            return false;
    }
    return true;
}

} // namespace

UiSettings::UiSettings(const QString& file, QObject* parent) : QObject(parent), m_file(file)
{
    if (file.isEmpty())
        return;
    m_wasBroken = !isReadable(file);
    if (!m_wasBroken) {
        m_settings = std::make_unique<QSettings>(file, QSettings::IniFormat);
        m_wasBroken = m_settings->status() != QSettings::NoError;
    }
    if (!m_wasBroken)
        return;
    m_settings.reset();
    const QString aside = file + QStringLiteral(".broken");
    QFile::remove(aside);
    QFile::rename(file, aside);
    m_settings = std::make_unique<QSettings>(file, QSettings::IniFormat);
}

UiSettings::~UiSettings() = default;

QVariant UiSettings::value(const QString& key) const
{
    return m_settings ? m_settings->value(key) : m_memory.value(key);
}

bool UiSettings::boolean(const QString& key, bool otherwise) const
{
    const QString text = value(key).toString();
    return text == QLatin1String("true") ? true : text == QLatin1String("false") ? false : otherwise;
}

int UiSettings::number(const QString& key, int otherwise, int least, int most) const
{
    bool ok = false;
    const int found = value(key).toInt(&ok);
    return ok && found >= least && found <= most ? found : otherwise;
}

QString UiSettings::text(const QString& key, const QString& otherwise) const
{
    const QVariant found = value(key);
    return found.isValid() && found.canConvert<QString>() ? found.toString() : otherwise;
}

QStringList UiSettings::list(const QString& key) const
{
    return value(key).toStringList();
}

QByteArray UiSettings::bytes(const QString& key) const
{
    return value(key).toByteArray();
}

void UiSettings::set(const QString& key, const QVariant& value)
{
    if (this->value(key) == value)
        return;
    if (m_settings)
        m_settings->setValue(key, value);
    else
        m_memory.insert(key, value);
    Q_EMIT changed(key);
}

void UiSettings::reset(const QString& group)
{
    if (m_settings) {
        m_settings->remove(group);
    } else {
        const QString below = group + QLatin1Char('/');
        for (const QString& key : m_memory.keys()) {
            if (key == group || key.startsWith(below))
                m_memory.remove(key);
        }
    }
    Q_EMIT changed(group);
}

} // namespace vitfleet::app
