// SPDX-License-Identifier: GPL-3.0-or-later
// Figures, moments and errors as people read them.
#pragma once

#include "app/core/records.h"

#include <QString>

#include <optional>

namespace vitfleet::app {

QString formatCount(quint64 value);
/// Whole images a second.
QString formatRate(double imagesPerSecond);
/// "0:10", "1:02:03"; "–" where unknown.
QString formatDuration(std::optional<double> seconds);
QString formatPercent(double share, int decimals = 1);
/// "61.0 %" of a total; never "100.0 %" before all is done; "–" where the total is unknown.
QString formatShare(quint64 part, quint64 total);
/// "91.4 % (90.7–92.1)": the share with its 95 % interval (Wilson 1927).
QString formatAccuracy(quint64 correct, quint64 total);
/// "14:21:07", the user's own time.
QString formatClock(UnixMs at);
/// What happened, what to do, and the code: for a person, who may look it up.
QString formatError(const Error& error);
QString fromView(std::string_view text);

} // namespace vitfleet::app
