// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/samples.h"
#include "tests/gui/scripted_scale_out.h"

#include <chrono>

namespace vitfleet::test {

using namespace app;

const UnixMs sampleNow =
    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();

const std::vector<std::string>& fashionLabels()
{
    static const std::vector<std::string> labels = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    return labels;
}

NodeSnapshot sampleNode(std::uint32_t id, NodeState state)
{
    NodeSnapshot node;
    node.id = NodeId(id);
    node.name = "node-" + std::to_string(id);
    node.address = "10.0.0." + std::to_string(id) + ":47520";
    node.state = state;
    node.stateSince = sampleNow - 60'000;
    node.lastBeat = sampleNow - 300;
    node.beatAge = std::chrono::milliseconds(300);
    node.idle = IdleReason::None;
    node.host = "host-" + std::to_string(id);
    node.cpuModel = "Xeon Gold 6338";
    node.cores = 32;
    node.replicas = 32;
    node.device = "cpu";
    node.backend = "torch";
    node.precision = "fp32";
    node.imagesPerSecond = 160.0f + static_cast<float>(id);
    node.cpuPercent = 3'000;
    node.rssBytes = 412'000'000;
    node.memoryBytes = 4'000'000'000;
    node.chunk = 64;
    node.leased = 96;
    node.labelled = 1'000 + id;
    return node;
}

std::vector<NodeSnapshot> mixedNodes()
{
    std::vector<NodeSnapshot> nodes;
    for (std::uint32_t id = 1; id <= 9; ++id)
        nodes.push_back(sampleNode(id));
    nodes[0].name = "local-1";
    nodes[0].local = true;
    nodes[2].gpu = "NVIDIA L4";
    nodes[2].device = "cuda:0";
    nodes[3].synthetic = true;
    nodes[4].state = NodeState::Preparing;
    nodes[4].modelFetched = 0.61;
    nodes[4].imagesPerSecond = 0;
    nodes[5].state = NodeState::Suspect;
    nodes[5].beatAge = std::chrono::milliseconds(1'800);
    nodes[6].state = NodeState::Draining;
    nodes[7].state = NodeState::Lost;
    nodes[7].reason = {ErrorCode::Unreachable, "no beat for 3 s"};
    nodes[7].beatAge = std::chrono::milliseconds(41'000);
    nodes[7].lastBeat = sampleNow - 41'000;
    nodes[7].stateSince = sampleNow - 38'000;
    nodes[7].imagesPerSecond = 0;
    nodes[8].state = NodeState::Refused;
    nodes[8].reason = {ErrorCode::NotEnrolled, {}};
    nodes[8].lastBeat.reset();
    nodes[8].cpuModel.clear();
    nodes[8].replicas = 0;
    nodes[8].imagesPerSecond = 0;
    return nodes;
}

RunSnapshot sampleRun(std::uint64_t planned, std::uint64_t labelled, std::uint64_t errors, std::uint64_t inFlight)
{
    RunSnapshot run;
    run.id = RunId(12);
    run.state = RunState::Running;
    run.scanComplete = true;
    run.dataPath = "/data/t10k-images-idx3-ubyte.gz";
    run.modelPath = "/models/fashion-mnist-vit";
    run.modelName = "fashion-mnist-vit";
    run.labels = fashionLabels();
    run.planned = planned;
    run.labelled = labelled;
    run.errors = errors;
    run.inFlight = inFlight;
    run.queued = planned - labelled - errors - inFlight;
    run.correct = labelled * 91 / 100;
    run.incorrect = labelled - run.correct;
    run.expectedKnown = run.expectedMatched = planned;
    run.accuracyShown = true;
    run.etaSeconds = 10;
    run.elapsedSeconds = 15;
    run.startedAt = sampleNow - 15'000;
    const auto rows = sampleRows(24);
    run.latest.assign(rows.rbegin(), rows.rend());
    return run;
}

RunSnapshot finishedRun(std::uint64_t planned, std::uint64_t errors)
{
    RunSnapshot run = sampleRun(planned, planned - errors, errors, 0);
    run.state = RunState::Finished;
    run.etaSeconds.reset();
    run.seal = Seal{planned, planned - errors, errors, 0, 0, 0, 0};
    return run;
}

FleetSnapshot fleetOf(std::vector<NodeSnapshot> nodes, std::optional<RunSnapshot> run)
{
    FleetSnapshot fleet;
    fleet.at = sampleNow;
    for (const NodeSnapshot& node : nodes) {
        fleet.online += node.state == NodeState::Online || node.state == NodeState::Suspect;
        fleet.lost += node.state == NodeState::Lost;
        fleet.imagesPerSecond += node.imagesPerSecond;
    }
    fleet.nodes = std::move(nodes);
    fleet.run = std::move(run);
    if (fleet.run)
        fleet.run->imagesPerSecond = fleet.imagesPerSecond;
    return fleet;
}

std::vector<ResultView> sampleRows(std::uint32_t count, std::uint32_t waiting)
{
    std::vector<ResultView> rows(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        ItemRecord& item = rows[i].item;
        item.id = ItemId(i);
        item.path = "t10k-images-idx3-ubyte.gz#" + std::to_string(i);
        item.bytes = 797;
        const std::uint32_t expected = i % 10;
        item.expected = std::to_string(expected);
        item.expectedLabel = expected;
        if (i + waiting >= count)
            continue;
        ResultRow result;
        result.item = item.id;
        result.node = i % 3 == 0 ? "node-2" : "local-1";
        result.device = "cpu";
        result.backend = "torch";
        result.precision = "fp32";
        result.decodeMicros = 110;
        result.inferenceMicros = 2'340;
        result.finishedAt = sampleNow - 1'000 + i;
        if (i % 50 == 49) {
            result.error = {ErrorCode::ImgTruncated, item.path};
        } else {
            const std::uint32_t label = i % 7 == 6 ? (expected + 1) % 10 : expected;
            result.top = {{label, i % 7 == 6 ? 0.46f : 0.93f},
                          {(label + 9) % 10, i % 7 == 6 ? 0.41f : 0.04f},
                          {(label + 3) % 10, 0.02f}};
            result.correct = label == expected;
        }
        rows[i].result = result;
    }
    return rows;
}

RunRecord sampleRecord(RunState state)
{
    RunRecord run;
    run.id = RunId(12);
    run.state = state;
    run.dataPath = "/nowhere/t10k-images-idx3-ubyte.gz";
    run.dataKind = "idx";
    run.modelName = "fashion-mnist-vit";
    run.labels = fashionLabels();
    run.planned = 10'000;
    run.labelled = 3'104;
    run.scanComplete = true;
    return run;
}

Profile slurmProfile()
{
    Profile profile;
    profile.name = "cluster";
    profile.provider = ProviderKind::Slurm;
    profile.pricePerNodeHour = 0.8;
    profile.startSeconds = 45;
    return profile;
}

ScaleOutSnapshot waitingAllocation()
{
    AllocationSnapshot allocation;
    allocation.profile = "cluster";
    allocation.provider = ProviderKind::Slurm;
    allocation.target = 4;
    const std::pair<UnitState, const char*> units[] = {{UnitState::Running, ""},
                                                       {UnitState::Starting, ""},
                                                       {UnitState::Pending, "waits for free nodes"},
                                                       {UnitState::Pending, "waits for free nodes"}};
    std::uint32_t index = 0;
    for (const auto& [state, reason] : units) {
        UnitSnapshot unit;
        unit.record.profile = "cluster";
        unit.record.provider = ProviderKind::Slurm;
        unit.record.index = index;
        unit.record.providerId = "17_" + std::to_string(index);
        unit.state = state;
        unit.reason = reason;
        unit.since = sampleNow - 65'000 + index * 10'000;
        allocation.units.push_back(unit);
        ++index;
    }
    return {{allocation}};
}

} // namespace vitfleet::test
