// SPDX-License-Identifier: GPL-3.0-or-later
// Store, link, provisioner and engine put together: what the command line and the window both stand on.
#pragma once

#include "app/core/engine.h"
#include "app/core/scale_out.h"
#include "app/core/store.h"
#include "app/wiring/home_folders.h"
#include "shared/transport/keys.h"

#include <chrono>
#include <filesystem>
#include <memory>

namespace vitfleet::app {

struct ApplicationOptions
{
    std::filesystem::path home;         ///< see homeFolders()
    std::filesystem::path database;     ///< empty: the one in the home folders
    std::filesystem::path agentProgram; ///< empty: see LocalProvisionerOptions
    /// Where another process writes to the database, open it for reading only; nothing is stored then. For looking at
    /// the fleet.
    bool readOnlyIfBusy = false;
};

class Application
{
public:
    /// Makes what is missing: key, folders, database. The store's errors, KeyPermissions, KeyFile.
    static Result<std::unique_ptr<Application>> open(const ApplicationOptions& options);
    /// Gives back the nodes that do not stay, stops a running run, ends local agents, commits what is queued.
    ~Application();
    /// How long its end waits for those nodes, a minute otherwise. What is left is given back at the next start.
    void setReleaseTimeout(std::chrono::milliseconds timeout);

    Engine& engine();
    Store& store();
    ScaleOut& scaleOut();
    const HomeFolders& folders() const;
    const transport::PublicKey& publicKey() const;

private:
    Application();
    struct Private;
    std::unique_ptr<Private> d;
};

/// What the providers say of the nodes in the database's ledger, beside a process that writes to it.
Result<std::vector<AllocationSnapshot>> lookAtUnits(const std::filesystem::path& database, const HomeFolders& folders);
/// Has the process that writes to the database grow or shrink a profile's nodes. DbBusy where it does not.
Result<void> askForCount(const HomeFolders& folders, const std::string& profile, std::uint32_t nodes);

/// The database for looking into, beside a process that writes to it.
Result<std::unique_ptr<Store>> openForReading(const std::filesystem::path& database);
/// A process writes to the database, so that a run in it may be going on.
bool isBeingWritten(const std::filesystem::path& database);
/// SQLite's check of the whole file. DbCorrupt.
Result<void> checkDatabaseFile(const std::filesystem::path& database);

} // namespace vitfleet::app
