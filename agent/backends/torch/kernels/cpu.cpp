// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/backends/torch/kernels/cpu.h"

#include "agent/backends/torch/kernels/buffer.h"
#include "agent/backends/torch/kernels/isa.h"
#include "agent/backends/torch/kernels/matrix.h"
#include "shared/base/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace vitfleet::kernels {
namespace {

constexpr std::array<std::string_view, 5> levelNames{"plain", "avx2", "avx512", "vnni", "amx"};

#if defined(__x86_64__)

bool hasAmx()
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0)
        return false;
    constexpr unsigned bf16 = 1U << 22, tile = 1U << 24, int8 = 1U << 25;
    constexpr unsigned all = bf16 | tile | int8;
    static const bool permitted = (d & all) == all && permitAmx();
    return permitted;
}

bool hasBrain512()
{
    return __builtin_cpu_supports("avx512bf16") != 0;
}

Level bestLevel()
{
    if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("fma") == 0)
        return Level::Plain;
    if (__builtin_cpu_supports("avx512f") == 0 || __builtin_cpu_supports("avx512bw") == 0 ||
        __builtin_cpu_supports("avx512dq") == 0 || __builtin_cpu_supports("avx512vl") == 0)
        return Level::Avx2;
    if (__builtin_cpu_supports("avx512vnni") == 0)
        return Level::Avx512;
    return hasAmx() ? Level::Amx : Level::Vnni;
}

Kernels uncheckedKernels(Level level)
{
    Kernels kernels{level, "plain C++", plainFloat(), plainBrain(), plainBytes(), &plainPasses()};
    if (level == Level::Plain)
        return kernels;
    kernels.name = "AVX2";
    kernels.floats = avx2Float();
    kernels.brains = {};
    kernels.bytes = avx2Bytes();
    kernels.passes = &avx2Passes();
    if (level == Level::Avx2)
        return kernels;
    kernels.name = "AVX-512";
    kernels.floats = avx512Float();
    kernels.bytes = avx512Bytes();
    kernels.passes = &avx512Passes();
    if (level == Level::Avx512)
        return kernels;
    kernels.name = "AVX-512 VNNI";
    kernels.bytes = vnniBytes();
    if (hasBrain512()) {
        kernels.brains = avx512Brain();
        kernels.passes = &avx512BrainPasses();
        kernels.name += ", bf16";
    }
    if (level == Level::Vnni)
        return kernels;
    kernels.name = "AVX-512, AMX";
    kernels.brains = amxBrain();
    kernels.bytes = amxBytes();
    return kernels;
}

#else

bool hasAmx()
{
    return false;
}

Level bestLevel()
{
    return Level::Plain;
}

Kernels uncheckedKernels(Level)
{
    return {Level::Plain, "plain C++", plainFloat(), plainBrain(), plainBytes(), &plainPasses()};
}

#endif

/// Numbers that every type holds exactly and whose sums stay exact: the comparison is of bits.
float sample(std::size_t i)
{
    return static_cast<float>(static_cast<int>(i * 2654435761U >> 13 & 15U) - 8);
}

/// Rows of a product in the form that a tile reads.
struct Problem
{
    std::size_t words, stride;
    Buffer<Word> rows;
    Buffer<RowScale> scales;

    Problem(Numbers numbers, const Tile& tile, std::size_t count, std::size_t inputs)
        : words(roundedUp(wordsOf(numbers, inputs), tile.wordMultiple)), stride(rowStride(words)),
          rows(roundedUp(count, 32) * stride), scales(count)
    {
        for (std::size_t r = 0; r < count; ++r) {
            scales[r] = {1, 0};
            for (std::size_t i = 0; i < inputs; ++i) {
                const float value = sample(r * 31 + i) + 8; // 0 … 15
                Word& word = rows[r * stride + i / (numbers == Numbers::Float ? 1 : numbers == Numbers::Brain ? 2 : 4)];
                if (numbers == Numbers::Float)
                    word = __builtin_bit_cast(Word, value);
                else if (numbers == Numbers::Brain)
                    word |= Word{brainOfFloat(value)} << (i % 2 * 16);
                else
                    word |= static_cast<Word>(value) << (i % 4 * 8);
            }
        }
    }
};

