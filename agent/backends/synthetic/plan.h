// SPDX-License-Identifier: GPL-3.0-or-later
// What the synthetic backend is to do: deterministic answers, a chosen time for each picture and chosen faults.
//
//   {"ms_per_item": 2.0,              time for one picture in one replica, slept and not burned
//    "device_name": "fast",           what it says it computes on: nodes of another name are of another kind
//    "labels": 10,                    outputs; 0 or absent: the model's
//    "batch": 8,                      pictures a call
//    "replicas": 1,                   absent: as a CPU backend, one a core
//    "slow_after": {"items": 100, "factor": 10},
//    "fail_load": "E_DEVICE",         refuses to load with this code
//    "load_ms": 500,                  time to load
//    "fail_items": {"17": "crash", "18": "hang", "19": "fail", "20": "nan", "21": "memory"},
//    "fail_every": {"items": 100, "how": "fail"},    every 100th item: those whose number leaves no remainder
//    "modes": {"int8": {"disagree": 0.02, "shift": 0.01, "ms_per_item": 0.5}}}
//                                     precisions beside fp32: the share of items that get another label there, what
//                                     is taken off every score, and the time
//
// The agent core takes "decode" and "nodes" out before this is read (agent/core/run_options.h).
#pragma once

#include "shared/base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::synthetic {

enum class Fault : std::uint8_t
{
    Invalid = 0,
    Crash,  ///< the process aborts
    Hang,   ///< the replica never returns
    Fail,   ///< BackendFailed for the call that holds the item
    Nan,    ///< its logits are not finite
    Wrong,  ///< another label than the item's, and as sure of it
    Memory, ///< takes all memory that the process's limit of data (`ulimit -d`) allows; without one as Fail
};

/// How a precision beside fp32 differs from it: chosen, and so known to a test.
struct Mode
{
    double disagree = 0;               ///< share of items with another label, 0 … 1
    double shift = 0;                  ///< taken off every score, 0 … 0.1
    double millisecondsPerItem = 0.25; ///< in this mode
};

struct Plan
{
    double millisecondsPerItem = 0;
    std::string deviceName = "no inference";
    std::uint32_t labels = 0;
    std::uint32_t batch = 8;
    std::uint32_t replicas = 0;
    std::uint64_t slowAfterItems = 0; ///< 0: never
    double slowFactor = 1;
    ErrorCode loadError = ErrorCode::None;
    std::uint32_t loadMilliseconds = 0;
    std::map<std::uint64_t, Fault> faults; ///< by item
    std::uint64_t faultEvery = 0;
    Fault everyFault = Fault::Invalid;
    std::map<std::string, Mode, std::less<>> modes; ///< by precision

    Fault faultOf(std::uint64_t itemKey) const;
    /// The modes that are faster than fp32, fastest first, and fp32.
    std::vector<std::string> precisions() const;
};

/// Settings where the text is no such JSON; an empty text is an empty plan.
Result<Plan> readPlan(const std::string& json);

/// The answer for an item, whichever node, replica or batch computes it: the best label, and a score between 0.5 and
/// 0.99 that softmax gives it.
struct Answer
{
    std::uint32_t label = 0;
    double score = 0;
};
Answer answerOf(std::uint64_t itemKey, std::uint32_t labels);
/// The same item's answer in a reduced mode.
Answer answerOf(std::uint64_t itemKey, std::uint32_t labels, const Mode& mode);
/// Logits with exactly this answer: the best label's, and 0 for all others.
void writeLogits(const Answer& answer, float* logits, std::uint32_t labels);

} // namespace vitfleet::synthetic
