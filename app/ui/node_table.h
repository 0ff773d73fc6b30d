// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes in groups, as a table. Cells are drawn by hand: state as shape, word and colour, load as a bar.
#pragma once

#include "app/models/node_groups.h"

#include <QStyledItemDelegate>
#include <QTableView>

namespace vitfleet::app {

class ColumnKeeper;
class Theme;
class UiSettings;

class NodeDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit NodeDelegate(const Theme& theme, QObject* parent = nullptr);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintHeading(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintState(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintLoad(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;

    const Theme& m_theme;
};

class NodeTable : public QTableView
{
    Q_OBJECT
public:
    NodeTable(NodeGroups& groups, const Theme& theme, UiSettings& settings, QWidget* parent = nullptr);
    /// The current node's number, if it is selected; 0: none.
    quint32 selectedNode() const;
    std::vector<NodeId> selectedNodes() const;
    void selectNode(NodeId node);
    /// Over these rows, also where another view shows them: nothing moves meanwhile.
    void setPointedAt(bool isOver);
    /// Selects every node.
    void selectAll() override;
    QSize sizeHint() const override { return {600, 260}; }

Q_SIGNALS:
    void selectedNodeChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    /// Passes over the headings.
    QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;

private:
    void placeColumns();
    void setHeights();
    void hold();

    NodeGroups& m_groups;
    const Theme& m_theme;
    UiSettings& m_settings;
    ColumnKeeper* m_columns;
    bool m_underPointer = false;
};

} // namespace vitfleet::app
