// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/work_queue.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace vitfleet::agent {

Result<void> WorkQueue::add(LeaseId lease, protocol::TransferMode mode, std::vector<protocol::LeaseItem> items)
{
    const std::lock_guard lock(m_mutex);
    if (m_entries.size() + items.size() > m_limits.leasedItems) {
        return Error{ErrorCode::Protocol,
                     "more than " + std::to_string(m_limits.leasedItems) + " items leased at once"};
    }
    for (protocol::LeaseItem& item : items) {
        if (m_queuedBytes + item.data.size() > m_limits.queuedBytes)
            std::vector<std::byte>().swap(item.data);
        m_queuedBytes += item.data.size();
        Entry entry{lease, mode, State::Queued, std::move(item), 0, {}, {}};
        m_entries.emplace_hint(m_entries.end(), ++m_lastTag, std::move(entry));
    }
    m_queuedCount += items.size();
    m_feederWake.notify_one();
    return {};
}

std::vector<WorkQueue::GivenBack> WorkQueue::takeBack(LeaseId lease, std::size_t most)
{
    const std::lock_guard lock(m_mutex);
    std::vector<GivenBack> given;
    for (auto it = m_entries.end(); it != m_entries.begin() && given.size() < most;) {
        --it;
        Entry& entry = it->second;
        if (entry.state == State::Computing || (lease != LeaseId{} && entry.lease != lease))
            continue;
        given.push_back({entry.lease, entry.item.item});
        if (entry.state != State::Queued)
            --m_unsettled;
        leave(entry);
        it = m_entries.erase(it);
    }
    m_feederWake.notify_one();
    m_replicaWake.notify_all(); // those that linger for pictures which will not come
    return given;
}

/// Takes an entry out of the counts of its state.
void WorkQueue::leave(Entry& entry)
{
    switch (entry.state) {
    case State::Queued:
        --m_queuedCount;
        m_queuedBytes -= entry.item.data.size();
        break;
    case State::Taken:
        --m_takenCount;
        m_pipelineBytes -= entry.pipelineBytes;
        break;
    case State::Decoded:
        --m_decodedCount;
        break;
    case State::Computing:
        --m_computingCount;
        break;
    case State::Invalid:
        break;
    }
    entry.state = State::Invalid;
}

void WorkQueue::setCapacity(Capacity capacity)
{
    const std::lock_guard lock(m_mutex);
    m_capacity = capacity;
    m_feederWake.notify_one();
}

void WorkQueue::settled(std::size_t count)
{
    const std::lock_guard lock(m_mutex);
    m_unsettled -= std::min(m_unsettled, count);
    m_feederWake.notify_one();
}

void WorkQueue::setResting(bool resting)
{
    const std::lock_guard lock(m_mutex);
    m_resting = resting;
    m_feederWake.notify_all();
    m_replicaWake.notify_all();
}

void WorkQueue::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    m_feederWake.notify_all();
    m_replicaWake.notify_all();
}

WorkQueue::Counts WorkQueue::counts() const
{
    const std::lock_guard lock(m_mutex);
    return {static_cast<std::uint32_t>(m_queuedCount),
            static_cast<std::uint32_t>(m_takenCount + m_decodedCount + m_computingCount),
            static_cast<std::uint32_t>(m_computingCount), static_cast<std::uint32_t>(m_takenCount)};
}

bool WorkQueue::mayTake() const
{
    if (m_resting || m_queuedCount == 0 || m_unsettled >= m_capacity.unsettled ||
        m_takenCount + m_decodedCount >= m_capacity.items)
        return false;
    return m_pipelineBytes < m_capacity.bytes || m_takenCount == 0;
}

WorkQueue::Work WorkQueue::take(Entries::iterator it)
{
    Entry& entry = it->second;
    leave(entry);
    entry.state = State::Taken;
    // What is read from a file lies in the decoder, not here, but for files of 4 KiB at most.
    entry.pipelineBytes = entry.mode == protocol::TransferMode::Bytes
                              ? std::min<std::uint64_t>(entry.item.bytes, limits::maxItemBytes)
                              : 0;
    m_pipelineBytes += entry.pipelineBytes;
    ++m_takenCount;
    ++m_unsettled;
    Work work{it->first, entry.lease, entry.mode, std::move(entry.item)};
    entry.item = {};
    entry.item.item = work.item.item;
    return work;
}

