// SPDX-License-Identifier: GPL-3.0-or-later
// What a scroll area scrolls vertically.
#pragma once

#include <QLayout>
#include <QWidget>

#include <algorithm>

namespace vitfleet::app {

/// As high as its texts need at its width. A scroll area asks for the least height alone, which for a text with several
/// lines is that of one: it would squeeze them instead of scrolling.
class ScrolledColumn : public QWidget
{
public:
    using QWidget::QWidget;
    QSize minimumSizeHint() const override
    {
        QSize hint = QWidget::minimumSizeHint();
        if (layout() && layout()->hasHeightForWidth())
            hint.setHeight(std::max(hint.height(), layout()->minimumHeightForWidth(width())));
        return hint;
    }
};

} // namespace vitfleet::app
