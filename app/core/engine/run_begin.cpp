// SPDX-License-Identifier: GPL-3.0-or-later
// A run begins, anew or again: it is stored, its items come in, the scan ends.
#include "app/core/engine/run_controller.h"
#include "shared/digest/digest.h"

#include <algorithm>

namespace vitfleet::app {

void RunController::start(RunRequest request, Engine::Done<RunId> stored)
{
    if (isActive())
        return stored(Error{ErrorCode::RunActive, "run " + std::to_string(m_run.id.value)});
    // Before anything is stored: an address that cannot be used is the user's slip, not a run.
    const auto addresses = m_fleet.link().resolveAll(request.agents);
    if (!addresses)
        return stored(addresses.error());
    std::vector<std::string> hostPorts;
    for (const FleetLink::Address& address : *addresses)
        hostPorts.push_back(address.hostPort);
    m_agentLines = std::exchange(request.agents, hostPorts);
    m_opened = std::move(stored);
    m_stage = Stage::Opening;
    m_source = std::make_unique<RunSource>(m_store, m_loop, sourceCallbacks());
    m_source->start(std::move(request));
}

void RunController::resume(RunId run, Engine::Done<RunId> started)
{
    if (isActive())
        return started(Error{ErrorCode::RunActive, "run " + std::to_string(m_run.id.value)});
    m_agentLines.clear();
    m_opened = std::move(started);
    m_stage = Stage::Opening;
    m_source = std::make_unique<RunSource>(m_store, m_loop, sourceCallbacks());
    m_source->resume(run);
}

void RunController::opened(Result<RunId> result)
{
    if (auto done = std::exchange(m_opened, nullptr))
        done(std::move(result));
}

RunSource::Callbacks RunController::sourceCallbacks()
{
    RunSource::Callbacks callbacks;
    callbacks.stored = [this](RunRecord run, std::shared_ptr<DataSet> dataSet) {
        opened(run.id); // before anything is started
        activate(std::move(run), std::move(dataSet));
    };
    callbacks.precisionsKnown = [this](std::vector<PrecisionCheck> known) {
        if (m_precision)
            m_precision->setKnown(std::move(known));
    };
    callbacks.modelReady = [this](const ModelInfo& model) {
        m_model = model;
        m_run.modelSha256 = model.sha256;
        m_store.writer().updateRun(m_run);
        for (const auto& [id, node] : m_fleet.nodes()) {
            if (node->up)
                openRun(*node);
        }
    };
    callbacks.items = [this](const std::vector<ItemRecord>& items, const std::vector<ItemId>& settled) {
        addItems(items, settled);
    };
    callbacks.scanned = [this] { scanComplete(); };
    callbacks.failed = [this](const Error& error, bool before) {
        if (before) {
            m_stage = Stage::None;
            opened(error);
        } else {
            fail(error);
        }
    };
    return callbacks;
}

void RunController::activate(RunRecord run, std::shared_ptr<DataSet> dataSet)
{
    const bool resumed = run.startedAt.has_value() || run.state != RunState::Created;
    m_run = std::move(run);
    m_dataSet = std::move(dataSet);
    m_model.reset();
    m_payloads = std::make_unique<PayloadWorker>(m_loop);
    m_items = std::make_unique<ItemTable>();
    m_firstLease = LeaseId(static_cast<std::uint64_t>(m_run.leaseEpoch) << 16);
    // The moment of a run's start is stored before its first item, and that before its first lease.
    m_firstOfEarlier = m_run.startedAt ? LeaseId(static_cast<std::uint64_t>(*m_run.startedAt) << 16) : m_firstLease;
    scheduler::Policy policy;
    policy.auditSeed = digest::randomU64();
    policy.maxAttempts = std::max(1U, m_policy.maxAttempts);
    policy.breakerErrors = std::max(1U, m_policy.breakerErrors);
    m_scheduler = scheduler::Scheduler(policy, m_firstLease);
    m_audit.clear();
    startPrecisionChoice();
    m_pending.clear();
    m_foreign.clear();
    m_reading.clear();
    m_unread.clear();
    m_failedReads.clear();
    m_failedModelReads.clear();
    m_queuedAtLastTick.clear();
    m_latest.clear();
    m_paused = m_allSettled = m_gateOpen = m_anyResult = false;
    m_duplicatesReported = 0;
    m_seal.reset();
    m_storeTrouble = {ErrorCode::None, {}};
    if (!m_run.scanComplete)
        m_run.expectedKnown = m_run.expectedMatched = 0; // counted again as the items come in
    m_startedAt = m_gateSince = m_nextSample = steadyNow();
    m_stage = Stage::Working;
    if (!m_run.startedAt)
        m_run.startedAt = m_run.leaseEpoch; // below it no lease of this run can be
    m_run.state = m_run.scanComplete ? RunState::Running : RunState::Created;
    m_run.failure = {ErrorCode::None, {}};
    m_store.writer().updateRun(m_run);
    emit(resumed ? EventKind::RunResumed : EventKind::RunCreated);
    if (const Error notice = m_store.notice(); notice.code != ErrorCode::None)
        emit(EventKind::Note, nullptr, notice, 0, "This run's database is kept without a write-ahead log.");
    for (const auto& [id, node] : m_fleet.nodes()) {
        node->labelled = node->errors = 0;
        node->durable.clear();
        node->phase = RunPhase::None;
        node->scheduled = node->reopening = false;
        node->kind.clear();
    }
    m_fleet.setHasRun(true);
    if (m_run.localAgents > 0) {
        m_fleet.startLocal(m_run.localAgents, m_run.device, [](const Result<void>&) {
            // Each node's own row says why it did not start; the gate decides whether the run can go on.
        });
    }
    const std::vector<std::string>& lines = m_agentLines.empty() ? m_run.agents : m_agentLines;
    for (const std::string& line : lines) {
        if (auto added = m_fleet.add(line); !added)
            emit(EventKind::NodeRefused, nullptr, added.error(), 0, line);
    }
    m_gateSince = steadyNow(); // a thousand nodes take a while to add, in which none of them could answer
    m_changed();
}

void RunController::addItems(const std::vector<ItemRecord>& items, const std::vector<ItemId>& settled)
{
    if (items.empty() || m_stage != Stage::Working)
        return;
    for (const ItemRecord& item : items) {
        m_items->append(item);
        if (!m_run.scanComplete && !item.expected.empty()) {
            ++m_run.expectedKnown;
            m_run.expectedMatched += item.expectedLabel.has_value();
        }
    }
    m_run.planned = m_items->size();
    step(scheduler::ItemsFound{items.front().id, static_cast<std::uint32_t>(items.size())});
    if (!settled.empty())
        step(scheduler::ItemsSettled{settled});
    for (const ItemRecord& item : items) {
        if (item.scanError.code != ErrorCode::None && !m_scheduler.isSettled(item.id))
            settleHere(item.id, item.scanError);
    }
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (node->phase == RunPhase::Loaded)
            probe(*node);
    }
    m_changed();
}

void RunController::scanComplete()
{
    if (m_stage != Stage::Working)
        return;
    m_run.scanComplete = true;
    m_run.planned = m_items->size();
    m_run.state = RunState::Running;
    m_store.writer().updateRun(m_run);
    emit(EventKind::RunStarted, nullptr, {ErrorCode::None, {}}, m_run.planned);
    if (m_run.expectedKnown > 0 && m_run.expectedMatched * 2 < m_run.expectedKnown)
        emit(EventKind::AccuracyNotShown, nullptr, {ErrorCode::None, {}}, m_run.expectedKnown - m_run.expectedMatched);
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (node->phase == RunPhase::Loaded)
            probe(*node);
    }
    step(scheduler::ScanFinished{});
    endIfSettled();
    m_changed();
}

} // namespace vitfleet::app
