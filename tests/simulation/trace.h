// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/core/scheduler/scheduler.h"

#include <string>

namespace vitfleet::simulation {

/// One line each, for whoever replays a seed.
std::string toText(const app::scheduler::Event& event);
std::string toText(const app::scheduler::Action& action);

} // namespace vitfleet::simulation
