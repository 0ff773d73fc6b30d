// SPDX-License-Identifier: GPL-3.0-or-later
// A thread that reads files, and so may stand in a call that never returns: a network file system that is gone. Whoever
// owns it lets go of it instead of waiting, so that a run can be stopped and the program can end all the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <thread>

namespace vitfleet::app {

class DiskThread
{
public:
    /// Starts it. What `work` needs it must own: it may outlive whoever started it.
    DiskThread(const char* name, std::function<void()> work);
    /// Does not wait. `work` must have been told to end.
    ~DiskThread();
    DiskThread(const DiskThread&) = delete;
    DiskThread& operator=(const DiskThread&) = delete;

    /// Joins all that were let go of and have ended, or do so within `patience`; how many have not. Any thread.
    static std::size_t join(std::chrono::milliseconds patience);

private:
    std::future<void> m_ended;
    std::thread m_thread;
};

} // namespace vitfleet::app
