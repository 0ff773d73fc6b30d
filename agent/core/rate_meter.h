// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

namespace vitfleet::agent {

/// A counter's rate over the last five seconds, from samples taken at each beat.
class RateMeter
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Per second, up to and with this sample.
    float sample(std::uint64_t count, TimePoint now)
    {
        constexpr auto window = std::chrono::seconds(5);
        m_samples.push_back({now, count});
        // One sample at or before the window's start stays: the rate is that since then.
        while (m_samples.size() > 2 && now - m_samples[1].time >= window)
            m_samples.pop_front();
        const double seconds = std::chrono::duration<double>(now - m_samples.front().time).count();
        return seconds > 0 ? static_cast<float>(static_cast<double>(count - m_samples.front().count) / seconds) : 0;
    }

private:
    struct Sample
    {
        TimePoint time;
        std::uint64_t count;
    };
    std::deque<Sample> m_samples;
};

} // namespace vitfleet::agent
