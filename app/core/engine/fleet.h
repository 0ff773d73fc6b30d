// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes, their connections and whether they are alive. Knows nothing of runs: the observer does. Engine thread
// only.
#pragma once

#include "app/core/engine/node.h"
#include "app/core/launched_node.h"
#include "app/core/provisioner.h"
#include "shared/base/event_loop.h"
#include "shared/base/limits.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app {

class Fleet
{
public:
    struct Observer
    {
        std::function<void(Node&)> up;            ///< welcomed; also after every reconnect
        std::function<void(Node&)> gone;          ///< lost, cut, left or refused: what it held is free
        std::function<void(Node&, bool)> suspect; ///< a heartbeat is late, or no longer
        std::function<void(Node&)> beat;          ///< `Node::beat` is new
        std::function<void(Node&, protocol::Message, protocol::BytesView)> message; ///< anything else
        std::function<void(NodeId)> removed;
        std::function<void()> changed; ///< something that a view shows
    };

    using Emit = std::function<void(EventRecord)>;

    Fleet(EventLoop& loop, std::unique_ptr<FleetLink> link, Provisioner& provisioner, Emit emit);
    ~Fleet();
    void setObserver(Observer observer) { m_observer = std::move(observer); }

    Nodes& nodes() { return m_nodes; }
    Node* find(NodeId id);
    FleetLink& link() { return *m_link; }

    /// Address, NotPinned, AgentKey. A node that is there already is answered with its number.
    Result<NodeId> add(const std::string& addressLine);
    /// Starts local agents until `count` of them run or are being started, those that have ended first, in their own
    /// rows; `done` when all of these have answered.
    void startLocal(std::uint32_t count, const std::string& device, std::function<void(Result<void>)> done);
    /// A node whose address and key came over a launch channel. Address.
    Result<NodeId> addLaunched(const LaunchedNode& launched);
    /// Its provider says that it has ended: nobody will answer there again.
    void endLaunched(NodeId id, const Error& reason);
    void remove(NodeId id);
    /// Ends its part and keeps its row: the process of a local agent is told to end, any other node is let go of.
    void stop(NodeId id);
    /// A stopped node, once more; nothing for any other.
    void startStopped(Node& node);
    void killLocal(NodeId id);
    /// Starts a local agent again that has ended, in its own row; nothing for any other node.
    void restartLocal(NodeId id);
    /// For a node that answers but does not work: connections are dropped and made anew.
    void drop(Node& node, Error reason);
    /// A run begins or has ended: agents whose owner has none make room for it.
    void setHasRun(bool on);
    void setState(Node& node, NodeState state, Error reason = {ErrorCode::None, {}});
    /// The state of a node that is there and works: draining and set aside outlive a connection.
    void setThere(Node& node);
    /// Without a heartbeat for so long a node is lost.
    void setLostAfter(std::chrono::milliseconds time) { m_lostAfter = time; }
    std::chrono::milliseconds lostAfter() const { return m_lostAfter; }
    /// Looks at heartbeats; ten times a second.
    void tick();

private:
    Node::Time steadyNow() const { return m_loop.time().steady(); }
    UnixMs unixNow() const { return m_loop.time().unixMs(); }
    /// Another node with the same key that is up.
    const Node* twinOf(const Node& node) const;
    void onUp(NodeId id, const protocol::Welcome& welcome);
    void onDown(NodeId id, const Error& error);
    void onMessage(NodeId id, protocol::Message message, protocol::BytesView payload);
    void onBeat(Node& node, const protocol::AgentBeat& beat);
    void lose(Node& node, NodeState state, const Error& reason, EventKind kind);
    void checkAlive(Node& node, Node::Time now);
    static bool standsStill(const Node& node, Node::Time now);
    std::string uniqueName(const std::string& wanted, NodeId self) const;
    void emit(EventKind kind, const Node& node, Error error = {ErrorCode::None, {}}, std::string text = {});

    // fleet_local.cpp
    Node& addLocal();
    void startAgain(Node& node, std::function<void(const Result<void>&)> done);
    void launch(Node& node, std::function<void(const Result<void>&)> done);
    void restartLater(Node& node);
    void onLocalStarted(NodeId id, Result<StartedAgent> started);
    void onLocalExited(const std::string& name, const std::string& reason);

    EventLoop& m_loop;
    std::unique_ptr<FleetLink> m_link;
    Provisioner& m_provisioner;
    Emit m_emit;
    Observer m_observer;
    std::chrono::milliseconds m_lostAfter = limits::lostAfter;
    std::optional<Node::Time> m_lookedAt;
    Nodes m_nodes;
    std::uint32_t m_nextId = 1;
    std::uint32_t m_nextLocal = 1;
    /// The way from the provisioner's thread into the loop's. It closes with the fleet, whose loop may end soon after.
    class Inbox;
    std::shared_ptr<Inbox> m_inbox;
};

/// A state in which a node can be given work, now or soon.
bool isUsable(NodeState state);

} // namespace vitfleet::app
