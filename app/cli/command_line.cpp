// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"

#include "app/cli/exit_codes.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <iostream>
#include <utility>

namespace vitfleet::cli {

namespace {

constexpr int maxLocalAgents = 1024;

constexpr char description[] =
    "Labels pictures with a Vision Transformer on every machine you have.\n"
    "Exit codes: 0 all labelled, 1 finished with item errors, 2 usage, 3 could not run, 4 interrupted.";

/// Builds one subcommand at a time; `m_make` is the chosen one's, called once everything is parsed.
class Parser
{
public:
    Parser() : m_app(description, "vitfleet-cli")
    {
        m_app.set_version_flag("--version", "vitfleet-cli " VITFLEET_VERSION);
        m_app.add_option("--home", m_common.home,
                         "Folder for keys, database and logs (else $VITFLEET_HOME, else XDG's)");
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
    std::variant<Command, int> parse(int argc, char** argv)
    {
        try {
            m_app.parse(argc, argv);
            Command command = m_make();
            return command;
        } catch (const CLI::ParseError& error) {
            return m_app.exit(error) == 0 ? int{Done} : int{Usage};
        }
    }

private:
    CLI::App* add(const char* name, const char* text, std::function<Command()> make)
    {
        CLI::App* command = m_app.add_subcommand(name, text);
        command->fallthrough();
        command->callback([this, make = std::move(make)] { m_make = make; });
        return command;
    }
    void addDatabase(CLI::App* command)
    {
        command->add_option("--db", m_common.database, "Database file")->type_name("FILE");
    }
    void addJson(CLI::App* command, const char* text) { command->add_flag("--json", m_common.json, text); }
    void addRunNumber(CLI::App* command)
    {
        command->add_option("RUN", m_run, "Number of the run")->required()->check(CLI::PositiveNumber);
    }
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

void Parser::addRun()
{
    app::RunRequest& request = m_runCommand.request;
    CLI::App* command = add("run", "Label a data set", [this] {
        RunCommand run = m_runCommand;
        run.common = m_common;
        run.exportFile = m_exportFile;
        if (run.request.localAgents == 0 && run.request.agents.empty() && m_profile.empty())
            throw CLI::RequiredError("--local, --agent or --profile");
        if (!m_profile.empty()) {
            if (run.request.nodesWanted == 0)
                throw CLI::RequiredError("--nodes (how many nodes of the profile)");
            // As many as the profile gives; the run begins with the first.
            run.profile = m_profile;
            run.profileNodes = std::exchange(run.request.nodesWanted, 0);
            run.request.waitForNodes = true;
        }
        run.request = checked(std::move(run.request));
        return run;
    });
    command->add_option("--data", request.dataPath, "Folder, CSV manifest or IDX images file")
        ->required()
        ->type_name("PATH");
    command->add_option("--model", request.modelPath, "Model directory, as save_pretrained writes it")
        ->required()
        ->type_name("DIR");
    command->add_option("--local", request.localAgents, "Start N agents on this machine")
        ->type_name("N")
        ->check(CLI::Range(1, maxLocalAgents));
    command->add_option("--agent", request.agents, "Use this agent; its key only the first time; can be repeated")
        ->type_name("HOST:PORT[/KEY]");
    command->add_option("--profile", m_profile, "Get the nodes from this profile of fleet profiles")->type_name("NAME");
    command
        ->add_option("--nodes", request.nodesWanted,
                     "Use N of the nodes; fewer are an error before the start. With --profile: get N nodes")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command->add_flag("--wait", request.waitForNodes, "Wait until enough nodes are there");
    addHow(command, request);
    command->add_option("--device", request.device, "auto, cpu, cuda or cuda:N, of local agents")->type_name("DEVICE");
    command->add_option("--export", m_exportFile, "Write the results as CSV when the run has finished")
        ->type_name("FILE");
    addDatabase(command);
    addJson(command, "One JSON object a line");
}

/// What is labelled of the data, and how.
void Parser::addHow(CLI::App* command, app::RunRequest& request)
{
    command->add_option("--label-map", request.labelMapPath, "CSV folder,label: what expected values mean")
        ->type_name("FILE");
    command->add_option("--root", request.dataRoot, "Folder that the paths of a manifest are relative to")
        ->type_name("DIR");
    command->add_option("--limit", request.limit, "Only the first N items")->type_name("N")->check(CLI::PositiveNumber);
    command
        ->add_option("--precision", request.precision,
                     "fp32 (default), bf16, fp16, int8, or auto: a reduced one is compared with fp32 first")
        ->check(CLI::IsMember({"fp32", "bf16", "fp16", "int8", "auto"}));
    command
        ->add_option("--precision-floor", m_floorPercent,
                     "Per cent of best labels that must agree with fp32 (default 98.5)")
        ->type_name("PERCENT")
        ->check(CLI::Range(0.0, 100.0));
    command->add_option("--backend", request.backend, "torch, or synthetic: no inference, for trying things out")
        ->check(CLI::IsMember({"torch", "synthetic"}));
    command->add_option("--backend-options", request.backendOptions, "What the synthetic backend does")
        ->type_name("JSON");
}

/// The request, once everything is parsed.
app::RunRequest Parser::checked(app::RunRequest request) const
{
    request.precisionFloor = m_floorPercent / 100;
    if (!request.backendOptions.empty() && !nlohmann::json::accept(request.backendOptions))
        throw CLI::ValidationError("--backend-options", "is not JSON");
    return request;
}

void Parser::addResume()
{
    CLI::App* command = add("resume", "Go on with a run, with its own settings", [this] {
        if (m_profile.empty() != (m_nodes == 0))
            throw CLI::RequiredError("--profile and --nodes together");
        return ResumeCommand{m_common, RunId(m_run), m_profile, m_nodes, m_exportFile};
    });
    addRunNumber(command);
    command->add_option("--profile", m_profile, "Get nodes from this profile")->type_name("NAME");
    command->add_option("--nodes", m_nodes, "How many")->type_name("N")->check(CLI::PositiveNumber);
    command->add_option("--export", m_exportFile, "Write the results as CSV when the run has finished")
        ->type_name("FILE");
    addDatabase(command);
    addJson(command, "One JSON object a line");
}

void Parser::addFleet()
{
    using Action = FleetCommand::Action;
    CLI::App* fleet = m_app.add_subcommand("fleet", "Nodes from Slurm, SSH hosts, Kubernetes or this machine");
    fleet->require_subcommand(1);
    fleet->fallthrough();
    const auto addAction = [&](const char* name, const char* text, Action action, bool needsProfile, bool needsNodes) {
        CLI::App* command = fleet->add_subcommand(name, text);
        command->fallthrough();
        command->callback([this, action] {
            m_make = [this, action] {
                FleetCommand result = m_fleet;
                result.common = m_common;
                result.run = RunId{m_run};
                result.action = action;
                return result;
            };
        });
        if (action != Action::Profiles) {
            CLI::Option* profile = command->add_option("--profile", m_fleet.profile, "Name of the profile");
            if (needsProfile)
                profile->required();
        }
        if (needsNodes)
            command->add_option("--nodes", m_fleet.nodes, "How many nodes")->required()->type_name("N");
        if (action == Action::Up || action == Action::Resize) {
            command->add_flag("--wait", m_fleet.wait, "Until all of them run");
            command->add_option("--timeout", m_fleet.seconds, "Seconds to wait at most (600)")
                ->check(CLI::Range(1, 86400));
        }
        if (action == Action::Advise) {
            command->add_option("--items", m_fleet.items, "How many pictures (else as many as the run had)")
                ->check(CLI::PositiveNumber);
            command->add_option("--run", m_run, "Take the speed of this run, and compare with it")
                ->check(CLI::PositiveNumber)
                ->type_name("RUN");
            command->add_option("--model", m_fleet.model, "That the nodes do not have yet: it travels over --link")
                ->type_name("DIR");
            command->add_option("--application", m_fleet.applicationSpeed, "Rows a second that this machine takes");
            command
                ->add_option("--speed", m_fleet.speed,
                             "Images a second of one node (else as the last run with that profile measured)")
                ->check(CLI::PositiveNumber);
            command->add_option("--bytes-per-item", m_fleet.bytesPerItem, "Where bytes travel: of one picture");
            command->add_option("--link", m_fleet.linkMegabytes, "Megabytes a second that leave this machine");
            command
                ->add_option("--out", m_fleet.out, "Write advice.csv and advice.svg here: prediction and finished runs")
                ->type_name("DIR");
        }
        addDatabase(command);
        addJson(command, "One JSON object a line");
    };
    addAction("profiles", "List the profiles and name their file", Action::Profiles, false, false);
    addAction("plan", "Show what would be done, without doing it", Action::Plan, true, true);
    addAction("up", "Get nodes that stay until down", Action::Up, true, true);
    addAction("resize", "Grow or shrink, also while a run uses them", Action::Resize, true, true);
    addAction("down", "Give all nodes of a profile back", Action::Down, true, false);
    addAction("advise", "Predict time and cost for 1 to N nodes", Action::Advise, true, true);
    addAction("status", "Show what was asked for, with its state and reason", Action::Status, false, false);
}

void Parser::addScaleout()
{
    app::RunRequest& request = m_scaleout.request;
    CLI::App* command = add("scaleout", "Measure the same run on 1, 2, 4, ... nodes of a profile", [this] {
        ScaleoutCommand result = m_scaleout;
        result.common = m_common;
        result.request = checked(std::move(result.request));
        return result;
    });
    command->add_option("--profile", m_scaleout.profile, "Name of the profile")->required()->type_name("NAME");
    command->add_option("--nodes", m_scaleout.nodes, "Counts, with commas between them")
        ->required()
        ->delimiter(',')
        ->check(CLI::PositiveNumber)
        ->type_name("N,N,...");
    command->add_option("--repeat", m_scaleout.repeats, "How often each (1)")->check(CLI::Range(1, 100));
    command->add_option("--data", request.dataPath, "As for run")->required()->type_name("PATH");
    command->add_option("--model", request.modelPath, "As for run")->required()->type_name("DIR");
    addHow(command, request);
    command->add_option("--timeout", m_scaleout.seconds, "Seconds to wait for nodes (900)")
        ->check(CLI::Range(1, 86400));
    command->add_option("--out", m_scaleout.out, "Folder for scaleout.csv and scaleout.svg")->type_name("DIR");
    addDatabase(command);
    addJson(command, "One JSON object a line");
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

} // namespace

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
