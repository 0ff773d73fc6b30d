// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/energy.h"

#include "agent/host/proc_file.h"

namespace vitfleet::host {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> readCounter(const fs::path& file)
{
    const auto text = readSmallFile(file);
    return text ? toNumber(trimmed(*text)) : std::nullopt;
}

} // namespace

EnergyMeter::EnergyMeter(const fs::path& root)
{
    std::error_code error;
    bool found = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(root, error)) {
        // "intel-rapl:0" is a package; "intel-rapl:0:1" a part of it, which is counted there already.
        const std::string name = entry.path().filename().string();
        const auto colon = name.find(':');
        if (colon == std::string::npos || name.find(':', colon + 1) != std::string::npos)
            continue;
        const auto label = readSmallFile(entry.path() / "name");
        if (!label || !trimmed(*label).starts_with("package"))
            continue;
        found = true;
        const auto now = readCounter(entry.path() / "energy_uj");
        if (!now)
            continue;
        m_packages.push_back(
            {entry.path() / "energy_uj", readCounter(entry.path() / "max_energy_range_uj").value_or(0), *now});
    }
    if (m_packages.empty()) {
        m_absence = found ? (root / "intel-rapl:*/energy_uj").string() + " may not be read by this user"
                          : "this machine has no energy counter in " + root.string();
    }
}

void EnergyMeter::start()
{
    for (Package& package : m_packages)
        package.before = readCounter(package.counter).value_or(package.before);
}

std::optional<double> EnergyMeter::joules() const
{
    if (m_packages.empty())
        return std::nullopt;
    double sum = 0;
    for (const Package& package : m_packages) {
        const auto now = readCounter(package.counter);
        if (!now)
            return std::nullopt;
        const std::uint64_t used =
            *now >= package.before ? *now - package.before : *now + package.wrap - package.before;
        sum += static_cast<double>(used) * 1e-6;
    }
    return sum;
}

} // namespace vitfleet::host
