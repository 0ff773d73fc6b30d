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
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
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

void PlainTable::placeColumns()
{
    if (!model())
        return;
    int used = 0, rest = -1;
    for (int column = 0; column < static_cast<int>(m_widths.size()); ++column) {
        const int usual = m_widths[static_cast<std::size_t>(column)];
        if (usual == 0) {
            rest = column;
            continue;
        }
        const int width = m_columns->width(column, usual);
        m_columns->place(column, width, m_columns->isHidden(column));
        used += m_columns->isHidden(column) ? 0 : width;
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
    if (!model() || model()->rowCount() > 0 || m_emptyText.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(m_theme.colours().textSecondary);
    painter.drawText(viewport()->rect().adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
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
