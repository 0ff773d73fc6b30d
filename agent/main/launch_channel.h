// SPDX-License-Identifier: GPL-3.0-or-later
// The agent's end of a launch channel (shared/launch): it is its parent's child and ends with it.
#pragma once

#include "shared/base/event_loop.h"
#include "shared/base/result.h"
#include "shared/base/unique_fd.h"
#include "shared/launch/launch.h"

#include <functional>

namespace vitfleet::agent {

class LaunchChannel
{
public:
    /// `fd`: inherited. From here on the kernel ends this process together with the thread that started it.
    explicit LaunchChannel(int fd);

    /// Waits for the request, 10 s at most. Settings where there is none, or this process's parent is another.
    Result<launch::Request> readRequest();
    void reply(const Result<launch::Reply>& reply);
    /// Calls back once the other end is closed.
    void watch(EventLoop& loop, std::function<void()> closed);

private:
    UniqueFd m_fd;
    Subscription m_watch;
};

} // namespace vitfleet::agent
