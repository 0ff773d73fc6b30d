// SPDX-License-Identifier: GPL-3.0-or-later
// What the command line's subcommands and options are.
#pragma once

#include "app/cli/command_line.h"

#include <CLI/App.hpp>

#include <functional>

namespace vitfleet::cli {

/// Builds one subcommand at a time; `m_make` is the chosen one's, called once everything is parsed.
class Parser
{
public:
    Parser();
    std::variant<Command, int> parse(int argc, char** argv);

private:
    CLI::App* add(const char* name, const char* text, std::function<Command()> make);
    void addDatabase(CLI::App* command);
    void addJson(CLI::App* command, const char* text);
    void addRunNumber(CLI::App* command);
    void addHow(CLI::App* command, app::RunRequest& request);
    app::RunRequest checked(app::RunRequest request) const;
    void addFilter(CLI::App* command);
    void addRun();
    void addResume();
    void addFleet();
    void addScaleout();
    void addAgents();
    void addRuns();
    void addShow();
    void addExport();
    void addKey();
    void addPin();
    void addVerify();
    void addErrors();

    CLI::App m_app;
    std::function<Command()> m_make;
    // Each option's target; a subcommand takes those that are its own.
    Common m_common;
    RunCommand m_runCommand;
    FleetCommand m_fleet;
    ScaleoutCommand m_scaleout;
    AgentsCommand m_agents;
    ExportCommand m_export;
    KeyCommand m_key;
    PinCommand m_pin;
    ErrorsCommand m_errors;
    std::int64_t m_run = 0;
    std::filesystem::path m_exportFile;
    std::string m_profile;
    std::uint32_t m_nodes = 0;
    std::string m_separator = ",";
    std::vector<std::string> m_errorNames;
    double m_floorPercent = 98.5;
};

} // namespace vitfleet::cli
