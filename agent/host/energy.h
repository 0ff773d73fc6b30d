// SPDX-License-Identifier: GPL-3.0-or-later
// What the machine's processors have used, as Linux's powercap tells (Intel's RAPL; AMD's under the same names).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::host {

class EnergyMeter
{
public:
    /// `root`: only tests change it.
    explicit EnergyMeter(const std::filesystem::path& root = "/sys/class/powercap");

    /// Why there is no reading; empty where there is one.
    const std::string& absence() const { return m_absence; }
    void start();
    /// Of all packages since start(); nothing where they cannot be read. A counter may wrap once in between.
    std::optional<double> joules() const;

private:
    struct Package
    {
        std::filesystem::path counter; ///< microjoules, which may only be readable for root
        std::uint64_t wrap = 0;
        std::uint64_t before = 0;
    };
    std::vector<Package> m_packages;
    std::string m_absence;
};

} // namespace vitfleet::host
