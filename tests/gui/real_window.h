// SPDX-License-Identifier: GPL-3.0-or-later
// The real window over a home folder of its own, one for each test.
#pragma once

#include "app/main/desktop.h"
#include "app/ui/main_window.h"
#include "app/ui/theme.h"

#include <QTemporaryDir>
#include <QtTest>

#include <memory>

namespace vitfleet::test {

class RealWindow : public QObject
{
    Q_OBJECT

protected Q_SLOTS:
    void init() { m_home = std::make_unique<QTemporaryDir>(); }
    void cleanup();

protected:
    /// As the program does, with this test's home folder; m_database: the one that it uses.
    void open(app::DesktopOptions options = {});
    /// Into $VITFLEET_SCREENSHOTS, where it is set: for people to look at.
    void shoot(const QString& name) const;

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<app::Theme> m_theme;
    std::unique_ptr<app::Desktop> m_desktop;
    app::MainWindow* m_window = nullptr;
    QString m_database;
};

} // namespace vitfleet::test
