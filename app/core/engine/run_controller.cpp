// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/run_controller.h"

#include "app/core/engine/eta.h"
#include "app/core/sampling.h"
#include "shared/base/log.h"

#include <pthread.h>

#include <algorithm>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

constexpr auto joinPatience = 10s; ///< how long a start waits for nodes that do not answer
constexpr auto stopPatience = 2s;  ///< how long a stop waits for results that are on their way
constexpr auto sealRetry = 500ms;

/// Whether the run may go on by itself once the disk does.
bool isPassing(ErrorCode code)
{
    return code == ErrorCode::DbFull || code == ErrorCode::DbWrite || code == ErrorCode::DbGone ||
           code == ErrorCode::DbReadOnly || code == ErrorCode::DbBusy ||
           code == ErrorCode::DbOpen; // a journal that cannot be made at the moment
}

} // namespace

RunController::RunController(EventLoop& loop, Store& store, Fleet& fleet, Fleet::Emit emit,
                             std::function<void()> changed)
    : m_loop(loop), m_store(store), m_fleet(fleet), m_emit(std::move(emit)), m_changed(std::move(changed))
{
}

RunController::~RunController()
{
    if (m_sealThread.joinable())
        m_sealThread.join();
}

bool RunController::isActive() const
{
    return m_stage != Stage::None && m_stage != Stage::Ended;
}

void RunController::emit(EventKind kind, const Node* node, Error error, std::uint64_t count, std::string text)
{
    EventRecord event;
    event.run = m_run.id;
    event.kind = kind;
    event.node = node ? node->name : std::string();
    event.error = std::move(error);
    event.count = count;
    event.text = std::move(text);
    m_emit(std::move(event));
}

void RunController::setPaused(bool paused)
{
    if (m_stage != Stage::Working || m_paused == paused)
        return;
    m_paused = paused;
    step(scheduler::SetPaused{paused});
    emit(paused ? EventKind::RunPaused : EventKind::RunContinued);
    m_changed();
}

void RunController::setNodesWanted(std::uint32_t nodes)
{
    m_run.nodesWanted = nodes;
    if (m_stage == Stage::Working)
        m_store.writer().updateRun(m_run);
    // Surplus nodes finish what they hold; the rest of the queue goes to the others.
    std::uint32_t scheduled = 0;
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (!node->scheduled)
            continue;
        if (nodes == 0 || scheduled < nodes) {
            ++scheduled;
        } else {
            node->scheduled = false;
            step(scheduler::NodeDrain{id, true});
        }
    }
    admitNodes();
}

void RunController::stop(std::function<void()> done)
{
    if (m_stage == Stage::Opening) {
        m_source.reset();
        m_stage = Stage::None;
        opened(Error{ErrorCode::Cancelled, {}});
    }
    if (m_stage == Stage::Sealing && !m_sealThread.joinable())
        end(RunState::Stopped, {ErrorCode::None, {}}); // every row is stored: only the seal waits for the disk
    if (m_stage != Stage::Working && m_stage != Stage::Stopping)
        return done();
    m_stopped = std::move(done);
    if (m_stage == Stage::Stopping)
        return;
    m_source.reset();
    m_stage = Stage::Stopping;
    m_stopSince = steadyNow();
    step(scheduler::SetPaused{true});
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (node->up && (node->phase == RunPhase::Working || node->phase == RunPhase::Checking))
            m_fleet.link().send(id, Channel::Control,
                                protocol::Revoke{m_run.uid, LeaseId(), std::numeric_limits<std::uint32_t>::max()});
    }
    m_changed();
}

void RunController::finishStop()
{
    end(RunState::Stopped, {ErrorCode::None, {}});
    if (auto flushed = m_store.writer().flush(); !flushed)
        log::warning("stop_store", {{"error", describe(flushed.error())}});
    if (auto done = std::exchange(m_stopped, nullptr))
        done();
}

void RunController::fail(const Error& error)
{
    if (!isActive())
        return;
    end(RunState::Failed, error);
}

