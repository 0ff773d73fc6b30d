// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace vitfleet::simulation {
namespace {

constexpr Time beatInterval = std::chrono::seconds(1);
constexpr Time drainTimeout = std::chrono::seconds(24);

} // namespace

World::World(Plan plan, std::uint64_t seed)
    : m_plan(std::move(plan)), m_random(seed), m_scheduler(m_plan.policy, LeaseId(1000)),
      m_settled(m_plan.items.size(), 0), m_lastLease(999)
{
    for (std::uint32_t i = 0; i < m_plan.nodes.size(); ++i) {
        Agent& agent = m_agents.emplace_back();
        agent.plan = m_plan.nodes[i];
        agent.id = NodeId(i + 1);
    }
}

void World::at(Time when, std::function<void()> action)
{
    m_happenings.push({std::max(when, m_now), m_order++, std::move(action)});
}

/// In order, and only if the connection lives until it arrives; a link that heals in time delivers late, as TCP does.
void World::toAgent(Agent& agent, std::function<void()> action)
{
    if (!agent.toAgent) {
        agent.heldToAgent.push_back(
            [this, &agent, connection = agent.connection, life = agent.life, action = std::move(action)] {
                if (agent.connection == connection && agent.life == life)
                    toAgent(agent, action);
            });
        return;
    }
    agent.lastToAgent = std::max(agent.lastToAgent, m_now + agent.plan.latency);
    at(agent.lastToAgent, [&agent, connection = agent.connection, life = agent.life, action = std::move(action)] {
        if (agent.connection == connection && agent.life == life)
            action();
    });
}

/// `extra` lets a message arrive late, and so behind others that were sent after it.
void World::toEngine(Agent& agent, std::function<void()> action, Time extra)
{
    if (!agent.ready || agent.life != agent.connectedLife)
        return;
    if (!agent.toEngine) {
        agent.heldToEngine.push_back(
            [this, &agent, connection = agent.connection, life = agent.life, action = std::move(action)] {
                if (agent.connection == connection && agent.life == life)
                    toEngine(agent, action);
            });
        return;
    }
    Time arrival = m_now + agent.plan.latency;
    if (extra == Time(0))
        arrival = agent.lastToEngine = std::max(agent.lastToEngine, arrival);
    at(arrival + extra, [&agent, connection = agent.connection, action = std::move(action)] {
        if (agent.connection == connection && agent.ready)
            action();
    });
}

void World::startBatch(Agent& agent)
{
    if (!agent.alive || agent.stopped || agent.hangs || !agent.executing.empty() || agent.queue.empty())
        return;
    const std::size_t count = std::min<std::size_t>(agent.plan.batch, agent.queue.size());
    agent.executing.assign(agent.queue.begin(), agent.queue.begin() + static_cast<std::ptrdiff_t>(count));
    agent.queue.erase(agent.queue.begin(), agent.queue.begin() + static_cast<std::ptrdiff_t>(count));
    m_outcome.executed += count;
    double duration = (agent.plan.batchCost + static_cast<double>(count) / agent.plan.itemsPerSecond) * agent.slowness;
    duration *= 1 + agent.plan.jitter * (2 * m_random.unit() - 1);
    const auto contains = [this, &agent](ItemKind kind) {
        return std::ranges::any_of(agent.executing,
                                   [&](const Work& work) { return m_plan.items[work.item.value] == kind; });
    };
    if (contains(ItemKind::Poison)) {
        at(m_now + seconds(duration * m_random.unit()), [this, &agent, work = agent.work] {
            if (agent.work == work)
                kill(agent);
        });
        return;
    }
    if (contains(ItemKind::Hanging)) {
        agent.hangs = true;
        return;
    }
    at(m_now + seconds(duration), [this, &agent, work = agent.work] {
        if (agent.work == work)
            finishBatch(agent);
    });
}

void World::finishBatch(Agent& agent)
{
    const std::vector<Work> done = std::exchange(agent.executing, {});
    for (const Work& work : done) {
        const Answer answer = answerFor(agent, work);
        agent.outbox.push_back(answer);
        sendAnswer(agent, answer);
    }
    startBatch(agent);
}

