// SPDX-License-Identifier: GPL-3.0-or-later
// A fleet in simulated time: agents that compute, die, stop, lose their links and repeat themselves, and an engine
// that does for the scheduler what the real one does. What really happens to each item is kept beside it and compared.
#pragma once

#include "app/core/scheduler/scheduler.h"
#include "tests/simulation/sim_random.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

namespace vitfleet::simulation {

namespace sched = vitfleet::app::scheduler;
using sched::Time;

constexpr Time seconds(double value)
{
    return Time(static_cast<std::int64_t>(value * 1e6));
}

enum class ItemKind : std::uint8_t
{
    Good = 0,
    Bad,      ///< an item error on every node
    Poison,   ///< ends the agent that computes it
    Hanging,  ///< the agent that computes it makes no progress any more
    NodeFail, ///< a node error on every node
};

enum class FaultKind : std::uint8_t
{
    Invalid = 0,
    Kill,
    Stop,
    Cut,
    CutResults,
    Slow,
    Drain,
    DrainNow,
    Leave, ///< it ends in good order by itself, as after SIGTERM
    Pause
};

struct Fault
{
    FaultKind kind = FaultKind::Invalid;
    std::uint32_t node = 0;
    Time at{0};
    Time length{0};
};

struct NodePlan
{
    double itemsPerSecond = 10;
    std::uint32_t batch = 1;
    Time latency = std::chrono::milliseconds(1);
    double jitter = 0;    ///< of a batch's duration, either way
    double failing = 0;   ///< probability of a node error
    double lying = 0;     ///< probability of an item error for a good item
    double wrong = 0;     ///< probability of a label that is not the item's
    double batchCost = 0; ///< seconds that a batch costs beside its items
    bool tellsSpeed = false;
    std::uint32_t maxChunkItems = 4096;
    Time joinsAt{0};
};

struct Plan
{
    sched::Policy policy;
    std::vector<NodePlan> nodes;
    std::vector<Fault> faults;
    std::vector<ItemKind> items;
    std::uint32_t settledBefore = 0; ///< the first ones, as after a resume
    Time scanStep{0};                ///< between batches of the scan; zero: all at once
    std::uint32_t scanBatch = 64;
    Time tick = std::chrono::milliseconds(100);
    Time limit = std::chrono::hours(1);
    double repeated = 0, late = 0, forged = 0, notSent = 0; ///< probabilities a message
    bool trace = false;                                     ///< print every event and action
    bool checkAlways = true;
    bool tellsBatch = false;   ///< nodes say how many items they compute at once
    bool mayBlameGood = false; ///< liars, failing nodes or hanging items: a good item may end as an error row
};

/// What came out of a run.
struct Outcome
{
    std::string failure; ///< empty: all promises held
    Time makespan{0};
    std::uint64_t events = 0, executed = 0, duplicates = 0, redispatched = 0, foreign = 0, setAsides = 0, takeBacks = 0;
    std::uint64_t labelled = 0, errors = 0;
    std::uint64_t audited = 0, disputed = 0, outvoted = 0;
};

class World
{
public:
    World(Plan plan, std::uint64_t seed);
    Outcome run();

private:
    struct Work
    {
        LeaseId lease;
        ItemId item;
        bool operator==(const Work&) const = default;
    };
    struct Answer
    {
        Work work;
        Error error{ErrorCode::None, {}};
        std::uint32_t label = 0; ///< an item's own number, where the agent is right
    };
    struct Agent
    {
        NodePlan plan;
        NodeId id;
        // The process
        bool alive = true, stopped = false, hangs = false, leaving = false;
        double slowness = 1;
        std::uint32_t life = 1; ///< of its process: what was sent to an earlier one is lost
        std::uint32_t work = 1; ///< raised when what it computes must not end as foreseen
        std::deque<Work> queue;
        std::vector<Work> executing;
        std::vector<Answer> outbox; ///< not acknowledged
        // The link
        bool toAgent = true, toEngine = true;
        std::vector<std::function<void()>> heldToAgent, heldToEngine; ///< while it is cut
        std::uint32_t connection = 1;                                 ///< what travels on an older one is lost
        std::uint32_t connectedLife = 0;                              ///< the process at its other end
        Time lastToAgent{0}, lastToEngine{0};
        // What the engine knows
        bool ready = false, suspect = false, joined = false;
        bool drained = false;      ///< by the user
        bool toldLeaving = false;  ///< by its beat
        std::uint32_t bounced = 0; ///< leases that it gave back as they came, on this connection
        Time lastBeat{0}, retryAt{0};
    };

