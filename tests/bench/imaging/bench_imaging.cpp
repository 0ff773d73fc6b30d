// SPDX-License-Identifier: GPL-3.0-or-later
// Google Benchmark programs of decoding and resizing: build/tests/bench_imaging [--picture=FILE] [its own options].
// tests/bench/imaging/beside_pillow.py runs them beside Pillow on the same picture.
#include "agent/imaging/picture.h"
#include "agent/imaging/resample.h"

#include <benchmark/benchmark.h>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace vitfleet;
using namespace vitfleet::imaging;

namespace {

std::vector<char> g_file; ///< the picture's bytes; empty where none was named

Bytes fileBytes()
{
    return std::as_bytes(std::span(g_file));
}

/// A photograph's worth of pixels, of no account.
RgbImage noise(std::uint32_t width, std::uint32_t height)
{
    RgbImage image(width, height);
    std::uint32_t state = 1;
    for (auto& value : image.pixels())
        value = static_cast<std::uint8_t>((state = state * 1'664'525 + 1'013'904'223) >> 24);
    return image;
}

RgbImage copyOf(const RgbImage& image)
{
    RgbImage copy(image.width(), image.height());
    std::memcpy(copy.pixels().data(), image.pixels().data(), image.bytes());
    return copy;
}

/// 500×375 to 224×224; the argument is Pillow's number of the filter.
void resize(benchmark::State& state)
{
    const auto source = noise(500, 375);
    for (auto _ : state) {
        state.PauseTiming();
        auto copy = copyOf(source);
        state.ResumeTiming();
        benchmark::DoNotOptimize(resample(std::move(copy), 224, 224, static_cast<Resample>(state.range(0))));
    }
}
BENCHMARK(resize)->DenseRange(0, 5)->Unit(benchmark::kMicrosecond);

void decode(benchmark::State& state)
{
    if (g_file.empty())
        return state.SkipWithError("no --picture=FILE");
    for (auto _ : state)
        benchmark::DoNotOptimize(decodeImage(fileBytes()));
}
BENCHMARK(decode)->Unit(benchmark::kMicrosecond);

/// From bytes to the model's input: what the decoder does for a ViT at 224.
void prepare(benchmark::State& state)
{
    if (g_file.empty())
        return state.SkipWithError("no --picture=FILE");
    std::vector<std::uint8_t> pixels(std::size_t{224} * 224 * 3);
    Preprocess preprocess;
    for (auto _ : state)
        benchmark::DoNotOptimize(prepareImage(fileBytes(), preprocess, 224, 224, pixels));
}
BENCHMARK(prepare)->Unit(benchmark::kMicrosecond);

} // namespace

int main(int argc, char** argv)
{
    setUpImaging();
    std::vector<char*> rest;
    for (int i = 0; i < argc; ++i) {
        constexpr const char* option = "--picture=";
        if (std::strncmp(argv[i], option, std::strlen(option)) == 0) {
            std::ifstream file(argv[i] + std::strlen(option), std::ios::binary);
            g_file.assign(std::istreambuf_iterator<char>(file), {});
        } else {
            rest.push_back(argv[i]);
        }
    }
    int count = static_cast<int>(rest.size());
    benchmark::Initialize(&count, rest.data());
    if (benchmark::ReportUnrecognizedArguments(count, rest.data()))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
