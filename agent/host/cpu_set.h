// SPDX-License-Identifier: GPL-3.0-or-later
// Which cores this process may use: those of sched_getaffinity, capped by the cgroup's quota and SLURM_CPUS_ON_NODE.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace vitfleet::host {

/// The cores of sched_getaffinity, ascending.
std::vector<int> affinityCpus();

/// How many cores' worth of time the cgroup of this process grants: the smallest quota from its group up to the root,
/// rounded down to at least 1; nothing where none is set. Reads cgroup v2 (cpu.max) and v1 (cpu.cfs_quota_us) below
/// `root`, which only tests change.
std::optional<std::uint32_t> cgroupQuotaCpus(const std::filesystem::path& root = "/");

/// SLURM_CPUS_ON_NODE as Slurm sets it; nothing where it is absent or no number.
std::optional<std::uint32_t> slurmCpus(const char* value);

/// At most `cap` of `cpus`. Where the cap is lower a quota and not an affinity shares the node, so that each process
/// sees all cores: the block is chosen by `random`, since agents that all took the first cores would share those.
std::vector<int> cappedCpus(std::vector<int> cpus, std::optional<std::uint32_t> cap, std::uint64_t random);

/// All of the above together.
std::vector<int> usableCpus(std::uint64_t random);

/// "0-3,5" as the kernel writes lists of cores. E_SETTINGS where it is none, or names a core above 4095.
Result<std::vector<int>> parseCpuList(std::string_view text);

} // namespace vitfleet::host
