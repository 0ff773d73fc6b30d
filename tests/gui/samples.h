// SPDX-License-Identifier: GPL-3.0-or-later
// Fleets, runs and rows to show.
#pragma once

#include "app/core/snapshot.h"

namespace vitfleet::test {

/// When the test began.
extern const app::UnixMs sampleNow;

const std::vector<std::string>& fashionLabels();
app::NodeSnapshot sampleNode(std::uint32_t id, app::NodeState state = app::NodeState::Online);
/// Two local agents and five others in every state that a table can show.
std::vector<app::NodeSnapshot> mixedNodes();
app::RunSnapshot sampleRun(std::uint64_t planned, std::uint64_t labelled, std::uint64_t errors, std::uint64_t inFlight);
app::RunSnapshot finishedRun(std::uint64_t planned, std::uint64_t errors);
app::FleetSnapshot fleetOf(std::vector<app::NodeSnapshot> nodes, std::optional<app::RunSnapshot> run = {});
/// Every seventh is wrong, every fiftieth an error; the last `waiting` have no result.
std::vector<app::ResultView> sampleRows(std::uint32_t count, std::uint32_t waiting = 0);
app::RunRecord sampleRecord(app::RunState state = app::RunState::Running);

} // namespace vitfleet::test
