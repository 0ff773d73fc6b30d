// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/node_energy.h"

#include <utility>

namespace vitfleet::host {

NodeEnergy::NodeEnergy(const std::filesystem::path& powercap, std::string nvml)
    : m_nvml(std::move(nvml)), m_processors(powercap)
{
    m_processors.start();
}

void NodeEnergy::addGpus()
{
    if (!m_usesGpu) {
        m_gpus.reset();
    } else if (!m_gpus) {
        m_gpus.emplace(m_nvml);
        m_gpus->start();
    } else if (const auto joules = m_gpus->joules()) {
        m_joules += *joules;
        m_gpus->start();
    }
}

std::uint64_t NodeEnergy::millijoules()
{
    if (const auto joules = m_processors.joules()) {
        m_joules += *joules;
        m_processors.start();
    }
    addGpus();
    if (m_gpus && !m_gpus->absence().empty())
        m_joules = 0;
    return static_cast<std::uint64_t>(m_joules * 1000);
}

} // namespace vitfleet::host
