// SPDX-License-Identifier: GPL-3.0-or-later
// What application and agent say to each other, as plain structs. docs/protocol.md tells the order.
//
// On the wire a message is an envelope (one FlatBuffer of at most 64 KiB) and a payload (at most 1 MiB, possibly
// empty), whose length and checksum the envelope states. Lists of items and results travel in the payload.
// Everything here comes from a peer: decode() in codec.h has checked sizes, enumerations and UTF-8, nothing more.
#pragma once

#include "shared/base/error.h"
#include "shared/base/ids.h"
#include "shared/base/limits.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace vitfleet::protocol {

inline constexpr std::uint16_t version = 1;    ///< what this program speaks
inline constexpr std::uint16_t minVersion = 1; ///< the oldest that it still understands

using Sha256 = std::array<std::uint8_t, 32>;
using HeadHash = std::array<std::uint8_t, 16>; ///< BLAKE2b-128 of a file's first 4 KiB (digest/digest.h)

enum class ConnectionRole : std::uint8_t
{
    Invalid = 0,
    Control,
    Data
};
enum class TransferMode : std::uint8_t
{
    Invalid = 0,
    Paths, ///< the node sees the files: path, size and head hash
    Bytes, ///< the application sends them
};
enum class Precision : std::uint8_t
{
    Invalid = 0,
    Fp32,
    Bf16,
    Fp16,
    Int8
};

// ---------------------------------------------------------------------------------------- application to agent

/// First message on each of the two connections. The owner of an agent is its key (from ZAP) and `processNonce`.
struct Hello
{
    std::uint16_t protocolVersion = version;
    std::uint16_t minProtocolVersion = minVersion;
    ConnectionRole role = ConnectionRole::Control;
    std::uint64_t processNonce = 0; ///< random, the same on both connections of one application process
    std::string software;           ///< "vitfleet 0.1.0"
    bool hasRun = false;            ///< it comes for a run, and does not only look on
    bool takesBeatsWithResults = false;
    bool operator==(const Hello&) const = default;
};

/// The application's heartbeat on the control connection, at 1 Hz.
struct OwnerBeat
{
    std::uint64_t sequence = 0;
    bool operator==(const OwnerBeat&) const = default;
};

struct ModelFile
{
    std::string name; ///< a bare file name, for example "model.safetensors"
    std::uint64_t bytes = 0;
    Sha256 sha256{};
    bool operator==(const ModelFile&) const = default;
};

/// Prepare for a run: find or fetch the model, load it, answer RunReady or RunFailed. The same run again (after a
/// reconnect or a new application process) keeps queue and outbox and sends the outbox again; another run drops both.
struct OpenRun
{
    std::string runUid;         ///< 32 hex digits, unique to the run for ever
    std::string backend;        ///< "torch" or "synthetic"
    std::string backendOptions; ///< synthetic only: its plan as JSON; empty otherwise
    Precision precision = Precision::Fp32;
    std::vector<ModelFile> modelFiles;
    std::string
        modelPathHint; ///< the directory on the application's machine; used where readable below a data root and equal
    std::string dataRoot; ///< absolute; item paths are relative to it. Empty where items always come as bytes
    bool operator==(const OpenRun&) const = default;
};

struct CloseRun
{
    std::string runUid;
    bool operator==(const CloseRun&) const = default;
};

/// Hash these files below the data root, to prove that the node sees the same ones.
struct ProbeFiles
{
    struct File
    {
        std::string path;
        std::uint64_t bytes = 0;
        bool operator==(const File&) const = default;
    };
    std::string runUid;
    std::vector<File> files; ///< at most limits::maxProbeFiles
    bool operator==(const ProbeFiles&) const = default;
};

/// Payload: up to 1 MiB of file `file` of OpenRun::modelFiles from `offset`.
struct ModelPiece
{
    std::string runUid;
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    bool operator==(const ModelPiece&) const = default;
};

/// Payload: an item list (codec.h). A lease comes in one part or several; items may be worked on as parts arrive.
struct LeasePart
{
    std::string runUid;
    LeaseId lease;
    TransferMode mode = TransferMode::Paths;
    std::uint32_t part = 0;
    bool last = true;
    bool operator==(const LeasePart&) const = default;
};

