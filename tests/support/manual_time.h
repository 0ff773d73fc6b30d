// SPDX-License-Identifier: GPL-3.0-or-later
// The time of a test: it stands still, however slow the machine is, until the test moves it on.
#pragma once

#include "shared/base/event_loop.h"
#include "shared/base/time_source.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>

namespace vitfleet::test {

class ManualTime : public TimeSource
{
public:
    using Milliseconds = std::chrono::milliseconds;
    /// Rounds of the loop that an engine and a scripted agent may need to say all that they have to say: a join has
    /// seven.
    static constexpr int conversation = 12;
    using Point = std::chrono::steady_clock::time_point;

    Point steady() const override
    {
        return m_start + Milliseconds(m_millis) +
               std::max(TimeSource::steady() - m_flowsFrom.load(), Point::duration());
    }
    std::int64_t unixMs() const override
    {
        return m_unixStart + std::chrono::duration_cast<Milliseconds>(steady() - m_start).count();
    }
    /// Nothing costs anything.
    std::chrono::nanoseconds threadTime() const override { return {}; }

    /// What is due on `loop` until then happens in its order, at its time (to within `step`), and with it all that it
    /// leads to in the loop's own thread. From another thread than that.
    void advance(EventLoop& loop, Milliseconds time, Milliseconds step = Milliseconds(10), int rounds = conversation)
    {
        for (settle(loop); time.count() > 0; time -= step) {
            m_millis += std::min(time, step).count();
            settle(loop, rounds);
        }
    }
    /// Waits until the loop has done what is due, and what that leads to.
    static void settle(EventLoop& loop, int rounds = conversation)
    {
        const auto settled = std::make_shared<std::promise<void>>();
        pass(loop, settled, rounds);
        settled->get_future().wait();
    }
    /// From now on it flows as the machine's does: for an engine that is to end.
    void flow() { m_flowsFrom = TimeSource::steady(); }

private:
    static void pass(EventLoop& loop, const std::shared_ptr<std::promise<void>>& settled, int rounds)
    {
        loop.post([&loop, settled, rounds] {
            if (rounds == 0)
                settled->set_value();
            else
                pass(loop, settled, rounds - 1);
        });
    }

    const Point m_start = TimeSource::steady();
    const std::int64_t m_unixStart = TimeSource::unixMs();
    std::atomic<std::int64_t> m_millis = 0;
    std::atomic<Point> m_flowsFrom = Point::max();
};

} // namespace vitfleet::test
