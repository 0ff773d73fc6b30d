// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/results_table.h"

#include "app/models/results_model.h"
#include "app/models/thumbnails.h"
#include "app/ui/cell_painter.h"
#include "app/ui/column_keeper.h"
#include "app/ui/theme.h"

#include <QHeaderView>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr int resultRowHeight = 52;
constexpr int fullWidth = 1060; ///< below it, the time gives its room to the others

class ResultsDelegate : public QStyledItemDelegate
{
public:
    ResultsDelegate(ResultsModel& model, const UiContext& context, QObject* parent)
        : QStyledItemDelegate(parent), m_model(model), m_context(context)
    {
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Colours& colours = m_context.theme.colours();
        painter->save();
        paintCellGround(*painter, option, colours);
        if (index.column() == ResultsModel::ThumbnailColumn)
            paintPicture(*painter, option, index);
        else
            paintText(*painter, option, index);
        painter->restore();
    }

private:
    void paintPicture(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
    {
        const ResultView* row = m_model.row(index);
        if (!row)
            return;
        const int edge = option.rect.height() - 9;
        const QRect place(option.rect.left() + cellPadding, option.rect.top() + 4, edge, edge);
        const QImage image = m_context.thumbnails.thumbnail(m_model.query().run, row->item);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setRenderHint(QPainter::SmoothPixmapTransform);
        QPainterPath clip;
        clip.addRoundedRect(place, 4, 4);
        painter.setClipPath(clip);
        image.isNull() ? painter.fillRect(place, m_context.theme.colours().raised) : painter.drawImage(place, image);
    }

    void paintText(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
    {
        const Colours& colours = m_context.theme.colours();
        const QVariant correct = index.data(ResultsModel::CorrectRole);
        const bool wrong = correct.isValid() && !correct.toBool();
        const bool error = index.data(ResultsModel::ErrorRole).toBool();
        QString text = index.data().toString();
        QColor colour = colours.text;
        switch (index.column()) {
        case ResultsModel::StatusColumn:
            colour = error ? colours.error : colours.textSecondary;
            text.prepend(error ? QStringLiteral("✕ ") : QString());
            break;
        case ResultsModel::CorrectColumn:
            colour = wrong ? colours.error : colours.ok;
            text.prepend(!correct.isValid() ? QString() : wrong ? QStringLiteral("✕ ") : QStringLiteral("✓ "));
            break;
        case ResultsModel::LabelColumn:
            colour = wrong || error ? colours.error : colours.text;
            break;
        case ResultsModel::PathColumn:
        case ResultsModel::NodeColumn:
        case ResultsModel::TimeColumn:
            colour = colours.textSecondary;
            break;
        default:
            break;
        }
        const auto alignment = Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) & Qt::AlignHorizontal_Mask;
        paintCellText(painter, option, text, colour, alignment, index.column() == ResultsModel::LabelColumn && !error);
    }

    ResultsModel& m_model;
    UiContext m_context;
};

} // namespace

ResultsTable::ResultsTable(ResultsModel& model, const UiContext& context, QWidget* parent)
    : QTableView(parent), m_model(model), m_theme(context.theme)
{
    setAccessibleName(tr("Results"));
    setModel(&model);
    setItemDelegate(new ResultsDelegate(model, context, this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(resultRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    m_columns =
        new ColumnKeeper(QStringLiteral("results"), horizontalHeader(), context.settings, ResultsModel::PathColumn);
    connect(m_columns, &ColumnKeeper::changed, this, &ResultsTable::placeColumns);
    connect(&context.thumbnails, &ThumbnailCache::ready, viewport(), qOverload<>(&QWidget::update));
    connect(&context.thumbnails, &ThumbnailCache::dataSetChanged, viewport(), qOverload<>(&QWidget::update));
    connect(&context.theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

std::pair<int, int> ResultsTable::visibleRows() const
{
    const int first = rowAt(0);
    const int last = rowAt(viewport()->height() - 1);
    return {first, last < 0 ? m_model.rowCount() - 1 : last};
}

bool ResultsTable::isUntouched() const
{
    return verticalScrollBar()->value() == 0 && !selectionModel()->hasSelection();
}

void ResultsTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    placeColumns();
}

void ResultsTable::placeColumns()
{
    const int room = viewport()->width();
    const bool narrow = room < fullWidth;
    //                                    Picture Item Status Label Score Expected Right Node Inference
    static constexpr int wide[] = {66, 0, 150, 150, 80, 140, 130, 100, 90};
    static constexpr int tight[] = {62, 0, 116, 116, 70, 112, 112, 80, 0};
    int used = 0;
    for (int column = 0; column < ResultsModel::ColumnCount; ++column) {
        const int usual = narrow ? tight[column] : wide[column];
        if (column == ResultsModel::PathColumn)
            continue;
        const bool hidden = usual == 0 || m_columns->isHidden(column);
        const int width = m_columns->width(column, usual);
        m_columns->place(column, width, hidden);
        used += hidden ? 0 : width;
    }
    // What is left goes to the path, which needs it most.
    m_columns->place(ResultsModel::PathColumn, std::max(120, room - used), false);
}

void ResultsTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    paintEmptyText(*this, m_model.emptyText(), m_theme.colours());
}

} // namespace vitfleet::app
