// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's part, and the promises.
#include "shared/base/limits.h"
#include "tests/simulation/trace.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitfleet::simulation {
namespace {

constexpr Time suspectAfter = limits::lostAfter / 2;
constexpr Time lostAfter = limits::lostAfter;
constexpr Time retryInterval = limits::reconnectInterval;

} // namespace

void World::fail(const std::string& what)
{
    if (m_outcome.failure.empty())
        m_outcome.failure = "at " + std::to_string(m_now.count() / 1000) + " ms: " + what;
}

void World::print(const sched::Event& event, const std::vector<sched::Action>& actions) const
{
    if (std::holds_alternative<sched::Tick>(event) && actions.empty())
        return;
    std::printf("%9.3f %s\n", static_cast<double>(m_now.count()) / 1e6, toText(event).c_str());
    for (const sched::Action& action : actions)
        std::printf("          %s\n", toText(action).c_str());
}

void World::step(const sched::Event& event)
{
    if (m_ended || !m_outcome.failure.empty())
        return;
    ++m_outcome.events;
    const std::vector<sched::Action> actions = m_scheduler.step(event, m_now);
    if (m_plan.trace)
        print(event, actions);
    if (m_plan.checkAlways || m_checkIn-- == 0) {
        m_checkIn = m_plan.items.size() * 4;
        if (const std::string wrong = m_scheduler.checkInvariants(); !wrong.empty())
            return fail(wrong);
    }
    if (std::holds_alternative<sched::ResultArrived>(event)) {
        const auto answers = std::ranges::count_if(actions, [](const sched::Action& action) {
            return std::holds_alternative<sched::AcceptResult>(action) ||
                   std::holds_alternative<sched::RejectResult>(action) ||
                   std::holds_alternative<sched::CompareResult>(action);
        });
        if (answers != 1)
            return fail("a result was answered " + std::to_string(answers) + " times");
    }
    for (const sched::Action& action : actions)
        apply(action, event);
    if (m_compared)
        step(*std::exchange(m_compared, std::nullopt));
}

void World::apply(const sched::Action& action, const sched::Event& cause)
{
    if (const auto* lease = std::get_if<sched::SendLease>(&action))
        onAction(*lease);
    else if (const auto* back = std::get_if<sched::TakeBack>(&action))
        onAction(*back);
    else if (const auto* accepted = std::get_if<sched::AcceptResult>(&action))
        onAccepted(*accepted, cause);
    else if (const auto* rejected = std::get_if<sched::RejectResult>(&action))
        acknowledge(rejected->node, cause);
    else if (const auto* compare = std::get_if<sched::CompareResult>(&action))
        onCompare(*compare, cause);
    else if (const auto* over = std::get_if<sched::AuditEnded>(&action))
        onAction(*over);
    else if (const auto* failed = std::get_if<sched::FailItem>(&action))
        onAction(*failed);
    else if (const auto* hung = std::get_if<sched::NodeSuspectedHung>(&action))
        onAction(*hung);
    else if (std::holds_alternative<sched::SetAside>(action))
        ++m_outcome.setAsides;
    else if (std::holds_alternative<sched::AllSettled>(action)) {
        m_ended = true;
        m_outcome.makespan = m_now;
        if (m_settledCount != m_plan.items.size())
            fail("the end was told too early");
        if (!m_opinions.empty())
            fail("an audit was forgotten");
    }
}

void World::onAction(const sched::SendLease& action)
{
    if (action.lease.value <= m_lastLease)
        return fail("a lease's number does not rise");
    m_lastLease = action.lease.value;
    Agent& agent = agentOf(action.node);
    if (!agent.ready)
        return fail("a lease for a node that is gone");
    if (agent.toldLeaving)
        return fail("a lease for a node that is about to end");
    if (action.items.empty() || action.items.size() > agent.plan.maxChunkItems)
        return fail("a lease of a wrong size");
    for (const ItemId item : action.items)
        if (m_settled[item.value] != 0 && !mayAskAgain(action.node, item))
            return fail("a lease with a settled item");
    m_given[action.lease.value] = {action.node, action.items};
    std::size_t sent = action.items.size();
    if (m_random.chance(m_plan.notSent)) {
        // The link was full, perhaps after the first parts had left.
        sent = m_random.chance(0.5) ? 0 : m_random.integer(0, static_cast<std::uint32_t>(sent - 1));
        at(m_now, [this, action] { step(sched::LeaseNotSent{action.node, action.lease}); });
    }
    toAgent(agent, [this, &agent, action, sent] {
        for (std::size_t i = 0; i < sent; ++i)
            agent.queue.push_back({action.lease, action.items[i]});
        if (agent.leaving) {
            giveBackAll(agent);
            if (++agent.bounced > 16 * m_plan.policy.credit) // within a second
                fail("leases go to and fro");
            return;
        }
        startBatch(agent);
    });
}

