// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as structs.
#pragma once

#include "app/core/engine.h"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vitfleet::cli {

struct Common
{
    std::filesystem::path home;     ///< --home
    std::filesystem::path database; ///< --db; empty: the one in the home folders
    bool json = false;
};

struct RunCommand
{
    Common common;
    app::RunRequest request;
    std::filesystem::path exportFile;
    std::string profile;            ///< --profile; empty: none
    std::uint32_t profileNodes = 0; ///< of that profile
};
struct ResumeCommand
{
    Common common;
    RunId run;
    std::string profile;
    std::uint32_t profileNodes = 0;
    std::filesystem::path exportFile;
};
struct FleetCommand
{
    enum class Action : std::uint8_t
    {
        Invalid = 0,
        Profiles,
        Plan,
        Up,
        Resize,
        Down,
        Status,
        Advise
    };
    Common common;
    Action action = Action::Invalid;
    std::string profile;
    std::uint32_t nodes = 0;
    bool wait = false;
    unsigned seconds = 600;
    std::uint64_t items = 0;     ///< advise
    double speed = 0;            ///< advise: of one node; 0: as the last run with that profile measured it
    double bytesPerItem = 0;     ///< advise: 0 where the nodes read the files themselves
    double linkMegabytes = 0;    ///< advise: a second, of this machine
    double applicationSpeed = 0; ///< advise: rows a second that this machine takes at most; 0: no limit
    std::filesystem::path model; ///< advise: travels once to each node; empty: it is there
    RunId run;                   ///< advise: whose speed is taken; 0: the newest
    std::filesystem::path out;   ///< advise: folder for table and drawing; empty: none
};
struct ScaleoutCommand
{
    Common common;
    app::RunRequest request;
    std::string profile;
    std::vector<std::uint32_t> nodes;
    std::uint32_t repeats = 1;
    unsigned seconds = 900; ///< to wait for nodes
    std::filesystem::path out;
};
struct AgentsCommand
{
    Common common;
    std::vector<std::string> agents;
    unsigned seconds = 5;
};
struct RunsCommand
{
    Common common;
};
struct ShowCommand
{
    Common common;
    RunId run;
};
struct ExportCommand
{
    Common common;
    RunId run;
    std::filesystem::path file;
    app::CsvOptions options;
    app::ResultFilter filter;
};
struct KeyCommand
{
    Common common;
    bool next = false, rotate = false;
};
struct PinCommand
{
    Common common;
    std::string address;
    bool next = false, replace = false;
};
struct VerifyCommand
{
    Common common;
    std::optional<RunId> run;
};
struct ErrorsCommand
{
    bool markdown = false, json = false;
};

using Command = std::variant<RunCommand, ResumeCommand, FleetCommand, ScaleoutCommand, AgentsCommand, RunsCommand,
                             ShowCommand, ExportCommand, KeyCommand, PinCommand, VerifyCommand, ErrorsCommand>;

/// The command, or the code to end with after help, the version or what is wrong has been printed.
std::variant<Command, int> parseCommandLine(int argc, char** argv);

} // namespace vitfleet::cli
