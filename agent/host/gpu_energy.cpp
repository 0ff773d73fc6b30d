// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/gpu_energy.h"

namespace vitfleet::host {
namespace {

constexpr int success = 0;

} // namespace

GpuEnergyMeter::GpuEnergyMeter(const std::string& library) : m_nvml(library), m_absence(m_nvml.absence())
{
    if (!m_absence.empty())
        return;
    if (!m_nvml.energy)
        m_absence = "the NVIDIA driver counts no energy";
    else if (m_before = read(); m_before.empty())
        m_absence = "not every GPU of this node counts its energy";
}

std::vector<unsigned long long> GpuEnergyMeter::read() const
{
    std::vector<unsigned long long> all;
    unsigned int count = 0;
    if (m_nvml.deviceCount(&count) != success)
        return {};
    for (unsigned int index = 0; index < count; ++index) {
        Nvml::Device device = nullptr;
        unsigned long long millijoules = 0;
        if (m_nvml.deviceByIndex(index, &device) != success || m_nvml.energy(device, &millijoules) != success)
            return {};
        all.push_back(millijoules);
    }
    return all;
}

void GpuEnergyMeter::start()
{
    if (m_absence.empty())
        m_before = read();
}

std::optional<double> GpuEnergyMeter::joules() const
{
    if (!m_absence.empty() || m_before.empty())
        return std::nullopt;
    const std::vector<unsigned long long> now = read();
    if (now.size() != m_before.size())
        return std::nullopt;
    double sum = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i] < m_before[i]) // the driver was loaded anew
            return std::nullopt;
        sum += static_cast<double>(now[i] - m_before[i]) * 1e-3;
    }
    return sum;
}

} // namespace vitfleet::host
