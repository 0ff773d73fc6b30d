// SPDX-License-Identifier: GPL-3.0-or-later
// How the throughput is drawn.
#include "app/ui/theme.h"
#include "app/ui/throughput_chart.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace vitfleet::app {
namespace {

constexpr int gridLines = 3;
constexpr int nameHeight = 16; ///< of a line's name, at its end

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
