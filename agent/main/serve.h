// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/main/command_line.h"

namespace vitfleet::agent {

/// What the settings file and the command line say together.
Result<ResolvedConfig> configuration(const CommandLine& line);

/// Runs the agent until it is told to stop. An ExitCode.
int serve(const CommandLine& line);

} // namespace vitfleet::agent
