// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/engine_bridge.h"

#include <QCoreApplication>
#include <QPointer>

#include <utility>

namespace vitfleet::app {
namespace {

/// Calls `done` in the window's thread. It may be called after everything but the application object has gone.
template <typename T>
Engine::Done<T> inWindow(QObject* context, FleetSource::Done<T> done)
{
    return [context = QPointer<QObject>(context), done = std::move(done)](Result<T> result) {
        QMetaObject::invokeMethod(
            qApp,
            [context, done, result = std::move(result)] {
                if (context)
                    done(result);
            },
            Qt::QueuedConnection);
    };
}

} // namespace

EngineBridge::EngineBridge(Engine& engine, QObject* parent) : FleetSource(parent), m_engine(engine)
{
    publish(engine.snapshot(), {});
    m_snapshots = engine.subscribe([this](SnapshotPtr snapshot) { schedule([&] { m_next = std::move(snapshot); }); });
    m_eventSubscription =
        engine.subscribeEvents([this](const EventRecord& event) { schedule([&] { m_events.push_back(event); }); });
}

EngineBridge::~EngineBridge()
{
    // Ends the calls before anything they use goes away.
    m_snapshots.run();
    m_eventSubscription.run();
}

void EngineBridge::schedule(const std::function<void()>& change)
{
    {
        const std::lock_guard lock(m_mutex);
        change();
        if (std::exchange(m_scheduled, true))
            return;
    }
    QMetaObject::invokeMethod(this, &EngineBridge::deliver, Qt::QueuedConnection);
}

void EngineBridge::deliver()
{
    SnapshotPtr snapshot;
    std::vector<EventRecord> events;
    {
        const std::lock_guard lock(m_mutex);
        m_scheduled = false;
        snapshot = std::exchange(m_next, nullptr);
        events = std::exchange(m_events, {});
    }
    publish(std::move(snapshot), events);
}

void EngineBridge::startRun(const RunRequest& request, QObject* context, Done<RunId> done)
{
    m_engine.startRun(request, inWindow(context, std::move(done)));
}

void EngineBridge::resumeRun(RunId run, QObject* context, Done<RunId> done)
{
    m_engine.resumeRun(run, inWindow(context, std::move(done)));
}

void EngineBridge::setPaused(bool paused)
{
    m_engine.setPaused(paused);
}

void EngineBridge::stopRun()
{
    m_engine.stopRun();
}

void EngineBridge::setFailurePolicy(const FailurePolicy& policy)
{
    m_engine.setFailurePolicy(policy);
}

void EngineBridge::setNodesWanted(quint32 nodes)
{
    m_engine.setNodesWanted(nodes);
}

void EngineBridge::addNode(const QString& addressLine, QObject* context, Done<NodeId> done)
{
    m_engine.addNode(addressLine.toStdString(), inWindow(context, std::move(done)));
}

void EngineBridge::startLocalAgents(quint32 count, QObject* context, Done<void> done)
{
    m_engine.startLocalAgents(count, inWindow(context, std::move(done)));
}

void EngineBridge::drainNode(NodeId node, Engine::When when)
{
    m_engine.drainNode(node, when);
}

void EngineBridge::undrainNode(NodeId node)
{
    m_engine.undrainNode(node);
}

void EngineBridge::stopNode(NodeId node, Engine::When when)
{
    m_engine.stopNode(node, when);
}

void EngineBridge::removeNode(NodeId node, Engine::When when)
{
    m_engine.removeNode(node, when);
}

void EngineBridge::killLocalAgent(NodeId node)
{
    m_engine.killLocalAgent(node);
}

void EngineBridge::restartLocalAgent(NodeId node)
{
    m_engine.restartLocalAgent(node);
}

QString EngineBridge::publicKey() const
{
    return QString::fromStdString(m_engine.publicKey());
}

QString EngineBridge::fingerprint() const
{
    return QString::fromStdString(m_engine.fingerprint());
}

} // namespace vitfleet::app
