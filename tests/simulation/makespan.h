// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace vitfleet::simulation {

/// Prints makespan / ideal for the fleets of the design; whether each is within its goal.
bool printMakespans();

} // namespace vitfleet::simulation
