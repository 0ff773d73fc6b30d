// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers between two starts: layout, columns, filters, appearance. A file that cannot be read is put
// aside and everything is as on the first day; a value of the wrong kind is as if it were not there.
#pragma once

#include <QObject>
#include <QSettings>
#include <QVariant>

#include <memory>

namespace vitfleet::app {

class UiSettings : public QObject
{
    Q_OBJECT
public:
    /// `file`: an INI file, made when there is something to remember. Empty: nothing outlives the process.
    explicit UiSettings(const QString& file = {}, QObject* parent = nullptr);
    ~UiSettings() override;

    bool boolean(const QString& key, bool otherwise) const;
    int number(const QString& key, int otherwise, int least, int most) const;
    QString text(const QString& key, const QString& otherwise = {}) const;
    QStringList list(const QString& key) const;
    QByteArray bytes(const QString& key) const;
    void set(const QString& key, const QVariant& value);
    /// Forgets every key below `group`.
    void reset(const QString& group);

    /// The file could not be read; it lies beside the new one as `FILE.broken`.
    bool wasBroken() const { return m_wasBroken; }
    QString file() const { return m_file; }

Q_SIGNALS:
    void changed(const QString& key);

private:
    QVariant value(const QString& key) const;

    QString m_file;
    std::unique_ptr<QSettings> m_settings;
    QVariantMap m_memory; ///< without a file
    bool m_wasBroken = false;
};

} // namespace vitfleet::app
