// SPDX-License-Identifier: GPL-3.0-or-later
// One thread for each of the backend's replicas: takes decoded pictures, computes, leaves results.
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/core/replica_counters.h"
#include "agent/core/result_sink.h"
#include "agent/core/work_queue.h"

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace vitfleet::agent {

class ReplicaThreads
{
public:
    struct Plan
    {
        Backend& backend;
        WorkQueue& queue;
        ResultSink& sink;
        ProblemType problem = ProblemType::SingleLabel;
        std::size_t pictureBytes = 0; ///< of one picture; 0: the backend is given none (not decoded)
        bool warmUp = false;          ///< compute blank pictures first, and time them
    };

    /// Starts the threads and waits until each has entered its replica and warmed up. The queue must be stopped before
    /// this object is destroyed.
    static Result<std::unique_ptr<ReplicaThreads>> start(const Plan& plan);
    ~ReplicaThreads();

    /// They may outlive this object.
    std::shared_ptr<const ReplicaCounters> counters() const { return m_counters; }
    /// Of the whole node, from the warm-up; 0: not known.
    float millisecondsPerItem() const { return m_millisecondsPerItem; }

private:
    struct Replica
    {
        std::thread thread;
        double warmUpMillis = 0; ///< of one picture, written before the thread has started to work
    };
    struct Start;

    explicit ReplicaThreads(const Plan& plan);
    void run(std::uint32_t index, Start& start);
    Result<void> enter(std::uint32_t index);
    Result<void> warmUp(std::uint32_t index);
    void work(std::uint32_t index);
    void compute(std::uint32_t index, const std::vector<WorkQueue::Ready>& batch,
                 std::vector<protocol::ResultItem>& results);
    Result<void> classify(std::uint32_t index, std::span<const BackendItem> items, std::span<float> logits);

    Plan m_plan;
    BackendInfo m_info;
    float m_millisecondsPerItem = 0;
    std::shared_ptr<ReplicaCounters> m_counters;
    std::vector<std::unique_ptr<Replica>> m_replicas;
};

} // namespace vitfleet::agent
