// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/wiring/application.h"

#include "app/net/fleet_link.h"
#include "app/provision/local_provisioner.h"
#include "app/provision/scale_out.h"
#include "app/store/sqlite_store.h"
#include "shared/base/log.h"

namespace vitfleet::app {

struct Application::Private
{
    HomeFolders folders;
    std::unique_ptr<transport::KeyPair> keys;
    // Ended in the reverse order: the engine uses the other two.
    std::unique_ptr<Store> store;
    std::unique_ptr<Provisioner> provisioner;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<ScaleOut> scaleOut;
    std::chrono::milliseconds releaseTimeout = std::chrono::seconds(60);
};

Application::Application() : d(std::make_unique<Private>()) {}
Application::~Application()
{
    if (d->scaleOut && !d->scaleOut->releaseAll(d->releaseTimeout))
        log::warning("nodes_are_left", {{"until", "the next start, or an agent's idle_minutes"}});
}

void Application::setReleaseTimeout(std::chrono::milliseconds timeout)
{
    d->releaseTimeout = timeout;
}

Result<std::unique_ptr<Application>> Application::open(const ApplicationOptions& options)
{
    std::unique_ptr<Application> application(new Application);
    Private& d = *application->d;
    d.folders = homeFolders(options.home);
    if (!options.database.empty())
        d.folders.database = options.database;

    auto keys = transport::KeyPair::loadOrCreate(d.folders.applicationKey);
    if (!keys)
        return keys.error();
    d.keys = std::make_unique<transport::KeyPair>(std::move(*keys));

    auto store = openStore(d.folders.database, OpenMode::ReadWrite);
    if (!store && store.error().code == ErrorCode::DbBusy && options.readOnlyIfBusy)
        store = openStore(d.folders.database, OpenMode::ReadOnly);
    if (!store)
        return store.error();
    d.store = std::move(*store);

    LocalProvisionerOptions local;
    local.applicationKey = d.keys->publicKey();
    local.agentProgram = options.agentProgram;
    local.logFolder = d.folders.agentLogs;
    local.modelCache = d.folders.modelCache;
    d.provisioner = makeLocalProvisioner(std::move(local));

    const auto makeLink = [&d](EventLoop& loop) { return makeFleetLink(loop, *d.keys, d.folders.pinnedKeys); };
    d.engine = std::make_unique<Engine>(Engine::Parts{*d.store, *d.provisioner, makeLink});
    ScaleOutOptions scaleOut;
    scaleOut.engine = d.engine.get();
    scaleOut.ledger = d.store->ledger();
    scaleOut.applicationKey = d.keys->publicKey();
    scaleOut.profiles = d.folders.profiles;
    scaleOut.requests = d.folders.requests;
    scaleOut.agentProgram = options.agentProgram;
    d.scaleOut = makeScaleOut(std::move(scaleOut));
    return application;
}

ScaleOut& Application::scaleOut()
{
    return *d->scaleOut;
}

Engine& Application::engine()
{
    return *d->engine;
}

Store& Application::store()
{
    return *d->store;
}

const HomeFolders& Application::folders() const
{
    return d->folders;
}

const transport::PublicKey& Application::publicKey() const
{
    return d->keys->publicKey();
}

Result<std::vector<AllocationSnapshot>> lookAtUnits(const std::filesystem::path& database, const HomeFolders& folders)
{
    auto store = openStore(database, OpenMode::ReadOnly);
    if (!store)
        return store.error();
    auto reader = (*store)->openReader();
    if (!reader)
        return reader.error();
    const auto units = (*reader)->units();
    if (!units)
        return units.error();
    const auto profiles = readProfiles(folders.profiles);
    return lookAt(profiles ? *profiles : std::vector<Profile>(), *units);
}

Result<void> askForCount(const HomeFolders& folders, const std::string& profile, std::uint32_t nodes)
{
    return requestCount(folders.requests, profile, nodes, std::chrono::seconds(15));
}

Result<std::unique_ptr<Store>> openForReading(const std::filesystem::path& database)
{
    return openStore(database, OpenMode::ReadOnly);
}

bool isBeingWritten(const std::filesystem::path& database)
{
    return isOpenForWriting(database);
}

Result<void> checkDatabaseFile(const std::filesystem::path& database)
{
    return checkDatabase(database);
}

} // namespace vitfleet::app