    // world.cpp: agents and links
    void at(Time when, std::function<void()> action);
    void toAgent(Agent& agent, std::function<void()> action);
    void toEngine(Agent& agent, std::function<void()> action, Time extra = Time(0));
    void startBatch(Agent& agent);
    void finishBatch(Agent& agent);
    Answer answerFor(const Agent& agent, const Work& work);
    void sendAnswer(Agent& agent, const Answer& answer);
    void giveBack(Agent& agent, LeaseId lease, std::uint32_t most);
    void giveBackAll(Agent& agent);
    void beginLeaving(Agent& agent);
    void tellLeaving(Agent& agent);
    void leaveIfDone(Agent& agent, Time deadline);
    void kill(Agent& agent);
    void revive(Agent& agent);
    void begin(const Fault& fault);
    void end(const Fault& fault);
    void beat(Agent& agent);

    // world_engine.cpp: what the engine does, and what is checked
    void step(const sched::Event& event);
    void print(const sched::Event& event, const std::vector<sched::Action>& actions) const;
    void apply(const sched::Action& action, const sched::Event& cause);
    void onAction(const sched::SendLease& action);
    void onAction(const sched::TakeBack& action);
    void onAccepted(const sched::AcceptResult& action, const sched::Event& cause);
    void onCompare(const sched::CompareResult& action, const sched::Event& cause);
    void onAction(const sched::AuditEnded& action);
    bool mayAskAgain(NodeId node, ItemId item) const;
    void onAction(const sched::FailItem& action);
    void onAction(const sched::NodeSuspectedHung& action);
    void acknowledge(NodeId node, const sched::Event& cause);
    void settleOnce(ItemId item, ErrorCode code);
    void watchNodes();
    void lose(Agent& agent, bool inOrder = false);
    void connect(Agent& agent);
    void scanOn(std::uint32_t from);
    void fail(const std::string& what);
    Agent& agentOf(NodeId node) { return m_agents.at(node.value - 1); }

    struct Happening
    {
        Time when;
        std::uint64_t order;
        std::function<void()> action;
        bool operator>(const Happening& o) const { return when != o.when ? when > o.when : order > o.order; }
    };

    Plan m_plan;
    Random m_random;
    sched::Scheduler m_scheduler;
    std::deque<Agent> m_agents;
    std::priority_queue<Happening, std::vector<Happening>, std::greater<>> m_happenings;
    std::uint64_t m_order = 0;
    Time m_now{0};
    bool m_ended = false;
    Outcome m_outcome;
    std::vector<std::uint8_t> m_settled; ///< how often
    std::uint64_t m_settledCount = 0;
    struct Given
    {
        NodeId node;
        std::vector<ItemId> items;
    };
    std::map<std::uint64_t, Given> m_given; ///< every lease that was sent
    /// What was answered on audited items, first by whom.
    struct Opinion
    {
        NodeId node;
        ErrorCode code = ErrorCode::None;
        std::uint32_t label = 0;
    };
    std::map<std::uint32_t, std::vector<Opinion>> m_opinions;
    std::uint32_t m_label = 0; ///< of the result that is being reported
    std::optional<sched::AuditCompared> m_compared;
    std::uint64_t m_lastLease = 0;
    std::uint64_t m_checkIn = 0;
};

} // namespace vitfleet::simulation
