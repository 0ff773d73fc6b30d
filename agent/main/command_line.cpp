// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/command_line.h"

#include "agent/host/cpu_set.h"
#include "agent/main/bench_options.h"

#include <CLI/CLI.hpp>

#include <memory>
#include <vector>

namespace vitfleet::agent {
namespace {

constexpr const char* footer = "Exit codes: 0 stopped cleanly, or done; 1 failed; 2 usage; 3 could not start.\n"
                               "Options on the command line win over those in the settings file.";

/// CLI11 fills these; only what was given goes into the config.
struct Raw
{
    std::string config, listen, name, modelCache, device, cpus, keyFile, authorizedKeys, logLevel, launchFolder;
    std::vector<std::string> dataRoots, modelRoots;
    std::uint32_t replicas = 0, decoders = 0;
};

void addKeyOptions(CLI::App& command, Raw& raw)
{
    command.add_option("--config", raw.config, "Settings file (TOML)")->type_name("FILE");
    command.add_option("--key", raw.keyFile, "The agent's key, made on first use")->type_name("FILE");
    command.add_option("--authorized-keys", raw.authorizedKeys, "Keys of the applications that are admitted")
        ->type_name("FILE");
}

std::string checkCpus(const std::string& text)
{
    const auto list = host::parseCpuList(text);
    return list.ok() ? std::string() : list.error().detail;
}

void addDeviceOptions(CLI::App& command, Raw& raw)
{
    command.add_option("--device", raw.device, "auto, cpu, cuda (every GPU) or cuda:N (default auto)");
    command.add_option("--replicas", raw.replicas,
                       "Copies that compute at once on a CPU (default: one a core); a GPU always has two");
    command.add_option("--cpus", raw.cpus, "Cores to use, for example 0-3,6 (default: all that it may)")
        ->type_name("LIST")
        ->check(checkCpus);
    command.add_option("--decoders", raw.decoders, "Decoder processes (default: one for two cores)");
}

void addServeOptions(CLI::App& serve, Raw& raw, CommandLine& line)
{
    addKeyOptions(serve, raw);
    serve.add_option("--listen", raw.listen, "Address to listen on (default *:47520)")->type_name("HOST:PORT");
    serve.add_option("--name", raw.name, "The node's name (default: the host's)");
    serve.add_option("--data-root", raw.dataRoots, "Pictures may be read below this folder; repeatable")
        ->type_name("DIR");
    serve.add_option("--model-root", raw.modelRoots, "Models may be read below this folder; repeatable")
        ->type_name("DIR");
    serve.add_option("--model-cache", raw.modelCache, "Where fetched models are kept")->type_name("DIR");
    addDeviceOptions(serve, raw);
    serve.add_option("--log-level", raw.logLevel, "debug, info, warning or error (default info)");
    serve.add_option("--launch-fd", line.launchFd, "Launch channel of the application that starts this agent")
        ->group(""); // for programs, not for people
    serve.add_option("--launch-folder", raw.launchFolder, "Folder with the request of the application that starts it")
        ->group("");
    serve.add_option("--launch-index", line.launchIndex, "Which of that folder's agents this is")->group("");
}

template <typename T, typename From>
void take(const CLI::App& command, const char* option, std::optional<T>& out, const From& value)
{
    const CLI::Option* found = command.get_option_no_throw(option);
    if (found && found->count() > 0)
        out = T(value);
}

std::vector<std::filesystem::path> absolutePaths(const std::vector<std::string>& paths)
{
    std::vector<std::filesystem::path> result;
    for (const std::string& path : paths)
        result.push_back(std::filesystem::absolute(path));
    return result;
}

void collect(const CLI::App& command, const Raw& raw, CommandLine& line)
{
    Config& config = line.config;
    takeBenchOptions(command, line.bench);
    take(command, "--config", line.configFile, raw.config);
    take(command, "--launch-folder", line.launchFolder, raw.launchFolder);
    take(command, "--listen", config.listen, raw.listen);
    take(command, "--name", config.name, raw.name);
    take(command, "--data-root", config.dataRoots, absolutePaths(raw.dataRoots));
    take(command, "--model-root", config.modelRoots, absolutePaths(raw.modelRoots));
    take(command, "--model-cache", config.modelCache, raw.modelCache);
    take(command, "--device", config.device, raw.device);
    take(command, "--replicas", config.replicas, raw.replicas);
    take(command, "--decoders", config.decoders, raw.decoders);
    take(command, "--key", config.keyFile, raw.keyFile);
    take(command, "--authorized-keys", config.authorizedKeys, raw.authorizedKeys);
    take(command, "--log-level", config.logLevel, raw.logLevel);
    if (!raw.cpus.empty())
        config.cpus = *host::parseCpuList(raw.cpus); // checked by CLI11 already
}

} // namespace

ParsedLine parseCommandLine(int argc, char** argv)
{
    CLI::App app("VitFleet's agent: classifies pictures on this node for an application that it admits.",
                 "vitfleet-agent");
    app.set_version_flag("--version", "vitfleet-agent " VITFLEET_VERSION);
    app.footer(footer);
    app.require_subcommand(1);

    Raw raw;
    CommandLine line;
    CLI::App* serve = app.add_subcommand("serve", "Run in the foreground until SIGTERM");
    addServeOptions(*serve, raw, line);
    serve->footer(footer);
    CLI::App* authorize = app.add_subcommand("authorize", "Admit an application, named by its key");
    authorize->add_option("KEY", line.key, "As vitfleet-cli key prints it")->required();
    authorize->add_option("--comment", line.comment, "Whose key it is");
    addKeyOptions(*authorize, raw);
    CLI::App* revoke =
        app.add_subcommand("revoke", "Admit an application no longer; running agents end its connection");
    revoke->add_option("KEY", line.key, "As vitfleet-cli key prints it")->required();
    addKeyOptions(*revoke, raw);
    CLI::App* key = app.add_subcommand("key", "Print this agent's key and fingerprint");
    CLI::Option* next = key->add_flag("--next", line.next, "The key that will follow this one; made on first use");
    key->add_flag("--rotate", line.rotate, "Put the next key in place of this one; running agents must be restarted")
        ->excludes(next);
    addKeyOptions(*key, raw);
    CLI::App* bench = app.add_subcommand("bench", "Measure how fast this node classifies with a model");
    addBenchOptions(*bench, line.bench);
    addDeviceOptions(*bench, raw);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return {std::nullopt, app.exit(error) == 0 ? stoppedCleanly : usage};
    }
    CLI::App* command = app.get_subcommands().front();
    line.command = command == serve       ? CommandLine::Command::Serve
                   : command == authorize ? CommandLine::Command::Authorize
                   : command == revoke    ? CommandLine::Command::Revoke
                   : command == bench     ? CommandLine::Command::Bench
                                          : CommandLine::Command::Key;
    collect(*command, raw, line);
    return {std::move(line), 0};
}

} // namespace vitfleet::agent
