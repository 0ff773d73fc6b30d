// SPDX-License-Identifier: GPL-3.0-or-later
// What the rows of a run tell of its course: when each node wrote its first and its last.
#pragma once

#include "app/core/store.h"

#include <cstdint>

namespace vitfleet::app {

struct RunSpans
{
    std::uint64_t items = 0;  ///< with a row
    std::uint32_t nodes = 0;  ///< that wrote any
    double seconds = 0;       ///< from the run's start to the last row
    double steadySeconds = 0; ///< from the first row to the last
    double tailSeconds = 0;   ///< from the first idle node's last row to the last of all
    double nodeSeconds = 0;   ///< of all nodes, each from its first row to its last: some may have followed others
    /// Medians over the nodes; 0: unknown. Until one joined that was not there when the run started: its place in a
    /// queue and its agent's start.
    double startSeconds = 0;
    double loadSeconds = 0; ///< from joining (or the run's start) until the model is loaded
    bool synthetic = false;
    bool interrupted = false; ///< paused, or stopped and resumed: its times tell nothing of its nodes
    double imagesPerSecond() const { return steadySeconds > 0 ? static_cast<double>(items) / steadySeconds : 0; }
    double speedOfNode() const { return nodeSeconds > 0 ? static_cast<double>(items) / nodeSeconds : 0; }
};

/// Reads every row. DataEmpty where there is none.
Result<RunSpans> readSpans(StoreReader& reader, RunId run);

} // namespace vitfleet::app