void RunController::end(RunState state, const Error& failure)
{
    m_source.reset();
    closeOnNodes();
    m_fleet.setHasRun(false);
    m_payloads.reset();
    m_run.state = state;
    m_run.failure = failure;
    m_run.finishedAt = unixNow();
    tellAudit();
    tellForeign(true);
    m_run.redispatched += m_scheduler.counts().redispatched;
    m_run.duplicatesRefused += m_scheduler.counts().duplicates;
    m_elapsed = std::chrono::duration<double>(steadyNow() - m_startedAt).count();
    m_scheduler = scheduler::Scheduler();
    m_store.writer().updateRun(m_run);
    m_stage = Stage::Ended;
    const EventKind kind = state == RunState::Finished  ? EventKind::RunFinished
                           : state == RunState::Stopped ? EventKind::RunStopped
                                                        : EventKind::RunFailed;
    emit(kind, nullptr, failure, m_run.labelled + m_run.errors);
    m_changed();
}

void RunController::closeOnNodes()
{
    // Where a stop finds rows that could not be stored, their results stay with the agents: a resume has them sent
    // again.
    const bool isKept = m_stage == Stage::Stopping && !m_pending.empty();
    for (const auto& [id, node] : m_fleet.nodes()) {
        acknowledgeDurable(*node, steadyNow());
        if (node->up && node->phase != RunPhase::None && !isKept)
            m_fleet.link().send(id, Channel::Control, protocol::CloseRun{m_run.uid});
        node->phase = RunPhase::None;
        node->scheduled = node->reopening = false;
        node->chunk = 0;
        node->meter = {}; // a speed of this run is none of the next one's, nor is anything fast after the end
        // By this run alone: the next one has a scheduler of its own.
        node->setAside = {ErrorCode::None, {}};
        // Nor is the run's model loaded for anybody now.
        if (node->state == NodeState::SetAside || node->state == NodeState::Preparing)
            m_fleet.setThere(*node);
    }
}

void RunController::endIfSettled()
{
    if (m_stage == Stage::Working && m_allSettled && m_pending.empty())
        seal();
}

/// The run with what this process has counted so far.
RunRecord RunController::recordNow() const
{
    RunRecord record = m_run;
    record.duplicatesRefused += m_scheduler.counts().duplicates;
    record.redispatched += m_scheduler.counts().redispatched;
    return record;
}

void RunController::seal()
{
    if (m_stage != Stage::Sealing) // not once more at each try
        m_store.writer().updateRun(recordNow());
    m_stage = Stage::Sealing;
    m_sealThread = std::thread([this, id = m_run.id, alive = std::weak_ptr(m_alive)] {
        pthread_setname_np(pthread_self(), "vf-seal");
        auto result = m_store.writer().sealRun(id);
        m_loop.post([this, alive, result] {
            if (alive.lock())
                sealed(result);
        });
    });
}

void RunController::sealed(Result<Seal> seal)
{
    m_sealThread.join();
    m_sealThread = {};
    if (seal) {
        m_seal = *seal;
        if (m_storeTrouble.code != ErrorCode::None)
            storeTrouble({ErrorCode::None, {}});
        end(RunState::Finished, {ErrorCode::None, {}});
    } else if (isPassing(seal.error().code)) {
        m_sealAgainAt = steadyNow() + sealRetry;
        if (m_storeTrouble.code != seal.error().code)
            storeTrouble(seal.error());
    } else {
        end(RunState::Failed, seal.error());
    }
}

