// SPDX-License-Identifier: GPL-3.0-or-later
// Reads what is sent to nodes that do not see the files (and the model's files) in a thread of its own, so that no
// disk holds up the engine's thread.
#pragma once

#include "app/core/data/data_set.h"
#include "app/core/data/model_info.h"
#include "app/core/engine/disk_thread.h"
#include "shared/base/event_loop.h"
#include "shared/protocol/codec.h"

#include <functional>
#include <memory>
#include <vector>

namespace vitfleet::app {

class PayloadWorker
{
public:
    explicit PayloadWorker(EventLoop& loop);
    /// Drops what is queued and does not wait for what is being read; no callback follows.
    ~PayloadWorker();

    struct UnreadableItem
    {
        ItemId item;
        Error error;
    };
    struct Lease
    {
        std::vector<protocol::Bytes> parts; ///< item lists; empty where no item could be read
        std::vector<UnreadableItem> unreadable;
    };
    /// Reads the items and encodes them; `done` is called in the engine's thread.
    void readLease(std::shared_ptr<DataSet> dataSet, std::vector<ItemRecord> items, std::function<void(Lease)> done);
    /// Up to 1 MiB of an item from `offset`.
    void readItem(std::shared_ptr<DataSet> dataSet, ItemRecord item, std::uint64_t offset,
                  std::function<void(Result<std::vector<std::byte>>)> done);
    /// Up to 1 MiB of a file of the model from `offset`. ModelMissing where it is not there or shorter, NodeIo.
    void readModel(std::filesystem::path file, std::uint64_t offset, std::size_t bytes,
                   std::function<void(Result<std::vector<std::byte>>)> done);

private:
    struct State;

    std::shared_ptr<State> m_state; ///< shared with the thread, which may outlive this object
    DiskThread m_thread;
};

/// Encodes items into as many payloads as they need.
std::vector<protocol::Bytes> encodeParts(const std::vector<protocol::LeaseItem>& items);
protocol::LeaseItem toLeaseItem(ItemRecord item);

} // namespace vitfleet::app
