// SPDX-License-Identifier: GPL-3.0-or-later
// What a group of processes uses: processor time and memory, from /proc.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace vitfleet::host {

struct Usage
{
    float cpuPercent = 0; ///< of one core, since the sample before
    std::uint64_t rssBytes = 0;
    std::uint64_t memoryAvailableBytes = 0; ///< of the machine
};

/// Processor time in clock ticks (user and system) of a /proc/PID/stat, whatever the process calls itself.
std::optional<std::uint64_t> ticksOfStat(std::string_view stat);

/// Samples this process and `others`. Processes that end between samples simply stop counting.
class UsageMeter
{
public:
    explicit UsageMeter(std::filesystem::path proc = "/proc");
    Usage sample(const std::vector<int>& others, std::chrono::steady_clock::time_point now);

private:
    std::filesystem::path m_proc;
    std::map<int, std::uint64_t> m_ticks; ///< by process, 0 is this one
    std::chrono::steady_clock::time_point m_last{};
};

} // namespace vitfleet::host
