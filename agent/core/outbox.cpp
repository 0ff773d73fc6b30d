// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/outbox.h"

#include <algorithm>
#include <iterator>

namespace vitfleet::agent {

void Outbox::add(protocol::ResultItem result)
{
    result.sequence = ++m_lastSequence;
    m_results.emplace_hint(m_results.end(), result.sequence, std::move(result));
    ++m_unsent;
}

std::vector<protocol::ResultItem> Outbox::unsent(std::size_t most) const
{
    std::vector<protocol::ResultItem> results;
    for (auto it = m_results.upper_bound(m_sentUpTo); it != m_results.end() && results.size() < most; ++it)
        results.push_back(it->second);
    return results;
}

void Outbox::sent(const std::vector<protocol::ResultItem>& results, std::size_t count)
{
    if (count == 0)
        return;
    m_sentUpTo = results.at(count - 1).sequence;
    m_everSent = std::max(m_everSent, m_sentUpTo);
    m_unsent -= count;
}

std::size_t Outbox::committed(const std::vector<protocol::Committed::Range>& ranges)
{
    const std::size_t before = m_results.size();
    for (const auto& range : ranges) {
        // A peer may name anything; only what it can have seen counts.
        const std::uint64_t last = std::min(range.last, m_everSent);
        if (range.first > last)
            continue;
        const auto from = m_results.lower_bound(range.first), to = m_results.upper_bound(last);
        // After a rewind, some of them may have been waiting to be sent once more.
        m_unsent -= static_cast<std::size_t>(
            std::count_if(from, to, [this](const auto& entry) { return entry.first > m_sentUpTo; }));
        m_results.erase(from, to);
    }
    return before - m_results.size();
}

void Outbox::rewind()
{
    m_sentUpTo = 0;
    m_unsent = m_results.size();
}

void Outbox::clear()
{
    m_results.clear();
    m_unsent = 0;
    m_sentUpTo = m_lastSequence;
}

} // namespace vitfleet::agent
