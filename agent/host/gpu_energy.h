// SPDX-License-Identifier: GPL-3.0-or-later
// What the machine's GPUs have used, as NVIDIA's management library tells.
#pragma once

#include "agent/host/nvml.h"

#include <optional>
#include <string>
#include <vector>

namespace vitfleet::host {

class GpuEnergyMeter
{
public:
    /// `library`: only tests change it.
    explicit GpuEnergyMeter(const std::string& library = "libnvidia-ml.so.1");

    /// Why there is no reading; empty where there is one.
    const std::string& absence() const { return m_absence; }
    void start();
    /// Of all GPUs since start(); nothing where one of them cannot be read.
    std::optional<double> joules() const;

private:
    /// Millijoules of each GPU; empty where one of them does not tell.
    std::vector<unsigned long long> read() const;

    Nvml m_nvml;
    std::string m_absence;
    std::vector<unsigned long long> m_before;
};

} // namespace vitfleet::host
