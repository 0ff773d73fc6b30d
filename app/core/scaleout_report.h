// SPDX-License-Identifier: GPL-3.0-or-later
// What the scale-out benchmark measured, as files: a table and a drawing.
#pragma once

#include "shared/base/result.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace vitfleet::app {

struct ScaleoutPoint
{
    std::uint32_t nodes = 0, repeat = 1, nodesUsed = 0;
    std::int64_t run = 0;
    std::uint64_t items = 0;
    double startSeconds = 0;  ///< from asking for the nodes until all of them are there
    double seconds = 0;       ///< of the run, its model's way to the nodes included
    double steadySeconds = 0; ///< from the first row to the last
    double tailSeconds = 0;   ///< from the first idle node to the last row
    double imagesPerSecond = 0;
    double efficiency = 0; ///< against the best speed per node of the smallest count
    bool synthetic = false;
};

/// Seconds for 34,742 pictures with ViT on Databricks, measured by others on other hardware (docs/scaling.md).
struct PublishedTimes
{
    const char* hardware;
    std::array<std::pair<std::uint32_t, double>, 5> sparkNlp; ///< nodes, seconds
    double huggingFace;                                       ///< its own pipeline, on one node

    /// Against Spark NLP on one node, as all of them are compared.
    double speedUp(double seconds) const { return sparkNlp.front().second / seconds; }
};
const std::array<PublishedTimes, 2>& publishedTimes();

void setEfficiency(std::vector<ScaleoutPoint>& points);
/// scaleout.csv and scaleout.svg in that folder. Export.
Result<void> writeScaleout(const std::filesystem::path& folder, const std::vector<ScaleoutPoint>& points);

} // namespace vitfleet::app
