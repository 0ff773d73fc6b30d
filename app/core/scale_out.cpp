// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scale_out.h"

#include <algorithm>

namespace vitfleet::app {

std::string_view name(UnitState state)
{
    switch (state) {
    case UnitState::Requested:
        return "requested";
    case UnitState::Pending:
        return "pending";
    case UnitState::Starting:
        return "starting";
    case UnitState::Running:
        return "running";
    case UnitState::Stopping:
        return "stopping";
    case UnitState::Ended:
        return "ended";
    case UnitState::Invalid:
        break;
    }
    return "invalid";
}

std::uint32_t AllocationSnapshot::count(UnitState state) const
{
    return static_cast<std::uint32_t>(std::ranges::count(units, state, &UnitSnapshot::state));
}

const AllocationSnapshot* ScaleOutSnapshot::find(std::string_view profile) const
{
    const auto found = std::ranges::find(allocations, profile, &AllocationSnapshot::profile);
    return found == allocations.end() ? nullptr : &*found;
}

} // namespace vitfleet::app
