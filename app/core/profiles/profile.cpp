// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/profiles/profile.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

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

/// Collects them; what is said of a key first, counts.
class Problems
{
public:
    explicit Problems(const Profile& profile) : m_profile(profile) {}
    void add(const std::string& key, ErrorCode code, const std::string& what)
    {
        if (std::ranges::find(m_found, key, &ProfileProblem::key) == m_found.end())
            m_found.push_back({key, {code, what}});
    }
    void wrong(const std::string& key, const std::string& what)
    {
        add(key, ErrorCode::Settings, "profile " + m_profile.name + ": " + what);
    }
    std::vector<ProfileProblem> take() { return std::move(m_found); }

private:
    const Profile& m_profile;
    std::vector<ProfileProblem> m_found;
};

bool isTilde(std::string_view path)
{
    return !path.empty() && path.front() == '~';
}

using Fields = std::initializer_list<std::pair<const char*, const std::string*>>;

void checkSlurm(const Profile& profile, Problems& problems)
{
    const SlurmOptions& slurm = profile.slurm;
    if (!slurm.login.empty() && !isHostName(slurm.login))
        problems.add("login", ErrorCode::HostName, "login = " + slurm.login);
    for (const auto& [field, value] : Fields{{"partition", &slurm.partition},
                                             {"account", &slurm.account},
                                             {"qos", &slurm.qos},
                                             {"constraint", &slurm.constraint},
                                             {"gpus", &slurm.gpus},
                                             {"memory", &slurm.memory},
                                             {"time", &slurm.time}}) {
        if (!value->empty() && !isSlurmField(*value))
            problems.add(field, ErrorCode::SlurmField, std::string(field) + " = " + *value);
    }
    for (const std::string& module : slurm.modules) {
        if (!isSlurmField(module))
            problems.add("modules", ErrorCode::SlurmField, "modules: " + module);
    }
    if (!slurm.container.empty() && !isPlainPath(slurm.container))
        problems.add("container", ErrorCode::SlurmField, "container = " + slurm.container);
    if (!slurm.workingDirectory.empty() &&
        (slurm.workingDirectory.front() != '/' || !isPlainPath(slurm.workingDirectory)))
        problems.add("work_dir", ErrorCode::SlurmField, "work_dir = " + slurm.workingDirectory);
    if (slurm.container.empty())
        return;
    // A comma or a colon ends a path in what apptainer is told to mount.
    const auto cannotBeMounted = [](const std::string& path) { return path.find_first_of(",:") != path.npos; };
    for (const auto& [key, roots] :
         {std::pair{"data_roots", &profile.dataRoots}, std::pair{"model_roots", &profile.modelRoots}}) {
        if (const auto root = std::ranges::find_if(*roots, cannotBeMounted); root != roots->end())
            problems.add(key, ErrorCode::SlurmField, "no container can have the folder " + *root);
    }
    for (const auto& [key, path] : Fields{{"folder", &profile.folder}, {"model_cache", &profile.modelCache}}) {
        if (cannotBeMounted(*path))
            problems.add(key, ErrorCode::SlurmField, "no container can have the folder " + *path);
    }
}

void checkSsh(const SshOptions& ssh, Problems& problems)
{
    if (ssh.hosts.empty())
        problems.wrong("hosts", "hosts is empty");
    for (const std::string& host : ssh.hosts) {
        if (!isHostName(host))
            problems.add("hosts", ErrorCode::HostName, host);
    }
}

/// Names of Kubernetes are DNS names (RFC 1123); quantities and images are near enough.
void checkKubernetes(const KubernetesOptions& options, Problems& problems)
{
    if (options.image.empty())
        problems.wrong("image", "image is missing");
    for (const auto& [field, value] : Fields{{"context", &options.context},
                                             {"namespace", &options.nameSpace},
                                             {"image", &options.image},
                                             {"image_pull_secret", &options.imagePullSecret},
                                             {"service_account", &options.serviceAccount},
                                             {"cpu", &options.cpu},
                                             {"memory", &options.memory},
                                             {"data_claim", &options.dataClaim},
                                             {"model_claim", &options.modelClaim}}) {
        if (!value->empty() &&
            (!isLetterOrDigit(value->front()) || value->size() > maxFieldBytes || !isMadeOf(*value, "-._:/@")))
            problems.wrong(field, std::string(field) + " = " + *value);
    }
}

