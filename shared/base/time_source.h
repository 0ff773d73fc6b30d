// SPDX-License-Identifier: GPL-3.0-or-later
// What time it is. An object, so that a test can have a time of its own that stands still until it moves it on.
#pragma once

#include <chrono>
#include <cstdint>

namespace vitfleet {

/// Every call: any thread.
class TimeSource
{
public:
    virtual ~TimeSource() = default;
    /// Decisions are made on this one,
    virtual std::chrono::steady_clock::time_point steady() const;
    /// people are told this one: milliseconds since 1970, UTC.
    virtual std::int64_t unixMs() const;
    /// What the calling thread has computed so far.
    virtual std::chrono::nanoseconds threadTime() const;

    /// The machine's clocks.
    static const TimeSource& machine();
};

} // namespace vitfleet
