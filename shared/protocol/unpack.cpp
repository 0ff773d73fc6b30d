// SPDX-License-Identifier: GPL-3.0-or-later
// FlatBuffers tables into plain structs. Everything here comes from a peer.
#include "shared/protocol/wire.h"

#include <optional>

namespace vitfleet::protocol {
namespace {

/// Reads one message and remembers the first thing that is wrong with it.
class Unpacker
{
public:
    const std::string& problem() const { return m_problem; }

    Hello operator()(const wire::Hello& t)
    {
        Hello m;
        m.protocolVersion = t.protocol_version();
        m.minProtocolVersion = t.min_protocol_version();
        require(m.minProtocolVersion <= m.protocolVersion && m.minProtocolVersion > 0, "versions");
        // A later version may know other roles: such a hello still deserves E_PROTOCOL_VERSION as its answer.
        if (m.protocolVersion > version && t.role() > wire::ConnectionRole::MAX)
            m.role = ConnectionRole::Invalid;
        else
            m.role = enumeration<ConnectionRole>(t.role(), "connection role");
        m.processNonce = t.process_nonce();
        m.software = text(t.software(), "software");
        m.hasRun = t.has_run();
        m.takesBeatsWithResults = t.takes_beats_with_results();
        return m;
    }
    OwnerBeat operator()(const wire::OwnerBeat& t) { return {t.sequence()}; }
    OpenRun operator()(const wire::OpenRun& t)
    {
        OpenRun m;
        m.runUid = text(t.run_uid(), "run");
        m.backend = text(t.backend(), "backend");
        m.backendOptions = text(t.backend_options(), "backend options");
        m.precision = enumeration<Precision>(t.precision(), "precision");
        if (const auto* files = list(t.model_files(), limits::maxModelFiles, "model files")) {
            for (const wire::ModelFile* file : *files) {
                ModelFile& added = m.modelFiles.emplace_back();
                added.name = fileName(file->name());
                added.bytes = atMost(file->bytes(), limits::maxModelBytes, "model file size");
                added.sha256 = hashFrom<Sha256>(file->sha256());
            }
        }
        m.modelPathHint = text(t.model_path_hint(), "model path", limits::maxPathBytes);
        m.dataRoot = text(t.data_root(), "data root", limits::maxPathBytes);
        return m;
    }
    CloseRun operator()(const wire::CloseRun& t) { return {text(t.run_uid(), "run")}; }
    ProbeFiles operator()(const wire::ProbeFiles& t)
    {
        ProbeFiles m{text(t.run_uid(), "run"), {}};
        if (const auto* files = list(t.files(), limits::maxProbeFiles, "probe files")) {
            for (const wire::ProbeFile* file : *files)
                m.files.push_back({text(file->path(), "probe path", limits::maxPathBytes), file->bytes()});
        }
        return m;
    }
    ModelPiece operator()(const wire::ModelPiece& t)
    {
        return {text(t.run_uid(), "run"), modelFile(t.file()), modelOffset(t.offset())};
    }
    LeasePart operator()(const wire::LeasePart& t)
    {
        return {text(t.run_uid(), "run"), LeaseId(t.lease()), enumeration<TransferMode>(t.mode(), "transfer mode"),
                t.part(), t.last()};
    }
    ItemPiece operator()(const wire::ItemPiece& t)
    {
        return {text(t.run_uid(), "run"), LeaseId(t.lease()), item(t.item()), itemOffset(t.offset())};
    }
    Revoke operator()(const wire::Revoke& t) { return {text(t.run_uid(), "run"), LeaseId(t.lease()), t.max_items()}; }
    Committed operator()(const wire::Committed& t)
    {
        Committed m{text(t.run_uid(), "run"), {}};
        if (const auto* ranges = list(t.ranges(), limits::maxCommittedRanges, "committed ranges")) {
            for (std::size_t i = 0; i < ranges->size(); ++i) {
                const auto range = elementAt<wire::SequenceRange>(ranges->Data(), i);
                require(range.first() <= range.last(), "committed range");
                m.ranges.push_back({range.first(), range.last()});
            }
        }
        return m;
    }
    Drain operator()(const wire::Drain& t) { return {t.now()}; }
    Undrain operator()(const wire::Undrain&) { return {}; }
    Shutdown operator()(const wire::Shutdown&) { return {}; }

