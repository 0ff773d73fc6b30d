// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/stage.h"

#include <QDir>

namespace vitfleet::test {

using namespace app;

Stage::Stage(bool dark, const QString& settingsFile) : settings(settingsFile)
{
    theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
    open();
}

void Stage::open()
{
    window.reset();
    UiContext context{fleet, history, results, asker, thumbnails, preview, probe, theme, settings, undo};
    context.database = QStringLiteral("/tmp/fleet.db");
    context.demoData = QStringLiteral("/demo/t10k-images-idx3-ubyte.gz");
    context.demoModel = QStringLiteral("/demo/fashion-mnist-vit");
    context.scaleOut = &scaleOut;
    window = std::make_unique<MainWindow>(context);
    window->show();
    QVERIFY(QTest::qWaitForWindowExposed(window.get()));
}

QPushButton* Stage::button(const QString& text) const
{
    for (QPushButton* candidate : window->findChildren<QPushButton*>()) {
        if (candidate->text() == text && candidate->isVisible())
            return candidate;
    }
    return nullptr;
}

QList<MainWindow::PageIndex> Stage::pages()
{
    QList<MainWindow::PageIndex> all;
    for (int page = 0; page < MainWindow::PageCount; ++page)
        all << static_cast<MainWindow::PageIndex>(page);
    return all;
}

void Stage::shoot(const QString& name) const
{
    const QString folder = qEnvironmentVariable("VITFLEET_SCREENSHOTS");
    QCoreApplication::processEvents();
    // The pointer that the offscreen platform has in its corner is nobody's.
    for (QWidget* widget : window->findChildren<QWidget*>())
        widget->setAttribute(Qt::WA_UnderMouse, false);
    if (!folder.isEmpty() && QDir().mkpath(folder))
        window->grab().save(folder + QLatin1Char('/') + name + QStringLiteral(".png"));
}

quint64 figure(QString text)
{
    return text.remove(QLocale().groupSeparator()).toULongLong();
}

} // namespace vitfleet::test
