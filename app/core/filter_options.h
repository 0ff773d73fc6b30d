// SPDX-License-Identifier: GPL-3.0-or-later
// A filter of results as options of `vitfleet-cli export`: what the window shows, for a terminal.
#pragma once

#include "app/core/store.h"

#include <string>
#include <vector>

namespace vitfleet::app {

/// Words of a command line, each as the program is to get it (no shell's quotes); none where all rows pass.
std::vector<std::string> filterOptions(const ResultFilter& filter);

} // namespace vitfleet::app
