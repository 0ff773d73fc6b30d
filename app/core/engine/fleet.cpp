// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes come, go and are watched. Local agents, which are started here, are in fleet_local.cpp.
#include "app/core/engine/fleet.h"

#include "app/core/engine/fleet_inbox.h"
#include "shared/base/limits.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

/// Heartbeats are looked at ten times a second, and what is found must be told within the limit, not after it.
constexpr auto lookMargin = 200ms;
/// The same for what is only shown: less, since a heartbeat that is a little late should show nothing.
constexpr auto suspectMargin = 100ms;
/// Who has said nothing for so long: how long is watched as it grows, until nobody reads its tenths any more.
constexpr auto silentFrom = limits::beatInterval * 3 / 2, silentUntil = std::chrono::seconds(15);
constexpr auto mostBetweenLooks = 500ms; ///< on a machine that has time for the application

} // namespace

bool isUsable(NodeState state)
{
    switch (state) {
    case NodeState::Preparing:
    case NodeState::Online:
    case NodeState::Suspect:
    case NodeState::SetAside:
        return true;
    default:
        return false;
    }
}

Fleet::Fleet(EventLoop& loop, std::unique_ptr<FleetLink> link, Provisioner& provisioner, Emit emit)
    : m_loop(loop), m_link(std::move(link)), m_provisioner(provisioner), m_emit(std::move(emit)),
      m_inbox(std::make_shared<Inbox>(loop, *this))
{
    m_link->setCallbacks({
        [this](NodeId id, const protocol::Welcome& welcome) { onUp(id, welcome); },
        [this](NodeId id, const Error& error) { onDown(id, error); },
        [this](NodeId id, Channel, protocol::Message message, protocol::BytesView payload) {
            onMessage(id, std::move(message), payload);
        },
    });
    m_provisioner.onExited([inbox = m_inbox](const std::string& name, const std::string& reason) {
        Inbox::post(inbox, [name, reason](Fleet& fleet) { fleet.onLocalExited(name, reason); });
    });
}

Fleet::~Fleet()
{
    m_provisioner.onExited({});
    m_inbox->close();
}

Node* Fleet::find(NodeId id)
{
    const auto found = std::ranges::lower_bound(m_nodes, id, {}, &Nodes::value_type::first);
    return found == m_nodes.end() || found->first != id ? nullptr : found->second.get();
}

std::string Fleet::uniqueName(const std::string& wanted, NodeId self) const
{
    std::string name = wanted;
    const auto taken = [&] {
        return std::ranges::any_of(
            m_nodes, [&](const auto& entry) { return entry.first != self && entry.second->name == name; });
    };
    for (int suffix = 2; taken(); ++suffix)
        name = wanted + "-" + std::to_string(suffix);
    return name;
}

void Fleet::emit(EventKind kind, const Node& node, Error error, std::string text)
{
    EventRecord event;
    event.kind = kind;
    event.node = node.name;
    event.error = std::move(error);
    event.text = std::move(text);
    m_emit(std::move(event));
}

void Fleet::setState(Node& node, NodeState state, Error reason)
{
    if (node.state == state && node.reason == reason)
        return;
    if (node.state != state)
        node.stateSince = unixNow();
    node.state = state;
    node.reason = std::move(reason);
    m_observer.changed();
}

void Fleet::setThere(Node& node)
{
    if (!node.takesWork())
        setState(node, NodeState::Draining);
    else if (node.setAside.code != ErrorCode::None)
        setState(node, NodeState::SetAside, node.setAside);
    else
        setState(node, NodeState::Online);
}

Result<NodeId> Fleet::add(const std::string& addressLine)
{
    auto address = m_link->resolve(addressLine, true);
    if (!address)
        return address.error();
    for (const auto& [id, node] : m_nodes) {
        if (node->address.hostPort == address->hostPort && node->address.key == address->key)
            return id;
    }
    auto node = std::make_unique<Node>();
    const NodeId id(m_nextId++);
    node->id = id;
    node->name = uniqueName(address->hostPort, id);
    node->address = *address;
    node->stateSince = unixNow();
    m_nodes.emplace_back(id, std::move(node));
    m_link->add(id, *address);
    m_observer.changed();
    return id;
}

Result<NodeId> Fleet::addLaunched(const LaunchedNode& launched)
{
    auto address = m_link->resolve(launched.addressLine, false);
    if (!address)
        return address.error();
    auto node = std::make_unique<Node>();
    const NodeId id(m_nextId++);
    node->id = id;
    node->launched = true;
    node->name = uniqueName(launched.name, id);
    node->provider = launched.provider;
    node->providerId = launched.providerId;
    node->paths = launched.paths;
    node->address = *address;
    node->stateSince = unixNow();
    m_nodes.emplace_back(id, std::move(node));
    m_link->add(id, *address);
    m_observer.changed();
    return id;
}