void World::onAction(const sched::TakeBack& action)
{
    ++m_outcome.takeBacks;
    Agent& agent = agentOf(action.node);
    toAgent(agent, [this, &agent, action] {
        if (!agent.stopped)
            giveBack(agent, action.lease, action.maxItems);
    });
}

void World::onAccepted(const sched::AcceptResult& action, const sched::Event& cause)
{
    const auto& result = std::get<sched::ResultArrived>(cause);
    const auto given = m_given.find(result.lease.value);
    if (given == m_given.end() || given->second.node != result.node ||
        std::ranges::find(given->second.items, result.item) == given->second.items.end())
        return fail("a result was accepted that was never asked for");
    if (action.item != result.item || action.node != result.node)
        return fail("another result was accepted than arrived");
    const ItemKind kind = m_plan.items[action.item.value];
    if (result.error.code == ErrorCode::None && kind != ItemKind::Good)
        return fail("an item was labelled that cannot be");
    settleOnce(action.item, result.error.code);
    if (action.audit)
        m_opinions[action.item.value] = {{action.node, result.error.code, m_label}};
    acknowledge(action.node, cause);
}

/// Only for an audit, and only a node that has not answered yet.
bool World::mayAskAgain(NodeId node, ItemId item) const
{
    const auto kept = m_opinions.find(item.value);
    return kept != m_opinions.end() && std::ranges::find(kept->second, node, &Opinion::node) == kept->second.end();
}

void World::onCompare(const sched::CompareResult& action, const sched::Event& cause)
{
    const auto& result = std::get<sched::ResultArrived>(cause);
    if (action.item != result.item || action.node != result.node || !mayAskAgain(action.node, action.item))
        return fail("an answer is to be compared that nobody asked for");
    std::vector<Opinion>& opinions = m_opinions.at(action.item.value);
    const Opinion mine{action.node, result.error.code, m_label};
    m_compared = sched::AuditCompared{action.node, action.item, {}};
    for (const Opinion& other : opinions)
        if (other.code != mine.code || other.label != mine.label)
            m_compared->contradicts.push_back(other.node);
    opinions.push_back(mine);
    acknowledge(action.node, cause);
}

void World::onAction(const sched::AuditEnded& action)
{
    if (m_opinions.erase(action.item.value) != 1)
        return fail("an audit ended that had not begun");
    if (action.verdict != sched::AuditEnded::Verdict::Outvoted)
        return;
    ++m_outcome.outvoted;
    const NodePlan& blamed = agentOf(action.node).plan;
    // Wrong labels differ, but two that call a good picture bad agree.
    const auto liars = std::ranges::count_if(m_plan.nodes, [](const NodePlan& node) { return node.lying > 0; });
    if (blamed.wrong <= 0 && blamed.lying <= 0 && liars < 2)
        fail("an honest node was outvoted");
}

void World::onAction(const sched::FailItem& action)
{
    if (std::ranges::none_of(m_agents, &Agent::ready))
        return fail("an error row while no node is online");
    if (m_plan.items[action.item.value] == ItemKind::Poison && action.error.code != ErrorCode::ItemPoison &&
        !m_plan.mayBlameGood)
        return fail("a poison item ended as something else");
    settleOnce(action.item, action.error.code);
}

void World::settleOnce(ItemId item, ErrorCode code)
{
    if (++m_settled[item.value] > 1)
        return fail("item " + std::to_string(item.value) + " has two rows");
    ++m_settledCount;
    ++(code == ErrorCode::None ? m_outcome.labelled : m_outcome.errors);
    // Three losses in execution are the one thing that may befall a good item without anybody's fault.
    const bool isGood = m_plan.items[item.value] == ItemKind::Good;
    if (isGood && code != ErrorCode::None && code != ErrorCode::ItemPoison && !m_plan.mayBlameGood)
        fail("good item " + std::to_string(item.value) + " ended as " + std::string(info(code).name));
}

