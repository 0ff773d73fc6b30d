// SPDX-License-Identifier: GPL-3.0-or-later
// Opening a run: locating, fetching and loading its model. Work on its items is in run_items.cpp.
#include "agent/core/run_controller.h"

#include "agent/core/backend_module.h"
#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace vitfleet::agent {
namespace {

constexpr std::size_t runUidLength = 32;

bool isRunUid(const std::string& uid)
{
    return uid.size() == runUidLength &&
           std::ranges::all_of(uid, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<void> checkRequest(const protocol::OpenRun& request)
{
    if (!isRunUid(request.runUid))
        return Error{ErrorCode::Protocol, "a run's uid must be 32 hex digits"};
    if (!isBackendName(request.backend))
        return Error{ErrorCode::BackendMissing, "no name of a backend: " + request.backend};
    if (request.modelFiles.empty() && request.backend != syntheticBackend)
        return Error{ErrorCode::ModelMissing, "the run names no model files"};
    return checkModelFiles(request.modelFiles);
}

} // namespace

RunController::RunController(EventLoop& loop, Worker& worker, AgentParts& parts, const AgentSettings& settings,
                             Courier& courier)
    : m_loop(loop), m_worker(worker), m_parts(parts), m_settings(settings), m_courier(courier)
{
    std::vector<std::filesystem::path> roots = settings.modelRoots;
    roots.insert(roots.end(), settings.dataRoots.begin(), settings.dataRoots.end());
    m_models = std::make_shared<ModelCache>(settings.modelCache, std::move(roots));
}

void RunController::open(const protocol::OpenRun& request)
{
    if (auto checked = checkRequest(request); !checked.ok()) {
        m_courier.send(protocol::RunFailed{request.runUid, checked.error().code, checked.error().detail});
        return;
    }
    if (!isCurrent(request.runUid) || m_run->phase == Phase::Failed) {
        begin(request);
        return;
    }
    if (digestOf(m_run->request.modelFiles) != digestOf(request.modelFiles)) {
        m_courier.send(protocol::RunFailed{request.runUid, ErrorCode::ModelMismatch,
                                           "the run was opened with " +
                                               digest::toHex(digestOf(m_run->request.modelFiles)) + ", now with " +
                                               digest::toHex(digestOf(request.modelFiles))});
        return;
    }
    if (m_run->request.precision != request.precision) {
        begin(request);
        return;
    }
    m_run->queue->setResting(false);
    log::info("run_reopened", {{"run", request.runUid}, {"outbox", m_courier.outbox().size()}});
    if (m_run->phase == Phase::Ready)
        sendReady();
    m_courier.resend();
    askAgain();
}

void RunController::begin(const protocol::OpenRun& request)
{
    const bool continues = isCurrent(request.runUid);
    retire();
    auto options = readRunOptions(request.backend, request.backendOptions, m_settings.identity.name);
    if (!options.ok()) {
        m_courier.send(protocol::RunFailed{request.runUid, options.error().code, options.error().detail});
        return;
    }
    log::info("run_opened", {{"run", request.runUid}, {"backend", request.backend}});
    // The same run in another precision has a backend of its own, but results that are not committed stay.
    if (continues)
        m_courier.resend();
    else
        m_courier.beginRun(request.runUid);
    const std::uint64_t generation = m_generation;
    m_run = std::make_shared<Run>();
    m_run->request = request;
    m_run->options = std::move(*options);
    m_run->sink =
        std::make_shared<ResultSink>([this, generation] { postToRun(generation, [this] { collectResults(); }); });

    postToWorker([this, generation, request, side = m_run->side, models = m_models] {
        side->source = std::make_shared<const ItemSource>(DataRoot::open(request.dataRoot, m_settings.dataRoots));
        std::optional<LocatedModel> model;
        if (!request.modelFiles.empty())
            model = models->locate(request.modelFiles, request.modelPathHint);
        postToRun(generation, [this, model = std::move(model)]() mutable { located(std::move(model)); });
    });
}

void RunController::located(std::optional<LocatedModel> model)
{
    if (model || m_run->request.modelFiles.empty())
        load(std::move(model));
    else
        beginFetch();
}

void RunController::beginFetch()
{
    m_run->phase = Phase::Fetching;
    m_run->fetch.emplace(m_run->request.modelFiles, bounds::modelWindow);
    log::info("model_fetch", {{"run", m_run->request.runUid}, {"bytes", m_run->fetch->totalBytes()}});
    postToWorker(
        [this, generation = m_generation, files = m_run->request.modelFiles, side = m_run->side, models = m_models] {
            auto incoming = models->fetchInto(files);
            if (incoming.ok())
                side->incoming = std::move(*incoming);
            else
                postToRun(generation, [this, error = incoming.error()] { fail(error); });
        });
    askForModel();
}

void RunController::askForModel()
{
    while (const auto window = m_run->fetch->next()) {
        m_courier.send(protocol::ModelRequest{m_run->request.runUid, window->file, window->offset, window->bytes});
    }
    if (m_run->fetch->isReceived())
        finishFetch();
}

void RunController::onModelPiece(const protocol::ModelPiece& piece, protocol::BytesView payload)
{
    if (!isCurrent(piece.runUid) || m_run->phase != Phase::Fetching || !m_run->fetch->accept(piece, payload.size()))
        return;
    postToWorker([this, generation = m_generation, file = piece.file, side = m_run->side,
                  bytes = protocol::Bytes(payload.begin(), payload.end())] {
        if (!side->incoming)
            return; // its folder could not be made, which was reported
        const auto written = side->incoming->append(file, bytes);
        postToRun(generation, [this, written, size = bytes.size()] {
            if (m_run->phase != Phase::Fetching)
                return;
            m_run->fetch->written(size);
            if (!written.ok())
                fail(written.error());
            else
                askForModel();
        });
    });
}

void RunController::finishFetch()
{
    m_run->phase = Phase::Loading;
    postToWorker([this, generation = m_generation, side = m_run->side] {
        if (!side->incoming)
            return;
        auto model = side->incoming->finish();
        side->incoming.reset();
        postToRun(generation, [this, model = std::move(model)]() mutable {
            if (model.ok())
                load(std::move(*model));
            else
                fail(model.error());
        });
    });
}

void RunController::load(std::optional<LocatedModel> model)
{
    m_run->phase = Phase::Loading;
    RunHost::Request request;
    request.backend = m_run->request.backend;
    request.options = m_run->options;
    request.precision = m_run->request.precision;
    request.model = std::move(model);
    request.queue = m_run->queue;
    request.sink = m_run->sink;
    const std::uint64_t generation = m_generation;
    request.needsBytes = [this, generation](std::vector<ItemSource::NeedsBytes> items) {
        postToRun(generation, [this, items = std::move(items)]() mutable { needBytes(std::move(items)); });
    };
    postToWorker([this, generation, request = std::move(request), side = m_run->side]() mutable {
        request.source = side->source;
        auto host = RunHost::create(std::move(request), m_settings, m_parts);
        postToRun(generation, [this, host = std::move(host)]() mutable { loaded(std::move(host)); });
    });
}

void RunController::loaded(Result<std::shared_ptr<RunHost>> host)
{
    if (!host.ok()) {
        fail(host.error());
        return;
    }
    m_run->host = std::move(*host);
    m_run->phase = Phase::Ready;
    m_counters = m_run->host->counters();
    m_watch = ReplicaWatch();
    const protocol::RunReady ready = m_run->host->ready();
    log::info("run_ready", {{"run", m_run->request.runUid}, {"device", ready.device}, {"replicas", ready.replicas}});
    sendReady();
}

void RunController::sendReady()
{
    protocol::RunReady ready = m_run->host->ready();
    ready.runUid = m_run->request.runUid;
    m_courier.send(std::move(ready));
}

void RunController::fail(const Error& error)
{
    log::error("run_failed", {{"run", m_run->request.runUid}, {"error", vitfleet::describe(error)}});
    m_run->phase = Phase::Failed;
    m_run->queue->stop();
    m_courier.send(protocol::RunFailed{m_run->request.runUid, error.code, error.detail});
}

void RunController::close(const std::string& runUid)
{
    if (!isCurrent(runUid))
        return;
    log::info("run_closed", {{"run", runUid}, {"outbox", m_courier.outbox().size()}});
    drop();
}

void RunController::drop()
{
    retire();
    m_courier.beginRun({});
}

void RunController::retire()
{
    ++m_generation;
    if (!m_run)
        return;
    m_run->queue->stop(); // at once: a batch that is being computed is the last one
    m_worker.post([run = std::exchange(m_run, nullptr)] { static_cast<void>(run); });
}

void RunController::reconnected()
{
    m_courier.reconnected();
    if (m_run && !m_courier.isHeld())
        askAgain();
}

/// What was asked for over an earlier connection has not come and will not.
void RunController::askAgain()
{
    m_run->items.restart();
    askForItems();
    if (m_run->phase == Phase::Fetching) {
        m_run->fetch->restart();
        askForModel();
    }
}

} // namespace vitfleet::agent
