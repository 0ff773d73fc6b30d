// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes as a table: state by shape, word and colour; load as a bar.
#pragma once

#include <QStyledItemDelegate>
#include <QTableView>

namespace vitfleet::app {

class NodeModel;
class Theme;

class NodeDelegate : public QStyledItemDelegate
{
    Q_OBJECT
public:
    explicit NodeDelegate(const Theme& theme, QObject* parent = nullptr);
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    void paintState(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintLoad(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;

    const Theme& m_theme;
};

class NodeTable : public QTableView
{
    Q_OBJECT
public:
    NodeTable(NodeModel& model, const Theme& theme, QWidget* parent = nullptr);
    /// The selected node's number; 0: none.
    quint32 selectedNode() const;

Q_SIGNALS:
    void selectedNodeChanged();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    const Theme& m_theme;
};

} // namespace vitfleet::app
