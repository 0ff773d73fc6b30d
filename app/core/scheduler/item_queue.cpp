// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/scheduler/item_queue.h"

namespace vitfleet::app::scheduler::detail {

void PlainQueue::append(Item first, std::uint32_t count)
{
    if (count == 0)
        return;
    if (!m_fresh.empty() && m_fresh.back().first + m_fresh.back().count == first)
        m_fresh.back().count += count;
    else
        m_fresh.push_back({first, count});
}

void PlainQueue::giveBack(Item item)
{
    if (!m_returned.empty() && m_returned.back().first + m_returned.back().count == item)
        ++m_returned.back().count;
    else
        m_returned.push_back({item, 1});
}

} // namespace vitfleet::app::scheduler::detail
