// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/disk_thread.h"

#include <pthread.h>

#include <list>
#include <mutex>
#include <utility>

namespace vitfleet::app {
namespace {

struct LetGo
{
    std::future<void> ended;
    std::thread thread;
};

struct Registry
{
    std::mutex mutex;
    std::list<LetGo> threads;
};

/// Never destroyed: a thread that still stands in its call when the process ends must not be asked to join.
Registry& registry()
{
    static Registry& all = *new Registry;
    return all;
}

} // namespace

DiskThread::DiskThread(const char* name, std::function<void()> work)
{
    std::promise<void> ended;
    m_ended = ended.get_future();
    m_thread = std::thread([name, work = std::move(work), ended = std::move(ended)]() mutable {
        pthread_setname_np(pthread_self(), name);
        work();
        work = nullptr; // what it owns goes before anyone hears of the end
        ended.set_value();
    });
}

DiskThread::~DiskThread()
{
    Registry& all = registry();
    {
        const std::lock_guard lock(all.mutex);
        all.threads.push_back({std::move(m_ended), std::move(m_thread)});
    }
    join(std::chrono::milliseconds(0)); // so that they do not add up
}

std::size_t DiskThread::join(std::chrono::milliseconds patience)
{
    const auto deadline = std::chrono::steady_clock::now() + patience;
    Registry& all = registry();
    const std::lock_guard lock(all.mutex);
    std::erase_if(all.threads, [deadline](LetGo& each) {
        if (each.ended.wait_until(deadline) != std::future_status::ready)
            return false;
        each.thread.join();
        return true;
    });
    return all.threads.size();
}

} // namespace vitfleet::app
