// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"
#include "app/core/scale_out.h"

#include <nlohmann/json_fwd.hpp>

namespace vitfleet::cli {

int execute(const FleetCommand& command, Output& output);

nlohmann::json toJson(const app::AllocationSnapshot& allocation);
/// "4 of 4 nodes: 3 running, 1 pending (waits for free nodes)"
std::string allocationText(const app::AllocationSnapshot& allocation);

} // namespace vitfleet::cli
