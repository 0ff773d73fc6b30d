// SPDX-License-Identifier: GPL-3.0-or-later
// A million pictures in a grid: cells of one size, so that nothing is laid out but what is on the screen.
#pragma once

#include "app/ui/ui_context.h"

#include <QAbstractItemView>

namespace vitfleet::app {

class ResultsModel;

class ThumbGrid : public QAbstractItemView
{
    Q_OBJECT
public:
    ThumbGrid(ResultsModel& model, const UiContext& context, QWidget* parent = nullptr);

    QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    QModelIndex indexAt(const QPoint& point) const override;
    /// First and last row on the screen; last < first where there is none.
    std::pair<int, int> visibleRows() const;
    int columns() const { return m_columns; }
    /// Pictures on the screen that are still being made.
    int missingPictures() const;

protected:
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    int horizontalOffset() const override { return 0; }
    int verticalOffset() const override;
    bool isIndexHidden(const QModelIndex& index) const override;
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) override;
    QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void updateGeometries() override;
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void rowsInserted(const QModelIndex& parent, int start, int end) override;

private:
    QRect cellAt(int row) const; ///< before scrolling
    int rowHeight() const;

    ResultsModel& m_model;
    UiContext m_context;
    int m_columns = 1;
    int m_edge = 104; ///< of a picture
};

} // namespace vitfleet::app
