// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/run_source.h"

#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/digest/digest.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

namespace vitfleet::app {
namespace {

constexpr std::size_t postedItems = 1024; ///< a batch to the engine
constexpr std::chrono::milliseconds storeRetry(200);

std::string absolutePath(const std::string& path)
{
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(path, ignored);
    return ignored ? path : absolute.lexically_normal().string();
}

DataSetSpec specOf(const RunRecord& run)
{
    return {run.dataPath, run.dataKind == "manifest" ? run.dataRoot : std::string(), run.limit};
}

} // namespace

/// What the thread does. It may stand in a read while the engine and the store are closed, so both are used only
/// between a look at `ended` and the end of that use.
class RunSource::Work : public std::enable_shared_from_this<Work>
{
public:
    Work(Store& store, EventLoop& loop, Callbacks callbacks)
        : m_store(store), m_loop(loop), m_time(loop.time()), m_callbacks(std::move(callbacks))
    {
    }
    void runNew(const RunRequest& request);
    void runResumed(RunId run);
    /// Engine thread.
    void end()
    {
        m_cancelled = true;
        const std::lock_guard lock(m_mutex);
        m_ended = true;
    }

private:
    /// False, and `use` not called, once the engine has let go.
    template <typename Use>
    bool whileOpen(Use use)
    {
        const std::lock_guard lock(m_mutex);
        if (!m_ended)
            use();
        return !m_ended;
    }
    std::optional<RunRecord> find(RunId run);
    bool claimEpoch(RunRecord& run);
    bool flush();
    void finish(RunRecord run, std::shared_ptr<DataSet> dataSet, ModelInfo model, LabelMatcher matcher);
    void readKnownPrecisions(const std::string& modelSha256);
    Result<void> scanItems(const RunRecord& run, DataSet& dataSet, const LabelMatcher& matcher);
    Result<void> loadItems(const RunRecord& run);
    void post(std::function<void(const Callbacks&)> call);
    void fail(const Error& error, bool before);