World::Answer World::answerFor(const Agent& agent, const Work& work)
{
    const ItemKind kind = m_plan.items[work.item.value];
    if (kind == ItemKind::NodeFail || m_random.chance(agent.plan.failing))
        return {work, {ErrorCode::BackendFailed, "simulated"}};
    if (kind == ItemKind::Bad || m_random.chance(agent.plan.lying))
        return {work, {ErrorCode::ImgCorrupt, "simulated"}};
    const bool isWrong = m_random.chance(agent.plan.wrong);
    // No two nodes are wrong in the same way.
    return {work, {ErrorCode::None, {}}, work.item.value + (isWrong ? 1'000'000 * agent.id.value : 0)};
}

void World::sendAnswer(Agent& agent, const Answer& answer)
{
    const auto deliver = [this, &agent, answer] {
        m_label = answer.label;
        step(sched::ResultArrived{agent.id, answer.work.lease, answer.work.item, answer.error});
    };
    const Time late = m_random.chance(m_plan.late) ? seconds(m_random.logBetween(0.01, 5)) : Time(0);
    toEngine(agent, deliver, late);
    if (m_random.chance(m_plan.repeated))
        toEngine(agent, deliver, seconds(m_random.logBetween(0.001, 3)));
}

void World::giveBack(Agent& agent, LeaseId lease, std::uint32_t most)
{
    std::vector<ItemId> items;
    for (std::size_t i = agent.queue.size(); i > 0 && items.size() < most; --i) {
        if (agent.queue[i - 1].lease != lease)
            continue;
        items.push_back(agent.queue[i - 1].item);
        agent.queue.erase(agent.queue.begin() + static_cast<std::ptrdiff_t>(i - 1));
    }
    toEngine(agent, [this, &agent, lease, items] { step(sched::ItemsReturned{agent.id, lease, items}); });
}

void World::giveBackAll(Agent& agent)
{
    std::map<LeaseId, std::vector<ItemId>> given;
    for (const Work& work : std::exchange(agent.queue, {}))
        given[work.lease].push_back(work.item);
    for (const auto& [lease, items] : given)
        toEngine(agent, [this, &agent, lease, items] { step(sched::ItemsReturned{agent.id, lease, items}); });
}

/// Its beat says so at once, or, that of an earlier version, within a second.
void World::beginLeaving(Agent& agent)
{
    if (!agent.alive || agent.stopped || agent.leaving)
        return;
    agent.leaving = true;
    giveBackAll(agent);
    const Time until = m_random.chance(0.5) ? Time(0) : seconds(m_random.between(0, 1));
    at(m_now + until, [this, &agent, life = agent.life] {
        if (agent.life == life)
            tellLeaving(agent);
    });
    leaveIfDone(agent, m_now + drainTimeout);
}

void World::tellLeaving(Agent& agent)
{
    toEngine(agent, [this, &agent] {
        agent.toldLeaving = true;
        step(sched::NodeDrain{agent.id});
    });
}

/// Once what it computes is handed in and acknowledged, or its time is over.
void World::leaveIfDone(Agent& agent, Time deadline)
{
    const bool isDone = agent.executing.empty() && agent.outbox.empty();
    if (!agent.stopped && (isDone || !agent.ready || m_now >= deadline)) {
        toEngine(agent, [this, &agent] { lose(agent, true); });
        kill(agent);
        return;
    }
    at(m_now + seconds(0.05), [this, &agent, deadline, life = agent.life] {
        if (agent.life == life)
            leaveIfDone(agent, deadline);
    });
}

void World::kill(Agent& agent)
{
    if (!agent.alive)
        return;
    agent.alive = false;
    agent.hangs = agent.stopped = agent.leaving = false;
    ++agent.life;
    ++agent.work;
    agent.queue.clear();
    agent.executing.clear();
    agent.outbox.clear();
    // The system closes its sockets: the engine sees that soon, unless the link is cut as well.
    if (agent.toEngine) {
        at(m_now + seconds(m_random.between(0.001, 0.8)), [this, &agent, connection = agent.connection] {
            if (agent.connection == connection && agent.ready)
                lose(agent);
        });
    }
    at(m_now + seconds(m_random.between(0.5, 4)), [this, &agent, life = agent.life] {
        if (agent.life == life)
            revive(agent);
    });
}

void World::revive(Agent& agent)
{
    if (agent.alive)
        return;
    agent.alive = true;
    ++agent.life;
}

