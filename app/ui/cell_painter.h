// SPDX-License-Identifier: GPL-3.0-or-later
// Table cells drawn by hand: their text stands under the header's, rows have a hairline, a selection is soft.
#pragma once

#include <QStyleOptionViewItem>

class QAbstractItemView;

namespace vitfleet::app {

struct Colours;

inline constexpr int cellPadding = 8;

/// Background and hairline; also where the cell is selected.
void paintCellGround(QPainter& painter, const QStyleOptionViewItem& option, const Colours& colours);
/// One line of text, cut where there is no room: names in the middle, for their ends tell them apart.
void paintCellText(QPainter& painter, const QStyleOptionViewItem& option, const QString& text, const QColor& colour,
                   Qt::Alignment alignment, bool strong = false, Qt::TextElideMode cut = Qt::ElideRight);
/// For a view's paintEvent: in the middle of a list without rows what that means, which a screen reader hears, too.
/// Empty: there are rows.
void paintEmptyText(QAbstractItemView& view, const QString& text, const Colours& colours);

} // namespace vitfleet::app
