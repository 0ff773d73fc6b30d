// SPDX-License-Identifier: GPL-3.0-or-later
// The way into the engine's thread for what the provisioner reports from its own.
#pragma once

#include "app/core/engine/fleet.h"

#include <functional>
#include <memory>
#include <mutex>

namespace vitfleet::app {

class Fleet::Inbox
{
public:
    Inbox(EventLoop& loop, Fleet& fleet) : m_loop(&loop), m_fleet(&fleet) {}

    /// Any thread. The task runs in the loop's, unless the fleet is gone by then.
    static void post(const std::shared_ptr<Inbox>& inbox, std::function<void(Fleet&)> task)
    {
        const std::lock_guard lock(inbox->m_mutex);
        if (inbox->m_loop == nullptr)
            return;
        inbox->m_loop->post([inbox, task = std::move(task)] {
            if (inbox->m_fleet != nullptr)
                task(*inbox->m_fleet);
        });
    }
    /// Loop thread.
    void close()
    {
        const std::lock_guard lock(m_mutex);
        m_loop = nullptr;
        m_fleet = nullptr;
    }

private:
    std::mutex m_mutex; ///< of m_loop
    EventLoop* m_loop;
    Fleet* m_fleet; ///< touched in the loop's thread only
};

} // namespace vitfleet::app
