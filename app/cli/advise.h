// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"
#include "app/wiring/application.h"

namespace vitfleet::cli {

/// Time and cost for 1 to N nodes, and what became of the last run.
int advise(const FleetCommand& command, app::Application& application, Output& output);

} // namespace vitfleet::cli
