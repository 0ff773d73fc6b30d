// SPDX-License-Identifier: GPL-3.0-or-later
// Events, seals, accuracies and costs as sentences in the user's language. In English they are those of
// app/core/text.h, which the command line and the log have; what an error or a note says besides stays as it was
// written.
#pragma once

#include "app/core/records.h"

#include <QString>

#include <vector>

namespace vitfleet::app {

QString eventText(const EventRecord& event);
QString sealText(const Seal& seal);
/// The figure with its interval, or why there is none.
QString accuracyText(std::uint64_t correct, std::uint64_t incorrect, std::uint64_t expectedKnown,
                     std::uint64_t expectedMatched);
/// What a run has cost: for a column, and as a sentence.
QString costText(const std::vector<RunCostRecord>& costs);
QString costSentence(const std::vector<RunCostRecord>& costs, std::uint64_t rows);

} // namespace vitfleet::app