/// Payload: up to 1 MiB of an item that was too large to travel inside its item list. `totalBytes` ends it.
struct ItemPiece
{
    std::string runUid;
    LeaseId lease;
    ItemId item;
    std::uint64_t offset = 0;
    bool operator==(const ItemPiece&) const = default;
};

/// Give back up to `maxItems` items that have not been started, last first; answered by Revoked.
struct Revoke
{
    std::string runUid;
    LeaseId lease; ///< none: of any lease
    std::uint32_t maxItems = 0;
    bool operator==(const Revoke&) const = default;
};

/// These results are committed in the store: forget them.
struct Committed
{
    struct Range
    {
        std::uint64_t first = 0, last = 0; ///< ResultItem::sequence, both included
        bool operator==(const Range&) const = default;
    };
    std::string runUid;
    std::vector<Range> ranges;
    bool operator==(const Committed&) const = default;
};

/// Stop taking work: after the current leases, or now (unstarted items go back as Revoked). The agent stays up.
struct Drain
{
    bool now = false;
    bool operator==(const Drain&) const = default;
};

/// Take work again after a Drain.
struct Undrain
{
    bool operator==(const Undrain&) const = default;
};

/// Local agents only (started over a launch channel by this very application): end the process.
struct Shutdown
{
    bool operator==(const Shutdown&) const = default;
};

// ---------------------------------------------------------------------------------------- agent to application

struct Welcome
{
    std::uint16_t protocolVersion = version; ///< what both will speak
    std::string name;                        ///< of the node, from its settings or the host
    std::uint64_t incarnation = 0;           ///< random at each start of the agent's process
    std::string software;
    std::string host;
    std::uint32_t pid = 0;
    std::string cpuModel;
    std::uint32_t cores = 0; ///< that it may use
    std::uint64_t memoryBytes = 0;
    std::string gpu; ///< empty: none; then `gpuReason` says why
    std::string gpuReason;
    std::string schedulerId;  ///< of an outer engine (a Slurm job, a pod), if any
    std::string energyReason; ///< why its energy is not measured; empty: it is, or the agent is too old to say
    bool operator==(const Welcome&) const = default;
};

/// The connection will not be served; the agent sends nothing more on it.
struct Refused
{
    ErrorCode code = ErrorCode::Internal;
    std::string detail;
    bool operator==(const Refused&) const = default;
};

enum class AgentState : std::uint8_t
{
    Invalid = 0,
    Idle,
    FetchingModel,
    LoadingModel,
    Ready,
    Draining,
    Drained
};

/// The agent's heartbeat on the control connection, at 1 Hz, from its engine thread.
struct AgentBeat
{
    std::uint64_t sequence = 0;
    AgentState state = AgentState::Idle;
    std::vector<std::uint64_t> replicaProgress; ///< each raised after every encoder layer (synthetic: every item)
    bool busy = false;                          ///< a replica is inside a batch: progress is owed
    std::uint32_t queuedItems = 0;              ///< leased and not started
    std::uint32_t startedItems = 0;             ///< being computed: what is only decoded ahead can be given back
    std::uint32_t outboxItems = 0;
    std::uint64_t doneItems = 0; ///< since the process started
    float imagesPerSecond = 0;   ///< over the last five seconds
    float cpuPercent = 0;        ///< of one core, this process and its decoders
    std::uint64_t rssBytes = 0;  ///< this process and its decoders
    std::uint64_t memoryAvailableBytes = 0;
    std::uint64_t modelBytesFetched = 0, modelBytesTotal = 0;
    /// That the node's processors have used since its agent started, whoever used them; 0: not measured.
    std::uint64_t energyMillijoules = 0;
    /// How long a replica has stood still inside its batch, and which one: the one that does so the longest, while
    /// others may go on; 0: none does.
    std::uint32_t stalledMillis = 0;
    std::uint32_t stalledReplica = 0;
    bool operator==(const AgentBeat&) const = default;
};

/// Send `bytes` of this model file from `offset` (as one or more pieces); the agent asks for the next window itself.
struct ModelRequest
{
    std::string runUid;
    std::uint32_t file = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    bool operator==(const ModelRequest&) const = default;
};

