// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/host_facts.h"

#include "agent/host/gpu.h"
#include "agent/host/proc_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace vitfleet::host {
namespace {

std::string hostName()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return "localhost";
    return name.data();
}

std::string cpuModel(const std::filesystem::path& root)
{
    const std::string text = readSmallFile(root / "proc/cpuinfo").value_or("");
    for (const std::string_view line : lines(text)) {
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && trimmed(line.substr(0, colon)) == "model name")
            return std::string(trimmed(line.substr(colon + 1)));
    }
    return "unknown";
}

std::uint64_t memoryBytes(const std::filesystem::path& root)
{
    const std::string meminfo = readSmallFile(root / "proc/meminfo").value_or("");
    std::uint64_t bytes = kilobytesField(meminfo, "MemTotal:").value_or(0);
    for (const char* limit : {"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        if (const auto most = toNumber(readSmallFile(root / limit).value_or("")); most && *most > 0)
            bytes = std::min(bytes, *most);
    }
    return bytes;
}

std::string schedulerId()
{
    if (const char* job = std::getenv("SLURM_JOB_ID"))
        return std::string("slurm:") + job;
    if (std::getenv("KUBERNETES_SERVICE_HOST")) {
        const char* pod = std::getenv("POD_NAME");
        return "kubernetes:" + (pod ? std::string(pod) : hostName());
    }
    return {};
}

} // namespace

HostFacts readHostFacts(const std::filesystem::path& root)
{
    GpuFacts gpu = readGpu();
    return {hostName(), cpuModel(root), memoryBytes(root), std::move(gpu.name), std::move(gpu.reason), schedulerId()};
}

} // namespace vitfleet::host
