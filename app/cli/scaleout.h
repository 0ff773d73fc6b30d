// SPDX-License-Identifier: GPL-3.0-or-later
// The same run on 1, 2, 4, … nodes of a profile, measured; and what a count would cost, predicted.
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"

namespace vitfleet::cli {

int execute(const ScaleoutCommand& command, Output& output);

} // namespace vitfleet::cli
