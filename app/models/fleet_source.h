// SPDX-License-Identifier: GPL-3.0-or-later
// What the window knows of the fleet and can ask of it, in the window's thread. EngineBridge is the real one; tests
// drive the pages with a scripted one.
#pragma once

#ifndef Q_MOC_RUN // moc 6.4 stumbles over <concepts>
#include "app/core/engine.h"
#endif

#include <QObject>
#include <QString>

#include <functional>
#include <memory>
#include <vector>

namespace vitfleet::app {

class FleetSource : public QObject
{
    Q_OBJECT
public:
    using SnapshotPtr = std::shared_ptr<const FleetSnapshot>;
    template <typename T>
    using Done = std::function<void(const Result<T>&)>;

    explicit FleetSource(QObject* parent = nullptr);

    /// Never null.
    const SnapshotPtr& snapshot() const { return m_snapshot; }

    // Commands return at once. `done` is called in the window's thread, unless `context` has gone by then.
    virtual void startRun(const RunRequest& request, QObject* context, Done<RunId> done) = 0;
    virtual void resumeRun(RunId run, QObject* context, Done<RunId> done) = 0;
    virtual void setPaused(bool paused) = 0;
    virtual void stopRun() = 0;
    virtual void setNodesWanted(quint32 nodes) = 0;
    virtual void setFailurePolicy(const FailurePolicy& policy) = 0;
    virtual void addNode(const QString& addressLine, QObject* context, Done<NodeId> done) = 0;
    virtual void startLocalAgents(quint32 count, QObject* context, Done<void> done) = 0;
    virtual void drainNode(NodeId node, Engine::When when) = 0;
    virtual void undrainNode(NodeId node) = 0;
    virtual void stopNode(NodeId node, Engine::When when) = 0;
    virtual void removeNode(NodeId node, Engine::When when) = 0;
    /// SIGKILL to an agent on this machine.
    virtual void killLocalAgent(NodeId node) = 0;
    /// One of this machine that has ended.
    virtual void restartLocalAgent(NodeId node) = 0;

    virtual QString publicKey() const = 0;
    virtual QString fingerprint() const = 0;

Q_SIGNALS:
    void snapshotChanged(const std::shared_ptr<const vitfleet::app::FleetSnapshot>& snapshot);
    /// Events since the last time, in order.
    void eventsAdded(const std::vector<vitfleet::app::EventRecord>& events);

protected:
    /// Window's thread. Events first: they explain the snapshot.
    void publish(SnapshotPtr snapshot, const std::vector<EventRecord>& events);

private:
    SnapshotPtr m_snapshot;
};

} // namespace vitfleet::app
