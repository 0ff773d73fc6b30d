// SPDX-License-Identifier: GPL-3.0-or-later
// An endless stream of decoded pictures from a folder of files, over the same road as in a run: item source, feeder
// thread, decoder processes, work queue.
#pragma once

#include "agent/core/feeder.h"
#include "agent/core/parts.h"
#include "agent/core/result_sink.h"
#include "agent/core/settings.h"
#include "agent/core/work_queue.h"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace vitfleet::agent {

class PictureFeed
{
public:
    struct Setup
    {
        std::filesystem::path folder; ///< with its subfolders
        const ModelSpec& model;
        const AgentSettings& settings;
        std::size_t pipelineItems = 0; ///< pictures on their way at a time
        AgentParts& parts;
    };
    /// Lists the folder's files and starts the decoders. DataMissing, DataEmpty, or what the decoder says.
    static Result<std::unique_ptr<PictureFeed>> start(const Setup& setup);
    ~PictureFeed();

    /// Replica threads: waits for decoded pictures, up to `most` of them. Empty where none of the files is a picture.
    std::vector<WorkQueue::Ready> take(std::size_t most);
    void finished(const std::vector<WorkQueue::Ready>& batch);

    /// Decodes as many as may be on their way, so that the first slice begins as the others do. For a closed feed.
    void fill();
    void open();
    /// Waits until the decoders are idle, so that nothing runs between two slices. What is decoded is kept for the next
    /// one, or each would pay for pictures that it does not classify.
    void close();

    std::size_t files() const { return m_items.size(); }
    /// Pictures that could not be decoded, in all.
    std::uint64_t failed() const { return m_failed.load(); }
    std::vector<int> decoderProcesses() const { return m_decoder->processIds(); }

private:
    PictureFeed() = default;
    void refill();
    /// Under the mutex: nothing is on its way through the decoders.
    bool isIdle() const { return m_queue->counts().decoding == 0; }
    bool hasNoPictures() const { return !m_anyDecoded && m_failed >= m_items.size(); }

    std::vector<protocol::LeaseItem> m_items;
    std::size_t m_pipelineItems = 0;
    std::unique_ptr<WorkQueue> m_queue;
    std::unique_ptr<ResultSink> m_sink;
    std::unique_ptr<PictureDecoder> m_decoder;
    std::unique_ptr<Feeder> m_feeder;
    std::mutex m_mutex;                 ///< guards the following
    std::condition_variable m_progress; ///< of the decoders
    std::size_t m_next = 0;
    std::uint64_t m_lease = 0;
    bool m_open = false;
    std::atomic<bool> m_anyDecoded{false};
    std::atomic<std::uint64_t> m_failed{0};
};

} // namespace vitfleet::agent
