// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/run_cost.h"

#include "app/core/text.h"

#include <algorithm>
#include <cstdio>

namespace vitfleet::app {
namespace {

std::string number(double value, int digits)
{
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

bool isPaid(const UnitSnapshot& unit)
{
    return unit.state == UnitState::Starting || unit.state == UnitState::Running || unit.state == UnitState::Stopping;
}

} // namespace

void RunCost::observe(const AllocationSnapshot& allocation, Clock::time_point now)
{
    m_nodeSeconds = nodeSeconds(now);
    m_since = now;
    m_held = static_cast<std::uint32_t>(std::ranges::count_if(allocation.units, isPaid));
}

void RunCost::observe(const FleetSnapshot& fleet)
{
    std::set<std::string> seen, told;
    std::map<std::string, int> gpuUsers; ///< of each host
    for (const NodeSnapshot& node : fleet.nodes)
        gpuUsers[node.host] += node.labelled + node.errors > 0 && node.device.starts_with("cuda") ? 1 : 0;
    for (const NodeSnapshot& node : fleet.nodes) {
        if (node.labelled + node.errors == 0 || node.host.empty())
            continue;
        Host& host = m_hosts[node.host];
        const bool usesGpu = node.device.starts_with("cuda");
        if (seen.insert(node.host).second)
            host.absence.clear();
        host.sharesGpus = host.sharesGpus || gpuUsers[node.host] > 1;
        if (host.sharesGpus)
            host.absence = "several agents use GPUs of " + node.host;
        else if (node.joules <= 0 && !node.energyReason.empty())
            host.absence = node.name + ": " + node.energyReason;
        else if (usesGpu && node.joules <= 0)
            host.absence = "the energy of the GPU of " + node.name + " is not measured";
        else if (usesGpu && !node.energyReason.empty())
            host.missing = "without the processors of " + node.name + ": " + node.energyReason;
        // Whoever uses the GPU counts it, too.
        if (!usesGpu && gpuUsers[node.host] > 0)
            continue;
        if (usesGpu && !(host.teller == node.id))
            host.known = false;
        if (node.joules <= 0 || (host.known && !(host.teller == node.id)))
            continue;
        // An agent that has started anew counts from zero.
        if (host.known && node.joules >= host.last)
            host.joules += node.joules - host.last;
        host.known = true;
        host.teller = node.id;
        host.last = node.joules;
        told.insert(node.host);
    }
    // Whoever told has gone: the next one that is there goes on.
    for (auto& [name, host] : m_hosts) {
        // Most hosts of a large fleet end here: the look at all of its nodes is for the few that have just gone.
        if (!host.known || told.contains(name))
            continue;
        host.known = std::ranges::any_of(fleet.nodes, [&teller = host.teller](const NodeSnapshot& node) {
            return node.id == teller && node.joules > 0;
        });
    }
}

double RunCost::nodeSeconds(Clock::time_point now) const
{
    return m_nodeSeconds +
           (m_held > 0 ? m_held * std::max(0.0, std::chrono::duration<double>(now - m_since).count()) : 0);
}

std::optional<double> RunCost::joules() const
{
    double sum = 0;
    for (const auto& [name, host] : m_hosts) {
        if (!host.absence.empty())
            return std::nullopt;
        sum += host.joules;
    }
    return sum > 0 ? std::optional(sum) : std::nullopt;
}

std::string RunCost::energyAbsence() const
{
    if (joules())
        return {};
    for (const auto& [name, host] : m_hosts) {
        if (!host.absence.empty())
            return host.absence;
    }
    return "no node has told any";
}

std::string RunCost::missing() const
{
    for (const auto& [name, host] : m_hosts) {
        if (!host.missing.empty())
            return host.missing;
    }
    return {};
}

std::string costText(const RunCost& cost, const Profile& profile, std::uint64_t rows, RunCost::Clock::time_point now)
{
    const double seconds = cost.nodeSeconds(now);
    std::string said = number(seconds, 0) + " node-seconds of " + profile.name;
    if (profile.pricePerNodeHour > 0) {
        const double price = seconds / 3600 * profile.pricePerNodeHour;
        said += ", " + text::money(price) + " " + profile.currency;
        if (rows > 0)
            said += " (" + text::money(price / static_cast<double>(rows) * 1e6) + " " + profile.currency +
                    " per million pictures)";
    } else {
        said += ", without a price";
    }
    if (profile.energySource == "none") {
        said += "; energy not asked for";
    } else if (const auto joules = cost.joules()) {
        said += "; " + number(*joules, 0) + " J";
        if (rows > 0)
            said += " (" + number(*joules / static_cast<double>(rows) * 1e6 / 3.6e6, 2) + " kWh per million pictures)";
        if (const std::string missing = cost.missing(); !missing.empty())
            said += ", " + missing;
    } else {
        said += "; energy absent: " + cost.energyAbsence();
    }
    return said;
}

RunCostRecord costRecord(const RunCost& cost, const Profile& profile, RunCost::Clock::time_point now)
{
    RunCostRecord record{profile.name, profile.currency, cost.nodeSeconds(now), 0, std::nullopt};
    record.price = record.nodeSeconds / 3600 * profile.pricePerNodeHour;
    if (profile.energySource != "none")
        record.joules = cost.wholeJoules();
    return record;
}

} // namespace vitfleet::app
