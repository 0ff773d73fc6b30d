// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/cpu_set.h"

#include "agent/host/proc_file.h"

#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace vitfleet::host {
namespace {

constexpr std::uint64_t maxCpu = 4095;

/// Where the process's group stands in a hierarchy: "0::/x" is v2, "4:cpu,cpuacct:/x" is v1's cpu controller.
struct CgroupPaths
{
    std::optional<std::string> v2, v1Cpu;
};

CgroupPaths cgroupPaths(const std::filesystem::path& root)
{
    CgroupPaths paths;
    const std::string text = readSmallFile(root / "proc/self/cgroup").value_or("");
    for (const std::string_view line : lines(text)) {
        const auto first = line.find(':');
        const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
        if (second == std::string_view::npos)
            continue;
        const std::string controllers = "," + std::string(line.substr(first + 1, second - first - 1)) + ",";
        if (controllers == ",,")
            paths.v2 = std::string(line.substr(second + 1));
        else if (controllers.find(",cpu,") != std::string::npos)
            paths.v1Cpu = std::string(line.substr(second + 1));
    }
    return paths;
}

/// Quota and period in microseconds of one group; nothing where it has none.
std::optional<double> quotaOfV2(const std::filesystem::path& group)
{
    const std::string text = readSmallFile(group / "cpu.max").value_or("");
    const auto parts = words(text);
    if (parts.size() != 2)
        return std::nullopt;
    const auto quota = toNumber(parts[0]), period = toNumber(parts[1]);
    if (!quota || !period || *period == 0)
        return std::nullopt; // "max": no limit
    return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> quotaOfV1(const std::filesystem::path& group)
{
    const auto quota = toNumber(readSmallFile(group / "cpu.cfs_quota_us").value_or("")); // -1: no limit
    const auto period = toNumber(readSmallFile(group / "cpu.cfs_period_us").value_or(""));
    if (!quota || !period || *period == 0)
        return std::nullopt;
    return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// The smallest quota of `group` and the groups above it, up to the mount point.
template <typename QuotaOf>
std::optional<double> smallestQuota(const std::filesystem::path& mount, std::string group, QuotaOf quotaOf)
{
    std::optional<double> smallest;
    while (true) {
        // Inside a container the mount point often is the group itself, and the path names what cannot be seen.
        if (const auto quota = quotaOf(mount / std::filesystem::path(group).relative_path()))
            smallest = std::min(smallest.value_or(*quota), *quota);
        const auto slash = group.find_last_of('/');
        if (group.empty() || slash == std::string::npos)
            return smallest;
        group.resize(slash);
    }
}

} // namespace

std::vector<int> affinityCpus()
{
    // The kernel refuses a set that is smaller than its own, so ask for one that no machine exceeds.
    constexpr int most = static_cast<int>(maxCpu) + 1;
    std::vector<int> cpus;
    cpu_set_t* set = CPU_ALLOC(most);
    const std::size_t bytes = CPU_ALLOC_SIZE(most);
    if (set && ::sched_getaffinity(0, bytes, set) == 0) {
        for (int cpu = 0; cpu < most; ++cpu) {
            if (CPU_ISSET_S(static_cast<std::size_t>(cpu), bytes, set))
                cpus.push_back(cpu);
        }
    }
    CPU_FREE(set);
    if (cpus.empty())
        cpus.push_back(0);
    return cpus;
}

std::optional<std::uint32_t> cgroupQuotaCpus(const std::filesystem::path& root)
{
    const CgroupPaths paths = cgroupPaths(root);
    std::optional<double> quota;
    if (paths.v2)
        quota = smallestQuota(root / "sys/fs/cgroup", *paths.v2, quotaOfV2);
    for (const char* mount : {"sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct"}) {
        if (!quota && paths.v1Cpu)
            quota = smallestQuota(root / mount, *paths.v1Cpu, quotaOfV1);
    }
    if (!quota)
        return std::nullopt;
    return static_cast<std::uint32_t>(std::clamp(*quota, 1.0, static_cast<double>(maxCpu)));
}

std::optional<std::uint32_t> slurmCpus(const char* value)
{
    const auto number = value ? toNumber(value) : std::nullopt;
    if (!number || *number == 0 || *number > maxCpu)
        return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::vector<int> cappedCpus(std::vector<int> cpus, std::optional<std::uint32_t> cap, std::uint64_t random)
{
    if (!cap || *cap == 0 || *cap >= cpus.size())
        return cpus;
    const std::size_t blocks = cpus.size() / *cap;
    const auto first = cpus.begin() + static_cast<std::ptrdiff_t>(random % blocks * *cap);
    return {first, first + *cap};
}

std::vector<int> usableCpus(std::uint64_t random)
{
    std::optional<std::uint32_t> cap = cgroupQuotaCpus();
    if (const auto slurm = slurmCpus(std::getenv("SLURM_CPUS_ON_NODE")))
        cap = std::min(cap.value_or(*slurm), *slurm);
    return cappedCpus(affinityCpus(), cap, random);
}

Result<std::vector<int>> parseCpuList(std::string_view text)
{
    const Error wrong{ErrorCode::Settings, "no list of cores such as 0-3,5: " + std::string(text)};
    std::vector<int> cpus;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const std::string_view part = trimmed(text.substr(0, comma));
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
        const auto dash = part.find('-');
        const auto first = toNumber(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : toNumber(part.substr(dash + 1));
        if (!first || !last || *first > *last || *last > maxCpu)
            return wrong;
        for (std::uint64_t cpu = *first; cpu <= *last; ++cpu)
            cpus.push_back(static_cast<int>(cpu));
    }
    std::ranges::sort(cpus);
    // Not std::ranges::unique: clang 14, which fuzzes, does not take libstdc++'s subrange.
    cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
    if (cpus.empty())
        return wrong;
    return cpus;
}

} // namespace vitfleet::host
