// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/worker.h"

#include "agent/core/thread_name.h"

namespace vitfleet::agent {

Worker::Worker() : m_thread([this] { run(); }) {}

Worker::~Worker()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
        m_wake.notify_one();
    }
    m_thread.join();
}

void Worker::post(std::function<void()> task)
{
    const std::lock_guard lock(m_mutex);
    m_tasks.push_back(std::move(task));
    m_wake.notify_one();
}

std::size_t Worker::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_tasks.size();
}

bool Worker::isIdle() const
{
    const std::lock_guard lock(m_mutex);
    return !m_busy && m_tasks.empty();
}

void Worker::run()
{
    nameThread("vf-worker");
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_stopped || !m_tasks.empty(); });
        if (m_tasks.empty())
            return;
        {
            const std::function<void()> task = std::move(m_tasks.front());
            m_tasks.pop_front();
            m_busy = true;
            lock.unlock();
            task();
        } // what the task held is destroyed here, in this thread and without the lock
        lock.lock();
        m_busy = false;
    }
}

} // namespace vitfleet::agent
