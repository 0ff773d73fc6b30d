// SPDX-License-Identifier: GPL-3.0-or-later
// Results that the application has not yet committed. Engine thread only.
#pragma once

#include "shared/protocol/messages.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace vitfleet::agent {

class Outbox
{
public:
    /// Numbers a result and keeps it until it is committed.
    void add(protocol::ResultItem result);
    /// The next results that have not been sent since the last rewind(), oldest first.
    std::vector<protocol::ResultItem> unsent(std::size_t most) const;
    /// These, from the front of unsent(), were handed to the connection.
    void sent(const std::vector<protocol::ResultItem>& results, std::size_t count);
    /// Forgets results that the application has committed. Numbers that were never sent, or are already forgotten,
    /// change nothing. How many it forgot.
    std::size_t committed(const std::vector<protocol::Committed::Range>& ranges);
    /// After a new connection: everything is to be sent again.
    void rewind();
    /// Another run: nothing of the old one is wanted. Numbers go on.
    void clear();

    std::size_t size() const { return m_results.size(); }
    bool empty() const { return m_results.empty(); }
    /// Since the last rewind().
    std::size_t unsentCount() const { return m_unsent; }

private:
    std::map<std::uint64_t, protocol::ResultItem> m_results;
    std::uint64_t m_lastSequence = 0;
    std::uint64_t m_sentUpTo = 0; ///< since the last rewind
    std::size_t m_unsent = 0;
    std::uint64_t m_everSent = 0;
};

} // namespace vitfleet::agent
