// SPDX-License-Identifier: GPL-3.0-or-later
// Plain structs into FlatBuffers tables.
#include "shared/protocol/wire.h"

namespace vitfleet::protocol {
namespace {

using Text = flatbuffers::Offset<flatbuffers::String>;

// Both sides of each enumeration must have the same numbers.
template <typename Wire, typename Plain>
constexpr bool sameLast(Wire wire, Plain plain)
{
    return static_cast<unsigned>(wire) == static_cast<unsigned>(plain);
}
static_assert(sameLast(wire::ConnectionRole::MAX, ConnectionRole::Data));
static_assert(sameLast(wire::TransferMode::MAX, TransferMode::Bytes));
static_assert(sameLast(wire::Precision::MAX, Precision::Int8));
static_assert(sameLast(wire::AgentState::MAX, AgentState::Drained));
static_assert(sameLast(wire::Body::MAX, std::variant_size_v<Message>));
static_assert(sizeof(wire::Sha256) == sizeof(Sha256) && sizeof(wire::HeadHash) == sizeof(HeadHash));

class Packer
{
public:
    Packer(flatbuffers::FlatBufferBuilder& builder, std::string& problem) : m_builder(builder), m_problem(problem) {}

    auto operator()(const Hello& m)
    {
        return wire::CreateHello(m_builder, m.protocolVersion, m.minProtocolVersion, as<wire::ConnectionRole>(m.role),
                                 m.processNonce, text(m.software, "software"), m.hasRun, m.takesBeatsWithResults);
    }
    auto operator()(const OwnerBeat& m) { return wire::CreateOwnerBeat(m_builder, m.sequence); }
    auto operator()(const OpenRun& m)
    {
        atMost(m.modelFiles.size(), limits::maxModelFiles, "model files");
        std::vector<flatbuffers::Offset<wire::ModelFile>> files;
        for (const ModelFile& file : m.modelFiles) {
            const auto hash = struct_<wire::Sha256>(file.sha256);
            const Text name = text(file.name, "model file name", limits::maxFileNameBytes);
            files.push_back(wire::CreateModelFile(m_builder, name, file.bytes, &hash));
        }
        const auto list = m_builder.CreateVector(files);
        return wire::CreateOpenRun(m_builder, text(m.runUid, "run"), text(m.backend, "backend"),
                                   text(m.backendOptions, "backend options"), as<wire::Precision>(m.precision), list,
                                   text(m.modelPathHint, "model path", limits::maxPathBytes),
                                   text(m.dataRoot, "data root", limits::maxPathBytes));
    }
    auto operator()(const CloseRun& m) { return wire::CreateCloseRun(m_builder, text(m.runUid, "run")); }
    auto operator()(const ProbeFiles& m)
    {
        atMost(m.files.size(), limits::maxProbeFiles, "probe files");
        std::vector<flatbuffers::Offset<wire::ProbeFile>> files;
        for (const ProbeFiles::File& file : m.files) {
            const Text path = text(file.path, "probe path", limits::maxPathBytes);
            files.push_back(wire::CreateProbeFile(m_builder, path, file.bytes));
        }
        const auto list = m_builder.CreateVector(files);
        return wire::CreateProbeFiles(m_builder, text(m.runUid, "run"), list);
    }
    auto operator()(const ModelPiece& m)
    {
        return wire::CreateModelPiece(m_builder, text(m.runUid, "run"), m.file, m.offset);
    }
    auto operator()(const LeasePart& m)
    {
        return wire::CreateLeasePart(m_builder, text(m.runUid, "run"), m.lease.value, as<wire::TransferMode>(m.mode),
                                     m.part, m.last);
    }
    auto operator()(const ItemPiece& m)
    {
        return wire::CreateItemPiece(m_builder, text(m.runUid, "run"), m.lease.value, m.item.value, m.offset);
    }
    auto operator()(const Revoke& m)
    {
        return wire::CreateRevoke(m_builder, text(m.runUid, "run"), m.lease.value, m.maxItems);
    }
    auto operator()(const Committed& m)
    {
        atMost(m.ranges.size(), limits::maxCommittedRanges, "committed ranges");
        std::vector<wire::SequenceRange> ranges;
        for (const Committed::Range& range : m.ranges)
            ranges.emplace_back(range.first, range.last);
        const auto list = m_builder.CreateVectorOfStructs(ranges);
        return wire::CreateCommitted(m_builder, text(m.runUid, "run"), list);
    }
    auto operator()(const Drain& m) { return wire::CreateDrain(m_builder, m.now); }
    auto operator()(const Undrain&) { return wire::CreateUndrain(m_builder); }
    auto operator()(const Shutdown&) { return wire::CreateShutdown(m_builder); }

