// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scheduler/records.h"

#include <cmath>

namespace vitfleet::app::scheduler::detail {
namespace {

constexpr double memorySeconds = 4.0; ///< after this long a measurement counts for 1/e
constexpr double priorSeconds = 0.2;  ///< a warm-up run says little: two hundred milliseconds of work outweigh it
constexpr Time trustAfter = std::chrono::milliseconds(250); ///< silence that is shorter says nothing about speed

double seconds(Time time)
{
    return std::chrono::duration<double>(time).count();
}

} // namespace

void SpeedMeter::setPrior(double itemsPerSecond)
{
    if (m_measured || !(itemsPerSecond > 0) || !std::isfinite(itemsPerSecond))
        return;
    m_items = itemsPerSecond * priorSeconds;
    m_seconds = priorSeconds;
}

void SpeedMeter::start(Time now)
{
    m_running = true;
    m_mark = now;
    m_since = 0;
}

void SpeedMeter::mark(Time now)
{
    const double elapsed = seconds(now - m_mark);
    if (!m_running || elapsed <= 0 || m_since == 0)
        return;
    const double keep = std::exp(-elapsed / memorySeconds);
    m_items = m_items * keep + static_cast<double>(m_since);
    m_seconds = m_seconds * keep + elapsed;
    m_measured = true;
    m_mark = now;
    m_since = 0;
}

double SpeedMeter::speedNow(Time now, double assumed, std::uint32_t inExecution) const
{
    const double known = m_seconds > 0 ? speed() : assumed;
    const Time elapsed = sinceMark(now);
    if (elapsed < trustAfter)
        return known;
    const double bound = static_cast<double>(m_since + std::max(inExecution, 1U)) / seconds(elapsed);
    return known > 0 ? std::min(known, bound) : bound;
}

} // namespace vitfleet::app::scheduler::detail
