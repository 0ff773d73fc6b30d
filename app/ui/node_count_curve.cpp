// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_count_curve.h"

#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int left = 24, right = 40, top = 22, bottom = 20;
constexpr std::size_t mostDots = 16;
constexpr int fullHeight = 104, emptyHeight = 40;

} // namespace

NodeCountCurve::NodeCountCurve(const Theme& theme, QWidget* parent)
    : Chart(tr("Predicted time by the number of nodes"), theme, parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(emptyHeight);
}

void NodeCountCurve::setPrediction(std::vector<double> seconds, int chosen, const QString& why)
{
    if (seconds == m_seconds && chosen == m_chosen && why == m_why)
        return;
    m_seconds = std::move(seconds);
    m_chosen = chosen;
    m_why = why;
    setFixedHeight(m_seconds.empty() ? emptyHeight : fullHeight);
    QStringList texts;
    for (std::size_t i = 0; i < std::min(m_seconds.size(), mostDots); ++i)
        texts << tr("%1 nodes: %2").arg(i + 1).arg(formatDuration(m_seconds[i]));
    setAccessibleDescription(texts.isEmpty() ? why : texts.join(QStringLiteral(", ")));
    setCursor(m_seconds.size() > 1 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

QPointF NodeCountCurve::at(std::size_t index) const
{
    const double highest = m_seconds.empty() ? 1.0 : std::max(m_seconds.front(), 1e-9);
    const double share =
        m_seconds.size() < 2 ? 0.0 : static_cast<double>(index) / static_cast<double>(m_seconds.size() - 1);
    return {left + share * (width() - left - right),
            height() - bottom - m_seconds[index] / highest * (height() - top - bottom)};
}

void NodeCountCurve::mousePressEvent(QMouseEvent* event)
{
    if (m_seconds.size() < 2)
        return;
    const double share = (event->position().x() - left) / static_cast<double>(width() - left - right);
    const auto last = static_cast<int>(m_seconds.size());
    Q_EMIT nodesChosen(std::clamp(1 + qRound(share * (last - 1)), 1, last));
}

void NodeCountCurve::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    prepare(painter);
    if (m_seconds.empty()) {
        QFont sentence = font();
        sentence.setPixelSize(12);
        painter.setFont(sentence);
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, m_why);
        return;
    }
    const Colours& colours = this->colours();
    painter.setPen(colours.line);
    painter.drawLine(QPointF(left, height() - bottom + 0.5), QPointF(width() - right, height() - bottom + 0.5));
    QPolygonF line;
    for (std::size_t i = 0; i < m_seconds.size(); ++i)
        line << at(i);
    painter.setPen(QPen(colours.textSecondary, 1.5));
    painter.drawPolyline(line);
    const auto chosen =
        m_chosen == 0 ? m_seconds.size() : std::min(m_seconds.size(), static_cast<std::size_t>(m_chosen));
    const std::size_t step = (m_seconds.size() + mostDots - 1) / mostDots;
    for (std::size_t i = 0; i < m_seconds.size(); ++i) {
        const bool isChosen = i + 1 == chosen;
        if (i % step != 0 && !isChosen && i + 1 != m_seconds.size())
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChosen ? colours.accent : colours.textSecondary);
        painter.drawEllipse(at(i), isChosen ? 5 : 2.5, isChosen ? 5 : 2.5);
        painter.setPen(isChosen ? colours.accent : colours.textSecondary);
        painter.drawText(QRectF(at(i).x() - 20, height() - bottom + 3, 40, 16), Qt::AlignCenter,
                         QString::number(i + 1));
        if (isChosen || i == 0)
            painter.drawText(QRectF(at(i).x() + (i == 0 ? 9 : -24), at(i).y() - 20, 60, 16),
                             Qt::AlignLeft | Qt::AlignVCenter, formatDuration(m_seconds[i]));
    }
}

} // namespace vitfleet::app
