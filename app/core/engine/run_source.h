// SPDX-License-Identifier: GPL-3.0-or-later
// Everything of a run that waits for disks, in a thread of its own: opening data set and model, storing the run,
// hashing the model, scanning (or loading) the items. What it finds it posts to the engine's thread.
#pragma once

#include "app/core/data/data_set.h"
#include "app/core/data/label_matcher.h"
#include "app/core/data/model_info.h"
#include "app/core/engine.h"
#include "app/core/engine/disk_thread.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace vitfleet::app {

class RunSource
{
public:
    /// All are called in the engine's thread, in this order; after `failed` nothing follows.
    struct Callbacks
    {
        /// The run is stored (or found), with the epoch that its leases have from now on; its data set can be read.
        std::function<void(RunRecord, std::shared_ptr<DataSet>)> stored;
        /// Only where the run's precision is to be chosen: what earlier runs with the same model have found.
        std::function<void(std::vector<PrecisionCheck>)> precisionsKnown;
        std::function<void(ModelInfo)> modelReady;
        /// Items in order; `settled` are those of them that have their row already. What is new is stored already.
        std::function<void(std::vector<ItemRecord> items, std::vector<ItemId> settled)> items;
        std::function<void()> scanned;
        /// `before`: nothing was stored, or nothing of it was changed.
        std::function<void(const Error&, bool before)> failed;
    };

    RunSource(Store& store, EventLoop& loop, Callbacks callbacks);
    /// Cancels, and does not wait for what is being read; no callback follows, and the store is not used any more.
    ~RunSource();

    void start(RunRequest request);
    void resume(RunId run);

private:
    class Work;
    std::shared_ptr<Work> m_work; ///< shared with the thread, which may outlive this object
    std::optional<DiskThread> m_thread;
};

} // namespace vitfleet::app
