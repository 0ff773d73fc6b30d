// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ui/node_tiles.h"

#include "app/models/node_groups.h"
#include "app/ui/cell_painter.h"
#include "app/ui/node_painter.h"
#include "app/ui/theme.h"

#include <QPainter>
#include <QStyledItemDelegate>

namespace vitfleet::app {
namespace {

constexpr int tileWidth = 176, tileHeight = 84, replayHeight = 56, gap = 8, headingHeight = 26;

class TileDelegate : public QStyledItemDelegate
{
public:
    TileDelegate(const Theme& theme, const QAbstractItemView* view, NodeTiles::Kind kind, QObject* parent)
        : QStyledItemDelegate(parent), m_theme(theme), m_view(view), m_isLive(kind == NodeTiles::Kind::Live)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const override
    {
        // A heading takes a whole line, so that its group begins on the next.
        if (index.data(NodeGroups::IsGroupRole).toBool())
            return {std::max(tileWidth, m_view->viewport()->width() - 4), headingHeight};
        return {tileWidth + gap, height() + gap};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Colours& colours = m_theme.colours();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        QFont strong = option.font;
        strong.setWeight(QFont::DemiBold);
        if (index.data(NodeGroups::IsGroupRole).toBool()) {
            strong.setPixelSize(12);
            painter->setFont(strong);
            painter->fillRect(option.rect.adjusted(4, 0, 0, 0), colours.raised);
            painter->setPen(colours.text);
            painter->drawText(option.rect.adjusted(12, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                              index.data().toString());
        } else {
            paintTile(*painter, option, index, strong);
        }
        painter->restore();
    }

private:
    int height() const { return m_isLive ? tileHeight : replayHeight; }

    void paintTile(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                   const QFont& strong) const
    {
        const Colours& colours = m_theme.colours();
        const auto cell = [&](int column) { return index.siblingAtColumn(column); };
        const QRect tile = QRect(option.rect.topLeft(), QSize(tileWidth, height())).translated(gap / 2, gap / 2);
        const bool selected = option.state & QStyle::State_Selected;
        const StateLook look = lookOf(static_cast<NodeState>(index.data(NodeModel::StateRole).toInt()), colours);
        painter.setPen(QPen(selected ? colours.accent : colours.line, selected ? 2 : 1));
        painter.setBrush(selected ? colours.accentSoft : colours.surface);
        painter.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), 6, 6);
        const QRect inner = tile.adjusted(10, 8, -10, -8);
        paintShape(painter, look.shape, QPointF(inner.left() + 5, inner.top() + 9), look.colour);
        painter.setFont(strong);
        painter.setPen(colours.text);
        QString rate = cell(NodeModel::RateColumn).data().toString();
        if (!m_isLive)
            rate = NodeTiles::tr("%1 img/s").arg(rate);
        painter.drawText(inner.adjusted(0, 0, 0, -inner.height() + 18), Qt::AlignRight | Qt::AlignVCenter, rate);
        const int room = inner.width() - 16 - QFontMetrics(strong).horizontalAdvance(rate) - 6;
        painter.drawText(
            QRect(inner.left() + 16, inner.top(), room, 18), Qt::AlignLeft | Qt::AlignVCenter,
            QFontMetrics(strong).elidedText(cell(NodeModel::NameColumn).data().toString(), Qt::ElideMiddle, room));
        QFont small = option.font;
        small.setPixelSize(12);
        painter.setFont(small);
        painter.setPen(look.colour);
        const QString state = index.data().toString();
        painter.drawText(QRect(inner.left(), inner.top() + 24, inner.width(), 16), Qt::AlignLeft, state);
        if (!m_isLive)
            return;
        painter.setPen(colours.textSecondary);
        painter.drawText(QRect(inner.left(), inner.top() + 24, inner.width(), 16), Qt::AlignRight,
                         cell(NodeModel::BeatColumn).data().toString());
        const QRectF bar(inner.left(), inner.bottom() - 8, inner.width() - 40, 6);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.raised);
        painter.drawRoundedRect(bar, 3, 3);
        const double load = index.data(NodeModel::LoadRole).toDouble();
        if (load > 0) {
            painter.setBrush(index.data(NodeModel::StaleRole).toBool() ? colours.line : colours.accent);
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), std::max(6.0, bar.width() * load), 6), 3, 3);
        }
        painter.setPen(colours.textSecondary);
        painter.drawText(QRect(inner.left(), inner.bottom() - 13, inner.width(), 16), Qt::AlignRight | Qt::AlignVCenter,
                         cell(NodeModel::LoadColumn).data().toString());
    }

    const Theme& m_theme;
    const QAbstractItemView* m_view;
    bool m_isLive;
};

} // namespace

NodeTiles::NodeTiles(NodeGroups& groups, const Theme& theme, Kind kind, QWidget* parent)
    : QListView(parent), m_groups(groups), m_theme(theme), m_kind(kind)
{
    setAccessibleName(tr("Nodes as tiles"));
    setModel(&groups);
    setItemDelegate(new TileDelegate(theme, this, kind, this));
    setViewMode(ListMode);
    setFlow(LeftToRight);
    setWrapping(true);
    setResizeMode(Adjust);
    setSelectionMode(ExtendedSelection);
    setEditTriggers(NoEditTriggers);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFrameShape(QFrame::NoFrame);
}

bool NodeTiles::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Enter || event->type() == QEvent::Leave)
        Q_EMIT pointedAt(event->type() == QEvent::Enter);
    return QListView::viewportEvent(event);
}

void NodeTiles::resizeEvent(QResizeEvent* event)
{
    scheduleDelayedItemsLayout();
    QListView::resizeEvent(event);
}

void NodeTiles::paintEvent(QPaintEvent* event)
{
    QListView::paintEvent(event);
    if (m_kind == Kind::Live)
        paintEmptyText(*this, m_groups.emptyText(), m_theme.colours());
}

} // namespace vitfleet::app
