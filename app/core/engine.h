// SPDX-License-Identifier: GPL-3.0-or-later
// The engine: nodes, runs and their events, in a thread of its own that owns every socket and the scheduler. The
// window and the command line speak to it through this class alone.
#pragma once

#include "app/core/launched_node.h"
#include "app/core/link.h"
#include "app/core/provisioner.h"
#include "app/core/records.h"
#include "app/core/snapshot.h"
#include "app/core/store.h"
#include "shared/base/event_loop.h"
#include "shared/base/limits.h"
#include "shared/base/time_source.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::app {

/// What a user asks for. Paths may be relative to the working directory.
struct RunRequest
{
    std::string dataPath;
    std::string dataRoot; ///< only for manifests whose paths lie elsewhere; empty: decided by the data set
    std::string labelMapPath;
    std::string modelPath;
    std::uint64_t limit = 0;
    std::string backend = "torch";
    std::string backendOptions;
    std::string precision = "fp32";  ///< "fp32", "bf16", "fp16", "int8" or "auto"
    double precisionFloor = 0.985;   ///< agreement with fp32 below which a reduced precision is not used
    std::string device = "auto";     ///< of local agents
    std::uint32_t localAgents = 0;   ///< to start for this run where they do not run yet
    std::vector<std::string> agents; ///< address lines
    std::uint32_t nodesWanted = 0;   ///< 0: all at hand
    bool waitForNodes = false;
};

/// What a user decides about nodes that fail. The defaults are what docs/scheduler.md measures.
struct FailurePolicy
{
    /// Without a heartbeat for so long a node is lost; after half of it, suspect. Between limits::lostAfter and
    /// limits::lostAfterWithBulkData: the links themselves give up then.
    std::chrono::milliseconds lostAfter = limits::lostAfter;
    std::uint32_t maxAttempts = 3; ///< nodes that a picture may fail on before it is an error row; from the next run on
    std::uint32_t breakerErrors = 3; ///< errors in a row that set a node aside for a while; from the next run on
    /// A start does not wait for a node that neither has loaded the model nor come nearer to it for so long.
    std::chrono::milliseconds openPatience = std::chrono::minutes(2);
    bool operator==(const FailurePolicy&) const = default;
};

class Engine
{
public:
    struct Parts
    {
        Store& store;
        Provisioner& provisioner;
        /// Makes the link in the engine's thread, on its loop.
        std::function<std::unique_ptr<FleetLink>(EventLoop&)> makeLink;
        /// Everything that the engine does in its time, it does by this one; must outlive it.
        const TimeSource& time = TimeSource::machine();
    };
    explicit Engine(Parts parts);
    /// Stops a running run as stop() does, ends local agents, joins the thread.
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Commands: any thread; `done` is called in the engine's thread.
    template <typename T>
    using Done = std::function<void(Result<T>)>;

    /// Stores the run (`stored` with its number, before anything else happens), then starts agents, scans and works.
    /// Errors before that: RunActive, DataMissing, DataFormat, Model…, Address, NotPinned.
    void startRun(RunRequest request, Done<RunId> stored);
    /// Goes on with a run that is not finished, with its own settings. RunUnknown, RunActive.
    void resumeRun(RunId run, Done<RunId> started);
    void setPaused(bool paused);
    /// Takes unstarted work back, keeps what is committed, ends the run as Stopped.
    void stopRun(Done<void> done = {});
    void setNodesWanted(std::uint32_t nodes);
    void setFailurePolicy(const FailurePolicy& policy);

    void startLocalAgents(std::uint32_t count, Done<void> done = {});
    void addNode(std::string addressLine, Done<NodeId> done);
    /// A node that a provider has started. Address.
    void addLaunchedNode(LaunchedNode node, Done<NodeId> done);
    /// The provider says that it has ended, and why.
    void endLaunchedNode(NodeId node, Error reason);
    /// An event of a provider's: stored, and told to subscribers like those of the engine.
    void note(EventRecord event);
    enum class When : std::uint8_t
    {
        Invalid = 0,
        AfterChunk,
        Now
    };
    void drainNode(NodeId node, When when);
    /// A stopped one is started again: a local agent's process, or the connection to any other.
    void undrainNode(NodeId node);
    /// Drains, then ends a local agent or lets go of any other; its row stays, as Stopped.
    void stopNode(NodeId node, When when);
    /// Drains, then forgets the node; a local agent is ended.
    void removeNode(NodeId node, When when);
    /// SIGKILL to a local agent.
    void killLocalAgent(NodeId node);
    /// Starts a local agent that has ended again, in its own row; nothing for any other node.
    void restartLocalAgent(NodeId node);

    /// Every change of the fleet or the run, at most ten times a second, in the engine's thread. The last one is
    /// delivered at once. The handle ends it (and waits for a call in progress).
    Subscription subscribe(std::function<void(std::shared_ptr<const FleetSnapshot>)> callback);
    /// Events as they happen, in the engine's thread; the store keeps them.
    Subscription subscribeEvents(std::function<void(const EventRecord&)> callback);
    std::shared_ptr<const FleetSnapshot> snapshot() const;

    std::string publicKey() const;
    std::string fingerprint() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vitfleet::app
