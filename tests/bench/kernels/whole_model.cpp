// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/kernels/whole_model.h"

#include "agent/backends/torch/kernels/vit.h"

#include <benchmark/benchmark.h>

namespace vitfleet::kernels::bench {
namespace {

constexpr std::size_t pictures = 4, side = 224, patch = 16, hidden = 768, inner = 3072, labels = 1000, layers = 12;
constexpr double operations = 32.7e9; ///< of a picture, as vitfleet-agent counts them

/// Values in −most … most that repeat in every run.
class Made
{
public:
    std::vector<float> values(std::size_t count, float most)
    {
        std::vector<float> result(count);
        for (float& value : result)
            value = most * (static_cast<float>(next() % 2001) * 0.001F - 1);
        return result;
    }
    std::uint32_t next()
    {
        m_state = m_state * 1664525U + 1013904223U;
        return m_state >> 8;
    }

private:
    std::uint32_t m_state = 1;
};

/// Weights of the size that a trained model's have, so that GELU and softmax meet what they would there.
Vit vitBase(const Kernels& kernels, Numbers numbers)
{
    Made made;
    Vit vit;
    vit.kernels = kernels;
    vit.attention = kernels.besides(numbers);
    vit.imageWidth = side;
    vit.patchHeight = vit.patchWidth = patch;
    vit.patchRows = vit.patchColumns = side / patch;
    vit.hidden = hidden;
    vit.inner = inner;
    vit.heads = 12;
    vit.tokens = 1 + vit.patches();
    vit.labels = labels;
    const auto matrix = [&](Numbers type, std::size_t outputs, std::size_t inputs, float most, Curve curve) {
        return Matrix(kernels, type, made.values(outputs * inputs, most).data(), made.values(outputs, 0.1F).data(),
                      outputs, inputs, curve);
    };
    const auto linear = [&](std::size_t outputs, std::size_t inputs, Curve curve = Curve::None) {
        return matrix(numbers, outputs, inputs, 0.06F, curve);
    };
    const VitNorm norm{std::vector<float>(hidden, 1), std::vector<float>(hidden, 0)};
    vit.patchEmbedding = matrix(kernels.besides(numbers), hidden, patch * patch * vit.channels, 0.0005F, Curve::None);
    vit.patchPositions = made.values(vit.patches() * hidden, 0.1F);
    vit.leadingTokens = made.values(hidden, 0.1F);
    for (std::size_t i = 0; i < layers; ++i) {
        VitLayer layer;
        layer.before = layer.after = norm;
        const bool last = i + 1 == layers; // there only the class token is asked
        layer.queryKeyValue = linear((last ? 2 : 3) * hidden, hidden);
        if (last)
            layer.query = linear(hidden, hidden);
        layer.attentionOutput = linear(hidden, hidden);
        layer.up = linear(inner, hidden, Curve::Gelu);
        layer.down = linear(hidden, inner);
        vit.layers.push_back(std::move(layer));
    }
    vit.norm = norm;
    vit.classifier = matrix(Numbers::Float, labels, hidden, 0.06F, Curve::None);
    return vit;
}

void wholeModel(benchmark::State& state, const Kernels& kernels, Numbers numbers)
{
    const Vit vit = vitBase(kernels, numbers);
    VitRun run(vit, pictures);
    Made made;
    std::vector<std::uint8_t> pixels(pictures * side * side * vit.channels);
    for (auto& pixel : pixels)
        pixel = static_cast<std::uint8_t>(made.next());
    std::vector<const std::uint8_t*> batch;
    for (std::size_t i = 0; i < pictures; ++i)
        batch.push_back(pixels.data() + i * pixels.size() / pictures);
    std::vector<float> logits(pictures * labels);
    std::atomic<std::uint64_t> progress{0};
    run.classify(batch, logits.data(), progress); // touches everything once
    for (auto _ : state)
        run.classify(batch, logits.data(), progress);
    using benchmark::Counter;
    state.counters["s/picture"] =
        Counter(pictures, static_cast<Counter::Flags>(Counter::kIsIterationInvariantRate | Counter::kInvert));
    state.counters["GOP/s"] = Counter(pictures * operations * 1e-9, Counter::kIsIterationInvariantRate);
}

} // namespace

void registerWholeModels()
{
    constexpr std::pair<const char*, Numbers> types[] = {
        {"fp32", Numbers::Float}, {"bf16", Numbers::Brain}, {"int8", Numbers::Bytes}};
    Kernels below = kernelsOf(Level::Plain); // far too slow to be a case itself
    for (const Level level : levelsUpTo(cpuLevel())) {
        const Kernels kernels = kernelsOf(level);
        for (const auto& [name, numbers] : types) {
            const TileFunction product = kernels.tile(numbers).compute;
            if (product == nullptr || product == below.tile(numbers).compute)
                continue;
            const std::string title = "vit/" + std::string(levelName(level)) + "/" + name;
            benchmark::RegisterBenchmark(title.c_str(), wholeModel, kernels, numbers)->Unit(benchmark::kMillisecond);
        }
        below = kernels;
    }
}

} // namespace vitfleet::kernels::bench
