// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/node_groups.h"

#include <QLocale>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace vitfleet::app {
namespace {

/// Of a row whose node has left the model beneath and that is about to go itself.
constexpr int nowhere = std::numeric_limits<int>::max();

} // namespace

NodeGroups::NodeGroups(NodeModel& nodes, QObject* parent) : QAbstractTableModel(parent), m_nodes(nodes)
{
    connect(&nodes, &QAbstractItemModel::dataChanged, this, &NodeGroups::onChanged);
    connect(&nodes, &QAbstractItemModel::rowsInserted, this,
            [this](const QModelIndex&, int first, int last) { onInserted(first, last); });
    connect(&nodes, &QAbstractItemModel::rowsAboutToBeRemoved, this, [this](const QModelIndex&, int first, int last) {
        m_leaving.clear();
        for (int row = first; row <= last; ++row)
            m_leaving.push_back(m_nodes.node(m_nodes.index(row, 0))->id);
    });
    connect(&nodes, &QAbstractItemModel::rowsRemoved, this, [this] { onRemoved(m_leaving); });
    arrange();
}

QString NodeGroups::emptyText() const
{
    return m_rows.empty() ? tr("No node is left. Add one, or start a run with agents on this machine.") : QString();
}

QString NodeGroups::groupName(int group) const
{
    return group == 0   ? tr("Online")
           : group == 1 ? tr("Draining")
           : group == 2 ? tr("Stopped")
           : m_onlyLeft ? tr("Left")
                        : tr("Lost");
}

QString NodeGroups::heading(int group) const
{
    const int notReady = group == 0 ? m_notReady : 0;
    const QString ready = QLocale().toString(m_counts[static_cast<std::size_t>(group)] - notReady);
    return notReady == 0 ? QStringLiteral("%1 · %2").arg(groupName(group), ready)
                         : tr("%1 · %2, %3 not ready").arg(groupName(group), ready, QLocale().toString(notReady));
}

void NodeGroups::count()
{
    std::array<int, groups> counts{};
    int notReady = 0;
    bool onlyLeft = true;
    for (const Row& row : m_rows) {
        const NodeSnapshot* node = row.source >= 0 ? m_nodes.node(m_nodes.index(row.source, 0)) : nullptr;
        counts[static_cast<std::size_t>(row.group)] += row.source >= 0;
        if (!node)
            continue;
        notReady += row.group == 0 && node->state != NodeState::Online && node->state != NodeState::Suspect;
        onlyLeft &= row.group != groups - 1 || node->state == NodeState::Left;
    }
    if (counts == m_counts && notReady == m_notReady && onlyLeft == m_onlyLeft)
        return;
    m_counts = counts;
    m_notReady = notReady;
    m_onlyLeft = onlyLeft;
    for (int row = 0; row < rowCount(); ++row) {
        if (m_rows[static_cast<std::size_t>(row)].source < 0)
            Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
    }
}

std::vector<NodeGroups::Row> NodeGroups::arranged() const
{
    std::vector<Row> rows;
    for (int group = 0; group < groups; ++group) {
        const auto heading = rows.size();
        for (int source = 0; source < m_nodes.rowCount(); ++source) {
            const QModelIndex index = m_nodes.index(source, 0);
            if (index.data(NodeModel::GroupRole).toInt() == group)
                rows.push_back({group, m_nodes.node(index)->id, source});
        }
        if (rows.size() == heading)
            continue;
        if (m_sortColumn >= 0) {
            const auto value = [this](const Row& row) {
                return m_nodes.index(row.source, m_sortColumn).data(NodeModel::SortRole);
            };
            std::stable_sort(rows.begin() + static_cast<std::ptrdiff_t>(heading), rows.end(),
                             [&](const Row& a, const Row& b) {
                                 const auto order = QVariant::compare(value(a), value(b));
                                 return m_sortOrder == Qt::AscendingOrder ? order < 0 : order > 0;
                             });
        }
        rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(heading), Row{group, NodeId(), -1});
    }
    return rows;
}

void NodeGroups::arrange()
{
    std::vector<Row> next = arranged();
    setOutOfPlace(false);
    if (next == m_rows) {
        m_rows = std::move(next);
        return;
    }
    // Headings come and go with inserted and removed rows; nodes only change places.
    for (int row = static_cast<int>(m_rows.size()) - 1; row >= 0; --row) {
        const Row& old = m_rows[static_cast<std::size_t>(row)];
        if (old.source >= 0 || std::ranges::find(next, old) != next.end())
            continue;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        endRemoveRows();
    }
    for (std::size_t row = 0; row < next.size(); ++row) {
        if (next[row].source >= 0 || std::ranges::find(m_rows, next[row]) != m_rows.end())
            continue;
        const auto at = std::min(row, m_rows.size());
        beginInsertRows({}, static_cast<int>(at), static_cast<int>(at));
        m_rows.insert(m_rows.begin() + static_cast<std::ptrdiff_t>(at), next[row]);
        endInsertRows();
    }
    if (next == m_rows) {
        count();
        return;
    }
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    std::unordered_map<NodeId, int> places;
    std::vector<int> headings(groups, -1);
    for (std::size_t row = 0; row < next.size(); ++row) {
        if (next[row].source >= 0)
            places.emplace(next[row].node, static_cast<int>(row));
        else
            headings[static_cast<std::size_t>(next[row].group)] = static_cast<int>(row);
    }
    const QModelIndexList before = persistentIndexList();
    QModelIndexList after;
    for (const QModelIndex& index : before) {
        const Row& row = m_rows[static_cast<std::size_t>(index.row())];
        const int place = row.source >= 0 ? places.at(row.node) : headings[static_cast<std::size_t>(row.group)];
        after << createIndex(place, index.column());
    }
    m_rows = std::move(next);
    changePersistentIndexList(before, after);
    Q_EMIT layoutChanged({}, VerticalSortHint);
    count();
}

