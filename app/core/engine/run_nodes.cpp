// SPDX-License-Identifier: GPL-3.0-or-later
// How nodes come to work for the run: they load its model, prove which files they see, and are admitted.
#include "app/core/engine/run_controller.h"
#include "shared/base/limits.h"
#include "shared/digest/digest.h"
#include "shared/protocol/precision_names.h"

#include <algorithm>
#include <random>

namespace vitfleet::app {
namespace {

/// What a node that gets bytes may hold in undecoded pictures.
constexpr double maxLeaseBytes = 32.0 * 1024 * 1024;

NodeRecord recordOf(const Node& node)
{
    NodeRecord record;
    record.name = node.name;
    record.address = node.address.hostPort;
    record.key = node.address.key;
    record.host = node.welcome.host;
    record.cpuModel = node.welcome.cpuModel;
    record.gpu = node.welcome.gpu;
    record.software = node.welcome.software;
    record.schedulerId = node.launched ? node.provider + ":" + node.providerId : node.welcome.schedulerId;
    record.device = node.ready.device;
    record.backend = node.ready.backend;
    record.backendVersion = node.ready.backendVersion;
    record.precision = protocol::precisionName(node.ready.precision);
    record.cores = node.welcome.cores;
    record.replicas = node.ready.replicas;
    record.memoryBytes = node.welcome.memoryBytes;
    return record;
}

} // namespace

void RunController::nodeUp(Node& node)
{
    node.phase = RunPhase::None;
    node.scheduled = false;
    if (m_stage == Stage::Working && m_model)
        openRun(node);
}

void RunController::openRun(Node& node)
{
    if (m_stage != Stage::Working || !m_model || node.phase != RunPhase::None)
        return;
    openIn(node, m_precision ? m_precision->openWith(node) : m_run.precision);
}

void RunController::openIn(Node& node, const std::string& precision)
{
    protocol::OpenRun open;
    open.runUid = m_run.uid;
    open.backend = m_run.backend;
    open.backendOptions = m_run.backendOptions;
    open.precision = protocol::precisionFromName(precision);
    open.modelFiles = m_model->files;
    open.modelPathHint = mapPath(node.paths, m_model->directory.string());
    open.dataRoot = mapPath(node.paths, m_run.dataRoot);
    // What it may still hold from before a cut has been given to others meanwhile.
    m_fleet.link().send(node.id, Channel::Control,
                        protocol::Revoke{m_run.uid, LeaseId(), std::numeric_limits<std::uint32_t>::max()});
    if (!m_fleet.link().send(node.id, Channel::Control, open))
        return;
    node.asked = precision;
    node.owesSince = steadyNow();
    node.reopening = node.phase == RunPhase::Checking;
    if (!node.reopening)
        node.phase = RunPhase::Opened;
    m_fleet.setState(node, node.takesWork() ? NodeState::Preparing : NodeState::Draining);
}

void RunController::onRunReady(Node& node, const protocol::RunReady& ready)
{
    if (node.phase != RunPhase::Opened && !node.reopening)
        return;
    if (digest::toHex(ready.modelSha256) != m_model->sha256 && !ready.synthetic) {
        node.phase = RunPhase::Failed;
        m_fleet.setState(
            node, NodeState::Refused,
            {ErrorCode::ModelMismatch, digest::toHex(ready.modelSha256) + " instead of " + m_model->sha256});
        emit(EventKind::NodeRefused, &node, node.reason);
        return;
    }
    const bool again = std::exchange(node.reopening, false);
    node.ready = ready;
    if (!again)
        node.phase = RunPhase::Loaded;
    m_run.synthetic = m_run.synthetic || ready.synthetic;
    m_store.writer().upsertNode(m_run.id, recordOf(node));
    m_fleet.setThere(node);
    if (again) {
        stepPrecision(); // it has proven already which files it sees
    } else {
        emit(EventKind::NodeReady, &node, {ErrorCode::None, {}}, ready.replicas, ready.device);
        probe(node);
    }
    m_changed();
}

void RunController::onRunFailed(Node& node, const protocol::RunFailed& failed)
{
    if (node.phase != RunPhase::Opened && !node.reopening)
        return; // nobody asked, and each would be an event
    if (m_precision && m_precision->failed(node, {failed.code, failed.detail}))
        return;
    node.reopening = false;
    node.phase = RunPhase::Failed;
    m_fleet.setState(node, NodeState::Refused, {failed.code, failed.detail});
    emit(EventKind::NodeRefused, &node, node.reason);
    m_changed();
}

/// A node gets paths only after it has hashed files that are picked here and all of them matched.
void RunController::probe(Node& node)
{
    if (m_run.dataRoot.empty()) {
        setMode(node, protocol::TransferMode::Bytes);
        return;
    }
    const std::uint32_t known = m_items->size();
    if (known < limits::maxProbeFiles && !m_run.scanComplete)
        return;
    std::vector<std::uint32_t> usable;
    std::mt19937_64 random(digest::randomU64());
    for (std::size_t tries = 0; known > 0 && tries < 4 * limits::maxProbeFiles && usable.size() < limits::maxProbeFiles;
         ++tries) {
        const auto index = std::uniform_int_distribution<std::uint32_t>(0, known - 1)(random);
        if (m_items->at(ItemId(index)).scanError.code == ErrorCode::None && !std::ranges::count(usable, index))
            usable.push_back(index);
    }
    if (usable.empty()) {
        setMode(node, protocol::TransferMode::Bytes);
        return;
    }
    protocol::ProbeFiles message;
    message.runUid = m_run.uid;
    node.probed.clear();
    for (const std::uint32_t index : usable) {
        const ItemRecord item = m_items->at(ItemId(index));
        message.files.push_back({item.path, item.bytes});
        node.probed.push_back(item.id);
    }
    if (!m_fleet.link().send(node.id, Channel::Control, message))
        return;
    node.phase = RunPhase::Probing;
    node.owesSince = steadyNow();
}

void RunController::onProbeResult(Node& node, const protocol::ProbeResult& result)
{
    if (node.phase != RunPhase::Probing)
        return;
    bool same = result.files.size() == node.probed.size();
    for (std::size_t i = 0; same && i < result.files.size(); ++i)
        same = result.files[i].found && result.files[i].hash == m_items->at(node.probed[i]).headHash;
    setMode(node, same ? protocol::TransferMode::Paths : protocol::TransferMode::Bytes);
}

void RunController::setMode(Node& node, protocol::TransferMode mode)
{
    node.mode = mode;
    node.phase = m_precision ? RunPhase::Checking : RunPhase::Working;
    m_changed();
    stepPrecision();
    admitNodes();
}

void RunController::admitNodes()
{
    if (!m_gateOpen || m_stage != Stage::Working)
        return;
    auto scheduled = static_cast<std::uint32_t>(
        std::ranges::count_if(m_fleet.nodes(), [](const auto& entry) { return entry.second->scheduled; }));
    for (const auto& [id, node] : m_fleet.nodes()) {
        if (node->phase != RunPhase::Working || node->scheduled || !node->takesWork())
            continue;
        if (m_run.nodesWanted > 0 && scheduled >= m_run.nodesWanted)
            break;
        node->scheduled = true;
        ++scheduled;
        if (node->mode == protocol::TransferMode::Bytes) {
            const double items = maxLeaseBytes / std::max(1.0, m_items->meanBytes());
            step(scheduler::NodeLimit{
                id, static_cast<std::uint32_t>(std::clamp(items, 1.0, static_cast<double>(limits::maxLeaseItems)))});
        }
        const double speed = node->ready.millisecondsPerItem > 0 ? 1000.0 / node->ready.millisecondsPerItem : 0.0;
        step(scheduler::NodeUndrain{id});
        constexpr auto mostItems = static_cast<std::uint32_t>(limits::maxLeaseItems);
        constexpr auto mostReplicas = static_cast<std::uint32_t>(limits::maxReplicas);
        const std::uint32_t batch =
            std::clamp(node->ready.batch, 1U, mostItems) * std::clamp(node->ready.replicas, 1U, mostReplicas);
        step(scheduler::NodeReady{id, speed, batch, node->name});
    }
}

void RunController::nodeGone(Node& node)
{
    node.scheduled = false;
    if (m_precision)
        m_precision->gone(node);
    node.phase = RunPhase::None;
    node.reopening = false;
    node.chunk = 0;
    if (node.up) // it hangs, but is there
        acknowledge(node, node.durable);
    node.durable.clear(); // who comes back asks again, by sending them
    // Also one that the run no longer wants: it may still hold items.
    if (m_stage == Stage::Working || m_stage == Stage::Stopping)
        step(scheduler::NodeGone{node.id, node.state == NodeState::Left || node.state == NodeState::Stopped});
    admitNodes();
}

void RunController::nodeRemoved(NodeId id)
{
    if (m_stage == Stage::Working || m_stage == Stage::Stopping)
        step(scheduler::NodeGone{id});
}

void RunController::nodeSuspect(Node& node, bool suspect)
{
    if (m_stage == Stage::Working)
        step(scheduler::NodeSuspect{node.id, suspect});
}

void RunController::nodeBeat(Node& node)
{
    using State = protocol::AgentState;
    if (const State state = node.beat.state; state == State::Draining || state == State::Drained)
        letGo(node);
    if (const auto fetched = std::exchange(node.fetched, node.beat.modelBytesFetched);
        fetched != node.fetched || isReadingFor(node.id))
        node.owesSince = steadyNow();
    if (m_stage == Stage::Working)
        step(scheduler::NodeProgress{node.id, node.beat.startedItems});
    checkDrained(node);
}

/// It was told to end (SIGTERM, the end of its job), gives back what it has not begun and waits for what it has.
void RunController::letGo(Node& node)
{
    if (node.leaving)
        return;
    node.leaving = true;
    if (isUsable(node.state))
        m_fleet.setThere(node);
    if (!node.draining)
        emit(EventKind::NodeDraining, &node);
    if (m_stage == Stage::Working && node.scheduled)
        step(scheduler::NodeDrain{node.id});
    node.scheduled = false; // another one may take its place
    admitNodes();
    acknowledgeDurable(node, steadyNow());
    m_changed();
}

void RunController::drain(Node& node, bool now)
{
    node.draining = true;
    if (m_precision)
        m_precision->givenBack(node);
    m_fleet.setState(node, NodeState::Draining);
    emit(EventKind::NodeDraining, &node);
    if (m_stage == Stage::Working && node.scheduled)
        step(scheduler::NodeDrain{node.id, now});
    checkDrained(node);
    m_changed();
}

void RunController::undrain(Node& node)
{
    node.draining = node.removing = node.stopping = false;
    m_fleet.startStopped(node);
    if (node.up && (node.state == NodeState::Draining || node.state == NodeState::Drained))
        m_fleet.setThere(node);
    if (m_stage == Stage::Working && node.scheduled)
        step(scheduler::NodeUndrain{node.id});
    admitNodes();
}

void RunController::checkDrained(Node& node)
{
    if (!node.draining || node.awaitingCommit > 0)
        return;
    if (m_stage == Stage::Working && m_scheduler.node(node.id).leasedItems > 0)
        return;
    if (node.state == NodeState::Draining)
        m_fleet.setState(node, NodeState::Drained);
    if (node.removing || node.stopping) {
        // Not here: the node is still in use up the call stack.
        m_loop.post([this, id = node.id, alive = std::weak_ptr(m_alive)] {
            const Node* drained = alive.lock() ? m_fleet.find(id) : nullptr;
            if (drained && drained->removing)
                m_fleet.remove(id);
            else if (drained && drained->stopping)
                m_fleet.stop(id);
        });
    }
}

void RunController::nodeMessage(Node& node, protocol::Message message, protocol::BytesView payload)
{
    const auto ours = [this](const std::string& uid) {
        return (m_stage == Stage::Working || m_stage == Stage::Stopping) && uid == m_run.uid;
    };
    if (const auto* ready = std::get_if<protocol::RunReady>(&message); ready && ours(ready->runUid))
        onRunReady(node, *ready);
    else if (const auto* failed = std::get_if<protocol::RunFailed>(&message); failed && ours(failed->runUid))
        onRunFailed(node, *failed);
    else if (const auto* probed = std::get_if<protocol::ProbeResult>(&message); probed && ours(probed->runUid))
        onProbeResult(node, *probed);
    else if (const auto* results = std::get_if<protocol::Results>(&message); results && ours(results->runUid))
        onResults(node, payload);
    else if (const auto* revoked = std::get_if<protocol::Revoked>(&message); revoked && ours(revoked->runUid))
        onRevoked(node, *revoked, payload);
    else if (const auto* model = std::get_if<protocol::ModelRequest>(&message); model && ours(model->runUid))
        serveModel(node, *model);
    else if (const auto* item = std::get_if<protocol::ItemRequest>(&message); item && ours(item->runUid))
        serveItem(node, *item);
}

/// Whether one more piece may be read for the node: what it has asked for waits in memory and holds up the others.
bool RunController::beginRead(Node& node)
{
    constexpr std::uint32_t most = 256; // an agent of ours asks for 16 at a time
    std::uint32_t& reading = m_reading[node.id];
    if (reading < most) {
        ++reading;
        return true;
    }
    m_loop.post([this, id = node.id, alive = std::weak_ptr(m_alive)] {
        Node* late = alive.lock() ? m_fleet.find(id) : nullptr;
        if (late && late->up)
            m_fleet.drop(*late, {ErrorCode::Protocol, "more than " + std::to_string(most) + " requests at a time"});
    });
    return false;
}

void RunController::serveModel(Node& node, const protocol::ModelRequest& request)
{
    if (!m_model || request.file >= m_model->files.size() || !m_payloads)
        return;
    const protocol::ModelFile& file = m_model->files[request.file];
    if (request.offset >= file.bytes)
        return;
    std::uint64_t left = std::min(request.bytes, file.bytes - request.offset);
    // One window a request; an agent that asks for more asks again.
    left = std::min<std::uint64_t>(left, 16 * limits::maxPayloadBytes);
    for (std::uint64_t offset = request.offset; left > 0;) {
        const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, limits::maxPayloadBytes));
        if (!beginRead(node))
            return;
        m_payloads->readModel(m_model->directory / file.name, offset, bytes,
                              [this, id = node.id, session = node.session, file = request.file,
                               offset](Result<std::vector<std::byte>> data) {
                                  --m_reading[id];
                                  Node* target = m_fleet.find(id);
                                  if (!target || !target->up || target->session != session)
                                      return;
                                  if (!data)
                                      return modelUnread(*target, data.error());
                                  m_fleet.link().sendOwned(id, Channel::Data,
                                                           protocol::ModelPiece{m_run.uid, file, offset},
                                                           std::move(*data));
                              });
        offset += bytes;
        left -= bytes;
    }
}

