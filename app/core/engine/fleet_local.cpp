// SPDX-License-Identifier: GPL-3.0-or-later
// Agents that run on this machine: started, started again, and what becomes of their nodes.
#include "app/core/engine/fleet.h"
#include "app/core/engine/fleet_inbox.h"

#include <algorithm>

namespace vitfleet::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::steady_clock::duration firstRestart = 2s; ///< of a local agent that ended by itself,
constexpr std::uint32_t mostDoublings = 4;                       ///< doubled at each further one
constexpr auto restartsForgotten = 60s;                          ///< once it has been up for so long

} // namespace

void Fleet::startLocal(std::uint32_t count, const std::string& device, std::function<void(Result<void>)> done)
{
    auto cores = m_provisioner.partitionCores(count);
    std::vector<Node*> ended; // theirs are the first rows to be used again
    std::uint32_t running = 0;
    for (const auto& [id, node] : m_nodes) {
        if (!node->local)
            continue;
        if (node->hasEnded && !node->isRestarting) {
            ended.push_back(node.get());
        } else if (node->isRestarting || (node->state != NodeState::Lost && node->state != NodeState::Left)) {
            ++running;
            // The cores of one that lives are taken, whichever of them it is.
            const auto taken = std::ranges::find(cores, node->launch.cpus);
            if (!cores.empty())
                cores.erase(taken == cores.end() ? cores.begin() : taken);
        }
    }
    if (running >= count) {
        done({});
        return;
    }
    struct Pending
    {
        std::uint32_t left;
        Result<void> outcome;
        std::function<void(Result<void>)> done;
    };
    auto pending = std::make_shared<Pending>(Pending{count - running, {}, std::move(done)});
    for (std::size_t i = 0; i < cores.size(); ++i) {
        Node& started = i < ended.size() ? *ended[i] : addLocal();
        started.launch.device = device;
        started.launch.cpus = cores[i];
        startAgain(started, [pending](const Result<void>& outcome) {
            if (!outcome)
                pending->outcome = outcome.error();
            if (--pending->left == 0)
                pending->done(pending->outcome);
        });
    }
    m_observer.changed();
}

void Fleet::startAgain(Node& node, std::function<void(const Result<void>&)> done)
{
    node.restart = {};
    node.isRestarting = node.draining = node.removing = node.stopping = false;
    setState(node, NodeState::Starting);
    launch(node, std::move(done));
}

Node& Fleet::addLocal()
{
    auto node = std::make_unique<Node>();
    const NodeId id(m_nextId++);
    node->id = id;
    node->local = true;
    node->name = uniqueName("local-" + std::to_string(m_nextLocal++), id);
    node->launch.name = node->name;
    // It runs as this very user, so it may read what the application may; each run's root still bounds its items.
    node->launch.dataRoots = {"/"};
    node->launch.modelRoots = {"/"};
    return *m_nodes.emplace_back(id, std::move(node)).second;
}

void Fleet::launch(Node& node, std::function<void(const Result<void>&)> done)
{
    node.hasEnded = node.isKilled = false;
    m_provisioner.start(node.launch, [inbox = m_inbox, id = node.id, number = ++node.launches,
                                      done = std::move(done)](Result<StartedAgent> agent) {
        Inbox::post(inbox, [id, number, done, agent = std::move(agent)](Fleet& fleet) {
            if (const Node* found = fleet.find(id); found && found->launches == number)
                fleet.onLocalStarted(id, agent);
            done(agent ? Result<void>() : Result<void>(agent.error()));
        });
    });
}

/// What a poison item takes down must not stay down: with few nodes there would soon be none.
void Fleet::restartLater(Node& node)
{
    if (steadyNow() - node.upAt > restartsForgotten)
        node.restarts = 0;
    const auto delay = firstRestart * (1U << std::min(node.restarts++, mostDoublings));
    node.isRestarting = true;
    node.restart = m_loop.after(delay, [this, id = node.id] {
        Node* found = find(id);
        if (!found)
            return;
        found->isRestarting = false;
        setState(*found, NodeState::Starting);
        launch(*found, [](const Result<void>&) {});
    });
}

void Fleet::onLocalStarted(NodeId id, Result<StartedAgent> started)
{
    Node* node = find(id);
    if (!node)
        return;
    if (!started) {
        node->hasEnded = true;
        lose(*node, NodeState::Lost, started.error(), EventKind::NodeLost);
        return;
    }
    auto address = m_link->resolve(started->addressLine, false);
    if (!address) {
        lose(*node, NodeState::Lost, address.error(), EventKind::NodeLost);
        return;
    }
    node->address = *address;
    node->logFile = started->logFile;
    setState(*node, NodeState::Connecting);
    m_link->add(id, *address);
}

void Fleet::onLocalExited(const std::string& name, const std::string& reason)
{
    for (const auto& [id, node] : m_nodes) {
        if (!node->local || node->name != name)
            continue;
        node->hasEnded = true;
        // Its key was made for this process alone: nobody will answer there again.
        m_link->remove(id);
        if (node->state == NodeState::Stopped)
            continue;
        const bool isAsked = node->removing || node->stopping;
        const bool isUnasked = node->state != NodeState::Left && !isAsked && !node->isKilled;
        if (node->state != NodeState::Left)
            lose(*node,
                 node->removing   ? NodeState::Left
                 : node->stopping ? NodeState::Stopped
                                  : NodeState::Lost,
                 {ErrorCode::NodeLost, reason}, isAsked ? EventKind::NodeLeft : EventKind::NodeLost);
        if (isUnasked)
            restartLater(*node);
    }
}

void Fleet::killLocal(NodeId id)
{
    if (Node* node = find(id); node && node->local)
        node->isKilled = m_provisioner.kill(node->name);
}

void Fleet::restartLocal(NodeId id)
{
    if (Node* node = find(id); node && node->local && node->hasEnded)
        startAgain(*node, [](const Result<void>&) {});
}

} // namespace vitfleet::app
