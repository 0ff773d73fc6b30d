// SPDX-License-Identifier: GPL-3.0-or-later
// A profile says where nodes come from: a provider with its options, what a node costs, and where its folders are.
// docs/profiles.md describes the file.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app {

enum class ProviderKind : std::uint8_t
{
    Invalid = 0,
    Local, ///< processes of this machine that outlive the application
    Ssh,
    Slurm,
    Kubernetes,
};
std::string_view name(ProviderKind kind);

/// A folder here and the same one as the nodes see it.
struct PathMapping
{
    std::string here, there;
    bool operator==(const PathMapping&) const = default;
};

/// `path` as the nodes of a profile see it: the longest mapping that it lies below; itself where there is none.
std::string mapPath(const std::vector<PathMapping>& mappings, const std::string& path);

struct SlurmOptions
{
    std::string login; ///< host whose commands and folders are used over SSH; empty: this machine's
    std::string partition, account, qos, constraint, gpus, memory;
    std::string time; ///< as sbatch takes it: "2:00:00"
    std::uint32_t cpus = 0;
    std::vector<std::string> modules; ///< `module load NAME`
    std::string container;            ///< image for `apptainer exec`; empty: none
    std::string workingDirectory;     ///< of the jobs, on the nodes; empty: their launch folder, which the nodes see
    std::uint32_t signalSeconds = 60; ///< the agent drains so long before the time limit
    bool requeue = true;
    bool operator==(const SlurmOptions&) const = default;
};

struct SshOptions
{
    std::vector<std::string> hosts;
    std::uint32_t agentsPerHost = 1;
    std::string archive; ///< relocatable archive to copy where a host has no agent
    bool systemd = true; ///< as a user unit where the host has a user manager
    enum class Reach : std::uint8_t
    {
        Auto = 0, ///< directly where its port answers, else through a tunnel
        Direct,
        Tunnel
    } reach = Reach::Auto;
    bool operator==(const SshOptions&) const = default;
};

struct KubernetesOptions
{
    std::string context, nameSpace, image, imagePullSecret, serviceAccount;
    std::string cpu = "2", memory = "4Gi";
    std::uint32_t gpus = 0;
    std::string dataClaim;  ///< volume claim, mounted read-only at /data
    std::string modelClaim; ///< volume claim for the model cache; empty: a folder that ends with the pod
    bool operator==(const KubernetesOptions&) const = default;
};

struct Profile
{
    std::string name;
    ProviderKind provider = ProviderKind::Invalid;
    std::uint32_t maxNodes = 64;
    std::string agent;  ///< vitfleet-agent on the nodes; empty: found there
    std::string folder; ///< where launch folders are made, seen by this application (or the login host) and the nodes
    std::string listen = "*";
    std::string device = "auto";
    std::vector<std::string> dataRoots, modelRoots; ///< on the nodes
    std::string modelCache;                         ///< on the nodes; empty: the agent's own
    std::uint32_t replicas = 0, decoders = 0;
    std::uint32_t idleMinutes = 30;    ///< a node without an owner ends itself; 0: never
    std::uint32_t timeoutSeconds = 20; ///< for each call of the provider
    std::uint32_t startSeconds = 0;    ///< typical time until a node is ready, for advice; 0: not known
    double pricePerNodeHour = 0;
    std::string currency = "EUR";
    std::string energySource; ///< "none": not asked for; "rapl" or empty: what the nodes' counters tell
    std::vector<PathMapping> paths;
    std::string sshConfig; ///< another configuration file than OpenSSH's own
    SlurmOptions slurm;
    SshOptions ssh;
    KubernetesOptions kubernetes;
    bool operator==(const Profile&) const = default;
};

/// E_SETTINGS with file and line: what is no TOML, an unknown key, a wrong kind. E_HOST_NAME, E_SLURM_FIELD.
Result<std::vector<Profile>> parseProfiles(std::string_view text, const std::filesystem::path& file);
/// An absent file has no profiles.
Result<std::vector<Profile>> readProfiles(const std::filesystem::path& file);
/// Its text; empty where it is absent. E_SETTINGS.
Result<std::string> readProfileText(const std::filesystem::path& file);
/// Beside it, and renamed; where it is a link, what that points to. E_SETTINGS.
Result<void> writeProfileText(const std::filesystem::path& file, const std::string& text);
/// What is wrong with a value of a profile, and under which key it stands in the file: "name" for its own name.
struct ProfileProblem
{
    std::string key;
    Error error;
};
/// Everything that names a host, a Slurm field or an object of Kubernetes is made of harmless characters: it can be no
/// option of another program and no text for a shell. E_HOST_NAME, E_SLURM_FIELD, E_SETTINGS. At most one for a key.
std::vector<ProfileProblem> problemsOf(const Profile& profile);

/// A host, or an alias of ssh_config, with a user before it or not: "me@node-1".
bool isHostName(std::string_view text);
/// A value of an option of sbatch.
bool isSlurmField(std::string_view text);
/// "~" or "~/x": below the home of the user as whom it is used, here or there. Homes of others ("~me") are not known.
bool isBelowHome(std::string_view path);
/// A path without what a line of a script or a manifest could take for something else.
bool isPlainPath(std::string_view text);

} // namespace vitfleet::app
