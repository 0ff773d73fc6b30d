// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_table.h"

#include "app/models/ui_settings.h"
#include "app/ui/cell_painter.h"
#include "app/ui/column_keeper.h"
#include "app/ui/node_painter.h"
#include "app/ui/theme.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <array>
#include <numeric>

namespace vitfleet::app {
namespace {

constexpr int nodeRowHeight = 30;
constexpr int headingHeight = 26;
constexpr int narrowestDoing = 120;
const QString sortKey = QStringLiteral("fleet/sort");

QColor colourOf(const QModelIndex& index, const Colours& colours)
{
    switch (index.column()) {
    case NodeModel::BeatColumn:
        if (const auto state = static_cast<NodeState>(index.data(NodeModel::StateRole).toInt());
            state == NodeState::Left || state == NodeState::Stopped)
            return colours.textSecondary; // nobody waits for it
        return index.data(NodeModel::OverdueRole).toBool() ? colours.error
               : index.data(NodeModel::LateRole).toBool()  ? colours.warning
                                                           : colours.textSecondary;
    case NodeModel::NameColumn:
    case NodeModel::RateColumn:
    case NodeModel::DoneColumn:
    case NodeModel::FailedColumn:
        return colours.text;
    case NodeModel::PrecisionColumn:
        return index.data(NodeModel::SyntheticRole).toBool() ? colours.warning : colours.textSecondary;
    default:
        return colours.textSecondary;
    }
}

} // namespace

NodeDelegate::NodeDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}

void NodeDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    painter->save();
    if (index.data(NodeGroups::IsGroupRole).toBool()) {
        paintHeading(*painter, option, index);
        painter->restore();
        return;
    }
    paintCellGround(*painter, option, m_theme.colours());
    if (index.column() == NodeModel::StateColumn)
        paintState(*painter, option, index);
    else if (index.column() == NodeModel::LoadColumn)
        paintLoad(*painter, option, index);
    else
        paintCellText(*painter, option, index.data().toString(), colourOf(index, m_theme.colours()),
                      Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) & Qt::AlignHorizontal_Mask,
                      index.column() == NodeModel::NameColumn,
                      index.column() == NodeModel::NameColumn ? Qt::ElideMiddle : Qt::ElideRight);
    painter->restore();
}

void NodeDelegate::paintHeading(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Colours& colours = m_theme.colours();
    painter.fillRect(option.rect, colours.raised);
    painter.setPen(colours.grid);
    painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    // It is longer than the first column: every cell has its part of it.
    const auto* table = qobject_cast<const QTableView*>(option.widget);
    QRect line = option.rect;
    line.setLeft(table ? table->columnViewportPosition(0) : line.left());
    line.setRight(table ? table->viewport()->width() : line.right());
    painter.setClipRect(option.rect);
    QFont font = option.font;
    font.setPixelSize(12);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(colours.text);
    painter.drawText(line.adjusted(cellPadding, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     index.siblingAtColumn(0).data().toString());
}

void NodeDelegate::paintState(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const StateLook look = lookOf(static_cast<NodeState>(index.data(NodeModel::StateRole).toInt()), m_theme.colours());
    painter.setRenderHint(QPainter::Antialiasing);
    paintShape(painter, look.shape, QPointF(option.rect.left() + cellPadding + 5, option.rect.center().y() + 0.5),
               look.colour);
    QStyleOptionViewItem word(option);
    word.rect.adjust(17, 0, 0, 0);
    paintCellText(painter, word, index.data().toString(), look.colour, Qt::AlignLeft);
}

void NodeDelegate::paintLoad(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Colours& colours = m_theme.colours();
    constexpr int figureWidth = 44;
    const double load = index.data(NodeModel::LoadRole).toDouble();
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF bar(option.rect.left() + cellPadding, option.rect.center().y() - 2,
                     option.rect.width() - 2 * cellPadding - figureWidth, 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.raised);
    painter.drawRoundedRect(bar, 3, 3);
    // A gauge that has not been read for a while is grey.
    const bool stale = index.data(NodeModel::StaleRole).toBool();
    if (load > 0) {
        painter.setBrush(stale ? colours.line : colours.accent);
        painter.drawRoundedRect(QRectF(bar.left(), bar.top(), std::max(6.0, bar.width() * load), bar.height()), 3, 3);
    }
    paintCellText(painter, option, index.data().toString(), colours.textSecondary, Qt::AlignRight);
}

NodeTable::NodeTable(NodeGroups& groups, const Theme& theme, UiSettings& settings, QWidget* parent)
    : QTableView(parent), m_groups(groups), m_theme(theme), m_settings(settings)
{
    setAccessibleName(tr("Nodes"));
    setModel(&groups);
    setItemDelegate(new NodeDelegate(theme, this));
    setSelectionBehavior(SelectRows);
    setSelectionMode(ExtendedSelection);
    setShowGrid(false);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setMinimumSectionSize(headingHeight);
    verticalHeader()->setDefaultSectionSize(nodeRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    m_columns = new ColumnKeeper(QStringLiteral("nodes"), horizontalHeader(), settings, NodeModel::NameColumn);
    connect(m_columns, &ColumnKeeper::changed, this, &NodeTable::placeColumns);
    const int column = settings.number(sortKey, 0, -NodeModel::ColumnCount, NodeModel::ColumnCount);
    horizontalHeader()->setSortIndicatorClearable(true);
    horizontalHeader()->setSortIndicator(column == 0 ? -1 : std::abs(column) - 1,
                                         column < 0 ? Qt::DescendingOrder : Qt::AscendingOrder);
    setSortingEnabled(true);
    connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, [this](int section, Qt::SortOrder order) {
        m_settings.set(sortKey, order == Qt::AscendingOrder ? section + 1 : -section - 1);
    });
    connect(&settings, &UiSettings::changed, this, [this](const QString& group) {
        if (group == QLatin1String("layout"))
            horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    });
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        hold();
        Q_EMIT selectedNodeChanged();
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(&groups, signal, this, &NodeTable::setHeights);
    connect(&groups, &QAbstractItemModel::layoutChanged, this, &NodeTable::setHeights);
    setHeights();
}

void NodeTable::setHeights()
{
    for (int row = 0; row < m_groups.rowCount(); ++row) {
        const int height = m_groups.isGroup(m_groups.index(row, 0)) ? headingHeight : nodeRowHeight;
        if (rowHeight(row) != height)
            setRowHeight(row, height);
    }
}

void NodeTable::hold()
{
    m_groups.setHeld(m_underPointer || selectionModel()->hasSelection());
}

void NodeTable::setPointedAt(bool isOver)
{
    m_underPointer = isOver;
    hold();
}

quint32 NodeTable::selectedNode() const
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    if (rows.isEmpty())
        return 0;
    const QModelIndex current = currentIndex();
    const bool isCurrent = current.isValid() && selectionModel()->isRowSelected(current.row());
    return (isCurrent ? current : rows.front()).data(NodeModel::NodeIdRole).toUInt();
}

