// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/thumb_grid.h"

#include "app/models/results_model.h"
#include "app/models/thumbnails.h"
#include "app/ui/cell_painter.h"
#include "app/ui/picture_cell.h"
#include "app/ui/theme.h"

#include <QPainter>
#include <QScrollBar>

namespace vitfleet::app {
namespace {

constexpr int smallestEdge = 104, gap = 10, border = 1;

} // namespace

ThumbGrid::ThumbGrid(ResultsModel& model, const UiContext& context, QWidget* parent)
    : QAbstractItemView(parent), m_model(model), m_context(context)
{
    setAccessibleName(tr("Results as pictures"));
    setModel(&model);
    setSelectionMode(SingleSelection);
    setSelectionBehavior(SelectRows);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
    setProperty("grid", true);
    connect(&context.thumbnails, &ThumbnailCache::ready, viewport(), qOverload<>(&QWidget::update));
    connect(&context.thumbnails, &ThumbnailCache::dataSetChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&context.theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

int ThumbGrid::rowHeight() const
{
    return m_edge + captionHeight + gap;
}

QRect ThumbGrid::cellAt(int row) const
{
    return {border + row % m_columns * (m_edge + gap), border + row / m_columns * rowHeight(), m_edge,
            m_edge + captionHeight};
}

QRect ThumbGrid::visualRect(const QModelIndex& index) const
{
    return index.isValid() ? cellAt(index.row()).translated(0, -verticalOffset()) : QRect();
}

int ThumbGrid::verticalOffset() const
{
    return verticalScrollBar()->value();
}

void ThumbGrid::scrollTo(const QModelIndex& index, ScrollHint hint)
{
    if (!index.isValid())
        return;
    const QRect cell = visualRect(index);
    if (hint == EnsureVisible && viewport()->rect().contains(cell))
        return;
    const int above = cell.top() - border;
    const int below = cell.bottom() - viewport()->height() + border;
    const bool up = hint == PositionAtTop || above < 0;
    verticalScrollBar()->setValue(verticalOffset() + (hint == PositionAtCenter ? (above + below) / 2
                                                      : up                     ? above
                                                                               : below));
}

QModelIndex ThumbGrid::indexAt(const QPoint& point) const
{
    const int y = point.y() + verticalOffset() - border;
    const int x = point.x() - border;
    if (x < 0 || y < 0 || x / (m_edge + gap) >= m_columns)
        return {};
    const int row = y / rowHeight() * m_columns + x / (m_edge + gap);
    const QModelIndex index = m_model.index(row, 0);
    return index.isValid() && visualRect(index).contains(point) ? index : QModelIndex();
}

std::pair<int, int> ThumbGrid::visibleRows() const
{
    const int first = verticalOffset() / rowHeight() * m_columns;
    const int last = ((verticalOffset() + viewport()->height()) / rowHeight() + 1) * m_columns - 1;
    return {first, std::min(last, m_model.rowCount() - 1)};
}

int ThumbGrid::missingPictures() const
{
    int missing = 0;
    const RunId run = m_model.query().run;
    const auto [first, last] = visibleRows();
    for (int row = first; row <= last; ++row) {
        const ResultView* view = m_model.row(m_model.index(row, 0));
        missing += !view || (!m_context.thumbnails.isImpossible(run, view->item.id) &&
                             m_context.thumbnails.thumbnail(run, view->item).isNull());
    }
    return missing;
}

QModelIndex ThumbGrid::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    const int rows = m_model.rowCount();
    if (rows == 0)
        return {};
    if (!currentIndex().isValid())
        return m_model.index(std::max(0, visibleRows().first), 0);
    const int page = std::max(1, viewport()->height() / rowHeight()) * m_columns;
    int row = currentIndex().row();
    switch (action) {
    case MoveLeft:
    case MovePrevious:
        --row;
        break;
    case MoveRight:
    case MoveNext:
        ++row;
        break;
    case MoveUp:
        row -= row >= m_columns ? m_columns : 0;
        break;
    case MoveDown:
        row += row + m_columns < rows ? m_columns : 0;
        break;
    case MovePageUp:
        row -= page;
        break;
    case MovePageDown:
        row += page;
        break;
    case MoveHome:
        row = 0;
        break;
    case MoveEnd:
        row = rows - 1;
        break;
    }
    return m_model.index(std::clamp(row, 0, rows - 1), 0);
}

bool ThumbGrid::isIndexHidden(const QModelIndex& index) const
{
    return index.column() != 0;
}

void ThumbGrid::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags)
{
    const QModelIndex index = indexAt(rect.center());
    selectionModel()->select(index.isValid() ? QItemSelection(index, index) : QItemSelection(),
                             flags | QItemSelectionModel::Rows);
}

QRegion ThumbGrid::visualRegionForSelection(const QItemSelection& selection) const
{
    QRegion region;
    for (const QItemSelectionRange& range : selection) {
        const auto [first, last] = visibleRows();
        for (int row = std::max(first, range.top()); row <= std::min(last, range.bottom()); ++row)
            region += visualRect(m_model.index(row, 0));
    }
    return region;
}

void ThumbGrid::updateGeometries()
{
    const int room = viewport()->width() - 2 * border;
    m_columns = std::max(1, (room + gap) / (smallestEdge + gap));
    m_edge = std::max(smallestEdge, (room + gap) / m_columns - gap);
    const int lines = (m_model.rowCount() + m_columns - 1) / m_columns;
    const int height = lines == 0 ? 0 : lines * rowHeight() - gap + 2 * border;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(rowHeight() / 2);
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    QAbstractItemView::updateGeometries();
}

void ThumbGrid::resizeEvent(QResizeEvent* event)
{
    // What was at the top stays there, however many columns there are now.
    const int top = visibleRows().first;
    QAbstractItemView::resizeEvent(event);
    updateGeometries();
    if (top > 0)
        verticalScrollBar()->setValue(top / m_columns * rowHeight());
}

void ThumbGrid::rowsInserted(const QModelIndex& parent, int start, int end)
{
    QAbstractItemView::rowsInserted(parent, start, end);
    updateGeometries();
    viewport()->update();
}

void ThumbGrid::paintEvent(QPaintEvent*)
{
    paintEmptyText(*this, m_model.emptyText(), m_context.theme.colours());
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    QFont small = font();
    small.setPixelSize(12);
    painter.setFont(small);
    const Colours& colours = m_context.theme.colours();
    const RunId run = m_model.query().run;
    const auto [first, last] = visibleRows();
    for (int row = first; row <= last; ++row) {
        const QModelIndex index = m_model.index(row, 0);
        PictureCell cell;
        if (const ResultView* view = m_model.row(index)) {
            cell = cellOf(*view, m_model.labels());
            cell.image = m_context.thumbnails.thumbnail(run, view->item);
            cell.isImpossible = m_context.thumbnails.isImpossible(run, view->item.id);
        }
        cell.isSelected = selectionModel()->isRowSelected(row) || (hasFocus() && row == currentIndex().row());
        paintPictureCell(painter, visualRect(index), cell, colours);
    }
}

} // namespace vitfleet::app
