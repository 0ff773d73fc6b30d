// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/core/engine/fleet.h"
#include "app/core/engine/run_controller.h"
#include "app/core/snapshot.h"
#include "shared/base/time_source.h"

namespace vitfleet::app {

/// The fleet and the run as they are now. Engine thread.
FleetSnapshot makeSnapshot(Fleet& fleet, const RunController& run, const TimeSource& time);

} // namespace vitfleet::app
