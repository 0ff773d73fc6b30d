// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/run_source.h"

#include "app/core/engine/clock.h"
#include "shared/base/limits.h"
#include "shared/base/log.h"
#include "shared/digest/digest.h"

#include <pthread.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
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

/// Outlives the thread's posted calls: cleared when the source ends, so that none of them arrives late.
struct RunSource::Shared
{
    Callbacks callbacks; ///< engine thread only
    bool ended = false;  ///< engine thread only
};

RunSource::RunSource(Store& store, EventLoop& loop, Callbacks callbacks)
    : m_store(store), m_loop(loop), m_shared(std::make_shared<Shared>(std::move(callbacks)))
{
}

RunSource::~RunSource()
{
    m_shared->ended = true;
    m_cancelled = true;
    if (m_thread.joinable())
        m_thread.join();
}

void RunSource::start(RunRequest request)
{
    m_thread = std::thread([this, request = std::move(request)] {
        pthread_setname_np(pthread_self(), "vf-scan");
        runNew(request);
    });
}

void RunSource::resume(RunId run)
{
    m_thread = std::thread([this, run] {
        pthread_setname_np(pthread_self(), "vf-scan");
        runResumed(run);
    });
}

void RunSource::post(std::function<void(const Callbacks&)> call)
{
    m_loop.post([shared = m_shared, call = std::move(call)] {
        if (!shared->ended)
            call(shared->callbacks);
    });
}

void RunSource::fail(const Error& error, bool before)
{
    post([error, before](const Callbacks& callbacks) { callbacks.failed(error, before); });
}

void RunSource::runNew(const RunRequest& request)
{
    RunRecord run;
    run.uid = digest::randomHex(16);
    run.createdAt = unixNow();
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

    auto id = m_store.writer().createRun(run);
    if (!id)
        return fail(id.error(), true);
    run.id = *id;
    std::shared_ptr<DataSet> shared = std::move(*dataSet);
    post([run, shared](const Callbacks& callbacks) { callbacks.stored(run, shared, 0); });
    finish(std::move(run), std::move(shared), std::move(*model), std::move(*matcher));
}

void RunSource::runResumed(RunId id)
{
    auto reader = m_store.openReader();
    if (!reader)
        return fail(reader.error(), true);
    auto found = (*reader)->run(id);
    if (!found)
        return fail(found.error(), true);
    RunRecord run = *found;
    if (run.state == RunState::Finished)
        return fail({ErrorCode::RunUnknown, "run " + std::to_string(id.value) + " is finished"}, true);

    auto dataSet = DataSet::open(specOf(run));
    if (!dataSet)
        return fail(dataSet.error(), true);
    auto model = readModelInfo(run.modelPath);
    if (!model)
        return fail(model.error(), true);
    auto matcher = LabelMatcher::create(run.labels, run.labelMapPath);
    if (!matcher)
        return fail(matcher.error(), true);

    UnixMs latest = 0;
    auto events = (*reader)->events(id, 0, std::numeric_limits<std::int32_t>::max());
    if (!events)
        return fail(events.error(), true);
    for (const EventRecord& event : *events)
        latest = std::max(latest, event.at);
    std::shared_ptr<DataSet> shared = std::move(*dataSet);
    post([run, shared, latest](const Callbacks& callbacks) { callbacks.stored(run, shared, latest); });
    if (auto loaded = loadItems(**reader, run); !loaded)
        return fail(loaded.error(), false);
    // A long-lived reading transaction would keep the log from being checkpointed.
    reader->reset();
    finish(std::move(run), std::move(shared), std::move(*model), std::move(*matcher));
}

Result<void> RunSource::loadItems(StoreReader& reader, const RunRecord& run)
{
    auto done = reader.itemsWithResult(run.id);
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
    auto visited = reader.forEachItem(run.id, [&](const ItemRecord& item) {
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

void RunSource::finish(RunRecord run, std::shared_ptr<DataSet> dataSet, ModelInfo model, LabelMatcher matcher)
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

void RunSource::readKnownPrecisions(const std::string& modelSha256)
{
    auto reader = m_store.openReader();
    auto known = reader ? (*reader)->precisionChecks(modelSha256) : reader.error();
    if (!known) // then they are made anew
        log::warning("known_precisions", {{"error", describe(known.error())}});
    else
        post([known = *known](const Callbacks& callbacks) { callbacks.precisionsKnown(known); });
}

Result<void> RunSource::scanItems(const RunRecord& run, DataSet& dataSet, const LabelMatcher& matcher)
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
        m_store.writer().addItems(run.id, pending);
        while (!m_store.writer().flush()) { // the writer tells of it, and keeps what it could not write
            if (m_cancelled) {
                pending.clear(); // the writer has them: once is enough
                return;
            }
            std::this_thread::sleep_for(storeRetry);
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
