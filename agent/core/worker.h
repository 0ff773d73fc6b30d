// SPDX-License-Identifier: GPL-3.0-or-later
// The thread for what takes long and must not hold the engine: hashing, fetching and loading models, probing files,
// taking a run down. Lives as long as the agent: decoder processes end with the thread that started them.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace vitfleet::agent {

class Worker
{
public:
    Worker();
    /// Runs what was posted, then ends.
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void post(std::function<void()> task);
    std::size_t waiting() const;
    /// Nothing is running or waiting.
    bool isIdle() const;

private:
    void run();

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_tasks;
    bool m_busy = false;
    bool m_stopped = false;
    std::thread m_thread;
};

} // namespace vitfleet::agent