std::vector<WorkQueue::Work> WorkQueue::takeForDecode(std::size_t most)
{
    std::unique_lock lock(m_mutex);
    m_feederWake.wait(lock, [this] { return m_stopped || !m_supplied.empty() || mayTake(); });
    std::vector<Work> taken;
    if (m_stopped)
        return taken;
    while (!m_supplied.empty() && taken.size() < most) {
        taken.push_back(std::move(m_supplied.front()));
        m_supplied.pop_front();
    }
    for (auto it = m_entries.lower_bound(m_nextQueued); it != m_entries.end() && taken.size() < most && mayTake();
         ++it) {
        m_nextQueued = it->first + 1;
        taken.push_back(take(it));
    }
    return taken;
}

void WorkQueue::note(std::uint64_t tag, std::string note)
{
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_entries.find(tag); found != m_entries.end())
        found->second.note = std::move(note);
}

void WorkQueue::supply(std::uint64_t tag, std::vector<std::byte> bytes)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_entries.find(tag);
    if (found == m_entries.end() || found->second.state != State::Taken)
        return;
    Work work{tag, found->second.lease, found->second.mode, {}};
    work.item.item = found->second.item.item;
    work.item.bytes = bytes.size();
    work.item.data = std::move(bytes);
    m_supplied.push_back(std::move(work));
    m_feederWake.notify_one();
}

bool WorkQueue::isWanted(std::uint64_t tag) const
{
    const std::lock_guard lock(m_mutex);
    return m_entries.contains(tag);
}

std::vector<WorkQueue::Ready> WorkQueue::decoded(std::vector<Picture> pictures)
{
    const std::lock_guard lock(m_mutex);
    std::vector<Ready> failed;
    for (Picture& picture : pictures) {
        const auto found = m_entries.find(picture.tag);
        if (found == m_entries.end() || found->second.state != State::Taken)
            continue;
        Entry& entry = found->second;
        leave(entry);
        if (!entry.note.empty())
            picture.note = picture.note.empty() ? std::move(entry.note) : entry.note + "; " + picture.note;
        if (picture.error != ErrorCode::None) {
            failed.push_back({found->first, entry.lease, entry.item.item, std::move(picture)});
            m_entries.erase(found);
            continue;
        }
        entry.picture = std::move(picture);
        entry.state = State::Decoded;
        ++m_decodedCount;
        m_decodedOrder.push_back(found->first);
    }
    m_feederWake.notify_one();
    m_replicaWake.notify_all();
    return failed;
}

std::vector<WorkQueue::Ready> WorkQueue::takeBatch(std::size_t most, std::chrono::microseconds linger)
{
    std::unique_lock lock(m_mutex);
    std::vector<Ready> batch;
    while (batch.empty()) {
        m_replicaWake.wait(lock, [this] { return m_stopped || (m_decodedCount > 0 && !m_resting); });
        if (m_stopped)
            return batch;
        const auto until = std::chrono::steady_clock::now() + linger;
        m_replicaWake.wait_until(lock, until, [&] {
            return m_stopped || m_resting || m_decodedCount == 0 || m_decodedCount >= most || m_takenCount == 0;
        });
        if (m_stopped)
            return batch;
        if (m_resting)
            continue;
        while (batch.size() < most && !m_decodedOrder.empty()) {
            const auto found = m_entries.find(m_decodedOrder.front());
            m_decodedOrder.pop_front();
            if (found == m_entries.end())
                continue;
            Entry& entry = found->second;
            leave(entry);
            entry.state = State::Computing;
            ++m_computingCount;
            batch.push_back({found->first, entry.lease, entry.item.item, std::move(entry.picture)});
        }
    }
    m_feederWake.notify_one();
    return batch;
}

void WorkQueue::finished(const std::vector<Ready>& batch)
{
    const std::lock_guard lock(m_mutex);
    for (const Ready& ready : batch) {
        if (const auto found = m_entries.find(ready.tag); found != m_entries.end()) {
            leave(found->second);
            m_entries.erase(found);
        }
    }
}

} // namespace vitfleet::agent
