// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/scale_out_benchmark.h"

#include "app/core/scale_out.h"
#include "app/core/text.h"
#include "app/models/counted.h"
#include "app/models/run_nodes.h"
#include "app/models/store_asker.h"
#include "app/models/stored_run.h"

namespace vitfleet::app {
namespace {

constexpr auto lookEvery = std::chrono::milliseconds(50); ///< the start is measured by it

} // namespace

ScaleOutBenchmark::ScaleOutBenchmark(FleetSource& fleet, StoreAsker& asker, ScaleOut* scaleOut, QObject* parent)
    : QObject(parent), m_fleet(fleet), m_asker(asker), m_scaleOut(scaleOut)
{
    m_look.setInterval(lookEvery);
    connect(&m_look, &QTimer::timeout, this, &ScaleOutBenchmark::lookForNodes);
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
    static const std::vector<Published> series = [] {
        std::vector<Published> all;
        for (const PublishedTimes& times : publishedTimes()) {
            Published one{QStringLiteral("Databricks, %1").arg(QLatin1String(times.hardware)), {}, 0};
            for (const auto& [nodes, seconds] : times.sparkNlp)
                one.points.push_back({nodes, seconds, {}});
            one.huggingFace = times.speedUp(times.huggingFace);
            all.push_back(std::move(one));
        }
        return all;
    }();
    return series;
}

double ScaleOutBenchmark::speedUp(const std::vector<Point>& points, std::size_t index)
{
    return points.empty() || points[index].seconds <= 0 ? 0.0 : points.front().seconds / points[index].seconds;
}

std::vector<ScaleoutPoint> ScaleOutBenchmark::report() const
{
    std::vector<ScaleoutPoint> points;
    for (const Point& point : m_points) {
        ScaleoutPoint line;
        line.nodes = point.nodes;
        line.nodesUsed = point.nodesUsed;
        line.run = point.run.value;
        line.items = point.items;
        line.startSeconds = point.startSeconds;
        line.seconds = point.seconds;
        line.steadySeconds = point.steadySeconds;
        line.tailSeconds = point.tailSeconds;
        line.imagesPerSecond = point.imagesPerSecond;
        line.synthetic = point.synthetic;
        points.push_back(line);
    }
    setEfficiency(points);
    return points;
}

void ScaleOutBenchmark::start(const RunRequest& request, std::vector<std::uint32_t> counts, const std::string& profile)
{
    if (m_running || counts.empty())
        return;
    m_request = request;
    m_profile = m_scaleOut ? profile : std::string();
    m_before = m_profile.empty() ? 0 : RunNodes::wanted(*m_scaleOut, m_profile);
    // All of them: the count is what is measured.
    m_request.waitForNodes = m_request.waitForNodes || !m_profile.empty();
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
    if (!m_look.isActive()) // a run is going, or about to
        m_fleet.stopRun();
    finish(tr("Stopped; the runs that were finished are in the history."));
}

void ScaleOutBenchmark::finish(const QString& text)
{
    if (!m_profile.empty())
        m_scaleOut->shrinkTo(m_profile, m_before);
    m_look.stop();
    m_running = false;
    m_point = Point();
    m_text = text;
    Q_EMIT changed();
}

void ScaleOutBenchmark::fail(const Error& error)
{
    m_failure = error;
    finish(QString::fromStdString(text::errorMessage(error)));
}

QString ScaleOutBenchmark::step() const
{
    return tr("Run %1 of %2, on %3").arg(m_at + 1).arg(m_counts.size()).arg(counted::nodes(m_counts[m_at]));
}

void ScaleOutBenchmark::next()
{
    if (!m_running)
        return;
    if (m_at == m_counts.size()) {
        finish(tr("Done: the same pictures on %1 numbers of nodes.").arg(m_counts.size()));
        return;
    }
    m_point = Point();
    m_point.nodes = m_request.nodesWanted = m_counts[m_at];
    m_text = step();
    Q_EMIT changed();
    if (m_profile.empty())
        run();
    else
        askForNodes();
}

/// Asked for where files are read: the profile and the ledger.
void ScaleOutBenchmark::askForNodes()
{
    m_askedAt = std::chrono::steady_clock::now();
    m_asker.ask(
        this,
        [scaleOut = m_scaleOut, profile = m_profile, nodes = m_point.nodes](StoreReader&) {
            return scaleOut->resize(profile, nodes, false);
        },
        [this, profile = m_profile, before = m_before](const Result<void>& asked) {
            if (!m_running || m_profile != profile) // stopped meanwhile
                m_scaleOut->shrinkTo(profile, before);
            else if (asked)
                m_look.start();
            else
                fail(asked.error());
        });
}

void ScaleOutBenchmark::lookForNodes()
{
    const auto snapshot = m_scaleOut->snapshot();
    const AllocationSnapshot* allocation = snapshot->find(m_profile);
    const std::uint32_t nodes = m_point.nodes, running = allocation ? allocation->count(UnitState::Running) : 0;
    if (allocation && allocation->target < nodes && allocation->trouble.code != ErrorCode::None) {
        fail(allocation->trouble);
        return;
    }
    const std::uint32_t online = m_fleet.snapshot()->online;
    if (allocation && allocation->units.size() == nodes && running == nodes && online == nodes) {
        m_look.stop();
        m_point.startSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_askedAt).count();
        m_text = step();
        Q_EMIT changed();
        run();
        return;
    }
    const QString text = online > running && running == nodes
                             ? tr("%1: others are online, too; remove them, for they would be measured").arg(step())
                             : tr("%1: %2 of them are there").arg(step()).arg(running);
    if (std::exchange(m_text, text) != text)
        Q_EMIT changed();
}

void ScaleOutBenchmark::run()
{
    m_fleet.startRun(m_request, this, [this](const Result<RunId>& started) {
        if (!m_running)
            return;
        if (started)
            m_point.run = *started;
        else
            fail(started.error());
    });
}

void ScaleOutBenchmark::onSnapshot(const FleetSnapshot& snapshot)
{
    const RunId ours = m_point.run;
    if (!m_running || m_point.seconds > 0 || ours == RunId() || !snapshot.run || snapshot.run->id != ours ||
        isActive(*snapshot.run))
        return;
    if (snapshot.run->state == RunState::Finished && !snapshot.run->seal)
        return; // it is being counted
    if (snapshot.run->state != RunState::Finished) {
        finish(tr("Ended with run %1, which did not finish.").arg(ours.value));
        return;
    }
    m_point.seconds = snapshot.run->elapsedSeconds;
    // Everything else is in the rows.
    m_asker.ask(
        this, [ours](StoreReader& reader) { return readSpans(reader, ours); },
        [this, ours](const Result<RunSpans>& spans) {
            if (m_running && m_point.run == ours)
                measured(spans);
        });
}

void ScaleOutBenchmark::measured(const Result<RunSpans>& spans)
{
    if (spans) {
        m_point.steadySeconds = spans->steadySeconds;
        m_point.tailSeconds = spans->tailSeconds;
        m_point.imagesPerSecond = spans->imagesPerSecond();
        m_point.items = spans->items;
        m_point.nodesUsed = spans->nodes;
        m_point.synthetic = spans->synthetic;
    }
    m_points.push_back(m_point);
    ++m_at;
    next();
}

} // namespace vitfleet::app
