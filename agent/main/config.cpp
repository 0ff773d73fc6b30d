// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/config.h"

#include "agent/host/cpu_set.h"
#include "agent/host/energy.h"
#include "agent/host/host_facts.h"
#include "shared/base/utf8.h"
#include "shared/digest/digest.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <system_error>

namespace vitfleet::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t maxCount = 4096; ///< replicas, decoders
constexpr std::size_t maxNameBytes = 128;

std::string at(const fs::path& file, const toml::source_region& source, const std::string& what)
{
    return file.string() + ":" + std::to_string(source.begin.line) + ": " + what;
}

/// Reads one key of the file; false where the value is of the wrong kind.
using ReadKey = std::function<bool(const toml::node&)>;

ReadKey readText(std::optional<std::string>& out)
{
    return [&out](const toml::node& node) {
        out = node.value_exact<std::string>();
        return out.has_value();
    };
}

ReadKey readCount(std::optional<std::uint32_t>& out)
{
    return [&out](const toml::node& node) {
        const auto number = node.value_exact<std::int64_t>();
        if (!number || *number < 0 || *number > maxCount)
            return false;
        out = static_cast<std::uint32_t>(*number);
        return true;
    };
}

ReadKey readPath(std::optional<fs::path>& out, const fs::path& base)
{
    return [&out, &base](const toml::node& node) {
        const auto text = node.value_exact<std::string>();
        if (!text || text->empty())
            return false;
        out = base / *text;
        return true;
    };
}

ReadKey readPaths(std::optional<std::vector<fs::path>>& out, const fs::path& base)
{
    return [&out, &base](const toml::node& node) {
        const toml::array* array = node.as_array();
        if (!array)
            return false;
        out.emplace();
        return std::ranges::all_of(*array, [&](const toml::node& entry) {
            std::optional<fs::path> path;
            if (!readPath(path, base)(entry))
                return false;
            out->push_back(*path);
            return true;
        });
    };
}

/// "0-3,5", or [0, 1, 2, 3, 5]; [] is one unpinned replica.
ReadKey readCpus(std::optional<std::vector<int>>& out)
{
    return [&out](const toml::node& node) {
        if (const auto text = node.value_exact<std::string>()) {
            auto list = host::parseCpuList(*text);
            if (list.ok())
                out = std::move(*list);
            return list.ok();
        }
        const toml::array* array = node.as_array();
        if (!array)
            return false;
        out.emplace();
        return std::ranges::all_of(*array, [&](const toml::node& entry) {
            const auto cpu = entry.value_exact<std::int64_t>();
            if (!cpu || *cpu < 0 || *cpu >= maxCount)
                return false;
            out->push_back(static_cast<int>(*cpu));
            return true;
        });
    };
}

template <typename T>
void replaceIfSet(std::optional<T>& mine, const std::optional<T>& other)
{
    if (other)
        mine = other;
}

fs::path folderFromEnvironment(const char* systemd, const char* xdg, const char* belowHome)
{
    // systemd may give several folders, separated by colons; ours asks for one.
    if (const char* folder = std::getenv(systemd); folder && *folder)
        return std::string(folder).substr(0, std::string_view(folder).find(':'));
    if (const char* folder = std::getenv(xdg); folder && *folder == '/')
        return fs::path(folder) / "vitfleet-agent";
    const char* home = std::getenv("HOME");
    return fs::path(home && *home == '/' ? home : "/var/lib") / belowHome / "vitfleet-agent";
}

bool isDevice(std::string_view device)
{
    if (device == "auto" || device == "cpu" || device == "cuda")
        return true;
    constexpr std::string_view prefix = "cuda:";
    const std::string_view number = device.substr(std::min(prefix.size(), device.size()));
    return device.starts_with(prefix) && !number.empty() && number.size() <= 3 &&
           std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
}

Error wrong(const std::string& what)
{
    return {ErrorCode::Settings, what};
}