void NodeGroups::setHeld(bool held)
{
    if (m_held == held)
        return;
    m_held = held;
    // A row that goes takes its selection along, while it is still among the rows.
    if (!held && !m_removing)
        arrange();
}

void NodeGroups::setOutOfPlace(bool is)
{
    if (m_outOfPlace == is)
        return;
    m_outOfPlace = is;
    Q_EMIT outOfPlaceChanged();
}

void NodeGroups::findSources()
{
    std::unordered_map<NodeId, int> sources;
    for (int source = 0; source < m_nodes.rowCount(); ++source)
        sources.emplace(m_nodes.node(m_nodes.index(source, 0))->id, source);
    for (Row& row : m_rows) {
        if (row.source < 0)
            continue;
        const auto found = sources.find(row.node);
        row.source = found == sources.end() ? nowhere : found->second;
    }
}

void NodeGroups::onChanged()
{
    if (!m_held)
        arrange();
    else
        setOutOfPlace(!(arranged() == m_rows));
    count();
    if (!m_rows.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void NodeGroups::onInserted(int first, int last)
{
    findSources();
    for (int source = first; source <= last; ++source) {
        const QModelIndex index = m_nodes.index(source, 0);
        const Row row{index.data(NodeModel::GroupRole).toInt(), m_nodes.node(index)->id, source};
        if (m_held && !m_rows.empty()) {
            // Below everything: whatever is pointed at stays where it is.
            const int end = rowCount();
            beginInsertRows({}, end, end);
            m_rows.push_back(row);
            endInsertRows();
            setOutOfPlace(!(arranged() == m_rows));
            continue;
        }
        // At the end of its group, so that nothing above moves; behind a heading of its own where there is none.
        auto at = std::ranges::find_if(m_rows, [&](const Row& other) { return other.group > row.group; });
        const bool headed = std::ranges::any_of(m_rows, [&](const Row& other) { return other.group == row.group; });
        const int place = static_cast<int>(at - m_rows.begin());
        beginInsertRows({}, place, place + (headed ? 0 : 1));
        if (!headed)
            at = m_rows.insert(at, Row{row.group, NodeId(), -1}) + 1;
        m_rows.insert(at, row);
        endInsertRows();
    }
    if (m_sortColumn >= 0 && !m_held)
        arrange();
    count();
}

void NodeGroups::onRemoved(const std::vector<NodeId>& gone)
{
    m_removing = true;
    findSources();
    for (int row = static_cast<int>(m_rows.size()) - 1; row >= 0; --row) {
        const Row& old = m_rows[static_cast<std::size_t>(row)];
        const bool leaves = old.source >= 0 ? std::ranges::find(gone, old.node) != gone.end()
                                            : std::ranges::none_of(m_rows, [&](const Row& other) {
                                                  return other.group == old.group && other.source >= 0;
                                              });
        if (!leaves)
            continue;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        endRemoveRows();
    }
    m_removing = false;
    count();
    if (!m_held)
        arrange();
}

bool NodeGroups::isGroup(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount() && m_rows[static_cast<std::size_t>(index.row())].source < 0;
}

const NodeSnapshot* NodeGroups::node(const QModelIndex& index) const
{
    if (!index.isValid() || index.row() >= rowCount() || isGroup(index))
        return nullptr;
    return m_nodes.node(m_nodes.index(m_rows[static_cast<std::size_t>(index.row())].source, 0));
}

QModelIndex NodeGroups::indexOf(NodeId node, int column) const
{
    const auto at = std::ranges::find_if(m_rows, [&](const Row& row) { return row.source >= 0 && row.node == node; });
    return at == m_rows.end() ? QModelIndex() : index(static_cast<int>(at - m_rows.begin()), column);
}

int NodeGroups::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int NodeGroups::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(NodeModel::ColumnCount);
}

QVariant NodeGroups::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == IsGroupRole)
        return row.source < 0;
    if (row.source >= 0)
        return m_nodes.index(row.source, index.column()).data(role);
    if (role == NodeModel::GroupRole)
        return row.group;
    if (role == Qt::AccessibleTextRole || (role == Qt::DisplayRole && index.column() == 0))
        return heading(row.group);
    return {};
}

QVariant NodeGroups::headerData(int section, Qt::Orientation orientation, int role) const
{
    return m_nodes.headerData(section, orientation, role);
}

Qt::ItemFlags NodeGroups::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    return isGroup(index) ? Qt::ItemFlags(Qt::ItemIsEnabled) : QAbstractTableModel::flags(index);
}

void NodeGroups::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column < 0 || column >= NodeModel::ColumnCount ? -1 : column;
    m_sortOrder = order;
    arrange();
}

} // namespace vitfleet::app
