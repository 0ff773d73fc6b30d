// SPDX-License-Identifier: GPL-3.0-or-later
// When a run will be through.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitfleet::app {

/// Before, the speed of a run is that of its first batches: no figure is better than a wrong one.
inline constexpr auto etaSilence = std::chrono::seconds(3);

/// Seconds for the items that have no row yet, at the speed of the last five seconds. Nothing until `etaSilence` after
/// the first result (`sinceFirstResult`: nothing before it), and while nothing moves.
inline std::optional<double> etaSeconds(std::uint64_t left, double itemsPerSecond,
                                        std::optional<std::chrono::steady_clock::duration> sinceFirstResult)
{
    if (!sinceFirstResult || *sinceFirstResult <= etaSilence || itemsPerSecond <= 0)
        return std::nullopt;
    return static_cast<double>(left) / itemsPerSecond;
}

} // namespace vitfleet::app