/// The row is committed, or the result is refused: either way the agent forgets it.
void World::acknowledge(NodeId node, const sched::Event& cause)
{
    const auto& result = std::get<sched::ResultArrived>(cause);
    Agent& agent = agentOf(node);
    toAgent(agent, [&agent, work = Work{result.lease, result.item}] {
        std::erase_if(agent.outbox, [&](const Answer& answer) { return answer.work == work; });
    });
}

void World::onAction(const sched::NodeSuspectedHung& action)
{
    Agent& agent = agentOf(action.node);
    at(m_now, [this, &agent] {
        lose(agent);
        // Somebody restarts what hangs.
        if (agent.hangs)
            kill(agent);
    });
}

/// Ten times a second, as the engine does.
void World::watchNodes()
{
    for (Agent& agent : m_agents) {
        if (!agent.joined)
            continue;
        if (!agent.ready) {
            if (m_now >= agent.retryAt)
                connect(agent);
        } else if (m_now - agent.lastBeat > lostAfter) {
            lose(agent);
        } else if (m_now - agent.lastBeat > suspectAfter && !std::exchange(agent.suspect, true)) {
            step(sched::NodeSuspect{agent.id, true});
        }
    }
    if (m_random.chance(m_plan.forged)) {
        const auto lease = LeaseId(m_random.integer(990, static_cast<std::uint32_t>(m_lastLease) + 2));
        const auto node = NodeId(m_random.integer(1, static_cast<std::uint32_t>(m_agents.size())));
        const auto item = ItemId(m_random.integer(0, static_cast<std::uint32_t>(m_plan.items.size()) + 2));
        const auto given = m_given.find(lease.value);
        const bool asked = given != m_given.end() && given->second.node == node &&
                           std::ranges::find(given->second.items, item) != given->second.items.end();
        if (!asked)
            step(sched::ResultArrived{node, lease, item, {ErrorCode::None, {}}});
    }
    step(sched::Tick{});
    at(m_now + m_plan.tick, [this] { watchNodes(); });
}

void World::lose(Agent& agent, bool inOrder)
{
    if (!agent.ready)
        return;
    agent.ready = agent.suspect = agent.toldLeaving = false;
    ++agent.connection;
    agent.retryAt = m_now + retryInterval;
    step(sched::NodeGone{agent.id, inOrder});
}

/// The agent repeats what it never heard to be committed.
void World::connect(Agent& agent)
{
    agent.retryAt = m_now + retryInterval;
    if (!agent.alive || agent.stopped || !agent.toAgent || !agent.toEngine || agent.ready)
        return;
    agent.ready = true;
    agent.connectedLife = agent.life;
    agent.lastBeat = m_now;
    agent.bounced = 0;
    giveBackAll(agent); // others have been given it meanwhile
    if (!agent.drained)
        step(sched::NodeUndrain{agent.id});
    step(sched::NodeReady{agent.id, agent.plan.tellsSpeed ? agent.plan.itemsPerSecond : 0,
                          m_plan.tellsBatch ? agent.plan.batch : 1});
    const std::vector<Answer> outbox = agent.outbox;
    for (const Answer& answer : outbox)
        sendAnswer(agent, answer);
    if (agent.leaving)
        tellLeaving(agent);
    startBatch(agent);
}

void World::scanOn(std::uint32_t from)
{
    const auto total = static_cast<std::uint32_t>(m_plan.items.size());
    const std::uint32_t count = m_plan.scanStep == Time(0) ? total : std::min(m_plan.scanBatch, total - from);
    std::vector<ItemId> settled;
    for (std::uint32_t item = from; item < std::min(from + count, m_plan.settledBefore); ++item) {
        settled.emplace_back(item);
        ++m_settled[item];
        ++m_settledCount;
    }
    const bool ahead = m_random.chance(0.5);
    if (ahead && !settled.empty())
        step(sched::ItemsSettled{settled});
    step(sched::ItemsFound{ItemId(from), count});
    if (!ahead && !settled.empty())
        step(sched::ItemsSettled{settled});
    if (from + count < total)
        at(m_now + m_plan.scanStep, [this, from, count] { scanOn(from + count); });
    else
        step(sched::ScanFinished{});
}

} // namespace vitfleet::simulation
