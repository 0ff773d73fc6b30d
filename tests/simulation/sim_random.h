// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>

namespace vitfleet::simulation {

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers from the same seed with every compiler.
class Random
{
public:
    explicit Random(std::uint64_t seed) : m_state(seed) {}

    std::uint64_t next()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// In [0, 1).
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    /// Each factor equally likely.
    double logBetween(double low, double high) { return low * std::pow(high / low, unit()); }
    /// Both ends included.
    std::uint32_t integer(std::uint32_t low, std::uint32_t high)
    {
        return low + static_cast<std::uint32_t>(next() % (std::uint64_t{high} - low + 1));
    }
    bool chance(double probability) { return unit() < probability; }

private:
    std::uint64_t m_state;
};

} // namespace vitfleet::simulation
