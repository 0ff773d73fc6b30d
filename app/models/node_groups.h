// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes in groups with a heading row each: online, draining, stopped, lost. A node changes its group, or its place
// in a sorted group, only while nobody looks closely: held rows stay where they are, whatever happens to the nodes.
#pragma once

#include "app/models/node_model.h"

#include <QAbstractTableModel>

#include <array>
#include <vector>

namespace vitfleet::app {

class NodeGroups : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Role
    {
        IsGroupRole = Qt::UserRole + 100, ///< bool: a heading
    };

    explicit NodeGroups(NodeModel& nodes, QObject* parent = nullptr);

    bool isGroup(const QModelIndex& index) const;
    const NodeSnapshot* node(const QModelIndex& index) const;
    /// The row of a node; invalid where it is not shown.
    QModelIndex indexOf(NodeId node, int column = 0) const;
    /// The pointer is over the rows, or some are selected: nothing moves until this is over.
    void setHeld(bool held);
    /// A row waits for its place.
    bool isOutOfPlace() const { return m_outOfPlace; }
    /// Puts everything in its place now.
    void arrange();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// -1: in the order in which the nodes were added.
    void sort(int column, Qt::SortOrder order) override;
    int sortColumn() const { return m_sortColumn; }
    Qt::SortOrder sortOrder() const { return m_sortOrder; }

    QString groupName(int group) const;
    /// Where there are no rows: what that means, and what to do. Empty where there are.
    QString emptyText() const;

Q_SIGNALS:
    void outOfPlaceChanged();

private:
    static constexpr int groups = 4;
    struct Row
    {
        int group = 0;
        NodeId node; ///< 0: the heading
        int source = -1;
        friend bool operator==(const Row& a, const Row& b) { return a.group == b.group && a.node == b.node; }
    };
    std::vector<Row> arranged() const;
    void onChanged();
    void onInserted(int first, int last);
    void onRemoved(const std::vector<NodeId>& gone);
    void findSources();
    void setOutOfPlace(bool is);
    QString heading(int group) const;
    /// The figures in the headings, after rows have come, gone, moved or changed.
    void count();

    NodeModel& m_nodes;
    std::vector<Row> m_rows;
    std::array<int, groups> m_counts{};
    int m_notReady = 0;            ///< of the first group: those that are being started, prepared or set aside
    bool m_onlyLeft = false;       ///< none of those that are gone is missed
    std::vector<NodeId> m_leaving; ///< between rowsAboutToBeRemoved and rowsRemoved
    int m_sortColumn = -1;
    Qt::SortOrder m_sortOrder = Qt::AscendingOrder;
    bool m_held = false;
    bool m_outOfPlace = false;
    bool m_removing = false; ///< rows are on their way out
};

} // namespace vitfleet::app
