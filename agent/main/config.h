// SPDX-License-Identifier: GPL-3.0-or-later
// The agent's settings: a TOML file, the same on the command line, or the launch channel; and every default.
#pragma once

#include "agent/core/agent.h"
#include "agent/core/settings.h"
#include "shared/base/result.h"
#include "shared/launch/launch.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::agent {

inline constexpr std::uint16_t defaultPort = 47520;
inline constexpr std::size_t maxSettingsBytes = std::size_t{1} << 20; ///< of a settings file

/// What was said; absent: the default. `overlay` replaces what the other one says.
struct Config
{
    std::optional<std::string> listen, name, device, logLevel;
    std::optional<std::vector<std::filesystem::path>> dataRoots, modelRoots;
    std::optional<std::filesystem::path> modelCache, keyFile, authorizedKeys;
    std::optional<std::vector<int>> cpus;
    std::optional<std::uint32_t> replicas, decoders;

    void overlay(const Config& other);
};

/// E_SETTINGS with file and line: what is no TOML, an unknown key, a value of the wrong kind. Relative paths are
/// relative to the file.
Result<Config> readConfig(const std::filesystem::path& file);
Result<Config> parseConfig(std::string_view text, const std::filesystem::path& file);
Config configOf(const launch::Request& request);

/// HOST:PORT, *:PORT or [IPV6]:PORT. E_SETTINGS.
Result<Agent::Listen> parseListen(std::string_view text);

struct ResolvedConfig
{
    AgentSettings settings;
    Agent::Listen listen;
    std::filesystem::path keyFile, authorizedKeys;
    std::string logLevel;
};
/// Fills in defaults from the node and checks values. E_SETTINGS names what is wrong.
Result<ResolvedConfig> resolve(const Config& config);

/// Where keys and fetched models lie unless told otherwise: systemd's STATE_DIRECTORY and CACHE_DIRECTORY where it has
/// set them, else the XDG folders.
std::filesystem::path defaultStateFolder();
std::filesystem::path defaultModelCache();

} // namespace vitfleet::agent
