// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/throughput_chart.h"

#include "app/models/counted.h"
#include "app/ui/theme.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>
#include <ranges>

namespace vitfleet::app {
namespace {

constexpr UnixMs longestMs = 120'000;
constexpr UnixMs windows[] = {6'000, 12'000, 30'000, 60'000, longestMs}; ///< a short run fills the chart too
constexpr int gridLines = 3;
constexpr UnixMs sampleMs = 240;  ///< four a second are smooth and cost little
constexpr UnixMs bandMs = 5'000;  ///< the rate is a mean over the same time
constexpr int nameHeight = 16;    ///< of a line's name, at its end
constexpr UnixMs mergeMs = 2'000; ///< what happens together gets one mark

QString whole(float rate)
{
    return QLocale().toString(qRound(rate));
}

/// The next of 1, 2, 3, 6 × 10ⁿ, which three grid lines divide well.
double niceTop(double value)
{
    if (value <= 3)
        return 3;
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double step : {1.5, 3.0, 6.0, 9.0, 15.0}) {
        if (value <= step * power)
            return step * power;
    }
    return 15.0 * power;
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

double ThroughputChart::x(const QRectF& area, UnixMs at) const
{
    return area.right() - static_cast<double>(end() - at) / static_cast<double>(m_window) * area.width();
}

void ThroughputChart::paintAxes(QPainter& painter, const QRectF& area, double top) const
{
    for (int i = 0; i <= gridLines; ++i)
        paintLevel(painter, area, area.bottom() - area.height() * i / gridLines, i == 0 ? Line::Axis : Line::Grid,
                   QLocale().toString(qRound64(top * i / gridLines)));
    const int steps = m_window == longestMs ? 4 : 3; // whole seconds
    for (int i = 0; i <= steps; ++i) {
        const double position = area.left() + area.width() * i / steps;
        const int seconds = static_cast<int>(m_window / 1000) * (steps - i) / steps;
        const QString text =
            seconds == 0 ? (m_running ? tr("now") : tr("end"))
                         : QStringLiteral("−%1:%2").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
        paintBelow(painter, area, position, text);
    }
}

void ThroughputChart::paintMarks(QPainter& painter, const QRectF& area) const
{
    const Colours& colours = this->colours();
    const auto colourOf = [&colours](const Mark& mark) {
        return mark.kind == EventKind::NodeLost                                        ? colours.error
               : mark.kind == EventKind::NodeReady || mark.kind == EventKind::NodeBack ? colours.ok
                                                                                       : colours.textSecondary;
    };
    // What happens after the end belongs to the next run.
    const auto isOutside = [&](const Mark& mark) {
        return x(area, mark.at) < area.left() || (!m_running && mark.at > m_now + sampleMs);
    };
    for (const Mark& mark : m_marks) {
        if (isOutside(mark))
            continue;
        const double at = x(area, mark.at);
        painter.setPen(QPen(colourOf(mark), 1, Qt::DashLine));
        painter.drawLine(QPointF(at, area.top() - 4), QPointF(at, area.bottom()));
    }
    double freeFrom = area.left();
    for (const Mark& mark : m_marks) {
        if (isOutside(mark))
            continue;
        const double at = x(area, mark.at);
        const QString text = mark.text();
        const double width = painter.fontMetrics().horizontalAdvance(text);
        // Its name where there is room: to the right, or to the left at the edge.
        const double left = at + 5 + width <= area.right() ? at + 5 : at - 5 - width;
        if (left < freeFrom)
            continue;
        // Lines of others end above it: none goes through its letters.
        const QRectF place(left, area.top() - 6, width + 2, 16);
        painter.fillRect(place.adjusted(-1, 0, 0, 0), colours.surface);
        painter.setPen(colourOf(mark));
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter, text);
        freeFrom = left + width + 6;
    }
}

void ThroughputChart::paintSeries(QPainter& painter, const QRectF& area, double top) const
{
    if (m_samples.size() < 2)
        return;
    const Colours& colours = this->colours();
    const auto y = [&](double rate) { return area.bottom() - rate / top * area.height(); };
    QPainterPath line;
    QPolygonF upper, lower;
    for (const Sample& sample : m_samples) {
        const double at = x(area, sample.at);
        const QPointF point(at, y(static_cast<double>(sample.rate)));
        upper.isEmpty() ? line.moveTo(point) : line.lineTo(point);
        upper.append(QPointF(at, y(static_cast<double>(sample.fastest))));
        lower.prepend(QPointF(at, y(static_cast<double>(sample.slowest))));
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.accentSoft);
    painter.drawPolygon(upper + lower);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colours.accent, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
}

double ThroughputChart::paintNodeLine(QPainter& painter, const QRectF& area, double top, const FleetHistory::Node& node,
                                      const QColor& colour, double width) const
{
    QPainterPath line;
    QPointF last;
    for (const FleetHistory::Sample& sample : node.samples) {
        last = {x(area, sample.at), area.bottom() - static_cast<double>(sample.imagesPerSecond) / top * area.height()};
        line.elementCount() == 0 ? line.moveTo(last) : line.lineTo(last);
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.drawPath(line);
    return last.y();
}

void ThroughputChart::paintName(QPainter& painter, const QRectF& area, double y, const QString& name) const
{
    painter.drawText(QRectF(area.right() - 260, y - nameHeight - 2, 256, nameHeight), Qt::AlignRight | Qt::AlignVCenter,
                     name);
}

/// Lines that end at the same height share one name, of the first of them and how many more.
void ThroughputChart::paintOutliers(QPainter& painter, const QRectF& area, double top) const
{
    std::vector<std::pair<double, QString>> ends;
    for (const NodeId id : outliers()) {
        if (ends.size() == mostLines)
            break;
        if (id == m_selected)
            continue; // it has its own colour and name
        const FleetHistory::Node& node = nodes().at(id);
        ends.emplace_back(paintNodeLine(painter, area, top, node, colours().warning, 2),
                          QString::fromStdString(node.name));
    }
    std::ranges::stable_sort(ends, {}, [](const auto& end) { return end.first; });
    for (std::size_t first = 0, next = 0; first < ends.size(); first = next) {
        while (next < ends.size() && ends[next].first - ends[first].first < nameHeight)
            ++next;
        const QString& name = ends[first].second;
        paintName(painter, area, ends[first].first,
                  next - first == 1 ? name : tr("%1 and %2 more").arg(name).arg(next - first - 1));
    }
}

void ThroughputChart::paintSpread(QPainter& painter, const QRectF& area, double top) const
{
    const Colours& colours = this->colours();
    const auto y = [&](float rate) { return area.bottom() - static_cast<double>(rate) / top * area.height(); };
    QPolygonF upper, lower, middle;
    for (const FleetHistory::Spread& moment : spread()) {
        const double at = x(area, moment.at);
        upper.append(QPointF(at, y(moment.high)));
        lower.prepend(QPointF(at, y(moment.low)));
        middle.append(QPointF(at, y(moment.median)));
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.accentSoft);
    painter.drawPolygon(upper + lower);
    painter.setPen(QPen(colours.accent, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(middle);
}

void ThroughputChart::paintNodes(QPainter& painter, const QRectF& area, double top) const
{
    const Colours& colours = this->colours();
    if (showsLines()) {
        for (const auto& [id, node] : nodes()) {
            if (id != m_selected)
                paintNodeLine(painter, area, top, node, colours.textSecondary, 1.2);
        }
    } else {
        paintSpread(painter, area, top);
        paintOutliers(painter, area, top);
    }
    if (const auto selected = nodes().find(m_selected); selected != nodes().end())
        paintName(painter, area, paintNodeLine(painter, area, top, selected->second, colours.accent, 2),
                  QString::fromStdString(selected->second.name));
}

double ThroughputChart::highest() const
{
    double highest = 0;
    if (m_mode == Mode::Fleet) {
        for (const Sample& sample : m_samples)
            highest = std::max(highest, static_cast<double>(sample.fastest));
        return highest;
    }
    for (const auto& [id, node] : nodes()) {
        for (const FleetHistory::Sample& sample : node.samples)
            highest = std::max(highest, static_cast<double>(sample.imagesPerSecond));
    }
    return highest;
}

void ThroughputChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    const double top = niceTop(highest() * 1.05);
    const QRectF area = QRectF(rect()).adjusted(roomFor(QLocale().toString(qRound64(top)), 48), 12, -4, -22);
    paintAxes(painter, area, top);
    if (m_samples.empty()) {
        paintSentence(painter, area, tr("The curve begins with the next run."));
        return;
    }
    painter.save();
    painter.setClipRect(area.adjusted(0, -10, 0, 1));
    m_mode == Mode::Fleet ? paintSeries(painter, area, top) : paintNodes(painter, area, top);
    painter.restore();
    paintMarks(painter, area);
}

} // namespace vitfleet::app
