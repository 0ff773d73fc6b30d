// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/bench/bench_report.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>

namespace vitfleet::agent {
namespace {

using nlohmann::json;

/// Six significant digits: more would only look exact.
json rounded(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return json::parse(text, nullptr, false);
}

json orNull(double value)
{
    return value > 0 ? rounded(value) : json();
}

std::string fixed(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

double eachMillis(double seconds, const BenchSlice& slice)
{
    return slice.pictures > 0 ? 1000.0 * seconds / static_cast<double>(slice.pictures) : 0;
}

double share(const BenchReport& report, double speed)
{
    return speed > 0 ? report.slice.imagesPerSecond * report.gflopEachPicture / speed : 0;
}

} // namespace

std::string benchJson(const BenchReport& report)
{
    const BenchSlice& slice = report.slice;
    const BackendInfo& backend = report.backend;
    const auto pictures = static_cast<double>(slice.pictures);
    const json object = {
        {"model", report.model},
        {"source", report.fromFiles ? "files" : "made-up pictures"},
        {"backend", backend.name},
        {"backend_version", backend.version},
        {"synthetic", backend.synthetic},
        {"device", backend.device},
        {"device_name", backend.deviceName},
        {"precision", backend.precision},
        {"precisions", backend.precisions},
        {"replicas", backend.replicas},
        {"batch", backend.preferredBatch},
        {"decoders", report.decoders},
        {"load_seconds", rounded(report.loadSeconds)},
        {"images", slice.pictures},
        {"failed_images", report.failedPictures},
        {"seconds", rounded(slice.seconds)},
        {"img_per_second", rounded(slice.imagesPerSecond)},
        {"cpu_seconds_per_image", rounded(slice.cpuSeconds / pictures)},
        {"joules_per_image", report.joules ? rounded(*report.joules / pictures) : json()},
        {"joules_absent_because", report.joules ? json() : json(report.joulesAbsence)},
        {"gpu_joules_per_image", report.gpuJoules ? rounded(*report.gpuJoules / pictures) : json()},
        {"gpu_joules_absent_because", report.gpuJoules ? json() : json(report.gpuJoulesAbsence)},
        {"gflop_per_image", rounded(report.gflopEachPicture)},
        {"fp32_matrix_gflops", orNull(report.fp32Speed)},
        {"share_of_fp32_matrix_speed", orNull(share(report, report.fp32Speed))},
        {"matrix_gflops", orNull(report.precisionSpeed)},
        {"share_of_matrix_speed", orNull(share(report, report.precisionSpeed))},
        {"stage_ms_per_image",
         {{"decode", report.fromFiles ? rounded(eachMillis(slice.decode, slice)) : json()},
          {"waiting", rounded(eachMillis(slice.waiting, slice))},
          {"inference", rounded(eachMillis(slice.inference, slice))},
          {"scoring", rounded(eachMillis(slice.scoring, slice))}}},
    };
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string benchText(const BenchReport& report)
{
    const BenchSlice& slice = report.slice;
    const BackendInfo& backend = report.backend;
    const auto pictures = static_cast<double>(slice.pictures);
    std::string text = report.model + "  " + backend.version + "  " + backend.device + " " + backend.deviceName + "  " +
                       backend.precision + "  " + std::to_string(backend.replicas) + " replicas of batch " +
                       std::to_string(backend.preferredBatch);
    text += report.fromFiles ? ", " + std::to_string(report.decoders) + " decoders\n" : ", made-up pictures\n";
    if (backend.synthetic)
        text += "SYNTHETIC: nothing was inferred.\n";
    text += "loaded          " + fixed(report.loadSeconds, 2) + " s to the first answer\n";
    text += "speed           " + fixed(slice.imagesPerSecond, 2) + " img/s  (" + std::to_string(slice.pictures) +
            " in " + fixed(slice.seconds, 1) + " s)\n";
    if (report.failedPictures > 0)
        text += "failed          " + std::to_string(report.failedPictures) + " files that are no pictures\n";
    text += "CPU             " + fixed(slice.cpuSeconds / pictures, 4) + " s a picture\n";
    text += "energy          " +
            (report.joules ? fixed(*report.joules / pictures, 2) + " J a picture, the whole machine"
                           : "unknown: " + report.joulesAbsence) +
            "\n";
    if (report.gpuJoules)
        text += "GPU energy      " + fixed(*report.gpuJoules / pictures, 2) + " J a picture, all GPUs\n";
    else if (backend.device.starts_with("cuda"))
        text += "GPU energy      unknown: " + report.gpuJoulesAbsence + "\n";
    const auto speed = [&](const std::string& precision, double gflops) {
        if (gflops > 0) {
            text += "matrix speed    " + fixed(gflops, 0) + " GFLOP/s in " + precision + "; share " +
                    fixed(share(report, gflops), 2) + " at " + fixed(report.gflopEachPicture, 2) + " GFLOP a picture\n";
        }
    };
    speed("fp32", report.fp32Speed);
    if (backend.precision != "fp32")
        speed(backend.precision, report.precisionSpeed);
    text += "stages          ";
    if (report.fromFiles)
        text += "decode " + fixed(eachMillis(slice.decode, slice), 2) + ", ";
    text += "waiting " + fixed(eachMillis(slice.waiting, slice), 2) + ", inference " +
            fixed(eachMillis(slice.inference, slice), 2) + ", scoring " + fixed(eachMillis(slice.scoring, slice), 3) +
            " ms a picture\n";
    return text;
}

std::string pacedLine(const BenchSlice& slice)
{
    return json({{"n", slice.pictures}, {"t", rounded(slice.seconds)}, {"cpu", rounded(slice.cpuSeconds)}}).dump();
}

} // namespace vitfleet::agent
