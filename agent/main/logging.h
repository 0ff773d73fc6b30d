// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace vitfleet::agent {

/// Sends shared/base/log.h to standard error: one line an event, with time and level. debug, info, warning or error.
void startLogging(const std::string& level);

} // namespace vitfleet::agent
