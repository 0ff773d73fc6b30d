// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace vitfleet::app {

/// Items per second over the last five seconds, on the steady clock.
class ThroughputMeter
{
public:
    using Time = std::chrono::steady_clock::time_point;

    void add(std::uint64_t items, Time now)
    {
        advance(now);
        m_slots[m_slot % slots] += items;
    }

    float perSecond(Time now)
    {
        if (!m_started)
            return 0;
        advance(now);
        std::uint64_t sum = 0;
        for (const std::uint64_t slot : m_slots)
            sum += slot;
        // Younger than the window: over the time that there was, but not over less than one slot.
        const double seconds = std::chrono::duration<double>(now - m_first).count();
        const double span = std::min(static_cast<double>(slots) * slotSeconds, std::max(slotSeconds, seconds));
        return static_cast<float>(static_cast<double>(sum) / span);
    }

private:
    static constexpr std::size_t slots = 20;
    static constexpr double slotSeconds = 0.25;

    void advance(Time now)
    {
        if (!m_started) {
            m_started = true;
            m_first = now;
        }
        const auto slot =
            static_cast<std::uint64_t>(std::chrono::duration<double>(now - m_first).count() / slotSeconds);
        if (slot >= m_slot + slots) {
            m_slots.fill(0);
            m_slot = slot;
        }
        while (m_slot < slot)
            m_slots[++m_slot % slots] = 0;
    }

    std::array<std::uint64_t, slots> m_slots{};
    std::uint64_t m_slot = 0;
    Time m_first{};
    bool m_started = false;
};

} // namespace vitfleet::app
