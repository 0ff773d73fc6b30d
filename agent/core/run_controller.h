// SPDX-License-Identifier: GPL-3.0-or-later
// The run that this agent works on: from OpenRun through finding, fetching and loading its model to leases, results and
// its end. Engine thread only; what takes long is posted to the worker.
#pragma once

#include "agent/core/courier.h"
#include "agent/core/item_fetcher.h"
#include "agent/core/model_cache.h"
#include "agent/core/model_fetch.h"
#include "agent/core/parts.h"
#include "agent/core/replica_watch.h"
#include "agent/core/run_host.h"
#include "agent/core/settings.h"
#include "agent/core/work_queue.h"
#include "agent/core/worker.h"
#include "shared/base/event_loop.h"
#include "shared/protocol/messages.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::agent {

class RunController
{
public:
    RunController(EventLoop& loop, Worker& worker, AgentParts& parts, const AgentSettings& settings, Courier& courier);
    /// Posts the run's end to the worker, which must have ended before this object does: until then threads of the run
    /// may still report to it.
    void shutDown() { retire(); }

    void open(const protocol::OpenRun& request);
    void close(const std::string& runUid);
    /// Forgets the run with all that belongs to it: another owner.
    void drop();
    /// The owner's data connection is a new one.
    void reconnected();

    void onModelPiece(const protocol::ModelPiece& piece, protocol::BytesView payload);
    /// Protocol where the items cannot be read or are more than an agent takes.
    Result<void> onLeasePart(const protocol::LeasePart& part, protocol::BytesView payload);
    void onItemPiece(const protocol::ItemPiece& piece, protocol::BytesView payload);
    void onRevoke(const protocol::Revoke& revoke);
    void onCommitted(const protocol::Committed& committed);
    void onProbe(const protocol::ProbeFiles& probe);

    /// Takes no more work; `now`: gives back what no replica has begun. What is leased later is given back at once.
    void drain(bool now);
    void undrain();
    /// Begins nothing new, until this is over or the application opens the run again or leases something.
    void rest(bool on);

    /// Fills in what a beat says of the run.
    void describe(protocol::AgentBeat& beat);
    std::uint64_t doneItems() const { return m_doneItems; }
    std::vector<int> decoderProcesses() const;
    bool isOpen() const { return m_run != nullptr; }
    /// Leases, or results that are not committed.
    bool holdsWork() const;
    /// Nothing is started, and no result is on its way to the outbox.
    bool isQuiet() const;

private:
    enum class Phase : std::uint8_t
    {
        Invalid = 0,
        Locating,
        Fetching,
        Loading,
        Ready,
        Failed
    };
    /// Touched by tasks in the worker only.
    struct WorkerSide
    {
        std::shared_ptr<const ItemSource> source;
        std::unique_ptr<IncomingModel> incoming;
    };
    struct Run
    {
        protocol::OpenRun request;
        RunOptions options;
        Phase phase = Phase::Locating;
        std::shared_ptr<WorkerSide> side = std::make_shared<WorkerSide>();
        std::shared_ptr<WorkQueue> queue = std::make_shared<WorkQueue>();
        std::shared_ptr<ResultSink> sink;
        std::shared_ptr<RunHost> host;
        std::optional<ModelFetch> fetch;
        ItemFetcher items;
    };

    void begin(const protocol::OpenRun& request);
    void located(std::optional<LocatedModel> model);
    void beginFetch();
    void askForModel();
    void askAgain();
    void finishFetch();
    void load(std::optional<LocatedModel> model);
    void loaded(Result<std::shared_ptr<RunHost>> host);
    void fail(const Error& error);
    void sendReady();
    void retire();
    /// Runs `task` in the engine thread, unless the run has ended by then. Any thread.
    template <typename Task>
    void postToRun(std::uint64_t generation, Task task);
    /// Runs `task` in the worker for the run that is open now; an exception from a library that it uses fails that run.
    template <typename Task>
    void postToWorker(Task task);

    bool isCurrent(const std::string& runUid) const { return m_run && m_run->request.runUid == runUid; }
    void collectResults();
    void describeReplicas(protocol::AgentBeat& beat);
    void needBytes(std::vector<ItemSource::NeedsBytes> items);
    void askForItems();
    void sendRevoked(const std::vector<WorkQueue::GivenBack>& given);

    EventLoop& m_loop;
    Worker& m_worker;
    AgentParts& m_parts;
    const AgentSettings& m_settings;
    Courier& m_courier;
    std::shared_ptr<ModelCache> m_models; ///< worker thread only
    std::shared_ptr<Run> m_run;           ///< shared with the worker task that takes it down
    /// Of the run that is open, or of one before while a replica of it is still at work.
    std::shared_ptr<const ReplicaCounters> m_counters;
    ReplicaWatch m_watch;
    bool m_isHung = false; ///< and said so
    std::uint64_t m_generation = 0;
    std::uint64_t m_doneItems = 0;
    bool m_draining = false;
};

template <typename Task>
void RunController::postToWorker(Task task)
{
    m_worker.post([this, generation = m_generation, task = std::move(task)]() mutable {
        Error error{ErrorCode::Internal, {}};
        try {
            task();
            return;
        } catch (const std::bad_alloc&) {
            error = {ErrorCode::BackendMemory, "this node's memory"};
        } catch (const std::exception& exception) {
            error.detail = exception.what();
        }
        postToRun(generation, [this, error] { fail(error); });
    });
}

template <typename Task>
void RunController::postToRun(std::uint64_t generation, Task task)
{
    m_loop.post([this, generation, task = std::move(task)]() mutable {
        if (generation == m_generation && m_run)
            task();
        else // whatever it holds may take its time to go
            m_worker.post([task = std::move(task)] { static_cast<void>(task); });
    });
}

} // namespace vitfleet::agent
