// SPDX-License-Identifier: GPL-3.0-or-later
// run and resume.
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"

namespace vitfleet::cli {

int execute(const RunCommand& command, Output& output);
int execute(const ResumeCommand& command, Output& output);

} // namespace vitfleet::cli