Result<void> checkValues(const Config& config)
{
    if (config.device && !isDevice(*config.device))
        return wrong("device is auto, cpu, cuda or cuda:N, not " + *config.device);
    constexpr std::array<std::string_view, 4> levels = {"debug", "info", "warning", "error"};
    if (config.logLevel && std::ranges::find(levels, *config.logLevel) == levels.end())
        return wrong("log_level is debug, info, warning or error, not " + *config.logLevel);
    if (config.name && (config.name->size() > maxNameBytes || !isText(*config.name)))
        return wrong("name is at most " + std::to_string(maxNameBytes) + " bytes of text");
    for (const auto* roots : {&config.dataRoots, &config.modelRoots}) {
        for (const fs::path& root : roots->value_or(std::vector<fs::path>())) {
            if (!root.is_absolute())
                return wrong("a root must be an absolute path: " + root.string());
        }
    }
    return {};
}

} // namespace

void Config::overlay(const Config& other)
{
    replaceIfSet(listen, other.listen);
    replaceIfSet(name, other.name);
    replaceIfSet(device, other.device);
    replaceIfSet(logLevel, other.logLevel);
    replaceIfSet(dataRoots, other.dataRoots);
    replaceIfSet(modelRoots, other.modelRoots);
    replaceIfSet(modelCache, other.modelCache);
    replaceIfSet(keyFile, other.keyFile);
    replaceIfSet(authorizedKeys, other.authorizedKeys);
    replaceIfSet(cpus, other.cpus);
    replaceIfSet(replicas, other.replicas);
    replaceIfSet(decoders, other.decoders);
}

Result<Config> parseConfig(std::string_view text, const fs::path& file)
{
    toml::table table;
    try {
        // Debian's library has only the parser that throws.
        table = toml::parse(text, file.string());
    } catch (const toml::parse_error& error) {
        return wrong(at(file, error.source(), std::string(error.description())));
    }

    Config config;
    const fs::path base = fs::absolute(file).parent_path();
    const std::map<std::string_view, ReadKey> keys = {
        {"listen", readText(config.listen)},
        {"name", readText(config.name)},
        {"device", readText(config.device)},
        {"log_level", readText(config.logLevel)},
        {"data_roots", readPaths(config.dataRoots, base)},
        {"model_roots", readPaths(config.modelRoots, base)},
        {"model_cache", readPath(config.modelCache, base)},
        {"key", readPath(config.keyFile, base)},
        {"authorized_keys", readPath(config.authorizedKeys, base)},
        {"cpus", readCpus(config.cpus)},
        {"replicas", readCount(config.replicas)},
        {"decoders", readCount(config.decoders)},
    };
    for (const auto& [key, node] : table) {
        const auto known = keys.find(key.str());
        if (known == keys.end())
            return wrong(at(file, key.source(), "unknown key " + std::string(key.str())));
        if (!known->second(node))
            return wrong(at(file, node.source(), std::string(key.str()) + " has a wrong value"));
    }
    return config;
}

Result<Config> readConfig(const fs::path& file)
{
    // Not a pipe or a device, which might never end.
    std::error_code error;
    if (!fs::is_regular_file(file, error))
        return wrong(file.string() + " cannot be read: " + (error ? error.message() : "it is not a regular file"));
    std::ifstream stream(file, std::ios::binary);
    std::string text(maxSettingsBytes + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (stream.bad() || !stream.is_open())
        return wrong(file.string() + " cannot be read");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > maxSettingsBytes)
        return wrong(file.string() + " has more than " + std::to_string(maxSettingsBytes) + " bytes");
    return parseConfig(text, file);
}

Config configOf(const launch::Request& request)
{
    Config config;
    const bool bracketed = request.listen.find(':') != std::string::npos;
    config.listen = (bracketed ? "[" + request.listen + "]" : request.listen) + ":" + std::to_string(request.port);
    if (!request.name.empty())
        config.name = request.name;
    config.device = request.device;
    config.logLevel = request.logLevel;
    config.dataRoots.emplace(request.dataRoots.begin(), request.dataRoots.end());
    config.modelRoots.emplace(request.modelRoots.begin(), request.modelRoots.end());
    if (!request.modelCache.empty())
        config.modelCache = request.modelCache;
    config.cpus = request.cpus;
    config.replicas = request.replicas;
    config.decoders = request.decoders;
    return config;
}