struct RunReady
{
    std::string runUid;
    Sha256
        modelSha256{}; ///< over the list of names and hashes of the files that were really loaded (digest/model_digest)
    std::string backend;        ///< "torch" or "synthetic"
    std::string backendVersion; ///< "LibTorch 2.13.0"
    std::string device;         ///< "cpu", "cuda:0"
    std::string deviceName;
    Precision precision = Precision::Fp32;
    std::uint32_t replicas = 0;
    std::uint32_t labels = 0;
    float millisecondsPerItem = 0; ///< from a warm-up, of the whole node; 0 unknown
    bool synthetic = false;        ///< results are not inference, and every view of them must say so
    /// What the device computes in faster than in fp32, the fastest first, and fp32; at most limits::maxPrecisions.
    std::vector<Precision> precisions;
    std::uint32_t batch = 0; ///< pictures that one replica computes at once; 0: not told
    bool operator==(const RunReady&) const = default;
};

struct RunFailed
{
    std::string runUid;
    ErrorCode code = ErrorCode::Internal;
    std::string detail;
    bool operator==(const RunFailed&) const = default;
};

struct ProbeResult
{
    struct File
    {
        bool found = false;
        HeadHash hash{};
        bool operator==(const File&) const = default;
    };
    std::string runUid;
    std::vector<File> files; ///< in the order asked
    bool operator==(const ProbeResult&) const = default;
};

/// Send this item's bytes from `offset` on: one piece for each request.
struct ItemRequest
{
    std::string runUid;
    LeaseId lease;
    ItemId item;
    std::uint64_t offset = 0;
    bool operator==(const ItemRequest&) const = default;
};

/// Payload: a result list (codec.h).
struct Results
{
    std::string runUid;
    std::optional<AgentBeat> beat = {}; ///< that is due, where the application takes it so: a message less
    bool operator==(const Results&) const = default;
};

/// Payload: an item list with indices only, of the items given back.
struct Revoked
{
    std::string runUid;
    LeaseId lease;
    bool operator==(const Revoked&) const = default;
};

/// The agent ends (SIGTERM, or a Drain that is complete): unstarted items were given back before this.
struct Leaving
{
    std::string reason;
    bool operator==(const Leaving&) const = default;
};

using Message = std::variant<Hello, OwnerBeat, OpenRun, CloseRun, ProbeFiles, ModelPiece, LeasePart, ItemPiece, Revoke,
                             Committed, Drain, Undrain, Shutdown, Welcome, Refused, AgentBeat, ModelRequest, RunReady,
                             RunFailed, ProbeResult, ItemRequest, Results, Revoked, Leaving>;

// ---------------------------------------------------------------------------------------- lists in payloads

struct LeaseItem
{
    ItemId item;
    std::string path; ///< relative to the data root; for messages only where mode is Bytes
    std::uint64_t bytes = 0;
    HeadHash headHash{};
    std::vector<std::byte> data; ///< mode Bytes: all `bytes` of it, or empty where pieces must be asked for
    bool operator==(const LeaseItem&) const = default;
};

struct LabelScore
{
    std::uint32_t label = 0; ///< index of the model's output
    float score = 0;         ///< softmax, or sigmoid for multi-label models
    bool operator==(const LabelScore&) const = default;
};

struct ResultItem
{
    std::uint64_t sequence = 0; ///< of this agent's process, from 1; what Committed names
    LeaseId lease;
    ItemId item;
    ErrorCode error = ErrorCode::None; ///< None: labelled
    std::string errorDetail;
    std::string note;            ///< accepted, but worth knowing ("PNG named .jpg")
    std::vector<LabelScore> top; ///< at most limits::topK, best first, ties by lower label; empty on errors
    std::uint32_t decodeMicros = 0;
    std::uint32_t inferenceMicros = 0;        ///< of its batch, divided by the batch's pictures
    Precision precision = Precision::Invalid; ///< what computed it; Invalid where nothing did, or not told
    bool operator==(const ResultItem&) const = default;
};

} // namespace vitfleet::protocol
