// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of kernels share: every level of CPU as a row of data, numbers that repeat, and how far results are
// apart.
#pragma once

#include "agent/backends/torch/kernels/cpu.h"

#include <QtTest>
#include <cmath>
#include <random>

namespace vitfleet::kernels::test {

inline constexpr const char* cpuVariable = "VITFLEET_CPU";

/// What this CPU has, whatever the environment of the test asks for.
inline Level bestLevel()
{
    qunsetenv(cpuVariable);
    return cpuLevel();
}

class Numbered
{
public:
    explicit Numbered(unsigned seed) : m_engine(seed) {}

    float uniform(float low, float high) { return std::uniform_real_distribution<float>(low, high)(m_engine); }
    std::vector<float> floats(std::size_t count, float low, float high)
    {
        std::vector<float> result(count);
        for (float& value : result)
            value = uniform(low, high);
        return result;
    }
    Word word() { return static_cast<Word>(m_engine()); }

private:
    std::mt19937 m_engine;
};

inline void addLevels()
{
    QTest::addColumn<int>("level");
    for (const Level level : levelsUpTo(Level::Amx))
        QTest::addRow("%s", std::string(levelName(level)).c_str()) << static_cast<int>(level);
}

#define FETCH_LEVEL(name)                                                                                              \
    QFETCH(const int, level);                                                                                          \
    if (level > static_cast<int>(bestLevel()))                                                                         \
        QSKIP("this CPU does not have it");                                                                            \
    const Kernels name = kernelsOf(static_cast<Level>(level))

inline double largestDifference(const std::vector<float>& a, const std::vector<float>& b)
{
    double most = a.size() == b.size() ? 0 : INFINITY;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(a[i]) - b[i]));
    return most;
}

} // namespace vitfleet::kernels::test
