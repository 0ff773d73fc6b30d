// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/bench/bench.h"
#include "agent/main/config.h"

#include <filesystem>
#include <optional>
#include <string>

namespace vitfleet::agent {

/// Exit codes, as --help lists them.
enum ExitCode : int
{
    stoppedCleanly = 0,
    failed = 1,
    usage = 2,
    couldNotStart = 3
};

struct CommandLine
{
    enum class Command : std::uint8_t
    {
        Invalid = 0,
        Serve,
        Authorize,
        Revoke,
        Key,
        Bench
    };
    Command command = Command::Invalid;
    Config config; ///< what the line says; above the file's
    std::optional<std::filesystem::path> configFile;
    int launchFd = -1;
    std::optional<std::filesystem::path> launchFolder;
    std::uint32_t launchIndex = 0; ///< which of the folder's agents this is
    std::string key, comment;      ///< authorize, revoke
    bool next = false;             ///< key: the one that will follow
    bool rotate = false;           ///< key: put it in place
    BenchOptions bench;
};

/// The parsed line; or the exit code where everything is said already (--help, --version, a wrong option).
struct ParsedLine
{
    std::optional<CommandLine> line;
    int exitCode = 0;
};
ParsedLine parseCommandLine(int argc, char** argv);

} // namespace vitfleet::agent