void World::begin(const Fault& fault)
{
    Agent& agent = m_agents[fault.node];
    switch (fault.kind) {
    case FaultKind::Kill:
        kill(agent);
        break;
    case FaultKind::Stop:
        if (agent.alive && !agent.stopped) {
            agent.stopped = true;
            ++agent.work; // what it computes ends later, see end()
        }
        break;
    case FaultKind::Cut:
        agent.toAgent = agent.toEngine = false;
        break;
    case FaultKind::CutResults:
        agent.toEngine = false;
        break;
    case FaultKind::Slow:
        agent.slowness = 10;
        break;
    case FaultKind::Drain:
    case FaultKind::DrainNow:
        agent.drained = true;
        step(sched::NodeDrain{agent.id, fault.kind == FaultKind::DrainNow});
        break;
    case FaultKind::Leave:
        beginLeaving(agent);
        break;
    case FaultKind::Pause:
        step(sched::SetPaused{true});
        break;
    case FaultKind::Invalid:
        break;
    }
}

void World::end(const Fault& fault)
{
    Agent& agent = m_agents[fault.node];
    switch (fault.kind) {
    case FaultKind::Stop:
        if (!agent.stopped)
            break;
        agent.stopped = false;
        if (!agent.executing.empty() && !agent.hangs && !std::ranges::any_of(agent.executing, [this](const Work& w) {
                return m_plan.items[w.item.value] == ItemKind::Poison;
            }))
            finishBatch(agent);
        else if (!agent.executing.empty() && !agent.hangs)
            kill(agent);
        startBatch(agent);
        break;
    case FaultKind::Cut:
    case FaultKind::CutResults:
        agent.toAgent = agent.toEngine = true;
        for (const auto& send : std::exchange(agent.heldToAgent, {}))
            send();
        for (const auto& send : std::exchange(agent.heldToEngine, {}))
            send();
        break;
    case FaultKind::Slow:
        agent.slowness = 1;
        break;
    case FaultKind::Drain:
    case FaultKind::DrainNow:
        agent.drained = false;
        if (!agent.toldLeaving)
            step(sched::NodeUndrain{agent.id});
        break;
    case FaultKind::Pause:
        step(sched::SetPaused{false});
        break;
    case FaultKind::Kill:
    case FaultKind::Leave:
    case FaultKind::Invalid:
        break;
    }
}

void World::beat(Agent& agent)
{
    if (agent.alive && !agent.stopped) {
        const auto started = static_cast<std::uint32_t>(agent.executing.size());
        toEngine(agent, [this, &agent, started] {
            agent.lastBeat = m_now;
            if (std::exchange(agent.suspect, false))
                step(sched::NodeSuspect{agent.id, false});
            step(sched::NodeProgress{agent.id, started});
        });
    }
    at(m_now + beatInterval, [this, &agent] { beat(agent); });
}

Outcome World::run()
{
    if (m_plan.settledBefore > 0 || !m_plan.items.empty())
        at(Time(0), [this] { scanOn(0); });
    else
        at(Time(0), [this] { step(sched::ScanFinished{}); });
    for (Agent& agent : m_agents) {
        at(agent.plan.joinsAt, [this, &agent] {
            agent.joined = true;
            step(sched::NodeLimit{agent.id, agent.plan.maxChunkItems});
            connect(agent);
            beat(agent);
        });
    }
    for (const Fault& fault : m_plan.faults) {
        at(fault.at, [this, &fault] { begin(fault); });
        at(fault.at + fault.length, [this, &fault] { end(fault); });
    }
    at(m_plan.tick, [this] { watchNodes(); });
    while (!m_happenings.empty() && m_outcome.failure.empty() && !m_ended) {
        Happening next = m_happenings.top();
        m_happenings.pop();
        if (next.when > m_plan.limit) {
            const sched::Counts counts = m_scheduler.counts();
            fail("does not end: " + std::to_string(counts.queued) + " queued, " + std::to_string(counts.leased) +
                 " leased, " + std::to_string(counts.settled) + " settled of " + std::to_string(counts.total));
            break;
        }
        m_now = next.when;
        next.action();
    }
    if (m_outcome.failure.empty() && std::ranges::any_of(m_settled, [](std::uint8_t count) { return count != 1; }))
        fail("an item was not settled exactly once");
    const sched::Counts counts = m_scheduler.counts();
    m_outcome.duplicates = counts.duplicates;
    m_outcome.redispatched = counts.redispatched;
    m_outcome.foreign = counts.foreign;
    m_outcome.audited = counts.audited;
    m_outcome.disputed = counts.disputed;
    return m_outcome;
}

} // namespace vitfleet::simulation