Result<Agent::Listen> parseListen(std::string_view text)
{
    const auto colon = text.find_last_of(':');
    std::string_view host = text.substr(0, std::min(colon, text.size()));
    const std::string_view digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    const bool ambiguous = !bracketed && host.find_first_of(":[]") != std::string_view::npos;
    if (host.empty() || ambiguous || digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        return wrong("listen is HOST:PORT or *:PORT, not " + std::string(text));
    return Agent::Listen{std::string(host), port};
}

Result<ResolvedConfig> resolve(const Config& config)
{
    if (auto checked = checkValues(config); !checked.ok())
        return checked.error();
    auto listen = parseListen(config.listen.value_or("*:" + std::to_string(defaultPort)));
    if (!listen.ok())
        return listen.error();

    ResolvedConfig resolved;
    resolved.listen = std::move(*listen);
    resolved.keyFile = config.keyFile.value_or(defaultStateFolder() / "agent.key");
    resolved.authorizedKeys = config.authorizedKeys.value_or(defaultStateFolder() / "authorized_keys");
    resolved.logLevel = config.logLevel.value_or("info");

    AgentSettings& settings = resolved.settings;
    settings.dataRoots = config.dataRoots.value_or(std::vector<fs::path>());
    settings.modelRoots = config.modelRoots.value_or(std::vector<fs::path>());
    settings.modelCache = config.modelCache.value_or(defaultModelCache());
    settings.device = config.device.value_or("auto");
    settings.replicas = config.replicas.value_or(0);
    const std::vector<int> usable = host::usableCpus(digest::randomU64());
    // Replicas are pinned where the cores are meant for this agent. Agents that share a node, by a quota or because
    // each is told to use less than all, would meet on one core while others are idle: these the kernel moves.
    const bool isShared =
        usable.size() < host::affinityCpus().size() || (settings.replicas > 0 && settings.replicas < usable.size());
    settings.cpus = config.cpus.value_or(isShared ? std::vector<int>() : usable);
    if (!config.cpus && isShared && (settings.replicas == 0 || settings.replicas > usable.size()))
        settings.replicas = static_cast<std::uint32_t>(usable.size());
    // Decoding a photograph costs a tenth of classifying it with a small ViT, and decoders run on the replicas' own
    // cores: half as many keep all replicas busy, and pinning them as well would only hinder the scheduler of the
    // kernel.
    const auto cores =
        static_cast<std::uint32_t>(std::max<std::size_t>(config.cpus ? config.cpus->size() : usable.size(), 1));
    settings.decoders = config.decoders.value_or(0) > 0 ? *config.decoders : std::max(1U, cores / 2);

    const host::HostFacts facts = host::readHostFacts();
    settings.identity.name = config.name.value_or(facts.name);
    settings.identity.software = "vitfleet-agent " VITFLEET_VERSION;
    settings.identity.host = facts.name;
    settings.identity.cpuModel = facts.cpuModel;
    settings.identity.cores = settings.cpus.empty() ? static_cast<std::uint32_t>(usable.size()) : cores;
    settings.identity.memoryBytes = facts.memoryBytes;
    settings.identity.gpu = facts.gpu;
    settings.identity.gpuReason = facts.gpuReason;
    settings.identity.schedulerId = facts.schedulerId;
    settings.identity.energyReason = host::EnergyMeter().absence();
    return resolved;
}

fs::path defaultStateFolder()
{
    return folderFromEnvironment("STATE_DIRECTORY", "XDG_CONFIG_HOME", ".config");
}

fs::path defaultModelCache()
{
    return folderFromEnvironment("CACHE_DIRECTORY", "XDG_CACHE_HOME", ".cache") / "models";
}

} // namespace vitfleet::agent
