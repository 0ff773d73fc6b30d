// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/gauges.h"

#include "app/ui/theme.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int nameWidth = 72;
constexpr int figureWidth = 84;

QFont smallFont(const QWidget& widget)
{
    QFont font = widget.font();
    font.setPixelSize(12);
    return font;
}

} // namespace

Gauge::Gauge(const QString& name, const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme), m_name(name)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(name);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Gauge::setValue(double share, const QString& text, bool stale)
{
    m_share = std::clamp(share, 0.0, 1.0);
    m_text = text;
    m_stale = stale;
    setAccessibleDescription(text);
    setToolTip({});
    update();
}

void Gauge::setMissing(const QString& why)
{
    m_share.reset();
    m_text = why;
    m_stale = false;
    setAccessibleDescription(why);
    setToolTip(why);
    update();
}

void Gauge::paintEvent(QPaintEvent*)
{
    const Colours& colours = m_theme.colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(smallFont(*this));
    painter.setPen(colours.textSecondary);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, m_name);
    const QRect room = rect().adjusted(nameWidth, 0, 0, 0);
    if (!m_share) {
        painter.drawText(room, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(m_text, Qt::ElideRight, room.width()));
        return;
    }
    const QRectF bar(room.left(), height() / 2.0 - 3, room.width() - figureWidth, 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.raised);
    painter.drawRoundedRect(bar, 3, 3);
    if (*m_share > 0) {
        painter.setBrush(m_stale ? colours.line : colours.accent);
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), std::max(6.0, bar.width() * *m_share), 6), 3, 3);
    }
    painter.setPen(m_stale ? colours.textSecondary : colours.text);
    painter.drawText(room, Qt::AlignRight | Qt::AlignVCenter, m_text);
}

Sparkline::Sparkline(const QString& name, const Theme& theme, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_name(name)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(name);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Sparkline::setPoints(std::vector<QPointF> points, double top, const QString& maximumText)
{
    m_points = std::move(points);
    m_top = std::max(top, 1e-9);
    m_maximum = maximumText;
    setAccessibleDescription(maximumText);
    update();
}

void Sparkline::paintEvent(QPaintEvent*)
{
    const Colours& colours = m_theme.colours();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(smallFont(*this));
    painter.setPen(colours.textSecondary);
    const QRect title(0, 0, width(), 16);
    painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter, m_name);
    painter.drawText(title, Qt::AlignRight | Qt::AlignVCenter, m_maximum);
    const QRectF area = QRectF(rect()).adjusted(1, 20, -1, -1);
    painter.setPen(colours.grid);
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    if (m_points.size() < 2)
        return;
    QPainterPath line;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        const QPointF at(area.left() + m_points[i].x() * area.width(),
                         area.bottom() - std::clamp(m_points[i].y() / m_top, 0.0, 1.0) * area.height());
        i == 0 ? line.moveTo(at) : line.lineTo(at);
    }
    QPainterPath filled = line;
    filled.lineTo(area.left() + m_points.back().x() * area.width(), area.bottom());
    filled.lineTo(area.left() + m_points.front().x() * area.width(), area.bottom());
    painter.fillPath(filled, colours.accentSoft);
    painter.setPen(QPen(colours.accent, 1.5));
    painter.drawPath(line);
}

} // namespace vitfleet::app
