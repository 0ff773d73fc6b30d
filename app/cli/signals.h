// SPDX-License-Identifier: GPL-3.0-or-later
// SIGINT, SIGTERM and SIGHUP as events of a loop.
#pragma once

#include "shared/base/event_loop.h"

#include <functional>
#include <string_view>

namespace vitfleet::cli {

class SignalWatch
{
public:
    /// Before the first thread is made: all threads inherit the mask. SIGHUP stays ignored where it was (nohup).
    static void block();

    /// From here on, and also for what came since block(). After block().
    SignalWatch(EventLoop& loop, std::function<void(int number)> received);

private:
    UniqueFd m_fd;
    Subscription m_watch; ///< ends before the descriptor is closed
};

std::string_view signalName(int number);

} // namespace vitfleet::cli
