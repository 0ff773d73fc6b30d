// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/simulation/world.h"

#include <cstdint>

namespace vitfleet::simulation {

/// A small random fleet with a random schedule of faults, the same for the same seed.
Plan randomPlan(std::uint64_t seed);

} // namespace vitfleet::simulation