    Welcome operator()(const wire::Welcome& t)
    {
        Welcome m;
        m.protocolVersion = t.protocol_version();
        m.name = text(t.name(), "name");
        m.incarnation = t.incarnation();
        m.software = text(t.software(), "software");
        m.host = text(t.host(), "host");
        m.pid = t.pid();
        m.cpuModel = text(t.cpu_model(), "CPU model");
        m.cores = t.cores();
        m.memoryBytes = t.memory_bytes();
        m.gpu = text(t.gpu(), "GPU");
        m.gpuReason = text(t.gpu_reason(), "GPU reason");
        m.schedulerId = text(t.scheduler_id(), "scheduler id");
        m.energyReason = text(t.energy_reason(), "energy reason");
        return m;
    }
    Refused operator()(const wire::Refused& t) { return {errorCode(t.code()), text(t.detail(), "detail")}; }
    AgentBeat operator()(const wire::AgentBeat& t)
    {
        AgentBeat m;
        m.sequence = t.sequence();
        m.state = enumeration<AgentState>(t.state(), "agent state");
        if (const auto* progress = list(t.replica_progress(), limits::maxReplicas, "replicas")) {
            for (std::size_t i = 0; i < progress->size(); ++i)
                m.replicaProgress.push_back(flatbuffers::EndianScalar(elementAt<std::uint64_t>(progress->Data(), i)));
        }
        m.busy = t.busy();
        m.queuedItems = t.queued_items();
        m.startedItems = t.started_items();
        m.outboxItems = t.outbox_items();
        m.doneItems = t.done_items();
        m.imagesPerSecond = finite(t.images_per_second(), "img/s");
        m.cpuPercent = finite(t.cpu_percent(), "CPU");
        m.rssBytes = t.rss_bytes();
        m.memoryAvailableBytes = t.memory_available_bytes();
        m.modelBytesFetched = t.model_bytes_fetched();
        m.modelBytesTotal = t.model_bytes_total();
        m.energyMillijoules = t.energy_millijoules();
        m.stalledMillis = t.stalled_millis();
        m.stalledReplica = t.stalled_replica();
        return m;
    }
    ModelRequest operator()(const wire::ModelRequest& t)
    {
        return {text(t.run_uid(), "run"), modelFile(t.file()), modelOffset(t.offset()),
                atMost(t.bytes(), limits::maxModelBytes, "model request")};
    }
    RunReady operator()(const wire::RunReady& t)
    {
        RunReady m;
        m.runUid = text(t.run_uid(), "run");
        m.modelSha256 = hashFrom<Sha256>(t.model_sha256());
        m.backend = text(t.backend(), "backend");
        m.backendVersion = text(t.backend_version(), "backend version");
        m.device = text(t.device(), "device");
        m.deviceName = text(t.device_name(), "device name");
        m.precision = enumeration<Precision>(t.precision(), "precision");
        m.replicas = static_cast<std::uint32_t>(atMost(t.replicas(), limits::maxReplicas, "replicas"));
        m.labels = static_cast<std::uint32_t>(atMost(t.labels(), limits::maxLabels, "labels"));
        m.millisecondsPerItem = finite(t.milliseconds_per_item(), "ms per item");
        m.synthetic = t.synthetic();
        if (const auto* precisions = list(t.precisions(), limits::maxPrecisions, "precisions")) {
            // A later version may know others, which nobody here would ask for.
            for (const auto precision : *precisions) {
                if (static_cast<std::uint8_t>(precision) <= static_cast<std::uint8_t>(wire::Precision::MAX) &&
                    static_cast<std::uint8_t>(precision) != 0)
                    m.precisions.push_back(static_cast<Precision>(precision));
            }
        }
        m.batch = static_cast<std::uint32_t>(atMost(t.batch(), limits::maxLeaseItems, "batch"));
        return m;
    }
    RunFailed operator()(const wire::RunFailed& t)
    {
        return {text(t.run_uid(), "run"), errorCode(t.code()), text(t.detail(), "detail")};
    }
    ProbeResult operator()(const wire::ProbeResult& t)
    {
        ProbeResult m{text(t.run_uid(), "run"), {}};
        if (const auto* files = list(t.files(), limits::maxProbeFiles, "probe files")) {
            for (const wire::ProbedFile* file : *files)
                m.files.push_back({file->found(), hashFrom<HeadHash>(file->hash())});
        }
        return m;
    }
    ItemRequest operator()(const wire::ItemRequest& t)
    {
        return {text(t.run_uid(), "run"), LeaseId(t.lease()), item(t.item()), itemOffset(t.offset())};
    }
    Results operator()(const wire::Results& t)
    {
        Results m{text(t.run_uid(), "run")};
        if (t.beat())
            m.beat = (*this)(*t.beat());
        return m;
    }
    Revoked operator()(const wire::Revoked& t) { return {text(t.run_uid(), "run"), LeaseId(t.lease())}; }
    Leaving operator()(const wire::Leaving& t) { return {text(t.reason(), "reason")}; }

private:
    void require(bool good, std::string_view what)
    {
        if (!good && m_problem.empty())
            m_problem = what;
    }
    std::uint64_t atMost(std::uint64_t value, std::uint64_t limit, std::string_view what)
    {
        require(value <= limit, what);
        return value;
    }
    std::string text(const flatbuffers::String* value, std::string_view what,
                     std::size_t limit = limits::maxStringBytes)
    {
        const std::string_view bytes = view(value);
        require(bytes.size() <= limit && isText(bytes), what);
        return m_problem.empty() ? std::string(bytes) : std::string();
    }
    /// A bare name: it becomes a file in the model cache.
    std::string fileName(const flatbuffers::String* value)
    {
        std::string name = text(value, "model file name", limits::maxFileNameBytes);
        require(!name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos, "model file name");
        return name;
    }
    /// Null where it is absent or too long.
    template <typename Vector>
    const Vector* list(const Vector* vector, std::size_t limit, std::string_view what)
    {
        require(!vector || vector->size() <= limit, what);
        return m_problem.empty() ? vector : nullptr;
    }
    template <typename Plain, typename Wire>
    Plain enumeration(Wire value, std::string_view what)
    {
        const bool known = value != Wire::Invalid && value <= Wire::MAX;
        require(known, what);
        return known ? static_cast<Plain>(value) : Plain::Invalid;
    }
    ErrorCode errorCode(std::uint16_t number)
    {
        const auto code = errorCodeFromNumber(number);
        require(code.has_value(), "error code");
        return code.value_or(ErrorCode::Protocol);
    }
    float finite(float value, std::string_view what)
    {
        require(std::isfinite(value), what);
        return value;
    }
    std::uint32_t modelFile(std::uint32_t index)
    {
        return static_cast<std::uint32_t>(atMost(index, limits::maxModelFiles - 1, "model file"));
    }
    std::uint64_t modelOffset(std::uint64_t offset) { return atMost(offset, limits::maxModelBytes, "model offset"); }
    std::uint64_t itemOffset(std::uint64_t offset) { return atMost(offset, limits::maxItemBytes, "item offset"); }
    ItemId item(std::uint32_t index)
    {
        return ItemId(static_cast<std::uint32_t>(atMost(index, limits::maxItems - 1, "item")));
    }

