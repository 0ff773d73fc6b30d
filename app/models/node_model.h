// SPDX-License-Identifier: GPL-3.0-or-later
// The fleet's nodes, one row each, in the order in which they were added: a row never moves under the pointer. Views
// that group or sort put a proxy on top.
#pragma once

#include "app/core/snapshot.h"

#include <QAbstractTableModel>

#include <memory>
#include <unordered_set>
#include <vector>

namespace vitfleet::app {

class NodeModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        StateColumn,
        NameColumn,
        DeviceColumn,
        PrecisionColumn,
        RateColumn,
        LoadColumn,
        ChunkColumn,
        MemoryColumn,
        DoneColumn,
        FailedColumn,
        BeatColumn,
        DoingColumn,
        ColumnCount
    };
    enum Role
    {
        NodeIdRole = Qt::UserRole + 1, ///< quint32
        StateRole,                     ///< int of NodeState
        SortRole,                      ///< the plain value of a cell
        LoadRole,                      ///< double, 0 … 1
        StaleRole,                     ///< bool: gauges are older than 3 s
        LateRole,                      ///< bool: the heartbeat is late, before the node is given up
        OverdueRole,                   ///< bool: it is time to give the node up
        SyntheticRole,                 ///< bool: its results come from no inference
        GroupRole,                     ///< int: 0 online, 1 draining, 2 stopped, 3 lost, left or refused
    };

    explicit NodeModel(QObject* parent = nullptr);

    void update(const std::shared_ptr<const FleetSnapshot>& snapshot);
    /// Nodes that leave in a moment, unless that is taken back: their rows say so.
    void setLeaving(std::unordered_set<NodeId> nodes);
    const NodeSnapshot* node(const QModelIndex& index) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    static QString stateText(NodeState state);
    /// What the node is doing, or why it does nothing, in one sentence.
    static QString doingText(const NodeSnapshot& node);

private:
    QVariant display(const NodeSnapshot& node, int column) const;
    QVariant sortValue(const NodeSnapshot& node, int column) const;

    void removeMissing(const FleetSnapshot& next);

    std::shared_ptr<const FleetSnapshot> m_snapshot;
    std::unordered_set<NodeId> m_leaving;
    std::vector<std::size_t> m_rows; ///< row → position in the snapshot; differs only while rows come or go
};

} // namespace vitfleet::app
