// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/node_model.h"

#include "app/models/counted.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace vitfleet::app {
namespace {

constexpr std::chrono::milliseconds staleAge{3'000};

QString number(std::uint64_t value)
{
    return QLocale().toString(static_cast<qulonglong>(value));
}

QString dash()
{
    return QStringLiteral("–");
}

bool isAlive(NodeState state)
{
    return state == NodeState::Online || state == NodeState::Suspect || state == NodeState::Preparing ||
           state == NodeState::Draining || state == NodeState::Drained || state == NodeState::SetAside;
}

QString clockTime(UnixMs at)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(at).time(), QStringLiteral("HH:mm:ss"));
}

QString reasonText(const Error& error)
{
    const ErrorInfo& entry = info(error.code);
    QString text = QString::fromUtf8(entry.what.data(), static_cast<qsizetype>(entry.what.size()));
    if (!error.detail.empty())
        text += QStringLiteral(" (") % QString::fromStdString(error.detail) % QStringLiteral(")");
    return text;
}

double loadOf(const NodeSnapshot& node)
{
    return node.cores == 0 ? 0.0 : std::clamp(static_cast<double>(node.cpuPercent) / 100.0 / node.cores, 0.0, 1.0);
}

QString deviceText(const NodeSnapshot& node)
{
    if (!node.gpu.empty())
        return QString::fromStdString(node.gpu);
    if (node.cpuModel.empty())
        return dash();
    // What every such name has says nothing.
    QString cpu = QString::fromStdString(node.cpuModel);
    for (const char* part : {"(R)", "(TM)", "(tm)", " Processor", " CPU"})
        cpu.remove(QLatin1String(part));
    return counted::cores(node.cores) % QStringLiteral(", ") % cpu;
}

int groupOf(NodeState state)
{
    switch (state) {
    case NodeState::Draining:
    case NodeState::Drained:
        return 1;
    case NodeState::Stopped:
        return 2;
    case NodeState::Lost:
    case NodeState::Left:
    case NodeState::Refused:
        return 3;
    default:
        return 0;
    }
}

} // namespace

NodeModel::NodeModel(QObject* parent) : QAbstractTableModel(parent), m_snapshot(std::make_shared<FleetSnapshot>()) {}

void NodeModel::removeMissing(const FleetSnapshot& next)
{
    std::unordered_set<NodeId> kept;
    for (const NodeSnapshot& node : next.nodes)
        kept.insert(node.id);
    const auto isKept = [&](std::size_t row) { return kept.contains(m_snapshot->nodes[m_rows[row]].id); };
    for (std::size_t last = m_rows.size(); last > 0;) {
        if (isKept(last - 1)) {
            --last;
            continue;
        }
        std::size_t first = last - 1;
        while (first > 0 && !isKept(first - 1))
            --first;
        beginRemoveRows({}, static_cast<int>(first), static_cast<int>(last) - 1);
        m_rows.erase(m_rows.begin() + static_cast<std::ptrdiff_t>(first),
                     m_rows.begin() + static_cast<std::ptrdiff_t>(last));
        endRemoveRows();
        last = first;
    }
}

void NodeModel::update(const std::shared_ptr<const FleetSnapshot>& snapshot)
{
    removeMissing(*snapshot);
    // What is left stands in the new snapshot in the same order.
    std::unordered_map<NodeId, std::size_t> positions;
    for (std::size_t i = 0; i < snapshot->nodes.size(); ++i)
        positions.emplace(snapshot->nodes[i].id, i);
    for (std::size_t& row : m_rows)
        row = positions.at(m_snapshot->nodes[row].id);
    m_snapshot = snapshot;
    const std::size_t before = m_rows.size();
    for (std::size_t row = 0; row < snapshot->nodes.size();) {
        std::size_t next = row < m_rows.size() ? m_rows[row] : snapshot->nodes.size();
        if (next == row) {
            ++row;
            continue;
        }
        beginInsertRows({}, static_cast<int>(row), static_cast<int>(next) - 1);
        std::vector<std::size_t> added(next - row);
        std::iota(added.begin(), added.end(), row);
        m_rows.insert(m_rows.begin() + static_cast<std::ptrdiff_t>(row), added.begin(), added.end());
        endInsertRows();
        row = next;
    }
    if (before > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void NodeModel::setLeaving(std::unordered_set<NodeId> nodes)
{
    m_leaving = std::move(nodes);
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, DoingColumn), index(rowCount() - 1, DoingColumn));
}

