// SPDX-License-Identifier: GPL-3.0-or-later
// One node as the engine sees it. Engine thread only.
#pragma once

#include "app/core/engine/throughput_meter.h"
#include "app/core/link.h"
#include "app/core/profiles/profile.h"
#include "app/core/provisioner.h"
#include "app/core/snapshot.h"
#include "shared/base/event_loop.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vitfleet::app {

/// How far a node has come with the active run.
enum class RunPhase : std::uint8_t
{
    None = 0,
    Opened,   ///< OpenRun sent; the model is being fetched or loaded
    Loaded,   ///< RunReady came; waits until enough items are known to probe
    Probing,  ///< the node hashes files to prove that it sees the same ones
    Working,  ///< the scheduler knows it
    Failed,   ///< RunFailed: `reason` says why
    Checking, ///< its precision is being chosen, or it is being opened in the chosen one
};

struct Node
{
    using Time = std::chrono::steady_clock::time_point;

    NodeId id;
    std::string name;
    FleetLink::Address address;
    bool local = false;
    std::string logFile;              ///< of a local agent
    bool launched = false;            ///< by a provider: its key came over the launch channel, its name is ours
    std::string provider, providerId; ///< "slurm", "17_2"; of a launched one
    std::vector<PathMapping> paths;   ///< our folders as it sees them
    LocalAgentRequest launch;         ///< of a local agent, to start it again
    std::uint32_t launches = 0;       ///< what an earlier one answers is not heard
    bool hasEnded = false;            ///< its process, or it could not be started
    bool isKilled = false;            ///< by the user's wish: not started again
    std::uint32_t restarts = 0;       ///< since it last stayed up for a while
    bool isRestarting = false;        ///< lost, and `restart` will start it again
    Subscription restart;

    NodeState state = NodeState::Connecting;
    Error reason{ErrorCode::None, {}};
    UnixMs stateSince = 0;
    bool up = false; ///< the link stands
    Time upAt{};
    std::uint32_t session = 0; ///< raised at every `up`: what was prepared for an earlier one is not sent
    protocol::Welcome welcome;

    protocol::AgentBeat beat;
    Time lastBeat{};
    std::optional<UnixMs> lastBeatAt;
    std::uint64_t progress = 0; ///< sum of the replicas' counters
    Time progressAt{};          ///< of the replica that has stood still the longest
    bool hung = false;          ///< beats, but makes no progress; until it does

    RunPhase phase = RunPhase::None;
    protocol::RunReady ready;
    protocol::TransferMode mode = protocol::TransferMode::Invalid;
    std::vector<ItemId> probed;
    std::string kind;                    ///< of its device, once it has loaded a model (precision_choice.h)
    std::string asked;                   ///< the precision that it was opened in last
    Time owesSince{};                    ///< an answer to that or to a probe; later while its model arrives
    std::uint64_t fetched = 0;           ///< of the model's bytes, at `owesSince`
    bool reopening = false;              ///< asked while Checking, and not answered yet
    bool scheduled = false;              ///< the scheduler may give it work
    Error setAside{ErrorCode::None, {}}; ///< why the run has set it aside, also while it is away; None: it has not
    bool draining = false;
    bool leaving = false;  ///< it says itself that it takes no more work: it is about to end
    bool removing = false; ///< once it is drained,
    bool stopping = false; ///< or this, which keeps its row
    bool takesWork() const { return !draining && !leaving; }
    bool owesOpening() const { return phase == RunPhase::Opened || phase == RunPhase::Probing || reopening; }
    std::uint32_t chunk = 0;
    std::uint64_t labelled = 0, errors = 0; ///< rows committed in this run
    std::uint64_t labelledEver = 0;
    std::uint64_t awaitingCommit = 0;   ///< results received and not yet durable
    std::vector<std::uint64_t> durable; ///< sequences of results that are, and not yet acknowledged
    Time durableSince{};
    ThroughputMeter meter;
};

/// In the order of their numbers. All are looked at ten times a second: side by side, since there may be thousands.
using Nodes = std::vector<std::pair<NodeId, std::unique_ptr<Node>>>;

} // namespace vitfleet::app
