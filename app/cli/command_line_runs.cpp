// SPDX-License-Identifier: GPL-3.0-or-later
// The subcommands that label, and those that get nodes.
#include "app/cli/parser.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace vitfleet::cli {

namespace {

constexpr int maxLocalAgents = 1024;

} // namespace

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

} // namespace vitfleet::cli
