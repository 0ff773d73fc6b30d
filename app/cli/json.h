// SPDX-License-Identifier: GPL-3.0-or-later
// Records as JSON: the keys are documented in docs/command-line.md and stay.
#pragma once

#include "app/core/records.h"
#include "app/core/snapshot.h"

#include <nlohmann/json_fwd.hpp>

namespace vitfleet::cli {

nlohmann::json toJson(const app::RunRecord& run);
nlohmann::json costsJson(const std::vector<app::RunCostRecord>& costs);
nlohmann::json toJson(const app::PrecisionCheck& check);
nlohmann::json toJson(const app::NodeRecord& node);
nlohmann::json toJson(const app::EventRecord& event);
nlohmann::json toJson(const app::Seal& seal);
nlohmann::json toJson(const Error& error); ///< null where there is none
nlohmann::json toJson(const app::NodeSnapshot& node);
/// {"event":"progress", …}
nlohmann::json progressJson(const app::FleetSnapshot& snapshot);
/// {"value", "low", "high"}, or null where it is not shown.
nlohmann::json accuracyJson(const app::RunRecord& run);

} // namespace vitfleet::cli