std::vector<NodeId> NodeTable::selectedNodes() const
{
    std::vector<NodeId> nodes;
    for (const QModelIndex& row : selectionModel()->selectedRows()) {
        if (const NodeSnapshot* node = m_groups.node(row))
            nodes.push_back(node->id);
    }
    return nodes;
}

void NodeTable::selectNode(NodeId node)
{
    const QModelIndex index = m_groups.indexOf(node);
    if (!index.isValid())
        return;
    setCurrentIndex(index);
    selectRow(index.row());
    scrollTo(index);
}

void NodeTable::selectAll()
{
    QItemSelection all;
    for (int row = 0; row < m_groups.rowCount(); ++row) {
        if (!m_groups.isGroup(m_groups.index(row, 0)))
            all.select(m_groups.index(row, 0), m_groups.index(row, m_groups.columnCount() - 1));
    }
    selectionModel()->select(all, QItemSelectionModel::ClearAndSelect);
}

void NodeTable::placeColumns()
{
    // The first that leaves room for what a node is doing; what matters least is left out first.
    //   State Node Device Prec. img/s Load Chunk Mem. Done Failed Beat
    static constexpr std::array<std::array<int, NodeModel::DoingColumn>, 5> layouts = {
        {{104, 140, 196, 84, 62, 130, 62, 82, 70, 62, 58},
         {104, 136, 154, 84, 62, 130, 62, 82, 70, 62, 58},
         {104, 104, 120, 78, 60, 92, 0, 0, 64, 60, 56},
         {104, 104, 0, 0, 60, 92, 0, 0, 64, 60, 56},
         {104, 96, 0, 0, 60, 0, 0, 0, 64, 60, 56}}};
    const auto fits = [this](const auto& widths) {
        return std::accumulate(widths.begin(), widths.end(), narrowestDoing) <= viewport()->width();
    };
    const auto found = std::ranges::find_if(layouts, fits);
    const auto& widths = found == layouts.end() ? layouts.back() : *found;
    int used = 0;
    for (int column = 0; column < NodeModel::DoingColumn; ++column) {
        const int usual = widths[static_cast<std::size_t>(column)];
        const int width = usual == 0 ? 0 : m_columns->width(column, usual);
        const bool hidden = width == 0 || m_columns->isHidden(column);
        m_columns->place(column, width, hidden);
        used += hidden ? 0 : width;
    }
    m_columns->place(NodeModel::DoingColumn, std::max(narrowestDoing, viewport()->width() - used),
                     m_columns->isHidden(NodeModel::DoingColumn));
}

void NodeTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    placeColumns();
}

void NodeTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    paintEmptyText(*this, m_groups.emptyText(), m_theme.colours());
}

QModelIndex NodeTable::moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers)
{
    const QModelIndex next = QTableView::moveCursor(action, modifiers);
    const bool up = action == MoveUp || action == MovePageUp || action == MovePrevious;
    QModelIndex row = next;
    while (row.isValid() && m_groups.isGroup(row))
        row = row.siblingAtRow(row.row() + (up ? -1 : 1));
    return row.isValid() ? row : currentIndex();
}

bool NodeTable::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
        setPointedAt(event->type() == QEvent::Enter);
    // A cell that is cut tells all of itself.
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
