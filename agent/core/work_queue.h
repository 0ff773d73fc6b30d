// SPDX-License-Identifier: GPL-3.0-or-later
// The items of a run on this node, from their lease to their result: queued → taken (being read, fetched or decoded)
// → decoded → computing. Where engine, feeder, decoder and replica threads meet; every member may be called from any
// thread.
#pragma once

#include "agent/core/parts.h"
#include "agent/core/settings.h"
#include "shared/base/result.h"
#include "shared/protocol/messages.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace vitfleet::agent {

class WorkQueue
{
public:
    struct Limits
    {
        std::size_t leasedItems = bounds::leasedItems;
        std::size_t queuedBytes = bounds::queuedBytes;
    };
    /// How much may be between queue and computation; nothing is taken before this is set.
    struct Capacity
    {
        std::size_t items = 0;
        std::size_t bytes = bounds::pipelineBytes;   ///< of pictures not yet decoded; one is always let through
        std::size_t unsettled = bounds::outboxItems; ///< begun, and their results not yet committed
    };
    struct Counts
    {
        std::uint32_t queued = 0;  ///< leased and not started
        std::uint32_t started = 0; ///< being read, decoded or computed
        std::uint32_t computing = 0;
        std::uint32_t decoding = 0; ///< being read or decoded
    };
    struct Work
    {
        std::uint64_t tag = 0; ///< names the item inside this queue; a later one is greater
        LeaseId lease;
        protocol::TransferMode mode = protocol::TransferMode::Invalid;
        protocol::LeaseItem item;
    };
    /// An item whose picture is decoded, or has failed to be.
    struct Ready
    {
        std::uint64_t tag = 0;
        LeaseId lease;
        ItemId item;
        Picture picture;
    };
    struct GivenBack
    {
        LeaseId lease;
        ItemId item;
    };

    WorkQueue() = default;
    explicit WorkQueue(Limits limits) : m_limits(limits) {}

    /// Queues leased items in order. Protocol where that is more than an agent takes. Where their data are more than
    /// may wait here, those of the last ones are dropped: they are asked for when their turn comes.
    Result<void> add(LeaseId lease, protocol::TransferMode mode, std::vector<protocol::LeaseItem> items);
    /// Takes back up to `most` items that no replica has begun, last first; of one lease, or of any for none.
    std::vector<GivenBack> takeBack(LeaseId lease, std::size_t most);
    void setCapacity(Capacity capacity);
    /// So many results have been committed: room for as many more.
    void settled(std::size_t count);
    /// While it rests nothing is taken, neither for decoding nor for computing.
    void setResting(bool resting);
    /// Ends all waiting calls for good.
    void stop();
    Counts counts() const;

    /// Feeder: waits for items that may be taken now, and for fetched ones. Empty once stopped.
    std::vector<Work> takeForDecode(std::size_t most);
    /// Adds a note to a taken item's result.
    void note(std::uint64_t tag, std::string note);
    /// The bytes of a taken item that came without them have been fetched; it goes to the feeder again.
    void supply(std::uint64_t tag, std::vector<std::byte> bytes);
    /// Whether a taken item has not been given back meanwhile.
    bool isWanted(std::uint64_t tag) const;
    /// Keeps those pictures that can be computed and returns the others, to become error rows; items that were given
    /// back meanwhile are in neither.
    std::vector<Ready> decoded(std::vector<Picture> pictures);

    /// Replica: waits for decoded pictures; then up to `linger` for more where more are on the way. Empty once stopped.
    std::vector<Ready> takeBatch(std::size_t most, std::chrono::microseconds linger);
    /// A batch's results exist.
    void finished(const std::vector<Ready>& batch);

private:
    enum class State : std::uint8_t
    {
        Invalid = 0,
        Queued,
        Taken,
        Decoded,
        Computing
    };
    struct Entry
    {
        LeaseId lease;
        protocol::TransferMode mode;
        State state = State::Queued;
        protocol::LeaseItem item;
        std::size_t pipelineBytes = 0; ///< counted while it is taken
        std::string note;
        Picture picture;
    };
    using Entries = std::map<std::uint64_t, Entry>;

    bool mayTake() const;
    Work take(Entries::iterator entry);
    void leave(Entry& entry);

    mutable std::mutex m_mutex;
    std::condition_variable m_feederWake, m_replicaWake;
    // All below are guarded by m_mutex.
    Limits m_limits;
    Capacity m_capacity;
    bool m_stopped = false;
    bool m_resting = false;
    Entries m_entries; ///< by tag: those that are queued come after all others
    std::uint64_t m_lastTag = 0;
    std::uint64_t m_nextQueued = 1; ///< every queued entry's tag is at least this
    std::deque<Work> m_supplied;
    std::deque<std::uint64_t> m_decodedOrder; ///< may name items that were given back
    std::size_t m_queuedCount = 0, m_takenCount = 0, m_decodedCount = 0, m_computingCount = 0;
    std::size_t m_unsettled = 0; ///< taken, and neither given back nor committed
    std::size_t m_queuedBytes = 0, m_pipelineBytes = 0;
};

} // namespace vitfleet::agent