/// A node asks for a model anew after a reconnect, from where it is.
void RunController::modelUnread(Node& node, const Error& error)
{
    const auto again = [this, id = node.id, session = node.session, error] {
        Node* late = m_fleet.find(id);
        if (late && late->up && late->session == session)
            m_fleet.drop(*late, error);
    };
    if (node.phase == RunPhase::Opened && !readLater(m_failedModelReads[node.id], error, again))
        onRunFailed(node, {m_run.uid, error.code, error.detail});
}

void RunController::serveItem(Node& node, const protocol::ItemRequest& request)
{
    if (request.item.value >= m_items->size() || !m_payloads || !beginRead(node))
        return;
    m_payloads->readItem(m_dataSet, m_items->at(request.item), request.offset,
                         [this, id = node.id, session = node.session, request](Result<std::vector<std::byte>> data) {
                             --m_reading[id];
                             Node* target = m_fleet.find(id);
                             if (target && target->up && target->session == session)
                                 sendItem(*target, request, data);
                         });
}

void RunController::sendItem(Node& node, const protocol::ItemRequest& request,
                             const Result<std::vector<std::byte>>& data)
{
    const auto again = [this, id = node.id, session = node.session, request] {
        Node* late = m_fleet.find(id);
        if (late && late->up && late->session == session)
            serveItem(*late, request);
    };
    if (const auto failed = m_failedReads.find(request.item);
        data && failed != m_failedReads.end() && failed->second.againAt > steadyNow()) {
        m_unread.push_back({failed->second.againAt, again}); // not before the pieces that it follows
        return;
    }
    if (!data && readLater(m_failedReads[request.item], data.error(), again))
        return;
    if (!data)
        settleHere(request.item, data.error());
    // An empty piece tells the agent that nothing more will come.
    m_fleet.link().send(node.id, Channel::Data,
                        protocol::ItemPiece{m_run.uid, request.lease, request.item, request.offset},
                        data ? protocol::BytesView(*data) : protocol::BytesView());
}

} // namespace vitfleet::app
