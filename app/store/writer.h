// SPDX-License-Identifier: GPL-3.0-or-later
// The writer: a queue, and the one thread that owns the only writing connection.
#pragma once

#include "app/core/run_deletion.h"
#include "app/core/store.h"
#include "app/store/database.h"
#include "app/store/recorder.h"
#include "app/store/statement.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <variant>
#include <vector>

namespace vitfleet::app::sqlite {

class Writer : public StoreWriter, public RunDeletion, public UnitLedger
{
public:
    explicit Writer(std::unique_ptr<SQLite::Database> db);
    /// Commits what is queued, once more if need be, and empties the log.
    ~Writer() override;

    void setCallbacks(Callbacks callbacks) override;
    Result<RunId> createRun(const RunRecord& run) override;
    void updateRun(const RunRecord& run) override;
    void addItems(RunId run, std::vector<ItemRecord> items) override;
    void addResult(RunId run, std::uint64_t token, ResultRow row) override;
    void addResults(RunId run, std::uint64_t firstToken, std::vector<ResultRow> rows) override;
    void upsertNode(RunId run, const NodeRecord& node) override;
    void addPrecisionCheck(RunId run, PrecisionCheck check) override;
    void addCost(RunId run, RunCostRecord cost) override;
    void addEvent(EventRecord event) override;
    void addSamples(RunId run, std::vector<ThroughputSample> samples) override;
    Result<Seal> sealRun(RunId run) override;
    Result<void> deleteRun(RunId run) override;
    Result<void> flush() override;
    Result<void> finishIndexes() override;
    Result<std::vector<UnitRecord>> units() override;
    Result<void> putUnits(const std::vector<UnitRecord>& units) override;
    Result<void> removeUnits(const std::vector<UnitRecord>& units) override;

private:
    using Clock = std::chrono::steady_clock;
    struct AddItems
    {
        RunId run;
        std::vector<ItemRecord> items;
    };
    struct AddResults
    {
        RunId run;
        std::uint64_t firstToken = 0;
        std::vector<ResultRow> rows;
    };
    // What is large is kept elsewhere: every entry of the queue is as large as the largest kind.
    struct UpdateRun
    {
        std::unique_ptr<const RunRecord> run;
    };
    struct UpsertNode
    {
        RunId run;
        std::unique_ptr<const NodeRecord> node;
    };
    struct AddPrecisionCheck
    {
        RunId run;
        std::unique_ptr<const PrecisionCheck> check;
    };
    struct AddCost
    {
        RunId run;
        std::unique_ptr<const RunCostRecord> cost;
    };
    struct AddEvent
    {
        std::unique_ptr<const EventRecord> event;
    };
    struct AddSamples
    {
        RunId run;
        std::vector<ThroughputSample> samples;
    };
    using Command =
        std::variant<AddItems, AddResults, UpdateRun, UpsertNode, AddPrecisionCheck, AddCost, AddEvent, AddSamples>;
    /// Something a caller waits for; called in the writer's thread with what came of committing the queue before it.
    using Request = std::function<void(const Result<void>& committed)>;

    struct Queued
    {
        Clock::time_point since;
        Command command;
    };

    static std::size_t rowsOf(const Command& command);
    void enqueue(Command command);
    /// Queues the request, wakes the writer and waits until it has been called.
    void ask(Request request);

    void run();
    bool isDue(Clock::time_point now) const;
    Clock::time_point nextDeadline() const;
    void takeBatch();
    Result<void> commitBatch();
    Result<void> checkPlace() const;
    Result<void> commitAll(std::unique_lock<std::mutex>& lock);
    void apply(const Command& command);
    void report(const Error& error);
    void checkpoint();

    // writer_runs.cpp
    /// Runs of an earlier process: those without a seal get one, and all of them their postings.
    void indexEndedRuns();
    /// A slice of what is left to index; nothing more of a run for which it fails.
    Result<void> indexSome();
    Result<RunId> doCreateRun(const RunRecord& run);
    Result<Seal> doSealRun(RunId run);
    Result<void> doDeleteRun(RunId run);

    std::unique_ptr<SQLite::Database> m_db; ///< writer's thread only, once it runs
    std::string m_path;
    struct stat m_place = {};                  ///< of the file as it was opened
    std::unique_ptr<Recorder> m_recorder;      ///< likewise
    std::deque<Recorder::IndexPart> m_toIndex; ///< likewise; done while there is nothing else to do
    std::vector<Command> m_batch;              ///< being committed; kept until it is
    Error m_trouble{ErrorCode::None, {}};      ///< as reported last
    int m_logPages = 0;                        ///< of the write-ahead log, after the last COMMIT
    int m_nextCheckpoint = 0;

    mutable std::mutex m_mutex; ///< guards the following
    std::condition_variable m_wake;
    std::deque<Queued> m_queue;
    std::size_t m_queuedRows = 0;
    Clock::time_point m_retryAt{};
    Clock::time_point m_restUntil{}; ///< after a COMMIT
    bool m_failing = false;          ///< the last COMMIT failed: nothing but a retry until it works
    std::deque<Request> m_requests;
    bool m_stopping = false;

    std::mutex m_callbackMutex; ///< held during callbacks: after setCallbacks() the old ones are not running
    Callbacks m_callbacks;

    std::thread m_thread; ///< last: it uses everything above
};

} // namespace vitfleet::app::sqlite
