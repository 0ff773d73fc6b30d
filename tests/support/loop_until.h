// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/base/event_loop.h"

#include <chrono>

namespace vitfleet::test {

/// Runs the loop until `reached()`, which is asked every millisecond; false where that takes longer than `limit`.
template <typename Reached>
bool loopUntil(EventLoop& loop, Reached reached, std::chrono::milliseconds limit = std::chrono::seconds(10))
{
    bool good = reached();
    if (good)
        return true;
    const Subscription check = loop.every(std::chrono::milliseconds(1), [&] {
        if (!good && (good = reached()))
            loop.stop();
    });
    const Subscription giveUp = loop.after(limit, [&] {
        if (!good)
            loop.stop();
    });
    loop.run();
    return good;
}

/// Runs the loop for a while, in which something must not happen.
inline void loopFor(EventLoop& loop, std::chrono::milliseconds duration)
{
    loopUntil(
        loop, [] { return false; }, duration);
}

} // namespace vitfleet::test
