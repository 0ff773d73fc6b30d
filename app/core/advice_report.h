// SPDX-License-Identifier: GPL-3.0-or-later
// What was predicted for 1 … N nodes, and what came true of it, as files: a table and a drawing.
#pragma once

#include "app/core/advice.h"
#include "shared/base/result.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

/// A finished run, to be held against the prediction.
struct RunThatWas
{
    std::int64_t run = 0;
    std::uint32_t nodes = 0;
    double seconds = 0; ///< from its start to its last row
    double imagesPerSecond = 0;
    bool synthetic = false;
    std::optional<double> cost{}; ///< of the time that its nodes were held; nothing: there was no price
};

/// advice.csv and advice.svg in that folder. Export.
Result<void> writeAdvice(const std::filesystem::path& folder, const std::vector<Advice>& predicted,
                         const std::vector<RunThatWas>& measured, const std::string& currency);

} // namespace vitfleet::app
