// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet at one moment: made by the engine's thread, never changed afterwards, read by views in theirs.
#pragma once

#include "app/core/records.h"
#include "app/core/store.h"
#include "shared/base/limits.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

enum class NodeState : std::uint8_t
{
    Invalid = 0,
    Starting,   ///< a local agent's process is being started
    Connecting, ///< no answer yet
    Preparing,  ///< fetching or loading the model
    Online,
    Suspect,  ///< a heartbeat is late
    Draining, ///< finishes what it has
    Drained,
    SetAside, ///< by the circuit breaker, for a while
    Refused,  ///< AgentKey, NotEnrolled, AgentBusy, AgentClone, ProtocolVersion: `reason` says which
    Lost,
    Left,    ///< ended in good order, by itself
    Stopped, ///< by the user's wish; it can be started again
};

/// Why an online node has nothing to do.
enum class IdleReason : std::uint8_t
{
    None = 0, ///< it works
    NoRun,
    Scanning,    ///< the scan has not found more items yet
    NothingLeft, ///< every item that is left is with other nodes
    Paused,
    NotSelected, ///< the run uses fewer nodes
    LoadingModel,
    Draining,
    StoreBehind,       ///< results wait for the database
    CheckingPrecision, ///< others of its kind still work on the check of a precision
};

struct NodeSnapshot
{
    NodeId id;
    std::string name;
    std::string address;
    bool local = false;
    std::string logFile; ///< of a local agent's process
    NodeState state = NodeState::Connecting;
    Error reason{ErrorCode::None, {}}; ///< of Suspect, Refused, Lost, SetAside
    UnixMs stateSince = 0;
    bool stopping = false; ///< while Draining: it is stopped after that
    std::optional<UnixMs> lastBeat;
    std::chrono::milliseconds beatAge{0}; ///< at the snapshot's time; on the steady clock
    IdleReason idle = IdleReason::NoRun;

    std::string host, cpuModel, gpu, gpuReason, software;
    std::uint32_t pid = 0; ///< of its agent, on its host
    std::string device, backend, precision;
    bool synthetic = false;
    std::uint32_t cores = 0, replicas = 0;
    std::uint64_t memoryBytes = 0;
    float imagesPerSecond = 0; ///< rows received over the last five seconds
    float cpuPercent = 0;
    std::uint64_t rssBytes = 0;
    double modelFetched = 0;                ///< 0 … 1 while Preparing
    double joules = 0;                      ///< of its host since its agent started; 0: not measured
    std::string energyReason;               ///< why not
    std::uint32_t chunk = 0;                ///< items of its newest lease
    std::uint32_t leased = 0;               ///< items it holds
    std::uint64_t labelled = 0, errors = 0; ///< rows committed in this run
    std::uint64_t labelledEver = 0;         ///< since this application started
    std::string provider, providerId;       ///< "slurm", "17_2"; empty: not started by a provider
    /// Whether it reads the run's pictures itself or is sent their bytes; Invalid until that is known.
    protocol::TransferMode transfer = protocol::TransferMode::Invalid;
};

struct RunSnapshot
{
    RunId id;
    RunState state = RunState::Created;
    bool paused = false;
    std::uint32_t nodesWanted = 0; ///< as asked for last; 0: all at hand
    bool scanComplete = false;
    std::string dataPath, modelPath, modelName;
    std::vector<std::string> labels;
    bool synthetic = false;
    std::uint64_t planned = 0;              ///< found so far, until scanComplete
    std::uint64_t labelled = 0, errors = 0; ///< committed
    std::uint64_t inFlight = 0;             ///< leased, or received and not yet committed
    std::uint64_t queued = 0;               ///< planned = labelled + errors + inFlight + queued, always
    std::string precision = "fp32";         ///< as asked for
    double precisionFloor = 0.985;
    std::vector<PrecisionCheck> precisionChecks; ///< decided and under way; empty: fp32 without a question
    std::uint64_t correct = 0, incorrect = 0;
    std::uint64_t expectedKnown = 0, expectedMatched = 0;
    bool accuracyShown = false;       ///< at least half of the expected values were matched
    float imagesPerSecond = 0;        ///< sum of the nodes'
    std::optional<double> etaSeconds; ///< empty for the first three seconds and while nothing moves
    double elapsedSeconds = 0;
    std::uint64_t duplicatesRefused = 0, redispatched = 0;
    bool waitingForNodes = false; ///< no node is online: the run waits, and says so
    Error failure{ErrorCode::None, {}};
    Error storeTrouble{ErrorCode::None, {}};
    std::optional<Seal> seal; ///< once it has ended
    UnixMs startedAt = 0;
    std::vector<ResultView> latest; ///< a sample of the newest rows, newest first
};

struct FleetSnapshot
{
    UnixMs at = 0;
    std::vector<NodeSnapshot> nodes; ///< in the order in which they were added
    std::optional<RunSnapshot> run;  ///< the active one, or the last
    std::uint32_t online = 0, lost = 0;
    float imagesPerSecond = 0;
    std::chrono::milliseconds lostAfter = limits::lostAfter; ///< of silence; a node is late after half of it
};

} // namespace vitfleet::app