const NodeSnapshot* NodeModel::node(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount()
               ? &m_snapshot->nodes[m_rows[static_cast<std::size_t>(index.row())]]
               : nullptr;
}

int NodeModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int NodeModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString NodeModel::stateText(NodeState state)
{
    switch (state) {
    case NodeState::Starting:
        return tr("Starting");
    case NodeState::Connecting:
        return tr("Connecting");
    case NodeState::Preparing:
        return tr("Preparing");
    case NodeState::Online:
        return tr("Online");
    case NodeState::Suspect:
        return tr("Suspect");
    case NodeState::Draining:
        return tr("Draining");
    case NodeState::Drained:
        return tr("Drained");
    case NodeState::SetAside:
        return tr("Set aside");
    case NodeState::Refused:
        return tr("Refused");
    case NodeState::Lost:
        return tr("Lost");
    case NodeState::Left:
        return tr("Left");
    case NodeState::Stopped:
        return tr("Stopped");
    case NodeState::Invalid:
        break;
    }
    return {};
}

QString NodeModel::doingText(const NodeSnapshot& node)
{
    switch (node.state) {
    case NodeState::Starting:
        return tr("Its process is being started");
    case NodeState::Connecting:
        return node.reason.code == ErrorCode::None ? tr("Waiting for its first answer") : reasonText(node.reason);
    case NodeState::Preparing:
        return node.modelFetched > 0 && node.modelFetched < 1
                   ? tr("Copying the model, %1 %").arg(qRound(node.modelFetched * 100))
                   : tr("Loading the model");
    case NodeState::Suspect:
        return tr("No heartbeat since %1").arg(clockTime(node.lastBeat.value_or(node.stateSince)));
    case NodeState::Draining:
        return node.stopping ? tr("Finishes its chunk, then stops") : tr("Finishes its chunk, then rests");
    case NodeState::Drained:
        return tr("Has finished, takes no more work");
    case NodeState::SetAside:
        return tr("Set aside after errors, tried again soon");
    case NodeState::Refused:
    case NodeState::Lost:
        return tr("Since %1: %2").arg(clockTime(node.stateSince), reasonText(node.reason));
    case NodeState::Left:
        return tr("Ended at %1").arg(clockTime(node.stateSince));
    case NodeState::Stopped:
        return tr("Stopped at %1, can be started again").arg(clockTime(node.stateSince));
    default:
        break;
    }
    switch (node.idle) {
    case IdleReason::None:
        return tr("Working");
    case IdleReason::NoRun:
        return tr("Ready, no run");
    case IdleReason::Scanning:
        return tr("Waits for the scan");
    case IdleReason::NothingLeft:
        return tr("Idle: the rest is with other nodes");
    case IdleReason::Paused:
        return tr("Idle: the run is paused");
    case IdleReason::NotSelected:
        return tr("Idle: the run uses fewer nodes");
    case IdleReason::LoadingModel:
        return tr("Loading the model");
    case IdleReason::Draining:
        return tr("Finishes its chunk, then rests");
    case IdleReason::CheckingPrecision:
        return tr("Waits for the check of the precision");
    case IdleReason::StoreBehind:
        return tr("Waits for the database");
    }
    return {};
}