/// Decides when work may be given out, and when it never will be.
void RunController::checkGate()
{
    if (m_gateOpen || !m_model)
        return;
    const auto waited = steadyNow() - m_gateSince;
    std::uint32_t ready = 0, coming = 0;
    Error reason{ErrorCode::NoNodes, {}};
    for (const auto& [id, node] : m_fleet.nodes()) {
        const bool failed = node->phase == RunPhase::Failed || node->state == NodeState::Refused ||
                            node->state == NodeState::Lost || node->state == NodeState::Left ||
                            node->state == NodeState::Stopped || node->leaving;
        const bool silent = node->state == NodeState::Connecting && waited > joinPatience;
        const bool stuck = node->owesOpening() && steadyNow() - node->owesSince > m_policy.openPatience;
        if (node->phase == RunPhase::Working && !node->leaving)
            ++ready;
        else if (!failed && !silent && !stuck)
            ++coming;
        else if (stuck)
            reason = {ErrorCode::NodeHung, node->name + ": it has not loaded the model and comes no nearer to it"};
        else if (node->reason.code != ErrorCode::None)
            reason = {node->reason.code,
                      node->name + (node->reason.detail.empty() ? std::string() : ": " + node->reason.detail)};
    }
    const std::uint32_t wanted = std::max<std::uint32_t>(1, m_run.nodesWanted);
    if (ready >= wanted) {
        m_gateOpen = true;
        admitNodes();
    } else if (ready + coming < wanted && !m_run.waitForNodes) {
        std::string few = std::to_string(ready + coming) + " of " + std::to_string(wanted);
        if (reason.code != ErrorCode::NoNodes)
            few += "; " + describe(reason);
        fail(m_run.nodesWanted > 0 && ready + coming > 0 ? Error{ErrorCode::TooFewNodes, std::move(few)} : reason);
    }
}

void RunController::sample()
{
    const auto now = steadyNow();
    if (now < m_nextSample)
        return;
    m_nextSample = now + 1s;
    if (m_storeTrouble.code != ErrorCode::None)
        return; // overnight they would fill the memory
    const UnixMs at = unixNow();
    const auto working = std::ranges::count_if(
        m_fleet.nodes(), [](const auto& each) { return each.second->phase == RunPhase::Working; });
    const auto turns = static_cast<std::uint32_t>(sampleInterval(static_cast<std::size_t>(working)) / 1s);
    ++m_samplesTaken;
    float sum = 0;
    std::vector<ThroughputSample> samples;
    for (const auto& [id, node] : m_fleet.nodes()) {
        const float rate = node->meter.perSecond(now);
        sum += rate;
        if (node->phase == RunPhase::Working && (id.value + m_samplesTaken) % turns == 0)
            samples.push_back({at, node->name, rate});
    }
    samples.push_back({at, {}, sum});
    m_store.writer().addSamples(m_run.id, std::move(samples));
    if (const auto duplicates = m_scheduler.counts().duplicates; duplicates > m_duplicatesReported) {
        emit(EventKind::DuplicateRefused, nullptr, {ErrorCode::None, {}}, duplicates - m_duplicatesReported);
        m_duplicatesReported = duplicates;
    }
    // So that a kill does not forget them.
    if (m_scheduler.counts().redispatched + m_scheduler.counts().duplicates > 0)
        m_store.writer().updateRun(recordNow());
}

/// What may wait a little is not asked of each of a thousand nodes ten times a second.
void RunController::lookAtNodes()
{
    const auto now = steadyNow();
    if (now < m_nextLook)
        return;
    m_nextLook = now + 250ms;
    tellTransfers();
    for (const auto& [id, node] : m_fleet.nodes())
        acknowledgeDurable(*node, now);
}

void RunController::tick()
{
    if (m_stage == Stage::Sealing && !m_sealThread.joinable() && steadyNow() >= m_sealAgainAt)
        seal();
    if (m_stage == Stage::Working) {
        checkGate();
        if (m_stage != Stage::Working)
            return;
        readAgain();
        step(scheduler::Tick{});
        stepPrecision();
        sample();
        lookAtNodes();
        tellForeign(false);
        endIfSettled();
    } else if (m_stage == Stage::Stopping) {
        const auto leased = m_scheduler.counts().leased;
        if (m_pending.empty() && (leased == 0 || steadyNow() - m_stopSince > stopPatience))
            finishStop();
        else if (steadyNow() - m_stopSince > stopPatience * 5)
            finishStop(); // The store does not take rows: they are with the agents still, and resume fetches them.
    }
}

