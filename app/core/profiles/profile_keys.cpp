// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile_keys.h"

#include <array>
#include <charconv>
#include <utility>

namespace vitfleet::app {
namespace {

using Kind = ProfileKey::Kind;

BoundKey text(const char* name, std::string& out, Kind kind = Kind::Text)
{
    return {{name, kind, false, {}, {}},
            [&out](const toml::node& node) {
                const auto value = node.value_exact<std::string>();
                out = value.value_or(std::string());
                return value.has_value();
            },
            [&out] { return out; }};
}

BoundKey number(const char* name, std::uint32_t& out)
{
    return {{name, Kind::Number, false, {}, {}},
            [&out](const toml::node& node) {
                const auto value = node.value_exact<std::int64_t>();
                if (!value || *value < 0 || *value > 1'000'000)
                    return false;
                out = static_cast<std::uint32_t>(*value);
                return true;
            },
            [&out] { return std::to_string(out); }};
}

BoundKey price(const char* name, double& out)
{
    return {{name, Kind::Price, false, {}, {}},
            [&out](const toml::node& node) {
                const auto value = node.value<double>();
                out = value.value_or(0);
                return value && *value >= 0;
            },
            [&out] {
                std::array<char, 32> buffer{};
                const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), out).ptr;
                return std::string(buffer.data(), end);
            }};
}

BoundKey flag(const char* name, bool& out)
{
    return {{name, Kind::Flag, false, {}, {}},
            [&out](const toml::node& node) {
                const auto value = node.value_exact<bool>();
                out = value.value_or(false);
                return value.has_value();
            },
            [&out] { return std::string(out ? "true" : "false"); }};
}

BoundKey texts(const char* name, std::vector<std::string>& out)
{
    return {{name, Kind::Texts, false, {}, {}},
            [&out](const toml::node& node) {
                const toml::array* list = node.as_array();
                if (!list)
                    return false;
                out.clear();
                for (const toml::node& entry : *list) {
                    const auto value = entry.value_exact<std::string>();
                    if (!value)
                        return false;
                    out.push_back(*value);
                }
                return true;
            },
            [&out] {
                std::string lines;
                for (const std::string& each : out)
                    lines += (lines.empty() ? "" : "\n") + each;
                return lines;
            }};
}

BoundKey mappings(const char* name, std::vector<PathMapping>& out)
{
    return {{name, Kind::Mappings, false, {}, {}},
            [&out](const toml::node& node) {
                const toml::table* table = node.as_table();
                if (!table)
                    return false;
                out.clear();
                for (const auto& [here, there] : *table) {
                    const auto value = there.value_exact<std::string>();
                    if (!value)
                        return false;
                    out.push_back({std::string(here.str()), *value});
                }
                return true;
            },
            [&out] {
                std::string lines;
                for (const PathMapping& each : out)
                    lines += (lines.empty() ? "" : "\n") + each.here + " = " + each.there;
                return lines;
            }};
}

/// Text of which the reader takes a few only; problemsOf() refuses others.
BoundKey textOf(const char* name, std::string& out, std::vector<std::string> choices)
{
    BoundKey bound = text(name, out, Kind::Choice);
    bound.key.choices = std::move(choices);
    return bound;
}

BoundKey reach(SshOptions& ssh)
{
    static constexpr std::array<std::pair<const char*, SshOptions::Reach>, 3> ways = {
        {{"auto", SshOptions::Reach::Auto},
         {"direct", SshOptions::Reach::Direct},
         {"tunnel", SshOptions::Reach::Tunnel}}};
    BoundKey bound{{"reach", Kind::Choice, false, {}, {}},
                   [&ssh](const toml::node& node) {
                       for (const auto& [name, way] : ways) {
                           if (node.value_or(std::string()) == name) {
                               ssh.reach = way;
                               return true;
                           }
                       }
                       return false;
                   },
                   [&ssh] {
                       for (const auto& [name, way] : ways) {
                           if (ssh.reach == way)
                               return std::string(name);
                       }
                       return std::string();
                   }};
    for (const auto& [name, way] : ways)
        bound.key.choices.emplace_back(name);
    return bound;
}

std::vector<BoundKey> ownKeys(Profile& profile)
{
    SlurmOptions& slurm = profile.slurm;
    SshOptions& ssh = profile.ssh;
    KubernetesOptions& kubernetes = profile.kubernetes;
    if (profile.provider == ProviderKind::Slurm)
        return {text("login", slurm.login),
                text("partition", slurm.partition),
                text("account", slurm.account),
                text("qos", slurm.qos),
                text("time", slurm.time),
                text("constraint", slurm.constraint),
                text("gpus", slurm.gpus),
                text("memory", slurm.memory),
                number("cpus", slurm.cpus),
                texts("modules", slurm.modules),
                text("container", slurm.container),
                text("work_dir", slurm.workingDirectory),
                number("signal_s", slurm.signalSeconds),
                flag("requeue", slurm.requeue)};
    if (profile.provider == ProviderKind::Ssh)
        return {texts("hosts", ssh.hosts), number("agents_per_host", ssh.agentsPerHost), text("archive", ssh.archive),
                flag("systemd", ssh.systemd), reach(ssh)};
    if (profile.provider == ProviderKind::Kubernetes)
        return {text("context", kubernetes.context),
                text("namespace", kubernetes.nameSpace),
                text("image", kubernetes.image),
                text("image_pull_secret", kubernetes.imagePullSecret),
                text("service_account", kubernetes.serviceAccount),
                text("cpu", kubernetes.cpu),
                text("memory", kubernetes.memory),
                number("gpus", kubernetes.gpus),
                text("data_claim", kubernetes.dataClaim),
                text("model_claim", kubernetes.modelClaim)};
    return {};
}

std::vector<BoundKey> commonKeys(Profile& profile)
{
    return {number("max_nodes", profile.maxNodes),
            text("agent", profile.agent),
            text("folder", profile.folder),
            texts("data_roots", profile.dataRoots),
            mappings("paths", profile.paths),
            texts("model_roots", profile.modelRoots),
            text("model_cache", profile.modelCache),
            text("device", profile.device),
            number("replicas", profile.replicas),
            number("decoders", profile.decoders),
            text("listen", profile.listen),
            text("ssh_config", profile.sshConfig),
            number("idle_minutes", profile.idleMinutes),
            number("timeout_s", profile.timeoutSeconds),
            number("start_s", profile.startSeconds),
            price("price_per_node_hour", profile.pricePerNodeHour),
            text("currency", profile.currency),
            textOf("energy_source", profile.energySource, {"rapl", "none"})};
}

} // namespace

std::vector<BoundKey> boundKeys(Profile& profile)
{
    std::vector<BoundKey> keys = ownKeys(profile);
    for (BoundKey& common : commonKeys(profile)) {
        common.key.isCommon = true;
        keys.push_back(std::move(common));
    }
    return keys;
}

bool readProvider(const toml::node& node, Profile& profile)
{
    for (const ProviderKind kind :
         {ProviderKind::Local, ProviderKind::Ssh, ProviderKind::Slurm, ProviderKind::Kubernetes}) {
        if (node.value_or(std::string()) == name(kind)) {
            profile.provider = kind;
            return true;
        }
    }
    return false;
}

std::vector<ProfileKey> profileKeys(ProviderKind provider)
{
    Profile usual;
    usual.provider = provider;
    std::vector<ProfileKey> keys;
    for (BoundKey& bound : boundKeys(usual)) {
        bound.key.usual = bound.show();
        keys.push_back(std::move(bound.key));
    }
    return keys;
}

} // namespace vitfleet::app
