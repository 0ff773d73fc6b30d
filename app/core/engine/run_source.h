// SPDX-License-Identifier: GPL-3.0-or-later
// Everything of a run that waits for disks, in a thread of its own: opening data set and model, storing the run,
// hashing the model, scanning (or loading) the items. What it finds it posts to the engine's thread.
#pragma once

#include "app/core/data/data_set.h"
#include "app/core/data/label_matcher.h"
#include "app/core/data/model_info.h"
#include "app/core/engine.h"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace vitfleet::app {

class RunSource
{
public:
    /// All are called in the engine's thread, in this order; after `failed` nothing follows.
    struct Callbacks
    {
        /// The run is stored (or found); its data set can be read.
        /// `latest`: of what was written about it before; 0: nothing was.
        std::function<void(RunRecord, std::shared_ptr<DataSet>, UnixMs latest)> stored;
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
    /// Cancels and joins; no callback follows.
    ~RunSource();

    void start(RunRequest request);
    void resume(RunId run);

private:
    struct Shared;
    void runNew(const RunRequest& request);
    void runResumed(RunId run);
    void finish(RunRecord run, std::shared_ptr<DataSet> dataSet, ModelInfo model, LabelMatcher matcher);
    void readKnownPrecisions(const std::string& modelSha256);
    Result<void> scanItems(const RunRecord& run, DataSet& dataSet, const LabelMatcher& matcher);
    Result<void> loadItems(StoreReader& reader, const RunRecord& run);
    void post(std::function<void(const Callbacks&)> call);
    void fail(const Error& error, bool before);

    Store& m_store;
    EventLoop& m_loop;
    std::shared_ptr<Shared> m_shared;
    std::vector<std::size_t> m_knownPaths; ///< hashes of the stored items' paths, where the scan was cut off
    std::atomic<bool> m_cancelled = false;
    std::thread m_thread;
};

} // namespace vitfleet::app
