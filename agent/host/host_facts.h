// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace vitfleet::host {

struct HostFacts
{
    std::string name;
    std::string cpuModel;
    std::uint64_t memoryBytes = 0; ///< of the machine, or of the cgroup where that is less
    std::string gpu, gpuReason;
    std::string schedulerId; ///< "slurm:4711", "kubernetes:POD"; empty where no outer engine placed this process
};

HostFacts readHostFacts(const std::filesystem::path& root = "/");

} // namespace vitfleet::host
