// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile.h"

#include <toml++/toml.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace vitfleet::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t maxFileBytes = 1024 * 1024;

Error wrong(const fs::path& file, const toml::source_region& where, const std::string& what)
{
    return {ErrorCode::Settings, file.string() + ":" + std::to_string(where.begin.line) + ": " + what};
}

using Read = std::function<bool(const toml::node&)>;

Read text(std::string& out)
{
    return [&out](const toml::node& node) {
        const auto value = node.value_exact<std::string>();
        out = value.value_or(std::string());
        return value.has_value();
    };
}

Read number(std::uint32_t& out)
{
    return [&out](const toml::node& node) {
        const auto value = node.value_exact<std::int64_t>();
        if (!value || *value < 0 || *value > 1'000'000)
            return false;
        out = static_cast<std::uint32_t>(*value);
        return true;
    };
}

Read price(double& out)
{
    return [&out](const toml::node& node) {
        const auto value = node.value<double>();
        out = value.value_or(0);
        return value && *value >= 0;
    };
}

Read flag(bool& out)
{
    return [&out](const toml::node& node) {
        const auto value = node.value_exact<bool>();
        out = value.value_or(false);
        return value.has_value();
    };
}

Read texts(std::vector<std::string>& out)
{
    return [&out](const toml::node& node) {
        const toml::array* list = node.as_array();
        if (!list)
            return false;
        for (const toml::node& entry : *list) {
            const auto value = entry.value_exact<std::string>();
            if (!value)
                return false;
            out.push_back(*value);
        }
        return true;
    };
}

Read mappings(std::vector<PathMapping>& out)
{
    return [&out](const toml::node& node) {
        const toml::table* table = node.as_table();
        if (!table)
            return false;
        for (const auto& [here, there] : *table) {
            const auto value = there.value_exact<std::string>();
            if (!value)
                return false;
            out.push_back({std::string(here.str()), *value});
        }
        return true;
    };
}

Read choice(const std::map<std::string, std::function<void()>>& choices)
{
    return [choices](const toml::node& node) {
        const auto found = choices.find(node.value_or(std::string()));
        if (found == choices.end())
            return false;
        found->second();
        return true;
    };
}

std::map<std::string_view, Read> keysOf(Profile& profile)
{
    SlurmOptions& slurm = profile.slurm;
    SshOptions& ssh = profile.ssh;
    KubernetesOptions& kubernetes = profile.kubernetes;
    std::map<std::string, std::function<void()>> providers;
    for (const ProviderKind kind :
         {ProviderKind::Local, ProviderKind::Ssh, ProviderKind::Slurm, ProviderKind::Kubernetes})
        providers.emplace(name(kind), [&profile, kind] { profile.provider = kind; });
    std::map<std::string_view, Read> keys = {
        {"provider", choice(providers)},
        {"max_nodes", number(profile.maxNodes)},
        {"agent", text(profile.agent)},
        {"folder", text(profile.folder)},
        {"listen", text(profile.listen)},
        {"device", text(profile.device)},
        {"data_roots", texts(profile.dataRoots)},
        {"model_roots", texts(profile.modelRoots)},
        {"model_cache", text(profile.modelCache)},
        {"replicas", number(profile.replicas)},
        {"decoders", number(profile.decoders)},
        {"idle_minutes", number(profile.idleMinutes)},
        {"timeout_s", number(profile.timeoutSeconds)},
        {"start_s", number(profile.startSeconds)},
        {"price_per_node_hour", price(profile.pricePerNodeHour)},
        {"currency", text(profile.currency)},
        {"energy_source", text(profile.energySource)},
        {"paths", mappings(profile.paths)},
        {"ssh_config", text(profile.sshConfig)},
    };
    if (profile.provider == ProviderKind::Slurm) {
        keys.insert({{"login", text(slurm.login)},
                     {"partition", text(slurm.partition)},
                     {"account", text(slurm.account)},
                     {"qos", text(slurm.qos)},
                     {"time", text(slurm.time)},
                     {"constraint", text(slurm.constraint)},
                     {"gpus", text(slurm.gpus)},
                     {"memory", text(slurm.memory)},
                     {"cpus", number(slurm.cpus)},
                     {"modules", texts(slurm.modules)},
                     {"container", text(slurm.container)},
                     {"signal_s", number(slurm.signalSeconds)},
                     {"requeue", flag(slurm.requeue)}});
    } else if (profile.provider == ProviderKind::Ssh) {
        keys.insert({{"hosts", texts(ssh.hosts)},
                     {"agents_per_host", number(ssh.agentsPerHost)},
                     {"archive", text(ssh.archive)},
                     {"systemd", flag(ssh.systemd)},
                     {"reach", choice({{"auto", [&ssh] { ssh.reach = SshOptions::Reach::Auto; }},
                                       {"direct", [&ssh] { ssh.reach = SshOptions::Reach::Direct; }},
                                       {"tunnel", [&ssh] { ssh.reach = SshOptions::Reach::Tunnel; }}})}});
    } else if (profile.provider == ProviderKind::Kubernetes) {
        keys.insert({{"context", text(kubernetes.context)},
                     {"namespace", text(kubernetes.nameSpace)},
                     {"image", text(kubernetes.image)},
                     {"image_pull_secret", text(kubernetes.imagePullSecret)},
                     {"service_account", text(kubernetes.serviceAccount)},
                     {"cpu", text(kubernetes.cpu)},
                     {"memory", text(kubernetes.memory)},
                     {"gpus", number(kubernetes.gpus)},
                     {"data_claim", text(kubernetes.dataClaim)},
                     {"model_claim", text(kubernetes.modelClaim)}});
    }
    return keys;
}

