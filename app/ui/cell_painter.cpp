// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/cell_painter.h"

#include "app/ui/theme.h"

#include <QPainter>

namespace vitfleet::app {

void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option, const Colours& colours)
{
    if (option.state & QStyle::State_Selected)
        painter.fillRect(option.rect, colours.accentSoft);
    painter.setPen(colours.grid);
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
}

void paintCellText(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, const QColor& colour,
                   Qt::Alignment alignment, bool strong)
{
    QFont font = option.font;
    if (strong)
        font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(colour);
    const QRect place = option.rect.adjusted(cellPadding, 0, -cellPadding, 0);
    painter.drawText(place, static_cast<int>(alignment | Qt::AlignVCenter),
                     QFontMetrics(font).elidedText(text, Qt::ElideRight, place.width()));
}

} // namespace vitfleet::app
