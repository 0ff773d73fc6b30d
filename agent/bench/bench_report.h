// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent/bench/bench.h"

#include <optional>
#include <string>

namespace vitfleet::agent {

struct BenchReport
{
    std::string model;
    bool fromFiles = false; ///< from the files' bytes; else from made-up pixels
    BackendInfo backend;
    std::uint32_t decoders = 0;
    double loadSeconds = 0;
    BenchSlice slice;
    std::uint64_t failedPictures = 0;
    double gflopEachPicture = 0;
    double fp32Speed = 0;            ///< GFLOP/s of all replicas' plain matrix products; 0: unknown
    double precisionSpeed = 0;       ///< the same in the precision that was measured
    std::optional<double> joules;    ///< of the whole slice and the whole machine
    std::string joulesAbsence;       ///< why there are none
    std::optional<double> gpuJoules; ///< of all GPUs of the machine; only where the backend computes on one
    std::string gpuJoulesAbsence;
};

/// One JSON object, documented in docs/benchmarks.md.
std::string benchJson(const BenchReport& report);
/// For people, several lines.
std::string benchText(const BenchReport& report);
/// The line of the paced protocol: {"n": pictures, "t": seconds, "cpu": CPU seconds}.
std::string pacedLine(const BenchSlice& slice);

} // namespace vitfleet::agent
