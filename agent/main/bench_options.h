// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/bench/bench.h"

namespace CLI {
class App;
}

namespace vitfleet::agent {

/// The options of `bench` beside those of devices. `options` must outlive the parsing.
void addBenchOptions(CLI::App& command, BenchOptions& options);
/// After the parsing: what could not be bound.
void takeBenchOptions(const CLI::App& command, BenchOptions& options);

} // namespace vitfleet::agent
