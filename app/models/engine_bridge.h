// SPDX-License-Identifier: GPL-3.0-or-later
// Carries the engine's news into the window's thread and the window's wishes to the engine. If the window is slower
// than the engine, it gets the newest snapshot only; it never gets behind.
#pragma once

#include "app/models/fleet_source.h"

#include <mutex>

namespace vitfleet::app {

class EngineBridge : public FleetSource
{
    Q_OBJECT
public:
    explicit EngineBridge(Engine& engine, QObject* parent = nullptr);
    ~EngineBridge() override;

    void startRun(const RunRequest& request, QObject* context, Done<RunId> done) override;
    void resumeRun(RunId run, QObject* context, Done<RunId> done) override;
    void setPaused(bool paused) override;
    void stopRun() override;
    void setNodesWanted(quint32 nodes) override;
    void setFailurePolicy(const FailurePolicy& policy) override;
    void addNode(const QString& addressLine, QObject* context, Done<NodeId> done) override;
    void startLocalAgents(quint32 count, QObject* context, Done<void> done) override;
    void drainNode(NodeId node, Engine::When when) override;
    void undrainNode(NodeId node) override;
    void stopNode(NodeId node, Engine::When when) override;
    void removeNode(NodeId node, Engine::When when) override;
    void killLocalAgent(NodeId node) override;
    void restartLocalAgent(NodeId node) override;
    QString publicKey() const override;
    QString fingerprint() const override;

private:
    void schedule(const std::function<void()>& change);
    void deliver();

    Engine& m_engine;
    std::mutex m_mutex;
    SnapshotPtr m_next;                ///< guarded by m_mutex
    std::vector<EventRecord> m_events; ///< guarded by m_mutex
    bool m_scheduled = false;          ///< guarded by m_mutex
    Subscription m_snapshots;
    Subscription m_eventSubscription;
};

} // namespace vitfleet::app
