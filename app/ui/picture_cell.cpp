// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/picture_cell.h"

#include "app/ui/format.h"
#include "app/ui/theme.h"

#include <QCoreApplication>
#include <QLocale>
#include <QPainter>
#include <QPainterPath>

namespace vitfleet::app {

PictureCell cellOf(const ResultView& row, const std::vector<std::string>& labels)
{
    PictureCell cell;
    if (!row.result)
        return cell;
    const ResultRow& result = *row.result;
    if (result.error.code != ErrorCode::None || result.top.empty()) {
        cell.caption = QStringLiteral("✕ ") + fromView(info(result.error.code).name);
        cell.isBad = true;
        return cell;
    }
    const auto index = result.top.front().label;
    const QString label = index < labels.size() ? QString::fromStdString(labels[index]) : QString::number(index);
    cell.isBad = result.correct == false;
    cell.caption = cell.isBad ? QString(QStringLiteral("✕ ") + label) : label;
    cell.score = QLocale().toString(static_cast<double>(result.top.front().score), 'f', 2);
    return cell;
}

void paintPictureCell(QPainter& painter, const QRect& place, const PictureCell& cell, const Colours& colours)
{
    painter.setPen(QPen(cell.isSelected ? colours.accent : colours.line, cell.isSelected ? 2 : 1));
    painter.setBrush(colours.surface);
    const double line = cell.isSelected ? 1 : 0.5;
    painter.drawRoundedRect(QRectF(place).adjusted(line, line, -line, -line), 6, 6);
    const QRect picture = place.adjusted(2, 2, -2, -captionHeight);
    QPainterPath clip;
    clip.setFillRule(Qt::WindingFill);
    clip.addRoundedRect(QRectF(picture), 5, 5);
    clip.addRect(QRectF(picture).adjusted(0, 10, 0, 0)); // rounded at the top only
    painter.save();
    painter.setClipPath(clip);
    if (cell.image.isNull())
        painter.fillRect(picture, colours.raised);
    else
        painter.drawImage(picture, cell.image);
    painter.restore();
    if (cell.image.isNull() && cell.isImpossible) {
        painter.setPen(colours.textSecondary);
        painter.drawText(picture, Qt::AlignCenter, QCoreApplication::translate("PictureCell", "no picture"));
    }
    const QRect text(place.left() + 8, place.bottom() - captionHeight + 1, place.width() - 16, captionHeight);
    painter.setPen(colours.textSecondary);
    painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, cell.score);
    const int room =
        text.width() - (cell.score.isEmpty() ? 0 : painter.fontMetrics().horizontalAdvance(cell.score) + 4);
    painter.setPen(cell.isBad ? colours.error : colours.text);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(cell.caption, Qt::ElideRight, room));
}

} // namespace vitfleet::app
