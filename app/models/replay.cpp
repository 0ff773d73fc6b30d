// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/replay.h"

#include "app/core/sampling.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

namespace vitfleet::app {
namespace {

constexpr UnixMs lateMs = 1'500; ///< a sample may come so much later than it should

/// The state that an event puts its node into.
std::optional<NodeState> stateAfter(EventKind kind)
{
    switch (kind) {
    case EventKind::NodeJoined:
        return NodeState::Preparing;
    case EventKind::NodeReady:
    case EventKind::NodeBack:
    case EventKind::NodeRestored:
        return NodeState::Online;
    case EventKind::NodeSuspect:
        return NodeState::Suspect;
    case EventKind::NodeLost:
        return NodeState::Lost;
    case EventKind::NodeLeft:
        return NodeState::Left;
    case EventKind::NodeRefused:
        return NodeState::Refused;
    case EventKind::NodeDraining:
        return NodeState::Draining;
    case EventKind::NodeSetAside:
        return NodeState::SetAside;
    default:
        return std::nullopt;
    }
}

} // namespace

Replay::Replay(std::vector<ThroughputSample> samples, std::vector<EventRecord> events,
               const std::vector<NodeRecord>& nodes)
    : m_events(std::move(events))
{
    std::ranges::stable_sort(samples, {}, &ThroughputSample::at);
    std::ranges::stable_sort(m_events, {}, &EventRecord::at);
    for (ThroughputSample& sample : samples)
        (sample.node.empty() ? m_total : m_nodes[sample.node]).push_back(sample);
    for (const NodeRecord& node : nodes)
        m_records[node.name] = node;
    std::set<std::string> names;
    for (const auto& [name, record] : m_records)
        names.insert(name);
    for (const auto& [name, kept] : m_nodes)
        names.insert(name);
    for (const EventRecord& event : m_events) {
        if (stateAfter(event.kind) && !event.node.empty())
            names.insert(event.node);
    }
    for (const std::string& name : names)
        m_ids.emplace(name, NodeId(static_cast<std::uint32_t>(m_ids.size()) + 1));
}

UnixMs Replay::begin() const
{
    return m_total.empty() ? 0 : m_total.front().at;
}

UnixMs Replay::end() const
{
    return m_total.empty() ? 0 : m_total.back().at;
}

FleetSnapshot Replay::at(UnixMs moment) const
{
    std::map<std::string, NodeSnapshot> nodes;
    const auto find = [&](const std::string& name) -> NodeSnapshot& {
        const auto [found, isNew] = nodes.try_emplace(name);
        if (isNew) {
            found->second.id = m_ids.at(name);
            found->second.name = name;
            found->second.state = NodeState::Online;
        }
        return found->second;
    };
    for (const EventRecord& event : m_events) {
        if (event.at > moment)
            break;
        const auto state = event.node.empty() ? std::nullopt : stateAfter(event.kind);
        if (!state)
            continue;
        NodeSnapshot& node = find(event.node);
        node.state = *state;
        node.stateSince = event.at;
        node.reason = event.error;
    }
    FleetSnapshot fleet;
    fleet.at = moment;
    const UnixMs freshMs = std::chrono::milliseconds(sampleInterval(m_nodes.size())).count() + lateMs;
    for (const auto& [name, samples] : m_nodes) {
        const auto next = std::ranges::upper_bound(samples, moment, {}, &ThroughputSample::at);
        if (next == samples.begin())
            continue;
        NodeSnapshot& node = find(name);
        const bool isGone = node.state == NodeState::Lost || node.state == NodeState::Left;
        if (const ThroughputSample& last = *std::prev(next); !isGone && moment - last.at <= freshMs) {
            node.imagesPerSecond = last.imagesPerSecond;
            node.lastBeat = last.at;
        }
    }
    for (auto& [name, node] : nodes) {
        node.idle = node.imagesPerSecond > 0 ? IdleReason::None : IdleReason::NothingLeft;
        if (const auto record = m_records.find(name); record != m_records.end()) {
            node.cpuModel = record->second.cpuModel;
            node.gpu = record->second.gpu;
            node.cores = record->second.cores;
            node.replicas = record->second.replicas;
            node.precision = record->second.precision;
            node.address = record->second.address;
        }
        fleet.online += node.state == NodeState::Online || node.state == NodeState::Suspect;
        fleet.lost += node.state == NodeState::Lost;
        fleet.imagesPerSecond += node.imagesPerSecond;
        fleet.nodes.push_back(node);
    }
    return fleet;
}

} // namespace vitfleet::app
