// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/throughput_chart.h"

#include "app/ui/theme.h"

#include <QLocale>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace vitfleet::app {
namespace {

constexpr UnixMs longestMs = 120'000;
constexpr UnixMs shortestMs = 30'000; ///< while there is little to show
constexpr int gridLines = 3;
constexpr UnixMs sampleMs = 240;  ///< four a second are smooth and cost little
constexpr UnixMs bandMs = 5'000;  ///< the rate is a mean over the same time
constexpr UnixMs mergeMs = 2'000; ///< what happens together gets one mark

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

ThroughputChart::ThroughputChart(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    m_window = shortestMs;
    setAccessibleName(tr("Throughput over the last two minutes"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
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
    m_seconds.push_back({at, static_cast<float>(rows - m_secondRows) * 1000.0f / static_cast<float>(at - m_secondAt)});
    m_secondAt = at;
    m_secondRows = rows;
    while (!m_seconds.empty() && m_seconds.front().at < at - bandMs)
        m_seconds.pop_front();
}

void ThroughputChart::addSample(UnixMs at, float imagesPerSecond, quint64 rows)
{
    if (at - m_now < sampleMs)
        return;
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
    while (m_window < longestMs && at - m_samples.front().at > m_window)
        m_window *= 2;
    const float highest = std::ranges::max_element(m_samples, {}, &Sample::rate)->rate;
    setAccessibleDescription(
        tr("%1 images per second now, at most %2 in the last two minutes")
            .arg(QLocale().toString(qRound(imagesPerSecond)), QLocale().toString(qRound(highest))));
    update();
}

QString ThroughputChart::Mark::text() const
{
    const QString who = count == 1 ? node : ThroughputChart::tr("%1 nodes").arg(count);
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
    default:
        return ThroughputChart::tr("finished");
    }
}

void ThroughputChart::addEvent(const EventRecord& event)
{
    static constexpr EventKind shown[] = {EventKind::NodeLost,   EventKind::NodeBack,   EventKind::NodeReady,
                                          EventKind::RunPaused,  EventKind::RunStopped, EventKind::RunContinued,
                                          EventKind::RunFinished};
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

double ThroughputChart::x(const QRectF& area, UnixMs at) const
{
    return area.right() - static_cast<double>(m_now - at) / static_cast<double>(m_window) * area.width();
}

void ThroughputChart::paintAxes(QPainter& painter, const QRectF& area, double top) const
{
    const Colours& colours = m_theme.colours();
    for (int i = 0; i <= gridLines; ++i) {
        const double y = area.bottom() - area.height() * i / gridLines;
        painter.setPen(QPen(i == 0 ? colours.line : colours.grid, 1));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        painter.setPen(colours.textSecondary);
        painter.drawText(QRectF(0, y - 9, area.left() - 8, 18), Qt::AlignRight | Qt::AlignVCenter,
                         QLocale().toString(qRound64(top * i / gridLines)));
    }
    const int steps = m_window == longestMs ? 4 : 3; // whole multiples of ten seconds
    for (int i = 0; i <= steps; ++i) {
        const double position = area.left() + area.width() * i / steps;
        const int seconds = static_cast<int>(m_window / 1000) * (steps - i) / steps;
        const QString text =
            seconds == 0 ? tr("now")
                         : QStringLiteral("−%1:%2").arg(seconds / 60).arg(seconds % 60, 2, 10, QLatin1Char('0'));
        const auto align = i == 0 ? Qt::AlignLeft : i == steps ? Qt::AlignRight : Qt::AlignHCenter;
        painter.drawText(QRectF(position - (i == 0       ? 0
                                            : i == steps ? 60
                                                         : 30),
                                area.bottom() + 4, 60, 16),
                         align, text);
    }
}

void ThroughputChart::paintMarks(QPainter& painter, const QRectF& area) const
{
    const Colours& colours = m_theme.colours();
    double freeFrom = area.left();
    for (const Mark& mark : m_marks) {
        const double at = x(area, mark.at);
        if (at < area.left())
            continue;
        const QColor colour = mark.kind == EventKind::NodeLost ? colours.error
                              : mark.kind == EventKind::NodeReady || mark.kind == EventKind::NodeBack
                                  ? colours.ok
                                  : colours.textSecondary;
        painter.setPen(QPen(colour, 1, Qt::DashLine));
        painter.drawLine(QPointF(at, area.top() - 4), QPointF(at, area.bottom()));
        const QString text = mark.text();
        const double width = painter.fontMetrics().horizontalAdvance(text);
        // Its name where there is room: to the right, or to the left at the edge.
        const double left = at + 5 + width <= area.right() ? at + 5 : at - 5 - width;
        if (left < freeFrom)
            continue;
        painter.drawText(QRectF(left, area.top() - 6, width + 2, 16), Qt::AlignLeft | Qt::AlignVCenter, text);
        freeFrom = left + width + 6;
    }
}

void ThroughputChart::paintSeries(QPainter& painter, const QRectF& area, double top) const
{
    if (m_samples.size() < 2)
        return;
    const Colours& colours = m_theme.colours();
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

void ThroughputChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont small = font();
    small.setPixelSize(11);
    painter.setFont(small);
    const QRectF area = QRectF(rect()).adjusted(48, 12, -4, -22);
    float highest = 0;
    for (const Sample& sample : m_samples)
        highest = std::max(highest, sample.fastest);
    const double top = niceTop(static_cast<double>(highest) * 1.05);
    paintAxes(painter, area, top);
    painter.save();
    painter.setClipRect(area.adjusted(0, -10, 0, 1));
    paintSeries(painter, area, top);
    painter.restore();
    paintMarks(painter, area);
}

} // namespace vitfleet::app