void Fleet::endLaunched(NodeId id, const Error& reason)
{
    Node* node = find(id);
    if (!node || !node->launched)
        return;
    m_link->remove(id);
    if (node->state == NodeState::Stopped)
        setState(*node, NodeState::Left, {ErrorCode::None, reason.detail});
    else if (node->state != NodeState::Left)
        lose(*node, NodeState::Lost, reason, EventKind::NodeLost);
}

void Fleet::remove(NodeId id)
{
    Node* node = find(id);
    if (!node)
        return;
    if (node->up)
        lose(*node, NodeState::Left, {ErrorCode::None, {}}, EventKind::NodeLeft);
    m_link->remove(id);
    if (node->local)
        m_provisioner.stop(node->name);
    std::erase_if(m_nodes, [id](const auto& entry) { return entry.first == id; });
    m_observer.removed(id);
    m_observer.changed();
}

void Fleet::setHasRun(bool on)
{
    m_link->setHasRun(on);
    if (!on)
        return;
    // Who owns those may only look on: with a run it is worth asking again, and at once.
    for (const auto& [id, node] : m_nodes) {
        if (node->state != NodeState::Refused || node->reason.code != ErrorCode::AgentBusy)
            continue;
        setState(*node, NodeState::Connecting);
        m_link->reconnect(id);
    }
}

void Fleet::stop(NodeId id)
{
    Node* node = find(id);
    if (!node)
        return;
    node->restart = {};
    node->isRestarting = node->draining = node->stopping = false;
    lose(*node, NodeState::Stopped, {ErrorCode::None, {}}, EventKind::NodeLeft);
    m_link->remove(id);
    if (!node->local)
        return;
    node->hasEnded = true; // for this fleet; who starts it again waits for its process
    ++node->launches;
    m_provisioner.stop(node->name);
}

void Fleet::startStopped(Node& node)
{
    if (node.state != NodeState::Stopped)
        return;
    if (node.local) {
        startAgain(node, [](const Result<void>&) {});
    } else {
        setState(node, NodeState::Connecting);
        m_link->add(node.id, node.address);
    }
}

void Fleet::drop(Node& node, Error reason)
{
    lose(node, NodeState::Lost, reason, EventKind::NodeLost);
    m_link->reconnect(node.id);
}

void Fleet::onUp(NodeId id, const protocol::Welcome& welcome)
{
    Node* node = find(id);
    if (!node)
        return;
    if (const Node* twin = twinOf(*node)) {
        // Two that nobody can tell apart: a copied machine, or one agent by two addresses.
        lose(*node, NodeState::Refused, {ErrorCode::AgentClone, twin->name + " at " + twin->address.hostPort},
             EventKind::NodeRefused);
        m_link->remove(id);
        return;
    }
    const bool returning = node->session > 0;
    if (!returning && !node->local && !node->launched && !welcome.name.empty())
        node->name = uniqueName(welcome.name, id);
    node->up = true;
    node->upAt = steadyNow();
    ++node->session;
    node->welcome = welcome;
    node->beat = {};
    node->lastBeat = steadyNow();
    node->lastBeatAt = unixNow();
    node->progressAt = node->lastBeat;
    node->hung = node->leaving = false;
    setThere(*node);
    emit(returning ? EventKind::NodeBack : EventKind::NodeJoined, *node, {ErrorCode::None, {}},
         node->launched ? node->provider + " " + node->providerId + ", " + node->address.hostPort
                        : node->address.hostPort);
    m_observer.up(*node);
}

const Node* Fleet::twinOf(const Node& node) const
{
    const auto twin = std::ranges::find_if(m_nodes, [&](const auto& entry) {
        return entry.first != node.id && entry.second->up && entry.second->address.key == node.address.key;
    });
    return twin == m_nodes.end() ? nullptr : twin->second.get();
}

void Fleet::onDown(NodeId id, const Error& error)
{
    Node* node = find(id);
    if (!node)
        return;
    switch (error.code) {
    case ErrorCode::AgentKey:
    case ErrorCode::NotEnrolled:
    case ErrorCode::AgentBusy:
    case ErrorCode::ProtocolVersion:
    case ErrorCode::Protocol:
        lose(*node, NodeState::Refused, error, EventKind::NodeRefused);
        return;
    default:
        break;
    }
    if (node->up)
        lose(*node, node->state == NodeState::Left ? NodeState::Left : NodeState::Lost,
             {ErrorCode::NodeLost, error.detail}, EventKind::NodeLost);
    else if (node->state == NodeState::Connecting)
        setState(*node, NodeState::Connecting, error);
}

