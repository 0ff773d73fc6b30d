// SPDX-License-Identifier: GPL-3.0-or-later
// The desktop application put together: engine, models, window. The program and the tests that drive it both start
// here.
#pragma once

#include "shared/base/result.h"

#include <QString>

#include <filesystem>
#include <memory>

namespace vitfleet::app {

class MainWindow;
class Theme;

struct DesktopOptions
{
    std::filesystem::path program;  ///< this one: agent and decoder stand beside it
    std::filesystem::path home;     ///< empty: the user's own folders
    std::filesystem::path database; ///< empty: the one in the home folders
    quint32 demoAgents = 2;
    quint64 demoLimit = 0;
};

class Desktop
{
public:
    /// The store's errors, KeyPermissions, KeyFile. `theme` must outlive it.
    static Result<std::unique_ptr<Desktop>> open(const DesktopOptions& options, Theme& theme);
    /// Stops a running run, ends every agent that it started, commits what is queued.
    ~Desktop();

    MainWindow& window();
    /// Once the window has been closed: gives back the nodes that do not stay, shows that as long as it takes, and lets
    /// the next start do the rest.
    void giveBackNodes();

private:
    Desktop();
    struct Private;
    std::unique_ptr<Private> d;
};

/// What the window remembers.
QString settingsFile(const DesktopOptions& options);
/// The database that open() would use.
QString databasePath(const DesktopOptions& options);

} // namespace vitfleet::app