Result<Profile> readProfile(const std::string& profileName, const toml::table& table, const fs::path& file)
{
    Profile profile;
    profile.name = profileName;
    // The provider decides which other keys there are.
    if (const toml::node* provider = table.get("provider"); !provider || !keysOf(profile).at("provider")(*provider))
        return wrong(file, table.source(), "provider is local, ssh, slurm or kubernetes");
    const auto keys = keysOf(profile);
    for (const auto& [key, node] : table) {
        const auto known = keys.find(key.str());
        if (known == keys.end())
            return wrong(file, key.source(),
                         "unknown key " + std::string(key.str()) + " for provider " +
                             std::string(name(profile.provider)));
        if (!known->second(node))
            return wrong(file, node.source(), std::string(key.str()) + " has a wrong value");
    }
    if (auto checked = checkProfile(profile); !checked)
        return checked.error();
    return profile;
}

} // namespace

Result<std::vector<Profile>> parseProfiles(std::string_view content, const fs::path& file)
{
    toml::table table;
    try {
        // Debian's library has only the parser that throws.
        table = toml::parse(content, file.string());
    } catch (const toml::parse_error& error) {
        return wrong(file, error.source(), std::string(error.description()));
    }
    std::vector<Profile> profiles;
    for (const auto& [key, node] : table) {
        const toml::table* all = node.as_table();
        if (key.str() != "profile" || !all)
            return wrong(file, key.source(), "a profile is a table [profile.NAME]");
        for (const auto& [profileName, entry] : *all) {
            const toml::table* one = entry.as_table();
            if (!one)
                return wrong(file, profileName.source(), "a profile is a table [profile.NAME]");
            auto profile = readProfile(std::string(profileName.str()), *one, file);
            if (!profile)
                return profile.error();
            profiles.push_back(std::move(*profile));
        }
    }
    return profiles;
}

Result<std::vector<Profile>> readProfiles(const fs::path& file)
{
    std::error_code error;
    if (!fs::exists(file, error))
        return std::vector<Profile>();
    if (fs::file_size(file, error) > maxFileBytes)
        return Error{ErrorCode::Settings, file.string() + " is too large"};
    std::ifstream stream(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream)
        return Error{ErrorCode::Settings, file.string() + " cannot be read"};
    return parseProfiles(content, file);
}

} // namespace vitfleet::app