void RunController::storeTrouble(const Error& error)
{
    m_storeTrouble = error;
    emit(EventKind::StoreTrouble, nullptr, error);
    if (m_stage == Stage::Working)
        step(scheduler::StoreHeldUp{error.code != ErrorCode::None});
    m_changed();
}

std::optional<RunSnapshot> RunController::snapshot() const
{
    if (m_stage == Stage::None || m_stage == Stage::Opening)
        return std::nullopt;
    const auto counts = m_scheduler.counts();
    RunSnapshot out;
    out.id = m_run.id;
    out.state = m_run.state;
    out.paused = m_paused;
    out.nodesWanted = m_run.nodesWanted;
    out.scanComplete = m_run.scanComplete;
    out.dataPath = m_run.dataPath;
    out.modelPath = m_run.modelPath;
    out.modelName = m_run.modelName;
    out.labels = m_run.labels;
    out.synthetic = m_run.synthetic;
    out.planned = m_run.planned;
    out.labelled = m_run.labelled;
    out.errors = m_run.errors;
    const std::uint64_t committedRows = out.labelled + out.errors;
    if (m_stage != Stage::Ended)
        out.inFlight = std::min(out.planned - std::min(out.planned, committedRows), counts.leased + m_pending.size());
    out.queued = out.planned - std::min(out.planned, committedRows + out.inFlight);
    out.precision = m_run.precision;
    out.precisionFloor = m_run.precisionFloor;
    if (m_precision)
        out.precisionChecks = m_precision->checks();
    out.correct = m_run.correct;
    out.incorrect = m_run.incorrect;
    out.expectedKnown = m_run.expectedKnown;
    out.expectedMatched = m_run.expectedMatched;
    out.accuracyShown = out.expectedKnown > 0 && out.expectedMatched * 2 >= out.expectedKnown;
    const auto steady = steadyNow();
    out.elapsedSeconds =
        m_stage == Stage::Ended ? m_elapsed : std::chrono::duration<double>(steady - m_startedAt).count();
    bool anyOnline = false;
    for (const auto& [id, node] : m_fleet.nodes()) {
        out.imagesPerSecond += node->meter.perSecond(steady);
        anyOnline |= node->up && isUsable(node->state);
    }
    out.waitingForNodes = m_stage == Stage::Working && !anyOnline;
    if (m_stage == Stage::Working && m_run.scanComplete)
        out.etaSeconds = etaSeconds(out.queued + out.inFlight, static_cast<double>(out.imagesPerSecond),
                                    m_anyResult ? std::optional(steady - m_firstResultAt) : std::nullopt);
    out.duplicatesRefused = m_run.duplicatesRefused + counts.duplicates;
    out.redispatched = m_run.redispatched + counts.redispatched;
    out.failure = m_run.failure;
    out.storeTrouble = m_storeTrouble;
    out.seal = m_seal;
    out.startedAt = m_run.startedAt.value_or(0);
    out.latest.assign(m_latest.begin(), m_latest.end());
    return out;
}

IdleReason RunController::idleReason(const Node& node) const
{
    if (m_stage != Stage::Working)
        return IdleReason::NoRun;
    if (!node.takesWork())
        return IdleReason::Draining;
    if (node.phase == RunPhase::Checking && !node.reopening)
        return m_precision && m_precision->held(node) > 0 ? IdleReason::None
               : m_paused                                 ? IdleReason::Paused
                                                          : IdleReason::CheckingPrecision;
    if (node.phase != RunPhase::Working)
        return node.phase == RunPhase::Opened || node.reopening ? IdleReason::LoadingModel
               : m_run.scanComplete                             ? IdleReason::NoRun
                                                                : IdleReason::Scanning;
    if (m_scheduler.node(node.id).leasedItems > 0)
        return IdleReason::None;
    if (m_paused)
        return IdleReason::Paused;
    if (!node.scheduled)
        return IdleReason::NotSelected;
    return m_run.scanComplete ? IdleReason::NothingLeft : IdleReason::Scanning;
}

} // namespace vitfleet::app
