// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/cell_painter.h"

#include "app/ui/theme.h"

#include <QAbstractItemView>
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
                   Qt::Alignment alignment, bool strong, Qt::TextElideMode cut)
{
    QFont font = option.font;
    if (strong)
        font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(colour);
    const QRect place = option.rect.adjusted(cellPadding, 0, -cellPadding, 0);
    painter.drawText(place, static_cast<int>(alignment | Qt::AlignVCenter),
                     QFontMetrics(font).elidedText(text, cut, place.width()));
}

void paintEmptyText(QAbstractItemView& view, const QString& text, const Colours& colours)
{
    if (view.accessibleDescription() != text)
        view.setAccessibleDescription(text);
    if (text.isEmpty())
        return;
    QPainter painter(view.viewport());
    painter.setPen(colours.textSecondary);
    painter.drawText(view.viewport()->rect().adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap, text);
}

} // namespace vitfleet::app