void checkPaths(const Profile& profile, Problems& problems)
{
    for (const auto& [key, path] : Fields{{"agent", &profile.agent},
                                          {"folder", &profile.folder},
                                          {"model_cache", &profile.modelCache},
                                          {"ssh_config", &profile.sshConfig}}) {
        if (!path->empty() && !isPlainPath(*path))
            problems.wrong(key, "this path cannot be used: " + *path);
    }
    for (const auto& [key, path] : Fields{{"agent", &profile.agent},
                                          {"folder", &profile.folder},
                                          {"ssh_config", &profile.sshConfig},
                                          {"archive", &profile.ssh.archive},
                                          {"container", &profile.slurm.container}}) {
        if (isTilde(*path) && !isBelowHome(*path))
            problems.wrong(key, "of all homes only your own is known, as ~/: " + *path);
    }
    // These go to the agent as they are, and no shell sees them.
    if (isTilde(profile.modelCache))
        problems.wrong("model_cache", "~ is not known there, write the whole path: " + profile.modelCache);
    for (const auto& [key, roots] :
         {std::pair{"data_roots", &profile.dataRoots}, std::pair{"model_roots", &profile.modelRoots}}) {
        for (const std::string& root : *roots) {
            if (isTilde(root))
                problems.wrong(key, "~ is not known there, write the whole path: " + root);
            else if (root.empty() || root.front() != '/')
                problems.wrong(key, "a root is an absolute path: " + root);
        }
    }
    for (const PathMapping& mapping : profile.paths) {
        if (isTilde(mapping.here) || isTilde(mapping.there))
            problems.wrong("paths", "~ is not known in a pair of folders, write the whole paths: " + mapping.here +
                                        " = " + mapping.there);
        if (mapping.here.empty() || mapping.here.front() != '/' || mapping.there.empty() ||
            mapping.there.front() != '/')
            problems.wrong("paths", "paths are pairs of absolute folders: " + mapping.here + " = " + mapping.there);
    }
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

bool isBelowHome(std::string_view path)
{
    return path == "~" || path.starts_with("~/");
}

bool isPlainPath(std::string_view text)
{
    return !text.empty() && text.size() <= maxPathBytes && text.front() != '-' && isMadeOf(text, "-._/+,=@: ~") &&
           text.back() != ' ' && text.front() != ' ';
}

std::vector<ProfileProblem> problemsOf(const Profile& profile)
{
    Problems problems(profile);
    if (profile.name.empty() || profile.name.size() > 64 || !isLetterOrDigit(profile.name.front()) ||
        !isMadeOf(profile.name, "-_"))
        problems.wrong("name", "a name is made of letters, digits, - and _");
    if (profile.maxNodes == 0 || profile.maxNodes > mostNodes)
        problems.wrong("max_nodes", "max_nodes is 1 to " + std::to_string(mostNodes));
    if (profile.timeoutSeconds == 0 || profile.timeoutSeconds > 600)
        problems.wrong("timeout_s", "timeout_s is 1 to 600");
    if (!profile.energySource.empty() && profile.energySource != "rapl" && profile.energySource != "none")
        problems.wrong("energy_source", "energy_source is rapl or none");
    checkPaths(profile, problems);
    switch (profile.provider) {
    case ProviderKind::Local:
        break;
    case ProviderKind::Slurm:
        checkSlurm(profile, problems);
        break;
    case ProviderKind::Ssh:
        checkSsh(profile.ssh, problems);
        break;
    case ProviderKind::Kubernetes:
        checkKubernetes(profile.kubernetes, problems);
        break;
    case ProviderKind::Invalid:
        problems.wrong("provider", "provider is local, ssh, slurm or kubernetes");
    }
    return problems.take();
}

} // namespace vitfleet::app
