// SPDX-License-Identifier: GPL-3.0-or-later
// What the pictures of every page show: a fleet of nine that has worked for two minutes and lost a node, and four runs
// of its past.
#pragma once

#include "tests/gui/stage.h"

namespace vitfleet::test {

/// Four past runs with their rows, nodes, events and samples, for the next window.
void fill(Stage& stage);
/// Two minutes of a fleet at work; node-8 is lost after 80 s.
void beat(Stage& stage);
/// The run after that.
app::RunSnapshot busyRun();
/// Until the database has answered everything that was asked so far.
void settle(Stage& stage);

} // namespace vitfleet::test