void Fleet::lose(Node& node, NodeState state, const Error& reason, EventKind kind)
{
    const bool news = node.state != state || node.reason.code != reason.code;
    const bool wasUp = std::exchange(node.up, false);
    setState(node, state, reason);
    if (news)
        emit(kind, node, reason);
    if (wasUp)
        m_observer.gone(node);
}

void Fleet::onMessage(NodeId id, protocol::Message message, protocol::BytesView payload)
{
    Node* node = find(id);
    if (!node || !node->up)
        return;
    if (const auto* beat = std::get_if<protocol::AgentBeat>(&message))
        return onBeat(*node, *beat);
    if (const auto* results = std::get_if<protocol::Results>(&message); results && results->beat)
        onBeat(*node, *results->beat);
    if (const auto* leaving = std::get_if<protocol::Leaving>(&message))
        return lose(*node, NodeState::Left, {ErrorCode::None, leaving->reason}, EventKind::NodeLeft);
    m_observer.message(*node, std::move(message), payload);
}

void Fleet::onBeat(Node& node, const protocol::AgentBeat& beat)
{
    const auto now = steadyNow();
    node.beat = beat;
    node.lastBeat = now;
    node.lastBeatAt = unixNow();
    const std::uint64_t progress =
        std::accumulate(beat.replicaProgress.begin(), beat.replicaProgress.end(), std::uint64_t{0});
    if (progress != node.progress || !beat.busy) {
        node.progress = progress;
        // One replica may stand still while the others go on.
        node.progressAt = now - std::chrono::milliseconds(beat.stalledMillis);
        if (node.hung && !standsStill(node, now)) {
            node.hung = false;
            setThere(node);
            emit(EventKind::NodeBack, node);
            m_observer.up(node);
        }
    }
    if (node.state == NodeState::Suspect) {
        setThere(node);
        m_observer.suspect(node, false);
    }
    m_observer.beat(node);
    m_observer.changed();
}

/// Ten times one layer's time is meant by the design; a layer of the largest models takes well under a second.
bool Fleet::standsStill(const Node& node, Node::Time now)
{
    // Its last progress may be a heartbeat older than the beat that told of it.
    return node.beat.busy && now - node.progressAt > limits::hungAfter - limits::beatInterval - lookMargin;
}

void Fleet::checkAlive(Node& node, Node::Time now)
{
    using Duration = std::chrono::steady_clock::duration;
    const Duration age = now - node.lastBeat;
    const Duration least = std::min<Duration>(m_lostAfter, limits::lostAfterWithBulkData) - lookMargin;
    // What waits for the link matters to those alone that are silent.
    const bool bulk = age > least && m_link->queuedBytes(node.id) > 0;
    if (age > (bulk ? Duration(limits::lostAfterWithBulkData) : Duration(m_lostAfter)) - lookMargin) {
        drop(node,
             {ErrorCode::NodeLost,
              "no heartbeat for " + std::to_string(std::chrono::round<std::chrono::seconds>(age).count()) + " s"});
        return;
    }
    if (age > m_lostAfter / 2 - suspectMargin &&
        (node.state == NodeState::Online || node.state == NodeState::Draining)) {
        setState(node, NodeState::Suspect, {ErrorCode::NodeLost, "its heartbeat is late"});
        emit(EventKind::NodeSuspect, node);
        m_observer.suspect(node, true);
    }
    if (!node.hung && standsStill(node, now)) {
        node.hung = true;
        Error reason{ErrorCode::NodeHung, {}};
        if (const auto& beat = node.beat; beat.replicaProgress.size() > 1)
            reason.detail = "replica " + std::to_string(beat.stalledReplica + 1) + " of " +
                            std::to_string(beat.replicaProgress.size());
        setState(node, NodeState::Lost, reason);
        emit(EventKind::NodeLost, node, reason);
        m_observer.gone(node);
        // It will not let go by itself, and nobody else watches over it.
        if (node.local)
            m_provisioner.kill(node.name);
    }
}

void Fleet::tick()
{
    const auto now = steadyNow();
    // What came while this thread did not run waits to be read: that time is nobody's silence.
    const auto away = now - std::exchange(m_lookedAt, now).value_or(now) - mostBetweenLooks;
    for (const auto& [id, node] : m_nodes) {
        if (away > away.zero()) {
            node->lastBeat = std::min(node->lastBeat + away, now);
            node->progressAt = std::min(node->progressAt + away, now);
        }
        if (node->up)
            checkAlive(*node, now);
        if (const auto age = now - node->lastBeat; node->lastBeatAt && age > silentFrom && age < silentUntil)
            m_observer.changed();
    }
}

} // namespace vitfleet::app
