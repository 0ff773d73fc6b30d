// SPDX-License-Identifier: GPL-3.0-or-later
// A window over a scripted fleet and a store in memory.
#pragma once

#include "app/models/fleet_history.h"
#include "app/models/results_loader.h"
#include "app/models/set_up_probe.h"
#include "app/models/store_asker.h"
#include "app/models/thumbnails.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/ui/main_window.h"
#include "app/ui/results_page.h"
#include "app/ui/theme.h"
#include "tests/gui/memory_store.h"
#include "tests/gui/samples.h"
#include "tests/gui/scripted_fleet.h"
#include "tests/gui/scripted_scale_out.h"

#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

namespace vitfleet::test {

struct Stage
{
    MemoryStore store;
    ScriptedFleet fleet;
    ScriptedScaleOut scaleOut;
    app::Theme theme;
    app::UiSettings settings;
    app::Undo undo;
    app::FleetHistory history;
    app::ResultsLoader results{store};
    app::StoreAsker asker{store};
    QTemporaryDir pictureFolder; ///< thumbnails that were made "before": no decoder is there to make any
    app::ThumbnailCache thumbnails{"/no/such/decoder", pictureFolder.path().toStdString()},
        liveThumbnails{"/no/such/decoder", pictureFolder.path().toStdString()}, preview{"/no/such/decoder"};
    app::SetUpProbe probe;
    std::unique_ptr<app::MainWindow> window;
    QString database = QStringLiteral("/tmp/fleet.db"); ///< the next open() takes these
    QString demoData = QStringLiteral("/demo/t10k-images-idx3-ubyte.gz");
    QString demoModel = QStringLiteral("/demo/fashion-mnist-vit");

    explicit Stage(bool dark = false, const QString& settingsFile = {});
    /// Another window over the same fleet, as after a restart.
    void open();

    template <typename T>
    T* find(const char* name)
    {
        return window->findChild<T*>(QLatin1String(name));
    }
    /// A visible button with this text.
    QPushButton* button(const QString& text) const;
    /// Every page, by name.
    static QList<app::MainWindow::PageIndex> pages();
    /// A finished run of 100 pictures of which every page has something to show, in a new window.
    void fillEverything();
    static constexpr app::ResultsPage::View resultViews[] = {
        app::ResultsPage::GridView, app::ResultsPage::TableView, app::ResultsPage::MatrixView,
        app::ResultsPage::ClassesView, app::ResultsPage::ErrorsView};
    /// Into $VITFLEET_SCREENSHOTS, where it is set: for people to look at.
    void shoot(const QString& name) const;
};

/// "1,234" → 1234
quint64 figure(QString text);

} // namespace vitfleet::test
