// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where states, events, numbers and errors become words for a person: the command line, the window and
// the CSV take them from here. English; the window may translate whole sentences by their code.
#pragma once

#include "app/core/records.h"
#include "app/core/snapshot.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::app::text {

/// "running", "finished", …
std::string_view name(RunState state);
/// "online", "set aside", …
std::string_view name(NodeState state);
/// "run_created", "node_lost", …: stable, for JSON.
std::string_view name(EventKind kind);
/// "", "no run", "waits for the scan", …
std::string_view name(IdleReason reason);

/// What happened, with its facts, without the code and the remedy: "The file is empty. (a/b.jpg)".
std::string errorMessage(const Error& error);
/// One sentence.
std::string eventText(const EventRecord& event);

/// 1234567 → "1,234,567"
std::string grouped(std::uint64_t count);
/// "1 item", "2 items"; `plural` empty: singular with an s.
std::string counted(std::uint64_t count, std::string_view singular, std::string_view plural = {});
/// Three significant digits: "9.87", "98.7", "987", "1,234".
std::string rate(double perSecond);
/// "4 s", "1 min 05 s", "2 h 03 min", "3 d 04 h"
std::string duration(double seconds);
/// "2026-01-31T12:34:56.789Z"
std::string utcTime(UnixMs time);
/// "91.23 %"
std::string percent(double fraction, int decimals = 2);

/// Wilson's score interval for a proportion (Wilson 1927), z = 1.96 for 95 %.
struct Interval
{
    double low = 0, high = 1;
};
Interval wilson(std::uint64_t successes, std::uint64_t trials, double z = 1.959963984540054);

struct Accuracy
{
    bool isShown = false;
    double value = 0; ///< of the labelled items whose expected label is known
    Interval interval;
    std::string sentence; ///< the figure with its interval, or why there is none
};
/// Shown only where at least half of the expected values mean one of the model's labels.
Accuracy accuracy(std::uint64_t correct, std::uint64_t incorrect, std::uint64_t expectedKnown,
                  std::uint64_t expectedMatched);

/// Whether a precision is used, and why: "int8 is used: 255 of 256 pictures have the same best label as in fp32 …".
std::string precisionText(const PrecisionCheck& check);
/// "admitted", "rejected", …: stable, for JSON.
std::string_view name(PrecisionVerdict verdict);

/// "2.11", "0.0211", "0.000211": small sums keep figures that say something.
std::string money(double sum);
/// What the profiles of a run have cost together.
struct CostSums
{
    std::map<std::string, double> perCurrency; ///< of those with a price
    double nodeSeconds = 0;
    std::optional<double> joules; ///< nothing where that of one of them is not known
    std::string profiles;         ///< their names
};
CostSums costSums(const std::vector<RunCostRecord>& costs);
/// What a run has cost, for a column: "0.0211 EUR", one for each currency; "152 node-seconds" without a price; "–"
/// where it had no nodes of a profile.
std::string costText(const std::vector<RunCostRecord>& costs);
/// The same as a sentence: "0.0211 EUR for 152 node-seconds of cluster, 2.11 EUR per million pictures; 310 J".
std::string costSentence(const std::vector<RunCostRecord>& costs, std::uint64_t rows);

/// "10,000 planned = 9,990 labelled + 10 errors; 0 lost, 0 doubled", and "The seal is broken: …" where it does not
/// hold.
std::string sealText(const Seal& seal);

/// For a terminal or a log: control characters as \x.., so that no file name can move the cursor.
std::string printable(std::string_view text);

} // namespace vitfleet::app::text
