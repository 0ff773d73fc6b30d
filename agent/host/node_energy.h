// SPDX-License-Identifier: GPL-3.0-or-later
// What a node has used since its agent started: its processors, and its GPUs while a backend computes on one.
#pragma once

#include "agent/host/energy.h"
#include "agent/host/gpu_energy.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace vitfleet::host {

class NodeEnergy
{
public:
    /// `powercap`, `nvml`: only tests change them.
    explicit NodeEnergy(const std::filesystem::path& powercap = "/sys/class/powercap",
                        std::string nvml = "libnvidia-ml.so.1");

    /// Any thread. Idle GPUs belong to nobody's run: they are counted from here on.
    void setUsesGpu(bool uses) { m_usesGpu = uses; }
    /// So far; 0 where nothing is counted, and where a GPU computes that is not: the rest would look like all of it. To
    /// be called every second or so, always by the same thread: a counter may wrap after some minutes under load.
    std::uint64_t millijoules();

private:
    void addGpus();

    const std::string m_nvml;
    EnergyMeter m_processors;
    std::atomic<bool> m_usesGpu{false};
    std::optional<GpuEnergyMeter> m_gpus; ///< while they are used
    double m_joules = 0;
};

} // namespace vitfleet::host
