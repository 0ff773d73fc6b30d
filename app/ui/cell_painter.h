// SPDX-License-Identifier: GPL-3.0-or-later
// Table cells drawn by hand: their text stands under the header's, rows have a hairline, a selection is soft.
#pragma once

#include <QStyleOptionViewItem>

namespace vitfleet::app {

struct Colours;

inline constexpr int cellPadding = 8;

/// Background and hairline; also where the cell is selected.
void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option, const Colours& colours);
/// One line of text, cut where there is no room.
void paintCellText(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, const QColor& colour,
                   Qt::Alignment alignment, bool strong = false);

} // namespace vitfleet::app
