// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/chart.h"

#include "app/ui/theme.h"

#include <QPainter>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int letters = 11, sentenceLetters = 12, lineHeight = 16, belowAxis = 3, beforeAxis = 8;
constexpr double mostBelow = 80; ///< of a text's width

} // namespace

Chart::Chart(const QString& name, const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme)
{
    setAccessibleName(name);
    setAccessibleDescription(tr("Nothing is drawn yet"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

const Colours& Chart::colours() const
{
    return m_theme.colours();
}

QFont Chart::smallFont() const
{
    QFont small = font();
    small.setPixelSize(letters);
    return small;
}

void Chart::prepare(QPainter& painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(smallFont());
    painter.setPen(colours().textSecondary);
}

void Chart::paintSentence(QPainter& painter, const QRectF& area, const QString& sentence) const
{
    QFont words = painter.font();
    words.setPixelSize(sentenceLetters);
    painter.setFont(words);
    painter.setPen(colours().textSecondary);
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, sentence);
}

void Chart::paintLevel(QPainter& painter, const QRectF& area, double y, Line line, const QString& figure) const
{
    painter.setPen(line == Line::Axis ? colours().line : colours().grid);
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
    painter.setPen(colours().textSecondary);
    painter.drawText(QRectF(0, y - lineHeight / 2.0, area.left() - beforeAxis, lineHeight),
                     Qt::AlignRight | Qt::AlignVCenter, figure);
}

double Chart::roomFor(const QString& figure, double least) const
{
    return std::max(least, QFontMetricsF(smallFont()).horizontalAdvance(figure) + beforeAxis + 2);
}

void Chart::paintBelow(QPainter& painter, const QRectF& area, double x, const QString& text) const
{
    const bool first = x - area.left() < 1, last = area.right() - x < 1;
    const double left = first ? x : last ? x - mostBelow : x - mostBelow / 2;
    painter.drawText(QRectF(left, area.bottom() + belowAxis, mostBelow, lineHeight),
                     (first  ? Qt::AlignLeft
                      : last ? Qt::AlignRight
                             : Qt::AlignHCenter) |
                         Qt::AlignVCenter,
                     text);
}

} // namespace vitfleet::app
