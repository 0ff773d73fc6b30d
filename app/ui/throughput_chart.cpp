// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/throughput_chart.h"

#include "app/models/counted.h"

#include <QLocale>

#include <algorithm>
#include <ranges>

namespace vitfleet::app {
namespace {

constexpr UnixMs bandMs = 5'000;  ///< the rate is a mean over the same time
constexpr UnixMs mergeMs = 2'000; ///< what happens together gets one mark

QString whole(float rate)
{
    return QLocale().toString(qRound(rate));
}

} // namespace

ThroughputChart::ThroughputChart(const Theme& theme, const FleetHistory& history, QWidget* parent)
    : Chart(tr("Throughput"), theme, parent), m_history(history)
{
    m_window = windows[0];
}

void ThroughputChart::countSecond(UnixMs at, quint64 rows)
{
    if (rows < m_secondRows || m_secondAt == 0 || at - m_secondAt > bandMs) {
        // Another run, or a pause in the news: start again.
        m_seconds.clear();
        m_secondAt = at;
        m_secondRows = rows;
        return;
    }
    if (at - m_secondAt < 1000)
        return;
    // While the first nodes load the model nothing is slow yet, and the second in which they begin is not a whole one.
    if (m_hasBegun)
        m_seconds.push_back(
            {at, static_cast<float>(rows - m_secondRows) * 1000.0f / static_cast<float>(at - m_secondAt)});
    m_hasBegun |= rows > m_secondRows;
    m_secondAt = at;
    m_secondRows = rows;
    while (!m_seconds.empty() && m_seconds.front().at < at - bandMs)
        m_seconds.pop_front();
}

void ThroughputChart::begin(UnixMs at)
{
    m_samples.clear();
    m_seconds.clear();
    m_hasBegun = false;
    // What led to the run, such as its nodes joining, belongs to it.
    std::erase_if(m_marks, [at](const Mark& mark) { return mark.at < at - mergeMs; });
    m_secondAt = 0;
    m_window = windows[0];
    m_began = at;
}

void ThroughputChart::addSample(UnixMs at, float imagesPerSecond, quint64 rows, bool running)
{
    if (!running && !m_running)
        return; // nothing is being labelled: the last run's curve stands still
    if (running && !m_running)
        begin(at);
    else if (running && at - m_now < sampleMs)
        return;
    m_running = running;
    if (running)
        m_atEnd.outliers = m_history.outliers();
    else
        standStill();
    m_now = at;
    countSecond(at, rows);
    Sample sample{at, imagesPerSecond, imagesPerSecond, imagesPerSecond};
    for (const Second& second : m_seconds) {
        sample.slowest = std::min(sample.slowest, second.rate);
        sample.fastest = std::max(sample.fastest, second.rate);
    }
    m_samples.push_back(sample);
    while (!m_samples.empty() && m_samples.front().at < at - longestMs)
        m_samples.pop_front();
    while (!m_marks.empty() && m_marks.front().at < at - longestMs)
        m_marks.pop_front();
    for (const UnixMs window : windows) {
        m_window = window;
        if (at - m_samples.front().at <= window)
            break;
    }
    describe();
    update();
}

/// By now nobody works any more: the slow ones are those of the last moment.
void ThroughputChart::standStill()
{
    m_atEnd.nodes = m_history.nodes();
    m_atEnd.spread = m_history.spread();
    std::erase_if(m_atEnd.outliers, [this](NodeId id) { return !m_atEnd.nodes.contains(id); });
}

void ThroughputChart::describe()
{
    if (m_samples.empty())
        return;
    const float highest = std::ranges::max_element(m_samples, {}, &Sample::rate)->rate;
    QString text = m_running
                       ? tr("%1 images per second now, at most %2").arg(whole(m_samples.back().rate), whole(highest))
                       : tr("The run has ended; at most %1 images per second").arg(whole(highest));
    const QStringList nodes = m_mode == Mode::Nodes ? nodeTexts() : QStringList();
    for (const QStringList& more : {nodes, marks()}) {
        if (!more.isEmpty())
            text += QStringLiteral("; ") + more.join(QStringLiteral(", "));
    }
    setAccessibleDescription(text);
}

/// What is drawn by node: each with its speed, or the band and who is far below it.
QStringList ThroughputChart::nodeTexts() const
{
    QStringList texts;
    const auto add = [&texts](const FleetHistory::Node& node) {
        texts << tr("%1: %2").arg(QString::fromStdString(node.name), whole(node.samples.back().imagesPerSecond));
    };
    if (showsLines()) {
        for (const auto& [id, node] : nodes())
            add(node);
        return texts;
    }
    if (!spread().empty()) {
        const FleetHistory::Spread& last = spread().back();
        texts << tr("eight tenths of the nodes between %1 and %2, the middle one at %3")
                     .arg(whole(last.low), whole(last.high), whole(last.median));
    }
    const std::vector<NodeId> slow = outliers();
    if (slow.empty())
        return texts;
    texts << tr("%1 far below").arg(counted::nodes(slow.size()));
    for (const NodeId id : slow | std::views::take(mostLines))
        add(nodes().at(id));
    return texts;
}

QStringList ThroughputChart::marks() const
{
    QStringList texts;
    for (const Mark& mark : m_marks)
        texts << mark.text();
    return texts;
}

void ThroughputChart::setMode(Mode mode)
{
    m_mode = mode;
    describe();
    update();
}

void ThroughputChart::setSelected(NodeId node)
{
    m_selected = node;
    update();
}

const std::map<NodeId, FleetHistory::Node>& ThroughputChart::nodes() const
{
    return standsStill() ? m_atEnd.nodes : m_history.nodes();
}

std::vector<NodeId> ThroughputChart::outliers() const
{
    return standsStill() ? m_atEnd.outliers : m_history.outliers();
}

const std::deque<FleetHistory::Spread>& ThroughputChart::spread() const
{
    return standsStill() ? m_atEnd.spread : m_history.spread();
}

bool ThroughputChart::showsLines() const
{
    return nodes().size() <= mostLines;
}

std::pair<std::size_t, std::size_t> ThroughputChart::linesAndOutliers() const
{
    return showsLines() ? std::pair(nodes().size(), std::size_t{0})
                        : std::pair(std::size_t{0}, std::min(outliers().size(), mostLines));
}

/// Where the right edge is: the newest sample of what is drawn.
UnixMs ThroughputChart::end() const
{
    return m_now;
}

QString ThroughputChart::Mark::text() const
{
    const QString who = count == 1 ? node : counted::nodes(static_cast<quint64>(count));
    switch (kind) {
    case EventKind::NodeLost:
        return ThroughputChart::tr("%1 lost").arg(who);
    case EventKind::NodeBack:
        return ThroughputChart::tr("%1 back").arg(who);
    case EventKind::NodeReady:
        return ThroughputChart::tr("%1 joined").arg(who);
    case EventKind::RunPaused:
        return ThroughputChart::tr("paused");
    case EventKind::RunContinued:
        return ThroughputChart::tr("goes on");
    case EventKind::RunStopped:
        return ThroughputChart::tr("stopped");
    case EventKind::NodeLeft:
        return ThroughputChart::tr("%1 left").arg(who);
    case EventKind::NodeDraining:
        return ThroughputChart::tr("%1 draining").arg(who);
    case EventKind::Note:
        return node;
    default:
        return ThroughputChart::tr("finished");
    }
}

void ThroughputChart::addEvent(const EventRecord& event)
{
    static constexpr EventKind shown[] = {EventKind::NodeLost,  EventKind::NodeBack,     EventKind::NodeReady,
                                          EventKind::RunPaused, EventKind::RunStopped,   EventKind::RunContinued,
                                          EventKind::NodeLeft,  EventKind::NodeDraining, EventKind::RunFinished};
    if (std::ranges::find(shown, event.kind) == std::end(shown))
        return;
    const auto last = std::find_if(m_marks.rbegin(), m_marks.rend(), [&](const Mark& mark) {
        return mark.kind == event.kind && event.at - mark.at < mergeMs;
    });
    if (last != m_marks.rend())
        ++last->count;
    else
        m_marks.push_back({event.at, event.kind, QString::fromStdString(event.node), 1});
    update();
}

void ThroughputChart::addResize(quint32 nodes)
{
    const QString text = nodes == 0 ? tr("all nodes used") : tr("%1 used").arg(counted::nodes(nodes));
    m_marks.push_back({m_now, EventKind::Note, text, 1});
    update();
}

} // namespace vitfleet::app
