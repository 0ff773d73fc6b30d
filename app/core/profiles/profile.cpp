// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace vitfleet::app {
namespace {

constexpr std::size_t maxHostBytes = 253;
constexpr std::size_t maxFieldBytes = 256;
constexpr std::size_t maxPathBytes = 4096;
constexpr std::uint32_t mostNodes = 10'000;

bool isLetterOrDigit(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool isMadeOf(std::string_view text, std::string_view others)
{
    return std::ranges::all_of(text, [&](char c) { return isLetterOrDigit(c) || others.find(c) != others.npos; });
}

Result<void> checkSlurm(const Profile& profile)
{
    const SlurmOptions& slurm = profile.slurm;
    if (!slurm.login.empty() && !isHostName(slurm.login))
        return Error{ErrorCode::HostName, "login = " + slurm.login};
    const std::array<std::pair<const char*, const std::string*>, 7> fields = {{{"partition", &slurm.partition},
                                                                               {"account", &slurm.account},
                                                                               {"qos", &slurm.qos},
                                                                               {"constraint", &slurm.constraint},
                                                                               {"gpus", &slurm.gpus},
                                                                               {"memory", &slurm.memory},
                                                                               {"time", &slurm.time}}};
    for (const auto& [field, value] : fields) {
        if (!value->empty() && !isSlurmField(*value))
            return Error{ErrorCode::SlurmField, std::string(field) + " = " + *value};
    }
    for (const std::string& module : slurm.modules) {
        if (!isSlurmField(module))
            return Error{ErrorCode::SlurmField, "modules: " + module};
    }
    if (!slurm.container.empty() && !isPlainPath(slurm.container))
        return Error{ErrorCode::SlurmField, "container = " + slurm.container};
    return {};
}

Result<void> checkSsh(const Profile& profile)
{
    if (profile.ssh.hosts.empty())
        return Error{ErrorCode::Settings, "profile " + profile.name + ": hosts is empty"};
    for (const std::string& host : profile.ssh.hosts) {
        if (!isHostName(host))
            return Error{ErrorCode::HostName, host};
    }
    return {};
}

/// Names of Kubernetes are DNS names (RFC 1123); quantities and images are near enough.
Result<void> checkKubernetes(const Profile& profile)
{
    const KubernetesOptions& options = profile.kubernetes;
    if (options.image.empty())
        return Error{ErrorCode::Settings, "profile " + profile.name + ": image is missing"};
    const std::array<std::pair<const char*, const std::string*>, 9> fields = {
        {{"context", &options.context},
         {"namespace", &options.nameSpace},
         {"image", &options.image},
         {"image_pull_secret", &options.imagePullSecret},
         {"service_account", &options.serviceAccount},
         {"cpu", &options.cpu},
         {"memory", &options.memory},
         {"data_claim", &options.dataClaim},
         {"model_claim", &options.modelClaim}}};
    for (const auto& [field, value] : fields) {
        if (!value->empty() &&
            (!isLetterOrDigit(value->front()) || value->size() > maxFieldBytes || !isMadeOf(*value, "-._:/@")))
            return Error{ErrorCode::Settings, "profile " + profile.name + ": " + field + " = " + *value};
    }
    return {};
}

} // namespace

std::string_view name(ProviderKind kind)
{
    switch (kind) {
    case ProviderKind::Local:
        return "local";
    case ProviderKind::Ssh:
        return "ssh";
    case ProviderKind::Slurm:
        return "slurm";
    case ProviderKind::Kubernetes:
        return "kubernetes";
    case ProviderKind::Invalid:
        break;
    }
    return "invalid";
}

std::string mapPath(const std::vector<PathMapping>& mappings, const std::string& path)
{
    const PathMapping* best = nullptr;
    for (const PathMapping& mapping : mappings) {
        const std::size_t length = mapping.here.size();
        const bool below = path.compare(0, length, mapping.here) == 0 &&
                           (path.size() == length || path[length] == '/' || mapping.here.back() == '/');
        if (length > 0 && below && (!best || length > best->here.size()))
            best = &mapping;
    }
    return best ? best->there + path.substr(best->here.size()) : path;
}

bool isHostName(std::string_view text)
{
    if (text.empty() || text.size() > maxHostBytes || !isLetterOrDigit(text.front()))
        return false;
    return isMadeOf(text, "-._@") && std::ranges::count(text, '@') <= 1 && text.back() != '@';
}

bool isSlurmField(std::string_view text)
{
    return !text.empty() && text.size() <= maxFieldBytes && text.front() != '-' && isMadeOf(text, "-._:/,&|+=[]*()");
}

bool isPlainPath(std::string_view text)
{
    return !text.empty() && text.size() <= maxPathBytes && text.front() != '-' && isMadeOf(text, "-._/+,=@: ~") &&
           text.back() != ' ' && text.front() != ' ';
}

Result<void> checkProfile(const Profile& profile)
{
    const auto wrong = [&](const std::string& what) {
        return Error{ErrorCode::Settings, "profile " + profile.name + ": " + what};
    };
    if (profile.name.empty() || profile.name.size() > 64 || !isLetterOrDigit(profile.name.front()) ||
        !isMadeOf(profile.name, "-_"))
        return wrong("a name is made of letters, digits, - and _");
    if (profile.maxNodes == 0 || profile.maxNodes > mostNodes)
        return wrong("max_nodes is 1 to " + std::to_string(mostNodes));
    if (profile.timeoutSeconds == 0 || profile.timeoutSeconds > 600)
        return wrong("timeout_s is 1 to 600");
    for (const std::string* path : {&profile.agent, &profile.folder, &profile.modelCache, &profile.sshConfig}) {
        if (!path->empty() && !isPlainPath(*path))
            return wrong("this path cannot be used: " + *path);
    }
    if (!profile.energySource.empty() && profile.energySource != "rapl" && profile.energySource != "none")
        return wrong("energy_source is rapl or none");
    for (const auto* roots : {&profile.dataRoots, &profile.modelRoots}) {
        for (const std::string& root : *roots) {
            if (root.empty() || root.front() != '/')
                return wrong("a root is an absolute path: " + root);
        }
    }
    for (const PathMapping& mapping : profile.paths) {
        if (mapping.here.empty() || mapping.here.front() != '/' || mapping.there.empty() ||
            mapping.there.front() != '/')
            return wrong("paths are pairs of absolute folders: " + mapping.here + " = " + mapping.there);
    }
    switch (profile.provider) {
    case ProviderKind::Local:
        return {};
    case ProviderKind::Slurm:
        return checkSlurm(profile);
    case ProviderKind::Ssh:
        return checkSsh(profile);
    case ProviderKind::Kubernetes:
        return checkKubernetes(profile);
    case ProviderKind::Invalid:
        break;
    }
    return wrong("provider is local, ssh, slurm or kubernetes");
}

} // namespace vitfleet::app
