// SPDX-License-Identifier: GPL-3.0-or-later
// Where feeder, decoder and replica threads leave results for the engine thread.
#pragma once

#include "shared/protocol/messages.h"

#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace vitfleet::agent {

class ResultSink
{
public:
    /// `wake` is called in the adding thread when there was nothing to take before.
    explicit ResultSink(std::function<void()> wake) : m_wake(std::move(wake)) {}

    void add(std::vector<protocol::ResultItem> results)
    {
        if (results.empty())
            return;
        bool first = false;
        {
            const std::lock_guard lock(m_mutex);
            first = m_results.empty();
            m_results.insert(m_results.end(), std::make_move_iterator(results.begin()),
                             std::make_move_iterator(results.end()));
        }
        if (first)
            m_wake();
    }
    std::vector<protocol::ResultItem> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_results, {});
    }
    bool isEmpty() const
    {
        const std::lock_guard lock(m_mutex);
        return m_results.empty();
    }

private:
    std::function<void()> m_wake;
    mutable std::mutex m_mutex;
    std::vector<protocol::ResultItem> m_results;
};

} // namespace vitfleet::agent