QVariant NodeModel::display(const NodeSnapshot& node, int column) const
{
    const bool alive = isAlive(node.state);
    switch (column) {
    case StateColumn:
        return stateText(node.state);
    case NameColumn:
        return QString::fromStdString(node.name);
    case DeviceColumn:
        return deviceText(node);
    case PrecisionColumn:
        return node.replicas == 0 ? dash() : node.synthetic ? tr("synthetic") : QString::fromStdString(node.precision);
    case RateColumn:
        return alive ? number(static_cast<std::uint64_t>(node.imagesPerSecond + 0.5f)) : number(0);
    case LoadColumn:
        return alive ? tr("%1 %").arg(qRound(loadOf(node) * 100)) : dash();
    case ChunkColumn:
        return alive && node.leased > 0 ? number(node.chunk) : dash();
    case MemoryColumn:
        return alive && node.rssBytes > 0 ? QLocale().formattedDataSize(static_cast<qint64>(node.rssBytes), 0) : dash();
    case DoneColumn:
        return number(node.labelled);
    case FailedColumn:
        return number(node.errors);
    case BeatColumn:
        return node.lastBeat ? tr("%1 s").arg(QLocale().toString(static_cast<double>(node.beatAge.count()) / 1000.0,
                                                                 'f', node.beatAge.count() < 10'000 ? 1 : 0))
                             : dash();
    case DoingColumn:
        return m_leaving.contains(node.id) ? tr("Leaves in a few seconds; Ctrl+Z keeps it") : doingText(node);
    default:
        return {};
    }
}

QVariant NodeModel::sortValue(const NodeSnapshot& node, int column) const
{
    switch (column) {
    case RateColumn:
        return static_cast<double>(node.imagesPerSecond);
    case LoadColumn:
        return loadOf(node);
    case ChunkColumn:
        return node.chunk;
    case MemoryColumn:
        return static_cast<qulonglong>(node.rssBytes);
    case DoneColumn:
        return static_cast<qulonglong>(node.labelled);
    case FailedColumn:
        return static_cast<qulonglong>(node.errors);
    case BeatColumn:
        return static_cast<qlonglong>(node.beatAge.count());
    default:
        return display(node, column);
    }
}

QVariant NodeModel::data(const QModelIndex& index, int role) const
{
    const NodeSnapshot* row = node(index);
    if (!row)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return display(*row, index.column());
    case Qt::TextAlignmentRole:
        switch (index.column()) {
        case RateColumn:
        case ChunkColumn:
        case MemoryColumn:
        case DoneColumn:
        case FailedColumn:
        case BeatColumn:
            return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
        default:
            return QVariant::fromValue(Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter));
        }
    case Qt::ToolTipRole:
        return index.column() == DoingColumn && row->reason.code != ErrorCode::None
                   ? QVariant(QString::fromStdString(describe(row->reason)))
                   : QVariant();
    case NodeIdRole:
        return row->id.value;
    case StateRole:
        return static_cast<int>(row->state);
    case SortRole:
        return sortValue(*row, index.column());
    case LoadRole:
        return isAlive(row->state) ? loadOf(*row) : 0.0;
    case StaleRole:
        return row->beatAge > staleAge;
    case LateRole:
        return row->state == NodeState::Suspect || row->beatAge > m_snapshot->lostAfter / 2;
    case OverdueRole:
        return row->beatAge > m_snapshot->lostAfter;
    case SyntheticRole:
        return row->synthetic && row->replicas > 0;
    case GroupRole:
        return groupOf(row->state);
    default:
        return {};
    }
}

QVariant NodeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        const bool right = section == RateColumn || (section >= ChunkColumn && section <= BeatColumn);
        return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case StateColumn:
        return tr("State");
    case NameColumn:
        return tr("Node");
    case DeviceColumn:
        return tr("Device");
    case PrecisionColumn:
        return tr("Precision");
    case RateColumn:
        return tr("img/s");
    case LoadColumn:
        return tr("Load");
    case ChunkColumn:
        return tr("Chunk");
    case MemoryColumn:
        return tr("Memory");
    case DoneColumn:
        return tr("Done");
    case FailedColumn:
        return tr("Failed");
    case BeatColumn:
        return tr("Beat");
    case DoingColumn:
        return tr("What it is doing");
    default:
        return {};
    }
}

} // namespace vitfleet::app
