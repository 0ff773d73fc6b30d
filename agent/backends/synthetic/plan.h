// SPDX-License-Identifier: GPL-3.0-or-later
// What the synthetic backend is to do: deterministic answers, a chosen time for each picture and chosen faults.
//
//   {"ms_per_item": 2.0,              time for one picture in one replica, slept and not burned
//    "labels": 10,                    outputs; 0 or absent: the model's
//    "batch": 8,                      pictures a call
//    "replicas": 1,                   absent: as a CPU backend, one a core
//    "slow_after": {"items": 100, "factor": 10},
//    "fail_load": "E_DEVICE",         refuses to load with this code
//    "load_ms": 500,                  time to load
//    "fail_items": {"17": "crash", "18": "hang", "19": "fail", "20": "nan"},
//    "fail_every": {"items": 100, "how": "fail"}}    every 100th item: those whose number leaves no remainder
//
// The agent core takes "decode" and "nodes" out before this is read (agent/core/run_options.h).
#pragma once

#include "shared/base/result.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::synthetic {

enum class Fault : std::uint8_t
{
    Invalid = 0,
    Crash, ///< the process aborts
    Hang,  ///< the replica never returns
    Fail,  ///< BackendFailed for the call that holds the item
    Nan,   ///< its logits are not finite
};

struct Plan
{
    double millisecondsPerItem = 0;
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

    Fault faultOf(std::uint64_t itemKey) const;
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
/// Logits with exactly this answer: the best label's, and 0 for all others.
void writeLogits(const Answer& answer, float* logits, std::uint32_t labels);

} // namespace vitfleet::synthetic
