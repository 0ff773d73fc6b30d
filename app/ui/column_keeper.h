// SPDX-License-Identifier: GPL-3.0-or-later
// The columns of a table as the user has made them: widths by dragging, hidden ones by the header's menu. Remembered in
// the settings, and reset there.
#pragma once

#include <QMap>
#include <QObject>
#include <QSet>

class QHeaderView;
class QPoint;

namespace vitfleet::app {

class UiSettings;

class ColumnKeeper : public QObject
{
    Q_OBJECT
public:
    /// `needed`: the column that is never hidden.
    ColumnKeeper(const QString& name, QHeaderView* header, UiSettings& settings, int needed);
    /// The user's width, or `usual`, or what the column's title takes where that is more.
    int width(int column, int usual) const;
    bool isHidden(int column) const { return m_hidden.contains(column); }
    /// Sets a width that is not the user's.
    void place(int column, int width, bool hidden);

Q_SIGNALS:
    /// Widths and hidden columns must be set again.
    void changed();

private:
    void load();
    void save();
    void showMenu(const QPoint& at);

    QString m_name;
    QHeaderView* m_header;
    UiSettings& m_settings;
    int m_needed;
    QMap<int, int> m_widths;
    QSet<int> m_hidden;
    bool m_placing = false;
};

} // namespace vitfleet::app