    Store& m_store;
    EventLoop& m_loop;
    const TimeSource& m_time;
    const Callbacks m_callbacks;           ///< called in the engine's thread only
    std::vector<std::size_t> m_knownPaths; ///< hashes of the stored items' paths, where the scan was cut off
    std::atomic<bool> m_cancelled = false; ///< set before `m_mutex` is waited for: what holds it looks here
    std::recursive_mutex m_mutex;          ///< a use of the store posts what it finds
    bool m_ended = false;                  ///< guarded by m_mutex; set in the engine's thread
};

RunSource::RunSource(Store& store, EventLoop& loop, Callbacks callbacks)
    : m_work(std::make_shared<Work>(store, loop, std::move(callbacks)))
{
}

RunSource::~RunSource()
{
    m_work->end();
}

void RunSource::start(RunRequest request)
{
    m_thread.emplace("vf-scan", [work = m_work, request = std::move(request)] { work->runNew(request); });
}

void RunSource::resume(RunId run)
{
    m_thread.emplace("vf-scan", [work = m_work, run] { work->runResumed(run); });
}

void RunSource::Work::post(std::function<void(const Callbacks&)> call)
{
    whileOpen([&] {
        m_loop.post([self = shared_from_this(), call = std::move(call)] {
            if (!self->m_ended)
                call(self->m_callbacks);
        });
    });
}

void RunSource::Work::fail(const Error& error, bool before)
{
    post([error, before](const Callbacks& callbacks) { callbacks.failed(error, before); });
}

/// Waits until everything that was given to the store is on its disk; false where the run was let go of before.
bool RunSource::Work::flush()
{
    for (;;) {
        Result<void> flushed;
        if (!whileOpen([&] { flushed = m_store.writer().flush(); }) || m_cancelled)
            return false;
        if (flushed)
            return true;
        std::this_thread::sleep_for(storeRetry); // the writer tells of it, and keeps what it could not write
    }
}

/// Every process on a run has an epoch of its own, greater than all before also where the wall clock was set back
/// meanwhile. It is in the numbers of its leases, so it is durable before the first of them.
bool RunSource::Work::claimEpoch(RunRecord& run)
{
    // A millisecond has room for 65,536 leases; so has each process for what it gives out in any time at all.
    constexpr UnixMs apart = 1 << 16;
    run.leaseEpoch = std::max(m_time.unixMs(), run.leaseEpoch + apart);
    return whileOpen([&] { m_store.writer().updateRun(run); }) && flush();
}

void RunSource::Work::runNew(const RunRequest& request)
{
    RunRecord run;
    run.uid = digest::randomHex(16);
    run.createdAt = m_time.unixMs();
    run.dataPath = absolutePath(request.dataPath);
    run.labelMapPath = request.labelMapPath.empty() ? std::string() : absolutePath(request.labelMapPath);
    run.limit = request.limit;

    // No agent would take it from a message: nothing would begin, and nobody would say why.
    if (const std::size_t bytes = request.backendOptions.size(); bytes > limits::maxStringBytes)
        return fail({ErrorCode::Settings, "the backend's options have " + std::to_string(bytes) +
                                              " bytes, the limit is " + std::to_string(limits::maxStringBytes)},
                    true);
    auto dataSet = DataSet::open({run.dataPath, request.dataRoot, request.limit});
    if (!dataSet)
        return fail(dataSet.error(), true);
    auto model = readModelInfo(request.modelPath);
    if (!model)
        return fail(model.error(), true);
    auto matcher = LabelMatcher::create(model->labels, run.labelMapPath);
    if (!matcher)
        return fail(matcher.error(), true);

    run.dataRoot = (*dataSet)->root();
    run.dataKind = (*dataSet)->kind();
    run.modelPath = model->directory.string();
    run.modelName = model->name;
    run.labels = model->labels;
    run.backend = request.backend;
    run.backendOptions = request.backendOptions;
    run.precision = request.precision;
    run.precisionFloor = request.precisionFloor;
    run.device = request.device;
    run.localAgents = request.localAgents;
    run.agents = request.agents;
    run.nodesWanted = request.nodesWanted;
    run.waitForNodes = request.waitForNodes;

    run.leaseEpoch = m_time.unixMs();
    Result<RunId> id = Error{ErrorCode::Cancelled, {}};
    if (!whileOpen([&] { id = m_store.writer().createRun(run); }))
        return;
    if (!id)
        return fail(id.error(), true);
    run.id = *id;
    std::shared_ptr<DataSet> shared = std::move(*dataSet);
    post([run, shared](const Callbacks& callbacks) { callbacks.stored(run, shared); });
    finish(std::move(run), std::move(shared), std::move(*model), std::move(*matcher));
}

/// Nothing, after a failure was told.
std::optional<RunRecord> RunSource::Work::find(RunId id)
{
    Result<RunRecord> found = Error{ErrorCode::Cancelled, {}};
    whileOpen([&] {
        auto reader = m_store.openReader();
        found = reader ? (*reader)->run(id) : reader.error();
    });
    if (found && found->state == RunState::Finished)
        found = Error{ErrorCode::RunUnknown, "run " + std::to_string(id.value) + " is finished"};
    if (found)
        return *found;
    fail(found.error(), true);
    return std::nullopt;
}

void RunSource::Work::runResumed(RunId id)
{
    auto found = find(id);
    if (!found)
        return;
    RunRecord run = *std::move(found);

    auto dataSet = DataSet::open(specOf(run));
    if (!dataSet)
        return fail(dataSet.error(), true);
    auto model = readModelInfo(run.modelPath);
    if (!model)
        return fail(model.error(), true);
    auto matcher = LabelMatcher::create(run.labels, run.labelMapPath);
    if (!matcher)
        return fail(matcher.error(), true);

    if (!claimEpoch(run))
        return;
    std::shared_ptr<DataSet> shared = std::move(*dataSet);
    post([run, shared](const Callbacks& callbacks) { callbacks.stored(run, shared); });
    Result<void> loaded;
    if (!whileOpen([&] { loaded = loadItems(run); }))
        return;
    if (!loaded)
        return fail(loaded.error(), false);
    finish(std::move(run), std::move(shared), std::move(*model), std::move(*matcher));
}

/// A reader of its own: a long-lived reading transaction would keep the log from being checkpointed.
Result<void> RunSource::Work::loadItems(const RunRecord& run)
{
    auto reader = m_store.openReader();
    if (!reader)
        return reader.error();
    auto done = (*reader)->itemsWithResult(run.id);
    if (!done)
        return done.error();
    std::size_t nextDone = 0;
    std::vector<ItemRecord> batch;
    std::vector<ItemId> settled;
    const auto flush = [&] {
        post([items = std::move(batch), rows = std::move(settled)](const Callbacks& callbacks) {
            callbacks.items(items, rows);
        });
        batch = {};
        settled = {};
    };
    auto visited = (*reader)->forEachItem(run.id, [&](const ItemRecord& item) {
        if (nextDone < done->size() && (*done)[nextDone] == item.id) {
            settled.push_back(item.id);
            ++nextDone;
        }
        batch.push_back(item);
        if (!run.scanComplete)
            m_knownPaths.push_back(std::hash<std::string>()(item.path));
        if (batch.size() >= postedItems)
            flush();
        return !m_cancelled;
    });
    if (!visited)
        return visited.error();
    if (!batch.empty())
        flush();
    return {};
}

void RunSource::Work::finish(RunRecord run, std::shared_ptr<DataSet> dataSet, ModelInfo model, LabelMatcher matcher)
{
    if (auto hashed = hashFiles(model); !hashed)
        return fail(hashed.error(), false);
    if (!run.modelSha256.empty() && run.modelSha256 != model.sha256)
        return fail({ErrorCode::ModelMismatch,
                     "the run began with " + run.modelSha256 + ", the directory now has " + model.sha256},
                    false);
    if (run.precision != "fp32")
        readKnownPrecisions(model.sha256);
    post([model](const Callbacks& callbacks) { callbacks.modelReady(model); });
    if (!run.scanComplete) {
        if (auto scanned = scanItems(run, *dataSet, matcher); !scanned) {
            if (!m_cancelled)
                fail(scanned.error(), false);
            return;
        }
    }
    post([](const Callbacks& callbacks) { callbacks.scanned(); });
}

void RunSource::Work::readKnownPrecisions(const std::string& modelSha256)
{
    Result<std::vector<PrecisionCheck>> known = Error{ErrorCode::Cancelled, {}};
    whileOpen([&] {
        auto reader = m_store.openReader();
        known = reader ? (*reader)->precisionChecks(modelSha256) : reader.error();
    });
    if (!known) // then they are made anew
        log::warning("known_precisions", {{"error", describe(known.error())}});
    else
        post([known = *known](const Callbacks& callbacks) { callbacks.precisionsKnown(known); });
}

Result<void> RunSource::Work::scanItems(const RunRecord& run, DataSet& dataSet, const LabelMatcher& matcher)
{
    // A scan that was cut off starts again: the first items are stored and only compared. One file more or less among
    // them would shift all that follow, so that one picture had two numbers and another none.
    std::size_t compared = 0;
    std::optional<Error> changed;
    std::vector<ItemRecord> pending;
    // An item is handed out once it is stored. Otherwise a run that is resumed could give its number to another
    // picture, and an agent's outbox might still hold the answer to the first.
    const auto hand = [&] {
        if (pending.empty())
            return;
        if (!whileOpen([&] { m_store.writer().addItems(run.id, pending); }) || !flush()) {
            pending.clear(); // the writer has them: once is enough
            return;
        }
        post([items = std::move(pending)](const Callbacks& callbacks) { callbacks.items(items, {}); });
        pending = {};
    };
    auto scanned = dataSet.scan(
        [&](std::vector<ItemRecord> items) {
            for (ItemRecord& item : items) {
                if (changed)
                    return;
                if (item.id.value < m_knownPaths.size()) {
                    ++compared;
                    if (std::hash<std::string>()(item.path) != m_knownPaths[item.id.value])
                        changed = Error{ErrorCode::ItemChanged,
                                        item.path + " is where another file was when the scan was cut off"};
                    continue;
                }
                if (!item.expected.empty())
                    item.expectedLabel = matcher.match(item.expected);
                pending.push_back(std::move(item));
            }
            hand();
        },
        m_cancelled);
    hand();
    if (scanned && !changed && compared < m_knownPaths.size())
        changed = Error{ErrorCode::ItemChanged,
                        std::to_string(m_knownPaths.size() - compared) + " files that had been scanned are gone"};
    return changed ? Result<void>(*changed) : scanned;
}

} // namespace vitfleet::app
