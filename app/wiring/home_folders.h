// SPDX-License-Identifier: GPL-3.0-or-later
// Where the application keeps its files.
#pragma once

#include <filesystem>

namespace vitfleet::app {

/// By the XDG base directory specification (0.8), or all in one folder.
struct HomeFolders
{
    std::filesystem::path applicationKey; ///< ~/.config/vitfleet/application.key
    std::filesystem::path pinnedKeys;     ///< ~/.config/vitfleet/agents.keys
    std::filesystem::path database;       ///< ~/.local/share/vitfleet/vitfleet.db
    std::filesystem::path agentLogs;      ///< ~/.cache/vitfleet/agents
    std::filesystem::path modelCache;     ///< of local agents; empty: their own
    std::filesystem::path profiles;       ///< ~/.config/vitfleet/profiles.toml
    std::filesystem::path requests; ///< ~/.local/share/vitfleet/requests: node counts that other processes ask for
};

/// `home` (or else the environment variable VITFLEET_HOME): everything below that folder, for tests and for a second
/// installation beside the first. Empty: XDG's variables, else their defaults in the user's home.
HomeFolders homeFolders(const std::filesystem::path& home = {});

} // namespace vitfleet::app
