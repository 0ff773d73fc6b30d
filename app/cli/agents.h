// SPDX-License-Identifier: GPL-3.0-or-later
// The command agents: who can be reached, and why not.
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"

namespace vitfleet::cli {

int execute(const AgentsCommand& command, Output& output);

} // namespace vitfleet::cli
