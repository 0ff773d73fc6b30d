// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/profile_words.h"

#include "app/ui/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace vitfleet::app {
namespace {

struct Words
{
    std::string_view key;
    const char* label;
    const char* hint = nullptr;
};

constexpr std::array words = {
    Words{"login", QT_TRANSLATE_NOOP("ProfileFields", "Login host"),
          QT_TRANSLATE_NOOP("ProfileFields", "sbatch, squeue and scancel run there over SSH; empty: on this machine")},
    Words{"partition", QT_TRANSLATE_NOOP("ProfileFields", "Partition")},
    Words{"account", QT_TRANSLATE_NOOP("ProfileFields", "Account")},
    Words{"qos", QT_TRANSLATE_NOOP("ProfileFields", "QoS")},
    Words{"time", QT_TRANSLATE_NOOP("ProfileFields", "Time limit"),
          QT_TRANSLATE_NOOP("ProfileFields", "As sbatch takes it, for example 2:00:00")},
    Words{"constraint", QT_TRANSLATE_NOOP("ProfileFields", "Constraint"),
          QT_TRANSLATE_NOOP("ProfileFields", "Features that a node must have")},
    Words{"gpus", QT_TRANSLATE_NOOP("ProfileFields", "GPUs of a node")},
    Words{"memory", QT_TRANSLATE_NOOP("ProfileFields", "Memory of a node")},
    Words{"cpus", QT_TRANSLATE_NOOP("ProfileFields", "Cores of a node")},
    Words{"modules", QT_TRANSLATE_NOOP("ProfileFields", "Modules"),
          QT_TRANSLATE_NOOP("ProfileFields", "For module load, one a line")},
    Words{"container", QT_TRANSLATE_NOOP("ProfileFields", "Container image"),
          QT_TRANSLATE_NOOP("ProfileFields", "For apptainer exec; empty: none")},
    Words{"work_dir", QT_TRANSLATE_NOOP("ProfileFields", "Working directory"),
          QT_TRANSLATE_NOOP("ProfileFields", "Of the jobs, on the nodes; empty: the launch folder")},
    Words{"signal_s", QT_TRANSLATE_NOOP("ProfileFields", "Leaves before the limit, s"),
          QT_TRANSLATE_NOOP("ProfileFields",
                            "So long before its time limit the agent finishes what it has begun and goes")},
    Words{"requeue", QT_TRANSLATE_NOOP("ProfileFields", "May go back to the queue")},
    Words{"hosts", QT_TRANSLATE_NOOP("ProfileFields", "Hosts"),
          QT_TRANSLATE_NOOP("ProfileFields", "One a line, by their names in your ssh_config")},
    Words{"agents_per_host", QT_TRANSLATE_NOOP("ProfileFields", "Agents on a host")},
    Words{"archive", QT_TRANSLATE_NOOP("ProfileFields", "Archive of the agent"),
          QT_TRANSLATE_NOOP("ProfileFields", "Copied to hosts that have no agent")},
    Words{"systemd", QT_TRANSLATE_NOOP("ProfileFields", "As a unit of systemd"),
          QT_TRANSLATE_NOOP("ProfileFields", "Where the host has a user manager; else as a plain process")},
    Words{"reach", QT_TRANSLATE_NOOP("ProfileFields", "Way to the agent"),
          QT_TRANSLATE_NOOP("ProfileFields", "auto: directly where its port answers, else through a tunnel")},
    Words{"context", QT_TRANSLATE_NOOP("ProfileFields", "Context")},
    Words{"namespace", QT_TRANSLATE_NOOP("ProfileFields", "Namespace")},
    Words{"image", QT_TRANSLATE_NOOP("ProfileFields", "Image")},
    Words{"image_pull_secret", QT_TRANSLATE_NOOP("ProfileFields", "Secret for the image")},
    Words{"service_account", QT_TRANSLATE_NOOP("ProfileFields", "Service account")},
    Words{"cpu", QT_TRANSLATE_NOOP("ProfileFields", "Cores of a pod")},
    Words{"data_claim", QT_TRANSLATE_NOOP("ProfileFields", "Volume of the data"),
          QT_TRANSLATE_NOOP("ProfileFields", "A claim, mounted read-only at /data")},
    Words{"model_claim", QT_TRANSLATE_NOOP("ProfileFields", "Volume of the models"),
          QT_TRANSLATE_NOOP("ProfileFields", "A claim; without it models end with their pod")},
    Words{"max_nodes", QT_TRANSLATE_NOOP("ProfileFields", "Nodes at most")},
    Words{"agent", QT_TRANSLATE_NOOP("ProfileFields", "Agent on the nodes"),
          QT_TRANSLATE_NOOP("ProfileFields", "The program; empty: found there")},
    Words{"folder", QT_TRANSLATE_NOOP("ProfileFields", "Launch folder"),
          QT_TRANSLATE_NOOP("ProfileFields", "For Slurm on a file system that the nodes see")},
    Words{"data_roots", QT_TRANSLATE_NOOP("ProfileFields", "Folders of pictures"),
          QT_TRANSLATE_NOOP("ProfileFields", "On the nodes, one a line: what the agent may read itself")},
    Words{"paths", QT_TRANSLATE_NOOP("ProfileFields", "Other names of folders"),
          QT_TRANSLATE_NOOP("ProfileFields", "OURS = THEIRS, one a line: the same folder as the nodes see it")},
    Words{"model_roots", QT_TRANSLATE_NOOP("ProfileFields", "Folders of models"),
          QT_TRANSLATE_NOOP("ProfileFields", "On the nodes, one a line: what the agent may read itself")},
    Words{"model_cache", QT_TRANSLATE_NOOP("ProfileFields", "Model cache"),
          QT_TRANSLATE_NOOP("ProfileFields", "Where the nodes keep models that were sent to them")},
    Words{"device", QT_TRANSLATE_NOOP("ProfileFields", "Device"),
          QT_TRANSLATE_NOOP("ProfileFields", "auto, cpu or cuda:0")},
    Words{"replicas", QT_TRANSLATE_NOOP("ProfileFields", "Replicas"),
          QT_TRANSLATE_NOOP("ProfileFields", "0: as many as the agent thinks right")},
    Words{"decoders", QT_TRANSLATE_NOOP("ProfileFields", "Decoders"),
          QT_TRANSLATE_NOOP("ProfileFields", "0: as many as the agent thinks right")},
    Words{"listen", QT_TRANSLATE_NOOP("ProfileFields", "Agent listens on"),
          QT_TRANSLATE_NOOP("ProfileFields", "An address of the node; *: all")},
    Words{"ssh_config", QT_TRANSLATE_NOOP("ProfileFields", "SSH configuration"),
          QT_TRANSLATE_NOOP("ProfileFields", "Another file than OpenSSH's own")},
    Words{"idle_minutes", QT_TRANSLATE_NOOP("ProfileFields", "Ends unused after, min"),
          QT_TRANSLATE_NOOP("ProfileFields", "0: never")},
    Words{"timeout_s", QT_TRANSLATE_NOOP("ProfileFields", "Patience with a call, s"),
          QT_TRANSLATE_NOOP("ProfileFields", "Of sbatch, ssh or kubectl")},
    Words{"start_s", QT_TRANSLATE_NOOP("ProfileFields", "Usually ready after, s"),
          QT_TRANSLATE_NOOP("ProfileFields", "For predictions; 0: not known")},
    Words{"price_per_node_hour", QT_TRANSLATE_NOOP("ProfileFields", "Price of a node-hour")},
    Words{"currency", QT_TRANSLATE_NOOP("ProfileFields", "Currency")},
    Words{"energy_source", QT_TRANSLATE_NOOP("ProfileFields", "Energy"),
          QT_TRANSLATE_NOOP("ProfileFields", "none: it is not asked for")},
};

} // namespace

ProfileKeyWords wordsOf(std::string_view key)
{
    const auto* found = std::ranges::find(words, key, &Words::key);
    if (found == words.end())
        return {fromView(key), {}};
    return {QCoreApplication::translate("ProfileFields", found->label),
            found->hint ? QCoreApplication::translate("ProfileFields", found->hint) : QString()};
}

} // namespace vitfleet::app
