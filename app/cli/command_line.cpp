// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"

#include "app/cli/exit_codes.h"
#include "app/cli/parser.h"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <utility>

namespace vitfleet::cli {

namespace {

constexpr char description[] =
    "Labels pictures with a Vision Transformer on every machine you have.\n"
    "Exit codes: 0 all labelled, 1 finished with item errors, 2 usage, 3 could not run, 4 interrupted.";

} // namespace

Parser::Parser() : m_app(description, "vitfleet-cli")
{
    m_app.set_version_flag("--version", "vitfleet-cli " VITFLEET_VERSION);
    m_app.add_option("--home", m_common.home, "Folder for keys, database and logs (else $VITFLEET_HOME, else XDG's)");
    m_app.require_subcommand(1);
    m_app.fallthrough();
    addRun();
    addResume();
    addFleet();
    addScaleout();
    addAgents();
    addRuns();
    addShow();
    addExport();
    addKey();
    addPin();
    addVerify();
    addErrors();
}

std::variant<Command, int> Parser::parse(int argc, char** argv)
{
    try {
        m_app.parse(argc, argv);
        Command command = m_make();
        return command;
    } catch (const CLI::ParseError& error) {
        return m_app.exit(error) == 0 ? int{Done} : int{Usage};
    }
}

CLI::App* Parser::add(const char* name, const char* text, std::function<Command()> make)
{
    CLI::App* command = m_app.add_subcommand(name, text);
    command->fallthrough();
    command->callback([this, make = std::move(make)] { m_make = make; });
    return command;
}

void Parser::addDatabase(CLI::App* command)
{
    command->add_option("--db", m_common.database, "Database file")->type_name("FILE");
}

void Parser::addJson(CLI::App* command, const char* text)
{
    command->add_flag("--json", m_common.json, text);
}

void Parser::addRunNumber(CLI::App* command)
{
    command->add_option("RUN", m_run, "Number of the run")->required()->check(CLI::PositiveNumber);
}

void Parser::addAgents()
{
    CLI::App* command = add("agents", "Try to reach agents and show their state", [this] {
        AgentsCommand agents = m_agents;
        agents.common = m_common;
        return agents;
    });
    command
        ->add_option("--agent", m_agents.agents, "This agent; else those of the runs in the database; can be repeated")
        ->type_name("HOST:PORT[/KEY]");
    command->add_option("--timeout", m_agents.seconds, "Seconds to wait for an answer (5)")->check(CLI::Range(1, 3600));
    addDatabase(command);
    addJson(command, "One JSON list");
}

void Parser::addRuns()
{
    CLI::App* command = add("runs", "List the runs of a database", [this] { return RunsCommand{m_common}; });
    addDatabase(command);
    addJson(command, "One JSON list");
}

void Parser::addShow()
{
    CLI::App* command = add("show", "Show a run with its nodes and events", [this] {
        return ShowCommand{m_common, RunId(m_run)};
    });
    addRunNumber(command);
    addDatabase(command);
    addJson(command, "One JSON object");
}

void Parser::addExport()
{
    CLI::App* command = add("export", "Write the results of a run as CSV", [this] {
        ExportCommand result = m_export;
        result.common = m_common;
        result.run = RunId(m_run);
        result.options.separator = m_separator == "tab" ? '\t' : m_separator.front();
        for (const std::string& name : m_errorNames) {
            const auto code = errorCodeFromName(name);
            if (!code)
                throw CLI::ValidationError("--error", name + " is no error code; vitfleet-cli errors lists them");
            result.filter.errors.push_back(*code);
        }
        return result;
    });
    addRunNumber(command);
    command->add_option("FILE", m_export.file, "CSV file")->required();
    command->add_flag("--bom", m_export.options.byteOrderMark, "Begin with a byte order mark, as Excel wants UTF-8");
    command->add_option("--separator", m_separator, "Between columns: \",\", \";\" or tab")
        ->check(CLI::IsMember({",", ";", "tab"}));
    addFilter(command);
    addDatabase(command);
}

/// As the chips of the window's Results page: AND between options, OR between those that are repeated.
void Parser::addFilter(CLI::App* command)
{
    app::ResultFilter& filter = m_export.filter;
    const auto addNames = [command](const char* option, std::vector<std::string>& names, const char* text,
                                    const char* type = "NAME") {
        command->add_option(option, names, text)->type_name(type)->allow_extra_args(false);
    };
    addNames("--label", filter.labels, "Only rows with this label; can be repeated, as all that name something");
    addNames("--expected", filter.expected, "Only rows of which this label is expected");
    CLI::Option* right = command->add_flag_callback(
        "--right", [&filter] { filter.correct = true; }, "Only rows that have the expected label");
    command
        ->add_flag_callback(
            "--wrong", [&filter] { filter.correct = false; }, "Only rows that have another")
        ->excludes(right);
    command->add_option("--min-score", filter.minScore, "Only rows of which the model is so sure: 0 to 1")
        ->check(CLI::Range(0.0, 1.0));
    command->add_option("--max-score", filter.maxScore, "Only rows of which it is not surer")
        ->check(CLI::Range(0.0, 1.0));
    addNames("--node", filter.nodes, "Only rows of this node");
    command
        ->add_option_function<std::string>(
            "--status",
            [&filter](const std::string& name) {
                filter.status =
                    name == "errors" ? app::ResultFilter::Status::Errors : app::ResultFilter::Status::Labelled;
            },
            "Only rows with a label, or only error rows")
        ->check(CLI::IsMember({"labelled", "errors"}))
        ->type_name("STATUS");
    addNames("--precision", filter.precisions, "Only rows that were computed in this precision");
    addNames("--error", m_errorNames, "Only rows with this error, as vitfleet-cli errors names it", "CODE");
    command->add_option("--path", filter.text, "Only pictures with this in their path")->type_name("TEXT");
}

void Parser::addKey()
{
    CLI::App* command = add("key", "Print this application's public key and how an agent admits it", [this] {
        return KeyCommand{m_common, m_key.next, m_key.rotate};
    });
    CLI::Option* next = command->add_flag("--next", m_key.next, "The key that will follow this one; made on first use");
    command->add_flag("--rotate", m_key.rotate, "Put the next key in place of this one")->excludes(next);
    addJson(command, "One JSON object");
}

void Parser::addPin()
{
    CLI::App* command = add("pin", "Say which key an agent has, or will have", [this] {
        return PinCommand{m_common, m_pin.address, m_pin.next, m_pin.replace};
    });
    command->add_option("ADDRESS", m_pin.address, "As the agent prints it")->required()->type_name("HOST:PORT/KEY");
    CLI::Option* next =
        command->add_flag("--next", m_pin.next, "The key that the agent will have once it has been rotated");
    command->add_flag("--replace", m_pin.replace, "In place of the key that is pinned, which is trusted no longer")
        ->excludes(next);
    addJson(command, "One JSON object");
}

void Parser::addVerify()
{
    CLI::App* command = add("verify", "Check a database and the seals of its runs from the outside", [this] {
        return VerifyCommand{m_common, m_run ? std::optional(RunId(m_run)) : std::nullopt};
    });
    command->add_option("DB", m_common.database, "Database file")->required();
    command->add_option("RUN", m_run, "Only this run")->check(CLI::PositiveNumber);
    addJson(command, "One JSON object");
}

void Parser::addErrors()
{
    CLI::App* command = add("errors", "List every error code with what to do", [this] { return m_errors; });
    command->add_flag("--markdown", m_errors.markdown, "As docs/errors.md");
    command->add_flag("--json", m_errors.json, "One JSON list");
}

std::variant<Command, int> parseCommandLine(int argc, char** argv)
{
    Parser parser;
    if (argc < 2) {
        char help[] = "--help";
        char* arguments[] = {argv[0], help};
        (void)parser.parse(2, arguments);
        return int{Usage};
    }
    return parser.parse(argc, argv);
}

} // namespace vitfleet::cli
