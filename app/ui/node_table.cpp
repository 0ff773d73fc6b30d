// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_table.h"

#include "app/models/node_model.h"
#include "app/ui/cell_painter.h"
#include "app/ui/theme.h"

#include <QHeaderView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace vitfleet::app {
namespace {

constexpr int nodeRowHeight = 30;
constexpr int fullWidth = 1080; ///< below it, chunk and memory give their room to the others

enum class Shape
{
    Disc,
    Circle,
    Triangle,
    Held,
    Cross
};

struct StateLook
{
    Shape shape;
    QColor colour;
};

StateLook lookOf(NodeState state, const Colours& colours)
{
    switch (state) {
    case NodeState::Online:
        return {Shape::Disc, colours.ok};
    case NodeState::Suspect:
        return {Shape::Triangle, colours.warning};
    case NodeState::Draining:
    case NodeState::Drained:
    case NodeState::SetAside:
        return {Shape::Held, colours.held};
    case NodeState::Lost:
    case NodeState::Refused:
        return {Shape::Cross, colours.error};
    default:
        return {Shape::Circle, colours.textSecondary};
    }
}

/// Drawn, not written: fonts disagree about the size of ● and ▲.
void paintShape(QPainter& painter, Shape shape, const QPointF& centre, const QColor& colour)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    switch (shape) {
    case Shape::Disc:
        painter.drawEllipse(centre, 4.5, 4.5);
        break;
    case Shape::Circle:
        painter.setPen(QPen(colour, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawEllipse(centre, 3.75, 3.75);
        break;
    case Shape::Triangle:
        painter.drawPolygon(QPolygonF({centre + QPointF(0, -5), centre + QPointF(5, 4), centre + QPointF(-5, 4)}));
        break;
    case Shape::Held:
        painter.drawPolygon(QPolygonF({centre + QPointF(0, 5), centre + QPointF(5, -4), centre + QPointF(-5, -4)}));
        break;
    case Shape::Cross:
        painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(centre + QPointF(-3.5, -3.5), centre + QPointF(3.5, 3.5));
        painter.drawLine(centre + QPointF(-3.5, 3.5), centre + QPointF(3.5, -3.5));
        break;
    }
}

QColor colourOf(const QModelIndex& index, const Colours& colours)
{
    switch (index.column()) {
    case NodeModel::BeatColumn:
        return index.data(NodeModel::StaleRole).toBool() ? colours.error : colours.textSecondary;
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
    paintCellGround(*painter, option, m_theme.colours());
    if (index.column() == NodeModel::StateColumn)
        paintState(*painter, option, index);
    else if (index.column() == NodeModel::LoadColumn)
        paintLoad(*painter, option, index);
    else
        paintCellText(*painter, option, index.data().toString(), colourOf(index, m_theme.colours()),
                      Qt::Alignment(index.data(Qt::TextAlignmentRole).toInt()) & Qt::AlignHorizontal_Mask,
                      index.column() == NodeModel::NameColumn);
    painter->restore();
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

NodeTable::NodeTable(NodeModel& model, const Theme& theme, QWidget* parent) : QTableView(parent), m_theme(theme)
{
    setAccessibleName(tr("Nodes"));
    setModel(&model);
    setItemDelegate(new NodeDelegate(theme, this));
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
    verticalHeader()->setDefaultSectionSize(nodeRowHeight);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setStretchLastSection(true);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &NodeTable::selectedNodeChanged);
}

quint32 NodeTable::selectedNode() const
{
    const QModelIndexList rows = selectionModel()->selectedRows();
    return rows.isEmpty() ? 0 : rows.front().data(NodeModel::NodeIdRole).toUInt();
}

void NodeTable::resizeEvent(QResizeEvent* event)
{
    QTableView::resizeEvent(event);
    const bool narrow = viewport()->width() < fullWidth;
    //                                           State Node Device Prec. img/s Load Chunk Mem. Done Failed Beat
    static constexpr int wide[] = {104, 92, 190, 84, 62, 130, 62, 82, 70, 62, 58};
    static constexpr int tight[] = {100, 84, 120, 78, 60, 92, 0, 0, 64, 60, 56};
    int used = 0;
    for (int column = 0; column < NodeModel::DoingColumn; ++column) {
        const int columnWidth = narrow ? tight[column] : wide[column];
        setColumnHidden(column, columnWidth == 0);
        if (columnWidth > 0)
            setColumnWidth(column, columnWidth);
        used += columnWidth;
    }
    setColumnWidth(NodeModel::DoingColumn, std::max(120, viewport()->width() - used));
}

void NodeTable::paintEvent(QPaintEvent* event)
{
    QTableView::paintEvent(event);
    if (model()->rowCount() > 0)
        return;
    QPainter painter(viewport());
    painter.setPen(m_theme.colours().textSecondary);
    painter.drawText(viewport()->rect().adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("No node is left. Add one, or start a run with agents on this machine."));
}

bool NodeTable::viewportEvent(QEvent* event)
{
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
