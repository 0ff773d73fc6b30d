// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/bench_command.h"

#include "agent/bench/bench_report.h"
#include "agent/bench/flops.h"
#include "agent/host/energy.h"
#include "agent/host/gpu_energy.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

namespace vitfleet::agent {
namespace {

constexpr double warmUpSeconds = 0.5;
constexpr double matrixSeconds = 0.5; ///< of each probe, before and after
constexpr double longestSlice = 3600;

void print(const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

Result<void> measureOnce(Bench& bench, const BenchOptions& options)
{
    BenchReport report;
    report.model = options.model.string();
    report.fromFiles = options.images.has_value();
    report.backend = bench.info();
    report.decoders = bench.decoders();
    report.loadSeconds = bench.loadSeconds();
    report.gflopEachPicture = flopsOfOnePicture(bench.config()) * 1e-9;
    if (const auto warmed = bench.work(warmUpSeconds); !warmed.ok())
        return warmed.error();
    const auto probe = [&] {
        // The better of two: what disturbs it only ever makes it slower.
        report.fp32Speed = std::max(report.fp32Speed, bench.matrixSpeed("fp32", matrixSeconds));
        report.precisionSpeed =
            report.backend.precision == "fp32"
                ? report.fp32Speed
                : std::max(report.precisionSpeed, bench.matrixSpeed(report.backend.precision, matrixSeconds));
    };
    probe();
    host::EnergyMeter energy;
    std::optional<host::GpuEnergyMeter> gpuEnergy;
    if (report.backend.device.starts_with("cuda"))
        gpuEnergy.emplace();
    const std::uint64_t failedBefore = bench.failedPictures();
    energy.start();
    if (gpuEnergy)
        gpuEnergy->start();
    auto slice = bench.work(options.seconds);
    report.joules = energy.joules();
    report.joulesAbsence = energy.absence();
    report.gpuJoules = gpuEnergy ? gpuEnergy->joules() : std::nullopt;
    report.gpuJoulesAbsence = gpuEnergy ? gpuEnergy->absence() : "no GPU was used";
    if (!slice.ok())
        return slice.error();
    report.slice = *slice;
    report.failedPictures = bench.failedPictures() - failedBefore;
    probe();
    print(options.json ? benchJson(report) + "\n" : benchText(report));
    return {};
}

Result<void> servePaced(Bench& bench)
{
    if (const auto warmed = bench.work(warmUpSeconds); !warmed.ok())
        return warmed.error();
    print("ready\n");
    for (std::string line; std::getline(std::cin, line);) {
        char* end = nullptr;
        const double seconds = std::strtod(line.c_str(), &end);
        if (end == line.c_str() || !(seconds > 0 && seconds <= longestSlice))
            return Error{ErrorCode::Usage, "a line of the paced protocol is a number of seconds, not " + line};
        const auto slice = bench.work(seconds);
        if (!slice.ok())
            return slice.error();
        print(pacedLine(*slice) + "\n");
    }
    return {};
}

} // namespace

Result<void> runBench(const BenchOptions& options, const AgentSettings& settings, AgentParts& parts)
{
    auto bench = Bench::start(options, settings, parts);
    if (!bench.ok())
        return bench.error();
    return options.paced ? servePaced(**bench) : measureOnce(**bench, options);
}

} // namespace vitfleet::agent
