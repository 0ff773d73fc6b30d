// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/core/profiles/profile.h"

#include <string>
#include <vector>

namespace vitfleet::app {

/// A node that a provider started for this application.
struct LaunchedNode
{
    std::string name;               ///< "cluster-17_2"
    std::string addressLine;        ///< HOST:PORT/KEY over the launch channel: authenticated, so not pinned
    std::string provider;           ///< "slurm"
    std::string providerId;         ///< "17_2"
    std::vector<PathMapping> paths; ///< our folders as it sees them
};

} // namespace vitfleet::app
