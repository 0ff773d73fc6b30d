// SPDX-License-Identifier: GPL-3.0-or-later
// A whole ViT-B/16, and linear layers, attention and layer norm as it has them, one core, CPU time. VITFLEET_CPU plays
// an older CPU.
#include "agent/backends/torch/kernels/attention.h"
#include "agent/backends/torch/kernels/matrix.h"
#include "tests/bench/kernels/whole_model.h"

#include <benchmark/benchmark.h>
#include <vector>

using namespace vitfleet::kernels;

namespace {

constexpr std::size_t tokens = 197, pictures = 4, hidden = 768, heads = 12;

const Kernels& machine()
{
    static const Kernels kernels = kernelsOf(cpuLevel());
    return kernels;
}

float value(std::size_t i)
{
    return static_cast<float>(i * 2654435761U % 2001) * 0.001F - 1;
}

std::vector<float> values(std::size_t count)
{
    std::vector<float> result(count);
    for (std::size_t i = 0; i < count; ++i)
        result[i] = value(i);
    return result;
}

/// Operations a second; on a machine with one load of 2 × m × n × k each round.
void countOperations(benchmark::State& state, double each)
{
    state.counters["GOP/s"] = benchmark::Counter(each * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

bool has(benchmark::State& state, Numbers numbers)
{
    if (machine().tile(numbers).compute != nullptr)
        return true;
    state.SkipWithError("this machine has no products of that type");
    return false;
}

void linear(benchmark::State& state, Numbers numbers, std::size_t outputs, std::size_t inputs, Curve curve)
{
    if (!has(state, numbers))
        return;
    const ThreadState thread(machine());
    const auto weights = values(outputs * inputs), bias = values(outputs), x = values(inputs);
    const Matrix matrix(machine(), numbers, weights.data(), bias.data(), outputs, inputs, curve);
    constexpr std::size_t count = tokens * pictures;
    const std::size_t stride = rowStride(matrix.inputWords()), outStride = rowStride(outputs);
    Buffer<Word> rows((count + 32) * stride);
    Buffer<RowScale> scales(count + 32);
    Buffer<float> out((count + 32) * outStride);
    for (std::size_t r = 0; r < count; ++r) {
        Word* row = rows.data() + r * stride;
        if (numbers == Numbers::Float)
            __builtin_memcpy(row, x.data(), inputs * sizeof(float));
        else if (numbers == Numbers::Brain)
            machine().passes->toBrain(x.data(), inputs, reinterpret_cast<std::uint16_t*>(row));
        else
            scales[r] = machine().passes->quantise(x.data(), inputs, matrix.activationLevels(),
                                                   reinterpret_cast<std::uint8_t*>(row));
    }
    for (auto _ : state)
        matrix.multiply({rows.data(), stride, scales.data(), count}, {out.data(), nullptr, outStride});
    countOperations(state, 2.0 * count * static_cast<double>(outputs * inputs));
}

void attention(benchmark::State& state, Numbers numbers)
{
    if (!has(state, numbers))
        return;
    const ThreadState thread(machine());
    constexpr std::size_t stride = 3 * hidden + 16;
    const auto qkv = values((tokens + 32) * stride);
    std::vector<std::uint16_t> brains(qkv.size());
    plainPasses().toBrain(qkv.data(), qkv.size(), brains.data());
    const bool brain = numbers == Numbers::Brain;
    const auto* rows =
        brain ? reinterpret_cast<const std::byte*>(brains.data()) : reinterpret_cast<const std::byte*>(qkv.data());
    const std::size_t entry = brain ? 2 : 4;
    Attention attend(machine(), numbers, tokens, heads, hidden / heads);
    const AttentionInput input{rows, rows + hidden * entry, rows + 2 * hidden * entry, stride, stride, tokens};
    std::vector<float> out(tokens * hidden);
    for (auto _ : state)
        attend(input, {out.data(), nullptr, hidden});
    countOperations(state, 4.0 * tokens * tokens * hidden);
}

void layerNorm(benchmark::State& state, bool quantised)
{
    const auto x = values(hidden), weight = values(hidden), bias = values(hidden);
    std::vector<float> out(hidden);
    std::vector<std::uint8_t> bytes(hidden);
    for (auto _ : state) {
        machine().passes->layerNorm(x.data(), weight.data(), bias.data(), 1e-12F, hidden, out.data());
        if (quantised)
            benchmark::DoNotOptimize(machine().passes->quantise(out.data(), hidden, 255, bytes.data()));
        benchmark::ClobberMemory();
    }
}

} // namespace

int main(int argc, char** argv)
{
    constexpr std::pair<const char*, Numbers> types[] = {
        {"fp32", Numbers::Float}, {"bf16", Numbers::Brain}, {"int8", Numbers::Bytes}};
    for (const auto& [name, numbers] : types) {
        const std::string prefix = std::string("linear/") + name;
        benchmark::RegisterBenchmark((prefix + "/qkv").c_str(), linear, numbers, 3 * hidden, hidden, Curve::None);
        benchmark::RegisterBenchmark((prefix + "/up+gelu").c_str(), linear, numbers, 4 * hidden, hidden, Curve::Gelu);
        benchmark::RegisterBenchmark((prefix + "/down").c_str(), linear, numbers, hidden, 4 * hidden, Curve::None);
    }
    benchmark::RegisterBenchmark("attention/fp32", attention, Numbers::Float);
    benchmark::RegisterBenchmark("attention/bf16", attention, Numbers::Brain);
    benchmark::RegisterBenchmark("layer norm", layerNorm, false);
    benchmark::RegisterBenchmark("layer norm, quantised", layerNorm, true);
    bench::registerWholeModels();
    benchmark::Initialize(&argc, argv);
    benchmark::AddCustomContext("kernels", machine().name);
    benchmark::RunSpecifiedBenchmarks();
}
