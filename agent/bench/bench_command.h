// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/bench/bench.h"

namespace vitfleet::agent {

/// `vitfleet-agent bench`: measures once and prints, or with `paced` speaks the protocol of tests/bench/engines on
/// standard input and output: prints `ready`; for each line of seconds works that long and prints one JSON line.
Result<void> runBench(const BenchOptions& options, const AgentSettings& settings, AgentParts& parts);

} // namespace vitfleet::agent
