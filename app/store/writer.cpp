// SPDX-License-Identifier: GPL-3.0-or-later
// The queue, its COMMITs and what callers wait for. What becomes of whole runs is in writer_runs.cpp.
#include "app/store/writer.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <future>
#include <pthread.h>

namespace vitfleet::app::sqlite {

namespace {

constexpr auto retryInterval = std::chrono::milliseconds(500);
/// A transaction begins at limits::commitRows; what came in during the last one's fsync goes along, up to this.
constexpr std::size_t maxTransactionRows = 4096;
/// From one COMMIT to the next, unless a whole transaction waits: rows of many nodes lie scattered, and each page that
/// they share is written once for each COMMIT.
constexpr auto commitPause = std::chrono::milliseconds(100);
constexpr int checkpointPages = 1000; ///< 4 MiB of log are copied back, as far as no reader still needs the old pages
constexpr int restartPages = 4000;    ///< 16 MiB: now wait a moment for readers, so that the log starts anew
constexpr int restartWaitMs = 50;
constexpr int busyTimeoutMs = 5000;

} // namespace

Writer::Writer(std::unique_ptr<SQLite::Database> db)
    : m_db(std::move(db)), m_recorder(std::make_unique<Recorder>(*m_db)), m_nextCheckpoint(checkpointPages)
{
    sqlite3_wal_hook(
        m_db->getHandle(),
        [](void* pages, sqlite3*, const char*, int logPages) {
            *static_cast<int*>(pages) = logPages;
            return SQLITE_OK;
        },
        &m_logPages);
    if (const char* path = sqlite3_db_filename(m_db->getHandle(), "main"))
        m_path = path;
    if (::stat(m_path.c_str(), &m_place) != 0)
        log::warning("store_place", {{"error", std::strerror(errno)}});
    m_thread = std::thread([this] { run(); });
}

Writer::~Writer()
{
    setCallbacks({});
    {
        std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
}

void Writer::setCallbacks(Callbacks callbacks)
{
    std::lock_guard lock(m_callbackMutex);
    m_callbacks = std::move(callbacks);
}

// --------------------------------------------------------------------------------------------------- any thread

std::size_t Writer::rowsOf(const Command& command)
{
    if (const auto* results = std::get_if<AddResults>(&command))
        return results->rows.size();
    if (const auto* items = std::get_if<AddItems>(&command))
        return items->items.size();
    const auto* samples = std::get_if<AddSamples>(&command);
    return samples ? samples->samples.size() : 1;
}

void Writer::enqueue(Command command)
{
    bool wake = false;
    {
        std::lock_guard lock(m_mutex);
        const std::size_t before = m_queuedRows;
        m_queuedRows += rowsOf(command);
        const auto crosses = [&](std::size_t rows) { return before < rows && m_queuedRows >= rows; };
        wake = m_queue.empty() || crosses(limits::commitRows) || crosses(maxTransactionRows);
        m_queue.push_back({Clock::now(), std::move(command)});
    }
    if (wake)
        m_wake.notify_one();
}

void Writer::ask(Request request)
{
    std::promise<void> called;
    {
        std::lock_guard lock(m_mutex);
        m_requests.push_back([&](const Result<void>& committed) {
            request(committed);
            called.set_value();
        });
    }
    m_wake.notify_one();
    called.get_future().wait();
}

Result<RunId> Writer::createRun(const RunRecord& run)
{
    Result<RunId> answer(ErrorCode::Internal);
    ask([&](const Result<void>& committed) {
        if (committed)
            answer = doCreateRun(run);
        else
            answer = committed.error();
    });
    return answer;
}

Result<Seal> Writer::sealRun(RunId run)
{
    Result<Seal> answer(ErrorCode::Internal);
    ask([&](const Result<void>& committed) {
        if (committed)
            answer = doSealRun(run);
        else
            answer = committed.error();
    });
    return answer;
}

Result<void> Writer::deleteRun(RunId run)
{
    Result<void> answer;
    ask([&](const Result<void>& committed) { answer = committed ? doDeleteRun(run) : committed; });
    return answer;
}

Result<void> Writer::finishIndexes()
{
    Result<void> answer;
    ask([&](const Result<void>& committed) {
        answer = committed;
        while (answer && !m_toIndex.empty())
            answer = indexSome();
    });
    return answer;
}

Result<void> Writer::flush()
{
    Result<void> answer;
    ask([&](const Result<void>& committed) { answer = committed; });
    return answer;
}

void Writer::updateRun(const RunRecord& run)
{
    enqueue(UpdateRun{std::make_unique<const RunRecord>(run)});
}

void Writer::addItems(RunId run, std::vector<ItemRecord> items)
{
    if (!items.empty())
        enqueue(AddItems{run, std::move(items)});
}

void Writer::addResult(RunId run, std::uint64_t token, ResultRow row)
{
    std::vector<ResultRow> rows;
    rows.push_back(std::move(row));
    addResults(run, token, std::move(rows));
}

void Writer::addResults(RunId run, std::uint64_t firstToken, std::vector<ResultRow> rows)
{
    if (!rows.empty())
        enqueue(AddResults{run, firstToken, std::move(rows)});
}

void Writer::upsertNode(RunId run, const NodeRecord& node)
{
    enqueue(UpsertNode{run, std::make_unique<const NodeRecord>(node)});
}

void Writer::addPrecisionCheck(RunId run, PrecisionCheck check)
{
    enqueue(AddPrecisionCheck{run, std::make_unique<const PrecisionCheck>(std::move(check))});
}

void Writer::addCost(RunId run, RunCostRecord cost)
{
    enqueue(AddCost{run, std::make_unique<const RunCostRecord>(std::move(cost))});
}

void Writer::addEvent(EventRecord event)
{
    enqueue(AddEvent{std::make_unique<const EventRecord>(std::move(event))});
}

void Writer::addSamples(RunId run, std::vector<ThroughputSample> samples)
{
    if (!samples.empty())
        enqueue(AddSamples{run, std::move(samples)});
}

// ---------------------------------------------------------------------------------------------- writer's thread

bool Writer::isDue(Clock::time_point now) const
{
    if (m_stopping || !m_requests.empty())
        return true;
    if (m_failing)
        return now >= m_retryAt;
    return !m_queue.empty() && (m_queuedRows >= maxTransactionRows || now >= nextDeadline());
}

Writer::Clock::time_point Writer::nextDeadline() const
{
    if (m_failing)
        return m_retryAt;
    if (m_queue.empty())
        return Clock::time_point::max();
    const auto latest = m_queue.front().since + limits::commitInterval;
    return m_queuedRows >= limits::commitRows ? std::min(latest, m_restUntil) : latest;
}

void Writer::run()
{
    pthread_setname_np(pthread_self(), "vf-store");
    indexEndedRuns();
    std::unique_lock lock(m_mutex);
    for (;;) {
        while (!isDue(Clock::now())) {
            if (!m_toIndex.empty() && !m_failing) {
                lock.unlock();
                (void)indexSome();
                lock.lock();
                continue;
            }
            const auto deadline = nextDeadline();
            if (deadline == Clock::time_point::max())
                m_wake.wait(lock);
            else
                m_wake.wait_until(lock, deadline);
        }
        if (m_requests.empty() && !m_stopping) {
            if (m_batch.empty())
                takeBatch();
            lock.unlock();
            const Result<void> committed = commitBatch();
            lock.lock();
            m_failing = !committed;
            m_retryAt = Clock::now() + retryInterval;
            m_restUntil = Clock::now() + commitPause;
            continue;
        }
        const Result<void> committed = commitAll(lock);
        const auto requests = std::exchange(m_requests, {});
        const bool isEnd = m_stopping && requests.empty();
        const std::size_t left = m_batch.size() + m_queue.size();
        lock.unlock();
        for (const Request& request : requests)
            request(committed);
        if (isEnd) {
            if (left > 0)
                log::error("store_rows_not_written", {{"count", left}, {"error", describe(committed.error())}});
            break;
        }
        lock.lock();
    }
    // Here, not in the destructor: the connection belongs to this thread to its end. Closing empties the log.
    m_recorder.reset();
    m_db.reset();
}

Result<void> Writer::commitAll(std::unique_lock<std::mutex>& lock)
{
    for (;;) {
        if (m_batch.empty())
            takeBatch();
        if (m_batch.empty()) {
            m_failing = false;
            return {};
        }
        lock.unlock();
        Result<void> committed = commitBatch();
        lock.lock();
        m_failing = !committed;
        m_retryAt = Clock::now() + retryInterval;
        if (!committed)
            return committed;
    }
}

void Writer::takeBatch()
{
    std::size_t rows = 0;
    while (!m_queue.empty() && rows < maxTransactionRows) {
        rows += rowsOf(m_queue.front().command);
        m_batch.push_back(std::move(m_queue.front().command));
        m_queue.pop_front();
    }
    m_queuedRows -= rows;
}

/// With its folder moved or its disk taken away, SQLite would go on writing into a file that nobody finds again.
Result<void> Writer::checkPlace() const
{
    struct stat now = {};
    if (::stat(m_path.c_str(), &now) != 0)
        return Error{ErrorCode::DbGone, m_path + ": " + std::strerror(errno)};
    if (now.st_dev != m_place.st_dev || now.st_ino != m_place.st_ino)
        return Error{ErrorCode::DbGone, m_path + " is another file now"};
    return {};
}

Result<void> Writer::commitBatch()
{
    const Result<void> committed = guarded(*m_db, [&]() -> Result<void> {
        if (auto there = checkPlace(); !there)
            return there;
        Transaction transaction(*m_db);
        for (const Command& command : m_batch)
            apply(command);
        m_recorder->writeCounters();
        transaction.commit();
        return {};
    });
    if (!committed) {
        m_recorder->forget();
        report(committed.error());
        return committed;
    }
    std::vector<std::uint64_t> tokens;
    for (const Command& command : m_batch) {
        if (const auto* results = std::get_if<AddResults>(&command)) {
            for (std::size_t i = 0; i < results->rows.size(); ++i)
                tokens.push_back(results->firstToken + i);
        }
    }
    m_batch.clear();
    report({ErrorCode::None, {}});
    if (!tokens.empty()) {
        std::lock_guard lock(m_callbackMutex);
        if (m_callbacks.committed)
            m_callbacks.committed(std::move(tokens));
    }
    checkpoint();
    return {};
}

void Writer::apply(const Command& command)
{
    struct Visitor
    {
        Recorder& recorder;
        void operator()(const AddItems& c) { recorder.addItems(c.run, c.items); }
        void operator()(const AddResults& c) { recorder.addResults(c.run, c.rows); }
        void operator()(const UpdateRun& c) { recorder.updateRun(*c.run); }
        void operator()(const UpsertNode& c) { recorder.upsertNode(c.run, *c.node); }
        void operator()(const AddPrecisionCheck& c) { recorder.addPrecisionCheck(c.run, *c.check); }
        void operator()(const AddCost& c) { recorder.addCost(c.run, *c.cost); }
        void operator()(const AddEvent& c) { recorder.addEvent(*c.event); }
        void operator()(const AddSamples& c) { recorder.addSamples(c.run, c.samples); }
    };
    std::visit(Visitor{*m_recorder}, command);
}

void Writer::report(const Error& error)
{
    if (error.code == m_trouble.code)
        return;
    m_trouble = error;
    if (error.code != ErrorCode::None)
        log::error("store_trouble", {{"error", describe(error)}});
    std::lock_guard lock(m_callbackMutex);
    if (m_callbacks.trouble)
        m_callbacks.trouble(error);
}

void Writer::checkpoint()
{
    if (m_logPages < checkpointPages)
        m_nextCheckpoint = checkpointPages;
    if (m_logPages < m_nextCheckpoint)
        return;
    m_nextCheckpoint = m_logPages + checkpointPages;
    sqlite3* db = m_db->getHandle();
    const bool restart = m_logPages >= restartPages;
    if (restart)
        sqlite3_busy_timeout(db, restartWaitMs);
    const int code = sqlite3_wal_checkpoint_v2(
        db, nullptr, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (restart)
        sqlite3_busy_timeout(db, busyTimeoutMs);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        log::warning("store_checkpoint_failed", {{"error", sqlite3_errmsg(db)}, {"log_pages", m_logPages}});
}

} // namespace vitfleet::app::sqlite
