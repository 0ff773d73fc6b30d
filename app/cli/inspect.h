// SPDX-License-Identifier: GPL-3.0-or-later
// The commands that only look: runs, show, export, verify, key, errors.
#pragma once

#include "app/cli/command_line.h"
#include "app/cli/output.h"

namespace vitfleet::cli {

int execute(const RunsCommand& command, Output& output);
int execute(const ShowCommand& command, Output& output);
int execute(const ExportCommand& command, Output& output);
int execute(const VerifyCommand& command, Output& output);
int execute(const KeyCommand& command, Output& output);
int execute(const PinCommand& command, Output& output);
int execute(const ErrorsCommand& command, Output& output);

} // namespace vitfleet::cli
