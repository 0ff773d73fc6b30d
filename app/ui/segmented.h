// SPDX-License-Identifier: GPL-3.0-or-later
// One of a few ways to look at the same thing, side by side: Grid, Table, Matrix.
#pragma once

#include <QWidget>

class QButtonGroup;

namespace vitfleet::app {

class Actions;

class Segmented : public QWidget
{
    Q_OBJECT
public:
    Segmented(const QString& name, const QStringList& choices, QWidget* parent = nullptr);
    int current() const;
    void setCurrent(int index);
    /// With the reason where it cannot be chosen.
    void setUsable(int index, bool usable, const QString& reasonWhyNot);
    /// Each choice as an action: "View: Grid".
    void addTo(Actions& actions, const QString& id, const QString& group, const QString& text);

Q_SIGNALS:
    void changed(int index);

private:
    QButtonGroup* m_buttons;
};

} // namespace vitfleet::app
