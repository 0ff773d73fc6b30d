// SPDX-License-Identifier: GPL-3.0-or-later
#include "samples.h"

namespace vitfleet::test {

using namespace vitfleet::protocol;

namespace {

template <typename Hash>
Hash hashFrom(std::uint8_t seed)
{
    Hash hash{};
    for (std::uint8_t& byte : hash)
        byte = seed = static_cast<std::uint8_t>(seed * 37 + 11);
    return hash;
}

const std::string run = "0123456789abcdef0123456789abcdef";

OpenRun openRun()
{
    OpenRun m;
    m.runUid = run;
    m.backend = "torch";
    m.backendOptions = "{\"msPerItem\":3}";
    m.precision = Precision::Bf16;
    m.modelFiles = {{"config.json", 600, hashFrom<Sha256>(1)}, {"model.safetensors", 346'000'000, hashFrom<Sha256>(2)}};
    m.modelPathHint = "/models/vit";
    m.dataRoot = "/data/größe";
    return m;
}

Welcome welcome()
{
    Welcome m;
    m.protocolVersion = 7;
    m.name = "local-1";
    m.incarnation = 0xfedcba9876543210;
    m.software = "vitfleet-agent 0.1.0";
    m.host = "node17";
    m.pid = 4711;
    m.cpuModel = "Some CPU @ 2 GHz";
    m.cores = 64;
    m.memoryBytes = std::uint64_t{1} << 40;
    m.gpu = "H200";
    m.gpuReason = "in use";
    m.schedulerId = "slurm:99";
    m.energyReason = "no counter";
    return m;
}

AgentBeat agentBeat()
{
    AgentBeat m;
    m.sequence = 5;
    m.state = AgentState::Draining;
    m.replicaProgress = {1, 0, 0xffffffffffffffff};
    m.busy = true;
    m.queuedItems = 6;
    m.startedItems = 7;
    m.outboxItems = 8;
    m.doneItems = 9;
    m.imagesPerSecond = 123.5F;
    m.cpuPercent = 198.25F;
    m.rssBytes = 10;
    m.memoryAvailableBytes = 11;
    m.modelBytesFetched = 12;
    m.modelBytesTotal = 13;
    m.energyMillijoules = 14;
    m.stalledMillis = 15;
    m.stalledReplica = 16;
    return m;
}

RunReady runReady()
{
    RunReady m;
    m.runUid = run;
    m.modelSha256 = hashFrom<Sha256>(3);
    m.backend = "synthetic";
    m.backendVersion = "LibTorch 2.13.0";
    m.device = "cuda:0";
    m.deviceName = "NVIDIA";
    m.precision = Precision::Int8;
    m.replicas = 2;
    m.labels = 1000;
    m.millisecondsPerItem = 0.5F;
    m.synthetic = true;
    m.precisions = {Precision::Int8, Precision::Bf16, Precision::Fp32};
    m.batch = 4;
    return m;
}

} // namespace

std::vector<Message> sampleMessages()
{
    return {
        Hello{3, 2, ConnectionRole::Data, 0x1122334455667788, "vitfleet 0.1.0", true, true},
        OwnerBeat{99},
        openRun(),
        CloseRun{run},
        ProbeFiles{run, {{"a/b.png", 100}, {"c.jpg", 200}}},
        ModelPiece{run, 1, 1 << 20},
        LeasePart{run, LeaseId(77), TransferMode::Bytes, 3, false},
        ItemPiece{run, LeaseId(77), ItemId(5), 1 << 20},
        Revoke{run, LeaseId(78), 100},
        Committed{run, {{1, 256}, {300, 300}}},
        Drain{true},
        Undrain{},
        Shutdown{},
        welcome(),
        Refused{ErrorCode::AgentBusy, "owner abcd"},
        agentBeat(),
        ModelRequest{run, 1, 4 << 20, 8 << 20},
        runReady(),
        RunFailed{run, ErrorCode::ModelMissing, "model.safetensors"},
        ProbeResult{run, {{true, hashFrom<HeadHash>(4)}, {false, {}}}},
        ItemRequest{run, LeaseId(77), ItemId(6), 2 << 20},
        Results{run},
        Revoked{run, LeaseId(77)},
        Leaving{"SIGTERM"},
    };
}

std::vector<LeaseItem> sampleItems()
{
    LeaseItem path;
    path.item = ItemId(1);
    path.path = "n01440764/größe.JPEG";
    path.bytes = 110'000;
    path.headHash = hashFrom<HeadHash>(5);
    LeaseItem data;
    data.item = ItemId(99'999'999);
    data.path = "t10k-images#3";
    data.bytes = 800;
    data.data.assign(800, std::byte{0x5a});
    LeaseItem index;
    index.item = ItemId(3);
    return {path, data, index};
}

std::vector<ResultItem> sampleResults()
{
    ResultItem labelled;
    labelled.sequence = 1;
    labelled.lease = LeaseId(77);
    labelled.item = ItemId(1);
    labelled.note = "PNG named .jpg";
    labelled.top = {{7, 0.75F}, {2, 0.125F}, {3, 0.0625F}, {99'999, 0.03F}, {0, 0.0F}};
    labelled.decodeMicros = 40;
    labelled.inferenceMicros = 1200;
    labelled.precision = Precision::Bf16;
    ResultItem failed;
    failed.sequence = 2;
    failed.lease = LeaseId(78);
    failed.item = ItemId(2);
    failed.error = ErrorCode::ImgTruncated;
    failed.errorDetail = "premature end of JPEG file";
    return {labelled, failed};
}

Bytes samplePayload(const Message& message)
{
    if (std::holds_alternative<LeasePart>(message) || std::holds_alternative<Revoked>(message))
        return encodeItems(sampleItems()).payload;
    if (std::holds_alternative<Results>(message))
        return encodeResults(sampleResults()).payload;
    if (std::holds_alternative<ModelPiece>(message) || std::holds_alternative<ItemPiece>(message))
        return Bytes(1000, std::byte{7});
    return {};
}

} // namespace vitfleet::test
