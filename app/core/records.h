// SPDX-License-Identifier: GPL-3.0-or-later
// What is stored of runs, items, results, nodes and events: plain structs between engine, store and views.
// Times are milliseconds since the Unix epoch, UTC.
#pragma once

#include "shared/base/error.h"
#include "shared/base/ids.h"
#include "shared/protocol/messages.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

using UnixMs = std::int64_t;

enum class RunState : std::uint8_t
{
    Invalid = 0,
    Created,  ///< stored; the scan is not complete
    Running,  ///< scanned; items are being worked on
    Finished, ///< every item has its row
    Stopped,  ///< by the user; can be resumed
    Failed,   ///< could not go on; `failure` says why; can be resumed
};

enum class PrecisionVerdict : std::uint8_t
{
    Invalid = 0,
    Checking,    ///< not decided yet; never stored
    Admitted,    ///< the agreement's interval does not lie below the floor: this precision is used
    Rejected,    ///< it does
    Unavailable, ///< the device cannot compute in it, or failed to; `reason` says what it said
    TooFew,      ///< the run has too few items for a check
};

/// How a reduced precision was compared with fp32 on the run's own pictures, for one kind of device.
struct PrecisionCheck
{
    std::string kind;     ///< hex, hash of what decides about results: backend, device, agent
    std::string kindText; ///< the same for people: "LibTorch 2.13.0, cpu AVX512"
    std::string precision;
    PrecisionVerdict verdict = PrecisionVerdict::Checking;
    std::uint32_t sample = 0;     ///< pictures that were to be compared
    std::uint32_t computed = 0;   ///< of these, so many in fp32; only while it is being checked
    std::uint32_t compared = 0;   ///< without those that failed
    std::uint32_t agreed = 0;     ///< of these: the same best label
    double largestDifference = 0; ///< of a score among the best five
    double floor = 0.985;
    bool isShort = false; ///< a run under 2,560 items: a tenth of it, once
    RunId from;           ///< the run that it was made in, if it was another one; else 0
    std::string reason;
    UnixMs at = 0;
};

/// What nodes of a profile have cost while they were held for a run; several sessions of it are added up.
struct RunCostRecord
{
    std::string profile, currency;
    double nodeSeconds = 0;
    double price = 0;             ///< 0: the profile has none
    std::optional<double> joules; ///< nothing where it is not known of every host in every session
    bool operator==(const RunCostRecord&) const = default;
};

/// Everything that a run needs to be started again exactly as it was.
struct RunRecord
{
    RunId id;
    std::string uid; ///< 32 hex digits
    RunState state = RunState::Created;
    UnixMs createdAt = 0;
    std::optional<UnixMs> startedAt, finishedAt;
    UnixMs leaseEpoch =
        0; ///< in the numbers of its leases: grows with each process on it, whatever the wall clock does

    std::string dataPath; ///< as given, absolute
    std::string dataRoot; ///< items are relative to it; empty: not below one folder (IDX)
    std::string dataKind; ///< "folder", "manifest", "idx"
    std::string labelMapPath;
    std::uint64_t limit = 0; ///< 0: none

    std::string modelPath;   ///< absolute
    std::string modelName;   ///< the directory's last part
    std::string modelSha256; ///< hex, over its files (digest::modelDigest)
    std::vector<std::string> labels;
    std::string backend = "torch";
    std::string backendOptions;
    std::string precision = "fp32";              ///< as asked for: "fp32", "bf16", "fp16", "int8" or "auto"
    double precisionFloor = 0.985;               ///< agreement with fp32 that a reduced precision must be able to have
    std::vector<PrecisionCheck> precisionChecks; ///< read with the run; written by addPrecisionCheck()

    std::string device = "auto";     ///< of local agents
    std::uint32_t localAgents = 0;   ///< to start for this run
    std::vector<std::string> agents; ///< HOST:PORT of others
    std::uint32_t nodesWanted = 0;   ///< 0: all at hand
    bool waitForNodes = false;

