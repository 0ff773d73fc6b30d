// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <utility>

namespace vitfleet {

/// Runs an action when it is destroyed: also what a subscription is, which ends with its handle.
class [[nodiscard]] ScopedAction
{
public:
    ScopedAction() = default;
    explicit ScopedAction(std::function<void()> action) : m_action(std::move(action)) {}
    ScopedAction(ScopedAction&& other) noexcept : m_action(std::exchange(other.m_action, nullptr)) {}
    ScopedAction& operator=(ScopedAction&& other) noexcept
    {
        if (this != &other) {
            run();
            m_action = std::exchange(other.m_action, nullptr);
        }
        return *this;
    }
    ~ScopedAction() { run(); }

    void run()
    {
        if (auto action = std::exchange(m_action, nullptr))
            action();
    }

private:
    std::function<void()> m_action;
};

using Subscription = ScopedAction;

} // namespace vitfleet