    std::string m_problem;
};

/// Reads the body as a Wire table where the envelope says that it is one.
template <typename Wire>
bool unpackAs(const wire::Envelope& envelope, Unpacker& unpacker, std::optional<Message>& message)
{
    if (envelope.body_type() != wire::BodyTraits<Wire>::enum_value)
        return false;
    if (const auto* table = static_cast<const Wire*>(envelope.body()))
        message = unpacker(*table);
    return true;
}

template <typename... Wires>
bool unpackOneOf(const wire::Envelope& envelope, Unpacker& unpacker, std::optional<Message>& message)
{
    return (unpackAs<Wires>(envelope, unpacker, message) || ...);
}

} // namespace

Result<Message> unpack(const wire::Envelope& envelope)
{
    Unpacker unpacker;
    std::optional<Message> message;
    const bool known =
        unpackOneOf<wire::Hello, wire::OwnerBeat, wire::OpenRun, wire::CloseRun, wire::ProbeFiles, wire::ModelPiece,
                    wire::LeasePart, wire::ItemPiece, wire::Revoke, wire::Committed, wire::Drain, wire::Undrain,
                    wire::Shutdown, wire::Welcome, wire::Refused, wire::AgentBeat, wire::ModelRequest, wire::RunReady,
                    wire::RunFailed, wire::ProbeResult, wire::ItemRequest, wire::Results, wire::Revoked, wire::Leaving>(
            envelope, unpacker, message);
    if (!known)
        return {ErrorCode::Protocol, "unknown message type " + std::to_string(static_cast<int>(envelope.body_type()))};
    if (!message)
        return {ErrorCode::Protocol, "message without a body"};
    if (!unpacker.problem().empty())
        return {ErrorCode::Protocol, "out of range: " + unpacker.problem()};
    return std::move(*message);
}

} // namespace vitfleet::protocol
