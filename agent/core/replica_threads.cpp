// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/replica_threads.h"

#include "agent/core/scores.h"
#include "agent/core/thread_name.h"
#include "shared/base/log.h"
#include "shared/protocol/precision_names.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <string>

namespace vitfleet::agent {

using Clock = std::chrono::steady_clock;

namespace {

std::uint32_t microsOf(Clock::duration duration)
{
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, UINT32_MAX));
}

protocol::ResultItem resultOf(const WorkQueue::Ready& ready, std::uint32_t inferenceMicros, const BackendInfo& info)
{
    protocol::ResultItem result;
    result.lease = ready.lease;
    result.item = ready.item;
    result.note = ready.picture.note;
    result.decodeMicros = ready.picture.micros;
    result.inferenceMicros = inferenceMicros;
    result.precision = protocol::precisionFromName(info.precision);
    return result;
}

BackendItem backendItem(const WorkQueue::Ready& ready)
{
    return {ready.picture.pixels.empty() ? nullptr : ready.picture.pixels.data(), ready.item.value};
}

} // namespace

/// Where start() waits for its threads.
struct ReplicaThreads::Start
{
    std::mutex mutex;
    std::condition_variable wake;
    std::size_t waiting = 0;
    std::optional<Error> error; ///< the first
};

ReplicaThreads::ReplicaThreads(const Plan& plan)
    : m_plan(plan), m_info(plan.backend.info()), m_counters(std::make_shared<ReplicaCounters>(m_info.replicas))
{
}

Result<std::unique_ptr<ReplicaThreads>> ReplicaThreads::start(const Plan& plan)
{
    std::unique_ptr<ReplicaThreads> threads(new ReplicaThreads(plan));
    Start start;
    start.waiting = threads->m_info.replicas;
    for (std::uint32_t i = 0; i < threads->m_info.replicas; ++i)
        threads->m_replicas.push_back(std::make_unique<Replica>());
    for (std::uint32_t i = 0; i < threads->m_info.replicas; ++i)
        threads->m_replicas[i]->thread = std::thread([&start, i, self = threads.get()] { self->run(i, start); });

    std::unique_lock lock(start.mutex);
    start.wake.wait(lock, [&start] { return start.waiting == 0; });
    if (start.error) {
        lock.unlock();
        plan.queue.stop(); // or those that did enter would wait for work
        return *start.error;
    }
    double itemsPerMilli = 0;
    for (const auto& replica : threads->m_replicas)
        itemsPerMilli += replica->warmUpMillis > 0 ? 1.0 / replica->warmUpMillis : 0;
    threads->m_millisecondsPerItem = itemsPerMilli > 0 ? static_cast<float>(1.0 / itemsPerMilli) : 0;
    return threads;
}

ReplicaThreads::~ReplicaThreads()
{
    for (const auto& replica : m_replicas) {
        if (replica->thread.joinable())
            replica->thread.join();
    }
}

void ReplicaThreads::run(std::uint32_t index, Start& start)
{
    nameThread("vf-replica-" + std::to_string(index));
    const Result<void> entered = enter(index);
    {
        const std::lock_guard lock(start.mutex);
        if (!entered.ok() && !start.error)
            start.error = entered.error();
        --start.waiting;
        start.wake.notify_one();
    }
    if (entered.ok())
        work(index);
}

Result<void> ReplicaThreads::enter(std::uint32_t index)
{
    if (auto entered = m_plan.backend.enterReplica(index); !entered.ok())
        return entered;
    return m_plan.warmUp ? warmUp(index) : Result<void>();
}

Result<void> ReplicaThreads::warmUp(std::uint32_t index)
{
    // The first call allocates and compiles; only the second one is worth timing, and it need not be long.
    constexpr double longestMillis = 500;
    const std::vector<std::uint8_t> blank(m_plan.pictureBytes, 128);
    std::vector<BackendItem> items(1, BackendItem{blank.data(), 0});
    std::vector<float> logits(m_info.labels);
    const auto timed = [&]() -> Result<double> {
        const auto begin = Clock::now();
        if (auto done = classify(index, items, logits); !done.ok())
            return done.error();
        return std::chrono::duration<double, std::milli>(Clock::now() - begin).count() /
               static_cast<double>(items.size());
    };
    const auto first = timed();
    if (!first.ok())
        return first.error();
    const auto fitting = static_cast<std::size_t>(longestMillis / std::max(*first, 0.001));
    const std::size_t count = std::clamp<std::size_t>(fitting, 1, m_info.preferredBatch);
    items.assign(count, BackendItem{blank.data(), 0});
    logits.resize(count * m_info.labels);
    const auto second = timed();
    if (!second.ok())
        return second.error();
    m_replicas[index]->warmUpMillis = std::max(*second, 0.001);
    return {};
}

void ReplicaThreads::work(std::uint32_t index)
{
    // Waiting for a fuller batch must stay cheap beside computing it.
    constexpr std::chrono::microseconds shortest(500), longest(50'000);
    std::chrono::microseconds linger = shortest;
    while (true) {
        const auto batch = m_plan.queue.takeBatch(m_info.preferredBatch, linger);
        if (batch.empty())
            return;
        m_counters->of(index).busy = true;
        const auto begin = Clock::now();
        std::vector<protocol::ResultItem> results;
        compute(index, batch, results);
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
        linger = std::clamp(took / 4, shortest, longest);
        m_counters->of(index).busy = false;
        // Results first: an item is always in the queue, among the results or in both, never in neither.
        m_plan.sink.add(std::move(results));
        m_plan.queue.finished(batch);
    }
}

void ReplicaThreads::compute(std::uint32_t index, const std::vector<WorkQueue::Ready>& batch,
                             std::vector<protocol::ResultItem>& results)
{
    std::vector<BackendItem> items;
    for (const auto& ready : batch)
        items.push_back(backendItem(ready));
    std::vector<float> logits(batch.size() * m_info.labels);
    const auto begin = Clock::now();
    const Result<void> done = classify(index, items, logits);
    const std::uint32_t micros = microsOf((Clock::now() - begin) / batch.size());
    if (!done.ok() && batch.size() > 1) {
        // One picture may have spoiled it for all: each gets a chance of its own.
        log::warning("batch_failed", {{"replica", index}, {"items", batch.size()}, {"error", describe(done.error())}});
        for (const auto& ready : batch)
            compute(index, {ready}, results);
        return;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
        protocol::ResultItem result = resultOf(batch[i], micros, m_info);
        if (done.ok()) {
            result.top = topScores(std::span(logits).subspan(i * m_info.labels, m_info.labels), m_plan.problem);
            if (result.top.empty())
                result.error = ErrorCode::BackendResult;
        } else {
            result.error = done.error().code;
            result.errorDetail = done.error().detail;
        }
        results.push_back(std::move(result));
    }
}

Result<void> ReplicaThreads::classify(std::uint32_t index, std::span<const BackendItem> items, std::span<float> logits)
{
    try {
        return m_plan.backend.classify(index, items, logits, m_counters->of(index).progress);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::BackendMemory, "this node's memory"};
    } catch (const std::exception& exception) {
        return Error{ErrorCode::BackendFailed, exception.what()};
    } catch (...) {
        return Error{ErrorCode::BackendFailed, "an exception of unknown type"};
    }
}

} // namespace vitfleet::agent