/// A small product of every number of rows against its definition.
bool isRight(const Kernels& kernels, Numbers numbers)
{
    constexpr std::size_t outputs = 40, inputs = 72;
    const Tile& tile = kernels.tile(numbers);
    Buffer<float> weights(outputs * inputs);
    for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t i = 0; i < inputs; ++i)
            weights[o * inputs + i] = i == 0 ? 127.0F : sample(o * 977 + i); // the scale of 8-bit weights becomes 1
    }
    const Matrix matrix(kernels, numbers, weights.data(), nullptr, outputs, inputs);
    const ThreadState state(kernels);
    for (std::size_t count = 1; count <= tile.rows; ++count) {
        const Problem problem(numbers, tile, count, inputs);
        Buffer<float> out(count * 128);
        matrix.multiply({problem.rows.data(), problem.stride, problem.scales.data(), count},
                        {out.data(), nullptr, 128});
        for (std::size_t r = 0; r < count; ++r) {
            for (std::size_t o = 0; o < outputs; ++o) {
                float expected = 0;
                for (std::size_t i = 0; i < inputs; ++i)
                    expected += (sample(r * 31 + i) + 8) * weights[o * inputs + i];
                if (out[r * 128 + o] != expected)
                    return false;
            }
        }
    }
    return true;
}

double threadSeconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace

Level cpuLevel()
{
    const Level best = bestLevel();
    const char* asked = std::getenv("VITFLEET_CPU");
    const auto found = std::ranges::find(levelNames, std::string_view(asked != nullptr ? asked : ""));
    return found == levelNames.end() ? best : std::min(best, static_cast<Level>(found - levelNames.begin()));
}

std::vector<Level> levelsUpTo(Level most)
{
    std::vector<Level> levels;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(most); ++i)
        levels.push_back(static_cast<Level>(i));
    return levels;
}

std::string_view levelName(Level level)
{
    return levelNames.at(static_cast<std::size_t>(level));
}

Kernels kernelsOf(Level level)
{
    return checkedKernels(uncheckedKernels(level));
}

Kernels checkedKernels(Kernels kernels)
{
    constexpr std::array<std::pair<Numbers, std::string_view>, 3> types{
        {{Numbers::Float, "fp32"}, {Numbers::Brain, "bf16"}, {Numbers::Bytes, "int8"}}};
    if (kernels.level == Level::Plain)
        return kernels;
    std::string replaced;
    for (const auto& [numbers, type] : types) {
        if (kernels.tile(numbers).compute == nullptr || isRight(kernels, numbers))
            continue;
        log::warning("backend.kernel_wrong", {{"kernels", kernels.name}, {"precision", std::string(type)}});
        const Kernels lower = kernelsOf(static_cast<Level>(static_cast<int>(kernels.level) - 1));
        (numbers == Numbers::Float   ? kernels.floats
         : numbers == Numbers::Brain ? kernels.brains
                                     : kernels.bytes) = lower.tile(numbers);
        replaced += (replaced.empty() ? "" : "; ") + std::string(type) + " of " + lower.name;
    }
    if (!replaced.empty())
        kernels.name += " (" + replaced + ")";
    return kernels;
}

double speedOf(const Kernels& kernels, Numbers numbers)
{
    constexpr std::size_t outputs = 256, inputs = 768, count = 112;
    if (kernels.tile(numbers).compute == nullptr)
        return 0;
    const Problem problem(numbers, kernels.tile(numbers), count, inputs);
    Buffer<float> weights(outputs * inputs), out(count * (outputs + 64));
    weights[0] = 1;
    const Matrix matrix(kernels, numbers, weights.data(), nullptr, outputs, inputs);
    const ThreadState state(kernels);
    double best = 0;
    for (int round = 0; round < 6; ++round) { // the first ones warm up
        const double begin = threadSeconds();
        matrix.multiply({problem.rows.data(), problem.stride, problem.scales.data(), count},
                        {out.data(), nullptr, outputs + 64});
        const double took = threadSeconds() - begin;
        best = std::max(best, 2e-9 * outputs * inputs * count / std::max(took, 1e-9));
    }
    return best;
}

ThreadState::ThreadState(const Kernels& kernels) : m_amx(kernels.level == Level::Amx)
{
#if defined(__x86_64__)
    if (m_amx)
        configureAmx();
#else
    (void)kernels;
#endif
}

ThreadState::~ThreadState()
{
#if defined(__x86_64__)
    if (m_amx)
        releaseAmx();
#endif
}

} // namespace vitfleet::kernels