    std::uint64_t planned = 0; ///< items, once the scan is complete
    bool scanComplete = false;
    bool synthetic = false; ///< at least one row did not come from inference

    // Counted by the writer while it commits, so that a page of a running run never counts rows.
    std::uint64_t labelled = 0, errors = 0, correct = 0, incorrect = 0;
    std::uint64_t expectedKnown = 0,
                  expectedMatched = 0; ///< items with an expected value; of these, matched to a label
    std::uint64_t duplicatesRefused = 0, redispatched = 0;
    Error failure{ErrorCode::None, {}};
};

struct ItemRecord
{
    ItemId id;
    std::string path; ///< relative to the run's data root; "FILE#INDEX" for IDX
    std::uint64_t bytes = 0;
    protocol::HeadHash headHash{};
    std::string expected;                       ///< as found (folder, manifest column); empty: none
    std::optional<std::uint32_t> expectedLabel; ///< the model's output that it means
    Error scanError{ErrorCode::None, {}};       ///< found while scanning: the item's row at once
};

/// One item's final row.
struct ResultRow
{
    ItemId item;
    Error error{ErrorCode::None, {}}; ///< None: labelled
    std::string note;
    std::vector<protocol::LabelScore> top;
    std::string node; ///< its name, unique in the run
    std::string device, backend, precision;
    bool synthetic = false;
    std::uint32_t attempt = 1;
    std::uint32_t decodeMicros = 0, inferenceMicros = 0;
    UnixMs finishedAt = 0;
    std::optional<bool> correct; ///< empty: no expected label, or no label
};

struct NodeRecord
{
    std::string name;    ///< unique in the run
    std::string address; ///< HOST:PORT
    std::string key;     ///< base32
    std::string host, cpuModel, gpu, software, schedulerId;
    std::string device, backend, backendVersion, precision;
    std::uint32_t cores = 0, replicas = 0;
    std::uint64_t memoryBytes = 0;
    std::uint64_t labelled = 0, errors = 0; ///< rows committed from it, in this run
};

enum class EventKind : std::uint8_t
{
    Invalid = 0,
    RunCreated,
    RunStarted,
    RunPaused,
    RunContinued,
    RunStopped,
    RunFinished,
    RunFailed,
    RunResumed,
    NodeJoined,
    NodeReady,
    NodeSuspect,
    NodeLost,
    NodeBack,
    NodeLeft,
    NodeRefused,
    NodeDraining,
    NodeSetAside,
    NodeRestored,
    ItemsRedispatched,
    DuplicateRefused,
    ForeignResult,
    AccuracyNotShown,
    StoreTrouble,
    Note,
    PrecisionAdmitted,
    PrecisionRefused,
    ResultDisputed, ///< two nodes label one item differently
    NodeOutvoted,   ///< a third node sides with the other one
    Audited,        ///< how many items a second node labelled, at the end of a run
};

struct EventRecord
{
    std::int64_t id = 0;
    UnixMs at = 0;
    RunId run; ///< 0: none
    EventKind kind = EventKind::Note;
    std::string node; ///< empty: none
    Error error{ErrorCode::None, {}};
    std::uint64_t count = 0; ///< items concerned
    std::string text;        ///< facts that have no field; the sentence is made by eventText()
};

struct ThroughputSample
{
    UnixMs at = 0;
    std::string node; ///< empty: the whole fleet
    float imagesPerSecond = 0;
};

/// What the end of a run proves.
struct Seal
{
    std::uint64_t planned = 0, labelled = 0, errors = 0;
    std::uint64_t lost = 0;    ///< items without a row
    std::uint64_t doubled = 0; ///< items with more than one
    std::uint64_t duplicatesRefused = 0, redispatched = 0;
    bool holds() const { return lost == 0 && doubled == 0 && planned == labelled + errors; }
};

} // namespace vitfleet::app
