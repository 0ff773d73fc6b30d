// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet's connections over ZeroMQ. Tests of the engine script theirs instead (tests/unit/engine/scripted_link.h).
#pragma once

#include "app/core/link.h"
#include "shared/base/event_loop.h"
#include "shared/transport/keys.h"

#include <filesystem>
#include <memory>

namespace vitfleet::app {

/// Makes the link in the engine's thread, on its loop, where it must also end. `keys` are this application's, `pinned`
/// is the file of the agents' keys that it knows. One link a process: it owns libzmq's context.
std::unique_ptr<FleetLink> makeFleetLink(EventLoop& loop, const transport::KeyPair& keys,
                                         const std::filesystem::path& pinned);

} // namespace vitfleet::app
