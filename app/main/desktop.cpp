// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main/desktop.h"

#include "app/main/resources.h"
#include "app/models/engine_bridge.h"
#include "app/models/fleet_history.h"
#include "app/models/results_loader.h"
#include "app/models/set_up_probe.h"
#include "app/models/store_asker.h"
#include "app/models/thumbnails.h"
#include "app/models/ui_settings.h"
#include "app/models/undo.h"
#include "app/ui/farewell.h"
#include "app/ui/main_window.h"
#include "app/ui/theme.h"
#include "app/wiring/application.h"
#include "app/wiring/cost_keeper.h"

namespace vitfleet::app {

struct Desktop::Private
{
    // Ended in the reverse order: each uses those above it.
    std::unique_ptr<Application> application;
    std::unique_ptr<CostKeeper> costs;
    std::unique_ptr<UiSettings> settings;
    std::unique_ptr<Undo> undo;
    std::unique_ptr<EngineBridge> bridge;
    std::unique_ptr<FleetHistory> history;
    std::unique_ptr<ResultsLoader> results;
    std::unique_ptr<StoreAsker> asker;
    std::unique_ptr<ThumbnailCache> thumbnails, liveThumbnails, preview;
    std::unique_ptr<SetUpProbe> probe;
    std::unique_ptr<MainWindow> window;
};

Desktop::Desktop() : d(std::make_unique<Private>()) {}
Desktop::~Desktop() = default;

Result<std::unique_ptr<Desktop>> Desktop::open(const DesktopOptions& options, Theme& theme)
{
    ApplicationOptions wanted;
    wanted.home = options.home;
    wanted.database = options.database;
    wanted.agentProgram = options.program.parent_path() / "vitfleet-agent";
    auto application = Application::open(wanted);
    if (!application)
        return application.error();

    std::unique_ptr<Desktop> desktop(new Desktop);
    Private& d = *desktop->d;
    d.application = std::move(*application);
    d.application->scaleOut().settle(); // what a killed process left at a provider
    d.costs = std::make_unique<CostKeeper>(d.application->engine(), d.application->scaleOut(),
                                           d.application->store().writer());
    d.settings = std::make_unique<UiSettings>(settingsFile(options));
    theme.setMode(static_cast<Theme::Mode>(
        d.settings->number(QStringLiteral("appearance/theme"), static_cast<int>(theme.mode()), 0, 2)));
    d.undo = std::make_unique<Undo>();
    d.bridge = std::make_unique<EngineBridge>(d.application->engine());
    d.history = std::make_unique<FleetHistory>();
    d.results = std::make_unique<ResultsLoader>(d.application->store());
    d.asker = std::make_unique<StoreAsker>(d.application->store());
    const auto decoder = options.program.parent_path() / "vitfleet-decoder";
    const auto pictures = d.application->folders().agentLogs.parent_path() / "thumbnails";
    d.thumbnails = std::make_unique<ThumbnailCache>(decoder, pictures);
    d.liveThumbnails = std::make_unique<ThumbnailCache>(decoder, pictures);
    d.preview = std::make_unique<ThumbnailCache>(decoder, pictures);
    d.probe = std::make_unique<SetUpProbe>();

    UiContext context{*d.bridge,  *d.history, *d.results, *d.asker,    *d.thumbnails, *d.liveThumbnails,
                      *d.preview, *d.probe,   theme,      *d.settings, *d.undo};
    context.scaleOut = &d.application->scaleOut();
    context.demoAgents = options.demoAgents;
    context.demoLimit = options.demoLimit;
    context.database = QString::fromStdString(d.application->store().path().string());
    context.fingerprintOf = [](const QString& line) {
        const auto address = transport::AgentAddress::parse(line.trimmed().toStdString());
        return address && address->key ? QString::fromStdString(address->key->fingerprint()) : QString();
    };
    if (const auto demo = findDemoFiles(options.program)) {
        context.demoData = QString::fromStdString(demo->images.string());
        context.demoModel = QString::fromStdString(demo->model.string());
    }
    d.window = std::make_unique<MainWindow>(context);
    return desktop;
}

MainWindow& Desktop::window()
{
    return *d->window;
}

void Desktop::giveBackNodes()
{
    d->window->hide();
    d->undo->settle(); // a release that could still be taken back
    Farewell::wait(d->application->scaleOut());
    d->application->setReleaseTimeout(std::chrono::milliseconds(0));
}

QString settingsFile(const DesktopOptions& options)
{
    const auto folder = homeFolders(options.home).applicationKey.parent_path();
    return QString::fromStdString((folder / "window.ini").string());
}

QString databasePath(const DesktopOptions& options)
{
    const auto path = options.database.empty() ? homeFolders(options.home).database : options.database;
    return QString::fromStdString(path.string());
}

} // namespace vitfleet::app
