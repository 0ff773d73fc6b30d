// SPDX-License-Identifier: GPL-3.0-or-later
// The thread that reads leased items and hands them to the decoder processes.
#pragma once

#include "agent/core/item_source.h"
#include "agent/core/result_sink.h"
#include "agent/core/work_queue.h"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace vitfleet::agent {

class Feeder
{
public:
    using NeedsBytes = std::function<void(std::vector<ItemSource::NeedsBytes>)>; ///< in the feeder's thread

    /// Without a decoder, items are read and checked and then computed on nothing (the synthetic backend's choice).
    /// The queue must be stopped before this object is destroyed.
    Feeder(WorkQueue& queue, ResultSink& sink, std::shared_ptr<const ItemSource> source, PictureDecoder* decoder,
           NeedsBytes needsBytes);
    ~Feeder();

private:
    void run();
    void feed(std::vector<WorkQueue::Work> works);

    WorkQueue& m_queue;
    ResultSink& m_sink;
    std::shared_ptr<const ItemSource> m_source; ///< shared with probes, which the worker thread answers
    PictureDecoder* m_decoder;
    NeedsBytes m_needsBytes;
    std::thread m_thread;
};

/// Pictures to the queue, and those that failed to the sink as error results. Any thread.
void deliverPictures(WorkQueue& queue, ResultSink& sink, std::vector<Picture> pictures);

} // namespace vitfleet::agent
