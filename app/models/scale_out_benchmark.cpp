// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/scale_out_benchmark.h"

#include "app/core/text.h"
#include "app/models/stored_run.h"

namespace vitfleet::app {

ScaleOutBenchmark::ScaleOutBenchmark(FleetSource& fleet, QObject* parent) : QObject(parent), m_fleet(fleet)
{
    connect(&fleet, &FleetSource::snapshotChanged, this,
            [this](const std::shared_ptr<const FleetSnapshot>& snapshot) { onSnapshot(*snapshot); });
}

std::vector<std::uint32_t> ScaleOutBenchmark::counts(std::uint32_t nodes)
{
    std::vector<std::uint32_t> wanted;
    for (const std::uint32_t count : {1u, 2u, 4u, 8u, 10u}) {
        if (count <= nodes)
            wanted.push_back(count);
    }
    for (std::uint32_t count = 20; count <= nodes; count *= 2)
        wanted.push_back(count);
    if (!wanted.empty() && wanted.back() != nodes)
        wanted.push_back(nodes);
    return wanted;
}

const std::vector<ScaleOutBenchmark::Published>& ScaleOutBenchmark::published()
{
    static const std::vector<Published> all = {
        {"Databricks, CPU", {{1, 1072, {}}, {2, 550, {}}, {4, 289, {}}, {8, 161, {}}, {10, 112, {}}}},
        {"Databricks, T4 GPU", {{1, 435, {}}, {2, 231, {}}, {4, 118, {}}, {8, 61, {}}, {10, 50, {}}}},
    };
    return all;
}

double ScaleOutBenchmark::speedUp(const std::vector<Point>& points, std::size_t index)
{
    return points.empty() || points[index].seconds <= 0 ? 0.0 : points.front().seconds / points[index].seconds;
}

void ScaleOutBenchmark::start(const RunRequest& request, std::vector<std::uint32_t> counts)
{
    if (m_running || counts.empty())
        return;
    m_request = request;
    m_counts = std::move(counts);
    m_points.clear();
    m_failure = {ErrorCode::None, {}};
    m_at = 0;
    m_running = true;
    next();
}

void ScaleOutBenchmark::stop()
{
    if (!m_running)
        return;
    m_fleet.stopRun();
    finish(tr("Stopped; the runs that were finished are in the history."));
}

void ScaleOutBenchmark::finish(const QString& text)
{
    m_running = false;
    m_run = RunId();
    m_text = text;
    Q_EMIT changed();
}

void ScaleOutBenchmark::next()
{
    if (m_at == m_counts.size()) {
        finish(tr("Done: the same pictures on %1 numbers of nodes.").arg(m_counts.size()));
        return;
    }
    m_request.nodesWanted = m_counts[m_at];
    m_run = RunId();
    m_text = tr("Run %1 of %2, on %3 nodes").arg(m_at + 1).arg(m_counts.size()).arg(m_counts[m_at]);
    Q_EMIT changed();
    m_fleet.startRun(m_request, this, [this](const Result<RunId>& started) {
        if (!m_running)
            return;
        if (started) {
            m_run = *started;
            return;
        }
        m_failure = started.error();
        finish(QString::fromStdString(text::errorMessage(m_failure)));
    });
}

void ScaleOutBenchmark::onSnapshot(const FleetSnapshot& snapshot)
{
    if (!m_running || m_run == RunId() || !snapshot.run || snapshot.run->id != m_run || isActive(*snapshot.run))
        return;
    if (snapshot.run->state == RunState::Finished && !snapshot.run->seal)
        return; // it is being counted
    if (snapshot.run->state != RunState::Finished) {
        finish(tr("Ended with run %1, which did not finish.").arg(m_run.value));
        return;
    }
    m_points.push_back({m_counts[m_at], snapshot.run->elapsedSeconds, m_run});
    m_run = RunId();
    ++m_at;
    // Not from within the signal: whoever else listens sees the finished run first.
    QMetaObject::invokeMethod(this, &ScaleOutBenchmark::next, Qt::QueuedConnection);
}

} // namespace vitfleet::app
