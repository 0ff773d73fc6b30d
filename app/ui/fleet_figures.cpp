// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/fleet_figures.h"

#include "app/models/stored_run.h"
#include "app/ui/format.h"

#include <QDateTime>
#include <QHBoxLayout>

namespace vitfleet::app {
namespace {

const QString dash = QStringLiteral("–");

} // namespace

FleetFigures::FleetFigures(QWidget* parent) : QWidget(parent)
{
    auto* tiles = new QHBoxLayout(this);
    tiles->setContentsMargins(0, 0, 0, 0);
    tiles->setSpacing(cardGap);
    const auto tile = [tiles](const QString& name) {
        auto* made = new Tile(name);
        tiles->addWidget(made, 1);
        return made;
    };
    m_nodes = tile(tr("Nodes online"));
    m_rate = tile(tr("Throughput"));
    m_done = tile(tr("Done"));
    m_queue = tile(tr("Queue"));
    m_eta = tile(tr("ETA"));
    m_failed = tile(tr("Failed"));
}

void FleetFigures::update(const FleetSnapshot& snapshot)
{
    const auto total = static_cast<quint64>(snapshot.nodes.size());
    const QString lost = formatCount(snapshot.lost);
    m_nodes->setValue(formatCount(snapshot.online),
                      snapshot.lost > 0 ? tr("of %1; %2 lost").arg(formatCount(total), lost)
                                        : tr("of %1").arg(formatCount(total)),
                      snapshot.lost > 0 ? tr("%1 lost").arg(lost) : QString());
    m_rate->setValue(formatRate(static_cast<double>(snapshot.imagesPerSecond)), tr("img/s"));
    if (snapshot.run) {
        updateRun(*snapshot.run);
        return;
    }
    m_done->setValue(dash, tr("no run yet"));
    for (Tile* tile : {m_queue, m_eta, m_failed})
        tile->setValue(dash, {});
}

void FleetFigures::updateRun(const RunSnapshot& run)
{
    const quint64 done = run.labelled + run.errors;
    const QString planned = formatCount(run.planned);
    const QString share = formatShare(done, run.planned);
    m_done->setValue(formatCount(done),
                     run.scanComplete ? tr("of %1, %2").arg(planned, share) : tr("of %1 found so far").arg(planned),
                     run.scanComplete ? share : tr("of %1").arg(planned));
    m_queue->setValue(formatCount(run.queued), tr("%1 running").arg(formatCount(run.inFlight)));
    m_failed->setValue(formatCount(run.errors), run.errors == 0 ? tr("none so far") : tr("error rows"));
    if (!isActive(run)) {
        const QString elapsed = formatDuration(run.elapsedSeconds);
        const bool isFinished = run.state == RunState::Finished;
        m_eta->setValue(dash, isFinished ? tr("finished in %1").arg(elapsed) : tr("stopped"),
                        isFinished ? tr("in %1").arg(elapsed) : QString());
        return;
    }
    const QString note = run.paused            ? tr("paused")
                         : run.waitingForNodes ? tr("waits for a node")
                         : run.etaSeconds      ? tr("at %1").arg(formatClock(QDateTime::currentMSecsSinceEpoch() +
                                                                             static_cast<qint64>(*run.etaSeconds * 1000.0)))
                                               : tr("measuring");
    m_eta->setValue(formatDuration(run.paused ? std::nullopt : run.etaSeconds), note,
                    run.waitingForNodes && !run.paused ? tr("waits") : QString());
}

} // namespace vitfleet::app
