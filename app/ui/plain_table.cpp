// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/plain_table.h"

#include "app/ui/cell_painter.h"
#include "app/ui/column_keeper.h"
#include "app/ui/theme.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QToolTip>

namespace vitfleet::app {
namespace {

constexpr int plainRowHeight = 30;
constexpr int narrowestRest = 120;

class PlainDelegate : public QStyledItemDelegate
{
public:
    PlainDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Colours& colours = m_theme.colours();
        const QByteArray look = index.data(PlainTable::LookRole).toByteArray();
        const QColor colour = look == "text" || look == "strong" ? colours.text
                              : look == "ok"                     ? colours.ok
                              : look == "held"                   ? colours.held
                              : look == "warning"                ? colours.warning
                              : look == "error"                  ? colours.error
                                                                 : colours.textSecondary;
        painter->save();
        paintCellGround(*painter, option, colours);
        paintCellText(*painter, option, index.data().toString(), colour,
                      Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) & Qt::AlignHorizontal_Mask,
                      look == "strong");
        painter->restore();
    }

private:
    const Theme& m_theme;
};

} // namespace

PlainTable::PlainTable(const QString& name, const QString& accessible, std::vector<int> widths, const Theme& theme,
                       UiSettings& settings, QWidget* parent)
    : QTableView(parent), m_name(name), m_widths(std::move(widths)), m_theme(theme), m_settings(settings)
{
    setAccessibleName(accessible);
    setItemDelegate(new PlainDelegate(theme, this));
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
    verticalHeader()->setDefaultSectionSize(plainRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSortIndicatorClearable(true);
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void PlainTable::setModel(QAbstractItemModel* model)
{
    QTableView::setModel(model);
    if (!m_columns) {
        m_columns = new ColumnKeeper(m_name, horizontalHeader(), m_settings, 0);
        connect(m_columns, &ColumnKeeper::changed, this, &PlainTable::placeColumns);
    }
    placeColumns();
}

void PlainTable::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void PlainTable::setTightWidths(std::vector<int> widths)
{
    m_tight = std::move(widths);
    placeColumns();
}

void PlainTable::setUseless(int column, bool useless)
{
    if (m_useless.contains(column) == useless)
        return;
    if (useless)
        m_useless.insert(column);
    else
        m_useless.remove(column);
    placeColumns();
}

/// What all columns take; what has no width of its own has its least one.
int PlainTable::roomFor(const std::vector<int>& widths) const
{
    int room = 0;
    for (int column = 0; column < static_cast<int>(widths.size()); ++column) {
        const int width = widths[static_cast<std::size_t>(column)];
        if (width >= 0 && !m_useless.contains(column) && !m_columns->isHidden(column))
            room += width == 0 ? narrowestRest : m_columns->width(column, width);
    }
    return room;
}

void PlainTable::placeColumns()
{
    if (!model() || !m_columns)
        return;
    const auto& widths = m_tight.empty() || roomFor(m_widths) <= viewport()->width() ? m_widths : m_tight;
    int used = 0, rest = -1;
    for (int column = 0; column < static_cast<int>(widths.size()); ++column) {
        const int usual = widths[static_cast<std::size_t>(column)];
        const bool hidden = usual < 0 || m_useless.contains(column) || m_columns->isHidden(column);
        if (usual == 0) {
            rest = column;
            continue;
        }
        const int width = m_columns->width(column, usual);
        m_columns->place(column, width, hidden);
        used += hidden ? 0 : width;
    }
    if (rest >= 0)
        m_columns->place(rest, std::max(narrowestRest, viewport()->width() - used), m_columns->isHidden(rest));
}

void PlainTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    placeColumns();
}

void PlainTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    paintEmptyText(*this, model() && model()->rowCount() == 0 ? m_emptyText : QString(), m_theme.colours());
}

bool PlainTable::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const QModelIndex index = indexAt(help->pos());
        if (index.isValid() && index.data(Qt::ToolTipRole).isNull()) {
            const QString text = index.data().toString();
            const bool cut = fontMetrics().horizontalAdvance(text) > columnWidth(index.column()) - 2 * cellPadding;
            QToolTip::showText(help->globalPos(), cut ? text : QString(), this);
            return true;
        }
    }
    return QTableView::viewportEvent(event);
}

} // namespace vitfleet::app
