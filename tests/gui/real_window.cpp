// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/real_window.h"

#include "app/ui/fleet_page.h"

#include <QDir>

#include <filesystem>

namespace vitfleet::test {

using namespace app;

void RealWindow::cleanup()
{
    m_desktop.reset();
    m_theme.reset();
    m_home.reset();
}

void RealWindow::open(DesktopOptions options)
{
    m_theme = std::make_unique<Theme>();
    m_theme->setMode(Theme::Mode::Light);
    options.program = std::filesystem::path(VITFLEET_BIN_DIR) / "vitfleet";
    options.home = m_home->path().toStdString();
    m_database = databasePath(options);
    auto opened = Desktop::open(options, *m_theme);
    QVERIFY2(opened.ok(), opened ? "" : describe(opened.error()).c_str());
    m_desktop = std::move(*opened);
    m_window = &m_desktop->window();
    if (!qEnvironmentVariableIsEmpty("VITFLEET_SCREENSHOTS"))
        m_window->resize(1280, 800); // for a page of documentation
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window));
}

void RealWindow::shoot(const QString& name) const
{
    const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS");
    m_window->fleetPage().refresh();   // rows that wait for their place
    QCoreApplication::processEvents(); // layouts that wait
    if (!folder.isEmpty() && QDir().mkpath(folder))
        m_window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
}

} // namespace vitfleet::test
