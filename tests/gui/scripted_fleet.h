// SPDX-License-Identifier: GPL-3.0-or-later
// A fleet that is what the test says, and writes down what the window asks of it.
#pragma once

#include "app/models/fleet_source.h"

#include <QStringList>

#include <optional>

namespace vitfleet::test {

class ScriptedFleet : public app::FleetSource
{
    Q_OBJECT
public:
    using FleetSource::FleetSource;

    void show(app::FleetSnapshot snapshot)
    {
        publish(std::make_shared<const app::FleetSnapshot>(std::move(snapshot)), {});
    }
    void happen(const std::vector<app::EventRecord>& events) { publish(nullptr, events); }

    void startRun(const app::RunRequest& request, QObject*, Done<RunId> done) override
    {
        asked << QStringLiteral("start");
        lastRequest = request;
        startDone = std::move(done);
        if (startAnswer)
            startDone(*startAnswer);
    }
    void resumeRun(RunId run, QObject*, Done<RunId> done) override
    {
        asked << QStringLiteral("resume %1").arg(run.value);
        done(run);
    }
    void setPaused(bool paused) override { asked << (paused ? QStringLiteral("pause") : QStringLiteral("continue")); }
    void stopRun() override { asked << QStringLiteral("stop"); }
    void setNodesWanted(quint32 nodes) override { asked << QStringLiteral("nodes %1").arg(nodes); }
    void setFailurePolicy(const app::FailurePolicy& wanted) override { policy = wanted; }
    void addNode(const QString& addressLine, QObject*, Done<NodeId> done) override
    {
        asked << QStringLiteral("add %1").arg(addressLine);
        done(addAnswer);
    }
    void startLocalAgents(quint32 count, QObject*, Done<void> done) override
    {
        asked << QStringLiteral("local %1").arg(count);
        done({});
    }
    void drainNode(NodeId node, app::Engine::When when) override { asked << text("drain", node, when); }
    void undrainNode(NodeId node) override { asked << QStringLiteral("undrain %1").arg(node.value); }
    void stopNode(NodeId node, app::Engine::When when) override { asked << text("stop", node, when); }
    void removeNode(NodeId node, app::Engine::When when) override { asked << text("remove", node, when); }
    void killLocalAgent(NodeId node) override { asked << QStringLiteral("kill %1").arg(node.value); }
    void restartLocalAgent(NodeId node) override { asked << QStringLiteral("restart %1").arg(node.value); }
    QString publicKey() const override { return key; }
    QString fingerprint() const override { return QStringLiteral("8D2F-11C0-77AB-E9A4"); }

    static QString text(const char* what, NodeId node, app::Engine::When when)
    {
        return QStringLiteral("%1 %2%3")
            .arg(QLatin1String(what))
            .arg(node.value)
            .arg(when == app::Engine::When::Now ? QStringLiteral(" now") : QString());
    }

    QString key = QStringLiteral("RKEYRKEYRKEY"); ///< a real one has 52 letters
    QStringList asked;
    app::RunRequest lastRequest;
    app::FailurePolicy policy;
    Done<RunId> startDone;
    std::optional<Result<RunId>> startAnswer = Result<RunId>(RunId(12));
    Result<NodeId> addAnswer = NodeId(1);
};

} // namespace vitfleet::test