    auto operator()(const Welcome& m)
    {
        return wire::CreateWelcome(m_builder, m.protocolVersion, text(m.name, "name"), m.incarnation,
                                   text(m.software, "software"), text(m.host, "host"), m.pid,
                                   text(m.cpuModel, "CPU model"), m.cores, m.memoryBytes, text(m.gpu, "GPU"),
                                   text(m.gpuReason, "GPU reason"), text(m.schedulerId, "scheduler id"),
                                   text(m.energyReason, "energy reason"));
    }
    auto operator()(const Refused& m) { return wire::CreateRefused(m_builder, number(m.code), sentence(m.detail)); }
    auto operator()(const AgentBeat& m)
    {
        atMost(m.replicaProgress.size(), limits::maxReplicas, "replicas");
        const auto progress = m_builder.CreateVector(m.replicaProgress);
        return wire::CreateAgentBeat(m_builder, m.sequence, as<wire::AgentState>(m.state), progress, m.busy,
                                     m.queuedItems, m.startedItems, m.outboxItems, m.doneItems, m.imagesPerSecond,
                                     m.cpuPercent, m.rssBytes, m.memoryAvailableBytes, m.modelBytesFetched,
                                     m.modelBytesTotal, m.energyMillijoules, m.stalledMillis, m.stalledReplica);
    }
    auto operator()(const ModelRequest& m)
    {
        return wire::CreateModelRequest(m_builder, text(m.runUid, "run"), m.file, m.offset, m.bytes);
    }
    auto operator()(const RunReady& m)
    {
        const auto hash = struct_<wire::Sha256>(m.modelSha256);
        atMost(m.precisions.size(), limits::maxPrecisions, "precisions");
        std::vector<wire::Precision> precisions;
        for (const Precision precision : m.precisions)
            precisions.push_back(as<wire::Precision>(precision));
        const auto list = m_builder.CreateVector(precisions);
        return wire::CreateRunReady(m_builder, text(m.runUid, "run"), &hash, text(m.backend, "backend"),
                                    text(m.backendVersion, "backend version"), text(m.device, "device"),
                                    text(m.deviceName, "device name"), as<wire::Precision>(m.precision), m.replicas,
                                    m.labels, m.millisecondsPerItem, m.synthetic, list, m.batch);
    }
    auto operator()(const RunFailed& m)
    {
        return wire::CreateRunFailed(m_builder, text(m.runUid, "run"), number(m.code), sentence(m.detail));
    }
    auto operator()(const ProbeResult& m)
    {
        atMost(m.files.size(), limits::maxProbeFiles, "probe files");
        std::vector<flatbuffers::Offset<wire::ProbedFile>> files;
        for (const ProbeResult::File& file : m.files) {
            const auto hash = struct_<wire::HeadHash>(file.hash);
            files.push_back(wire::CreateProbedFile(m_builder, file.found, &hash));
        }
        const auto list = m_builder.CreateVector(files);
        return wire::CreateProbeResult(m_builder, text(m.runUid, "run"), list);
    }
    auto operator()(const ItemRequest& m)
    {
        return wire::CreateItemRequest(m_builder, text(m.runUid, "run"), m.lease.value, m.item.value, m.offset);
    }
    auto operator()(const Results& m)
    {
        flatbuffers::Offset<wire::AgentBeat> beat = 0;
        if (m.beat)
            beat = (*this)(*m.beat);
        return wire::CreateResults(m_builder, text(m.runUid, "run"), beat);
    }
    auto operator()(const Revoked& m) { return wire::CreateRevoked(m_builder, text(m.runUid, "run"), m.lease.value); }
    auto operator()(const Leaving& m) { return wire::CreateLeaving(m_builder, sentence(m.reason)); }

private:
    void atMost(std::size_t size, std::size_t limit, std::string_view what)
    {
        if (size > limit && m_problem.empty())
            m_problem = std::string(what) + ": " + std::to_string(size) + " above " + std::to_string(limit);
    }
    Text text(std::string_view value, std::string_view what, std::size_t limit = limits::maxStringBytes)
    {
        atMost(value.size(), limit, what);
        if (!m_problem.empty())
            return 0;
        if (!isText(value))
            return text(repairedText(value), what, limit);
        return m_builder.CreateString(value.data(), value.size());
    }
    /// For people to read: cut rather than refused.
    Text sentence(std::string_view value)
    {
        const std::string repaired = repairedText(value);
        const std::string_view clipped = clippedText(repaired, limits::maxStringBytes);
        return m_builder.CreateString(clipped.data(), clipped.size());
    }
    template <typename Wire, typename Plain>
    static Wire as(Plain value)
    {
        return static_cast<Wire>(value);
    }
    template <typename Wire, typename Bytes>
    static Wire struct_(const Bytes& bytes)
    {
        Wire value;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    static std::uint16_t number(ErrorCode code) { return static_cast<std::uint16_t>(code); }

    flatbuffers::FlatBufferBuilder& m_builder;
    std::string& m_problem;
};

template <typename Table>
struct TableOf;
template <typename Table>
struct TableOf<flatbuffers::Offset<Table>>
{
    using Type = Table;
};

} // namespace

PackedBody pack(flatbuffers::FlatBufferBuilder& builder, const Message& message)
{
    PackedBody body;
    Packer packer(builder, body.problem);
    std::visit(
        [&](const auto& plain) {
            const auto table = packer(plain);
            body.type = wire::BodyTraits<typename TableOf<std::remove_cv_t<decltype(table)>>::Type>::enum_value;
            body.table = table.Union();
        },
        message);
    return body;
}

} // namespace vitfleet::protocol
