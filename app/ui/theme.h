// SPDX-License-Identifier: GPL-3.0-or-later
// All colours of the window, from resources/theme/theme.json: light, dark, or as the system has it.
#pragma once

#include <QColor>
#include <QIcon>
#include <QObject>

namespace vitfleet::app {

struct Colours
{
    QColor window, surface, raised, line, grid, text, textSecondary, accent, accentSoft, onAccent;
    QColor ok, held, warning, error;
    bool dark = false;
};

class SystemLook;

class Theme : public QObject
{
    Q_OBJECT
public:
    enum class Mode
    {
        System,
        Light,
        Dark
    };

    explicit Theme(QObject* parent = nullptr);

    SystemLook& system() { return *m_system; }
    const Colours& colours() const { return m_colours; }
    Mode mode() const { return m_mode; }
    /// Applies palette and style sheet to the whole application.
    void setMode(Mode mode);
    /// An icon of resources/icons, in the colour of secondary text, or of the accent where it is selected.
    QIcon icon(const QString& name) const;

    static Colours load(bool dark);

Q_SIGNALS:
    void changed();

private:
    void apply();
    QString styleSheet() const;

    SystemLook* m_system;
    Mode m_mode = Mode::System;
    Colours m_colours;
};

} // namespace vitfleet::app
