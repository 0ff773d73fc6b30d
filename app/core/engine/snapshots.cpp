// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/engine/snapshots.h"

#include "shared/protocol/precision_names.h"

namespace vitfleet::app {
namespace {

NodeSnapshot nodeSnapshot(Node& node, Node::Time now)
{
    NodeSnapshot out;
    out.id = node.id;
    out.name = node.name;
    out.address = node.address.hostPort;
    out.local = node.local;
    out.logFile = node.logFile;
    out.state = node.state;
    out.reason = node.reason;
    out.stateSince = node.stateSince;
    out.stopping = node.stopping;
    out.lastBeat = node.lastBeatAt;
    if (node.lastBeatAt)
        out.beatAge = std::chrono::duration_cast<std::chrono::milliseconds>(now - node.lastBeat);
    out.host = node.welcome.host;
    out.cpuModel = node.welcome.cpuModel;
    out.gpu = node.welcome.gpu;
    out.gpuReason = node.welcome.gpuReason;
    out.software = node.welcome.software;
    out.pid = node.welcome.pid;
    out.device = node.ready.device;
    out.backend = node.ready.backend;
    out.precision = protocol::precisionName(node.ready.precision);
    out.synthetic = node.ready.synthetic;
    out.cores = node.welcome.cores;
    out.replicas = node.ready.replicas;
    out.memoryBytes = node.welcome.memoryBytes;
    out.imagesPerSecond = node.meter.perSecond(now);
    out.cpuPercent = node.up ? node.beat.cpuPercent : 0.0f;
    out.rssBytes = node.up ? node.beat.rssBytes : 0;
    if (node.beat.modelBytesTotal > 0)
        out.modelFetched =
            static_cast<double>(node.beat.modelBytesFetched) / static_cast<double>(node.beat.modelBytesTotal);
    out.joules = static_cast<double>(node.beat.energyMillijoules) / 1000;
    out.energyReason = node.welcome.energyReason;
    out.chunk = node.chunk;
    out.labelled = node.labelled;
    out.errors = node.errors;
    out.labelledEver = node.labelledEver;
    out.provider = node.provider;
    out.providerId = node.providerId;
    out.transfer = node.mode;
    return out;
}

} // namespace

FleetSnapshot makeSnapshot(Fleet& fleet, const RunController& run, const TimeSource& time)
{
    FleetSnapshot out;
    out.at = time.unixMs();
    const auto now = time.steady();
    out.run = run.snapshot();
    out.lostAfter = fleet.lostAfter();
    out.nodes.reserve(fleet.nodes().size());
    for (const auto& [id, node] : fleet.nodes()) {
        NodeSnapshot snapshot = nodeSnapshot(*node, now);
        snapshot.idle = run.idleReason(*node);
        snapshot.leased = run.leasedItems(id);
        out.online += node->state == NodeState::Online || node->state == NodeState::Suspect;
        out.lost += node->state == NodeState::Lost;
        out.imagesPerSecond += snapshot.imagesPerSecond;
        out.nodes.push_back(std::move(snapshot));
    }
    // The header equals the sum of the rows, whatever the moment of measuring.
    if (out.run)
        out.run->imagesPerSecond = out.imagesPerSecond;
    return out;
}

} // namespace vitfleet::app
