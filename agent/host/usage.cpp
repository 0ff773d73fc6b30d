// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/usage.h"

#include "agent/host/proc_file.h"

#include <unistd.h>

#include <string>

namespace vitfleet::host {

std::optional<std::uint64_t> ticksOfStat(std::string_view stat)
{
    // The second field is the name in parentheses and may itself contain blanks and parentheses.
    const auto nameEnd = stat.find_last_of(')');
    if (nameEnd == std::string_view::npos)
        return std::nullopt;
    const auto fields = words(stat.substr(nameEnd + 1));
    constexpr std::size_t userTime = 11, systemTime = 12; // proc(5): fields 14 and 15, counted from the third
    if (fields.size() <= systemTime)
        return std::nullopt;
    const auto user = toNumber(fields[userTime]), system = toNumber(fields[systemTime]);
    if (!user || !system)
        return std::nullopt;
    return *user + *system;
}

UsageMeter::UsageMeter(std::filesystem::path proc) : m_proc(std::move(proc)) {}

Usage UsageMeter::sample(const std::vector<int>& others, std::chrono::steady_clock::time_point now)
{
    static const auto ticksPerSecond = static_cast<double>(::sysconf(_SC_CLK_TCK));
    Usage usage;
    std::map<int, std::uint64_t> ticks;
    std::uint64_t spent = 0;
    const auto add = [&](int pid, const std::filesystem::path& folder) {
        const auto current = ticksOfStat(readSmallFile(folder / "stat").value_or(""));
        if (!current)
            return;
        ticks[pid] = *current;
        if (const auto before = m_ticks.find(pid); before != m_ticks.end() && *current >= before->second)
            spent += *current - before->second;
        usage.rssBytes += kilobytesField(readSmallFile(folder / "status").value_or(""), "VmRSS:").value_or(0);
    };
    add(0, m_proc / "self");
    for (const int pid : others)
        add(pid, m_proc / std::to_string(pid));

    const double seconds = std::chrono::duration<double>(now - m_last).count();
    if (m_last != std::chrono::steady_clock::time_point{} && seconds > 0)
        usage.cpuPercent = static_cast<float>(100.0 * static_cast<double>(spent) / ticksPerSecond / seconds);
    usage.memoryAvailableBytes =
        kilobytesField(readSmallFile(m_proc / "meminfo").value_or(""), "MemAvailable:").value_or(0);
    m_ticks = std::move(ticks);
    m_last = now;
    return usage;
}

} // namespace vitfleet::host
