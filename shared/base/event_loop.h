// SPDX-License-Identifier: GPL-3.0-or-later
// One thread's event loop over epoll: descriptors, timers on the steady clock, and work posted by other threads.
#pragma once

#include "shared/base/scope.h"
#include "shared/base/time_source.h"
#include "shared/base/unique_fd.h"

#include <chrono>
#include <functional>
#include <memory>

namespace vitfleet {

class EventLoop
{
public:
    using Clock = std::chrono::steady_clock;

    /// `time` is what its timers go by, and must outlive it. One that a test moves on needs a post() to be seen.
    explicit EventLoop(const TimeSource& time = TimeSource::machine());
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Calls back whenever `fd` is readable (level-triggered, or edge-triggered for ZMQ_FD, where the callback must
    /// read until nothing is left). Loop thread only. The handle ends it, also from inside any callback, and must
    /// end before the descriptor is closed. One watch a descriptor.
    enum class Trigger : unsigned char
    {
        Invalid = 0,
        Level,
        Edge
    };
    Subscription watch(int fd, Trigger trigger, std::function<void()> onReadable);
    /// Calls back every `interval`, first after one interval; intervals that were missed are skipped, not made up for.
    /// Loop thread only.
    Subscription every(Clock::duration interval, std::function<void()> action);
    /// Calls back once after `delay`. Loop thread only.
    Subscription after(Clock::duration delay, std::function<void()> action);

    /// What its timers go by. Any thread.
    const TimeSource& time() const;

    /// Runs `task` in the loop's thread, in the order posted. Any thread, also before run().
    void post(std::function<void()> task);

    /// Runs until stop(). Tasks posted before stop() are still run, later ones wait for the next run().
    void run();
    /// Any thread.
    void stop();

private:
    struct Private;
    std::shared_ptr<Private> d; ///< shared, so that a handle which outlives the loop finds it gone
};

} // namespace vitfleet
