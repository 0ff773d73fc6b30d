// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/run_history.h"

#include "app/core/text.h"
#include "app/models/event_text.h"

#include <QDateTime>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace vitfleet::app {
namespace {

Result<std::vector<PastRun>> readRuns(StoreReader& reader)
{
    auto records = reader.runs();
    if (!records)
        return records.error();
    const auto costs = reader.costs();
    if (!costs)
        return costs.error();
    std::vector<PastRun> runs;
    for (auto record = records->rbegin(); record != records->rend(); ++record) {
        const auto nodes = reader.nodes(record->id);
        if (!nodes)
            return nodes.error();
        const auto cost = costs->find(record->id);
        runs.push_back({std::move(*record), workingNodes(*nodes),
                        cost == costs->end() ? std::vector<RunCostRecord>() : cost->second});
    }
    return runs;
}

QString stateText(RunState state)
{
    switch (state) {
    case RunState::Finished:
        return RunHistory::tr("✓ Finished");
    case RunState::Failed:
        return RunHistory::tr("✕ Failed");
    case RunState::Stopped:
        return RunHistory::tr("▼ Stopped");
    case RunState::Running:
        return RunHistory::tr("● Running");
    default:
        return RunHistory::tr("○ Scanning");
    }
}

QString clock(double seconds)
{
    const auto whole = static_cast<qint64>(std::ceil(seconds)); // as the Run page has it
    const QLatin1Char zero('0');
    return whole >= 3600 ? QStringLiteral("%1:%2:%3")
                               .arg(whole / 3600)
                               .arg(whole / 60 % 60, 2, 10, zero)
                               .arg(whole % 60, 2, 10, zero)
                         : QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, zero);
}

QString number(std::uint64_t value)
{
    return QLocale().toString(static_cast<qulonglong>(value));
}

} // namespace

std::size_t workingNodes(const std::vector<NodeRecord>& nodes)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const NodeRecord& node) { return node.labelled + node.errors > 0; }));
}

double PastRun::seconds() const
{
    return record.startedAt && record.finishedAt ? static_cast<double>(*record.finishedAt - *record.startedAt) / 1000.0
                                                 : 0.0;
}

double PastRun::imagesPerSecond() const
{
    return seconds() > 0 ? static_cast<double>(record.labelled + record.errors) / seconds() : 0.0;
}

void RunHistory::load(StoreAsker& asker)
{
    if (m_loading) {
        m_again = true;
        return;
    }
    m_loading = true;
    asker.ask(this, readRuns, [this, &asker](const Result<std::vector<PastRun>>& runs) {
        m_loading = false;
        if (runs)
            show(*runs);
        if (std::exchange(m_again, false))
            load(asker);
        else if (runs)
            Q_EMIT loaded();
        else
            Q_EMIT failed(runs.error());
    });
}

/// Rows stay where they are: new runs come at the top, others change in place.
void RunHistory::show(std::vector<PastRun> runs)
{
    m_all = runs;
    std::erase_if(runs, [this](const PastRun& run) { return m_hidden.contains(run.record.id); });
    const auto idOf = [](const PastRun& run) { return run.record.id; };
    for (int row = rowCount() - 1; row >= 0; --row) {
        const RunId id = m_runs[static_cast<std::size_t>(row)].record.id;
        if (std::ranges::find(runs, id, idOf) != runs.end())
            continue;
        beginRemoveRows({}, row, row);
        m_runs.erase(m_runs.begin() + row);
        endRemoveRows();
    }
    for (std::size_t row = 0; row < runs.size(); ++row) {
        if (row < m_runs.size() && m_runs[row].record.id == runs[row].record.id) {
            m_runs[row] = runs[row];
            continue;
        }
        beginInsertRows({}, static_cast<int>(row), static_cast<int>(row));
        m_runs.insert(m_runs.begin() + static_cast<std::ptrdiff_t>(row), runs[row]);
        endInsertRows();
    }
    if (!m_runs.empty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

void RunHistory::setHidden(RunId run, bool hidden)
{
    if (hidden)
        m_hidden.insert(run);
    else
        m_hidden.erase(run);
    show(m_all);
}

void RunHistory::setActive(RunId run)
{
    m_active = run;
    if (!m_runs.empty())
        Q_EMIT dataChanged(index(0, StateColumn), index(rowCount() - 1, StateColumn));
}

const PastRun* RunHistory::run(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount() ? &m_runs[static_cast<std::size_t>(index.row())] : nullptr;
}

const PastRun* RunHistory::find(RunId run) const
{
    const auto found = std::ranges::find(m_runs, run, [](const PastRun& past) { return past.record.id; });
    return found == m_runs.end() ? nullptr : &*found;
}

QModelIndex RunHistory::indexOf(RunId run) const
{
    const PastRun* found = find(run);
    return found ? index(static_cast<int>(found - m_runs.data()), 0) : QModelIndex();
}

int RunHistory::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int RunHistory::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString RunHistory::display(const PastRun& run, int column) const
{
    const RunRecord& record = run.record;
    const QString dash = QStringLiteral("–");
    switch (column) {
    case RunColumn:
        return QString::number(record.id.value);
    case StateColumn:
        return record.id != m_active && (record.state == RunState::Running || record.state == RunState::Created)
                   ? tr("◆ Interrupted")
                   : stateText(record.state);
    case DateColumn:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(record.startedAt.value_or(record.createdAt)),
                                  QStringLiteral("yyyy-MM-dd HH:mm"));
    case DataColumn:
        return QFileInfo(QString::fromStdString(record.dataPath)).fileName();
    case ModelColumn:
        return QString::fromStdString(record.modelName);
    case PrecisionColumn:
        return record.synthetic ? tr("synthetic") : QString::fromStdString(record.precision);
    case NodesColumn:
        return number(run.nodes);
    case ImagesColumn:
        return number(record.labelled + record.errors);
    case AccuracyColumn: {
        const auto accuracy =
            text::accuracy(record.correct, record.incorrect, record.expectedKnown, record.expectedMatched);
        return accuracy.isShown ? tr("%1 %").arg(QLocale().toString(accuracy.value * 100, 'f', 2)) : dash;
    }
    case RateColumn:
        return run.seconds() > 0 ? number(static_cast<std::uint64_t>(run.imagesPerSecond() + 0.5)) : dash;
    case ErrorsColumn:
        return number(record.errors);
    case CostColumn:
        return costText(run.costs);
    default:
        return run.seconds() > 0 ? clock(run.seconds()) : dash;
    }
}

QVariant RunHistory::data(const QModelIndex& index, int role) const
{
    const PastRun* run = this->run(index);
    if (!run)
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
        return display(*run, index.column());
    case Qt::ToolTipRole:
        return index.column() == DataColumn    ? QVariant(QString::fromStdString(run->record.dataPath))
               : index.column() == ModelColumn ? QVariant(QString::fromStdString(run->record.modelPath))
               : index.column() == CostColumn
                   ? QVariant(costSentence(run->costs, run->record.labelled + run->record.errors))
                   : QVariant();
    case Qt::TextAlignmentRole: {
        const bool right = index.column() == RunColumn || index.column() >= NodesColumn;
        return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    case LookRole:
        if (index.column() != StateColumn)
            return index.column() == RunColumn ? QByteArray("strong") : QByteArray("text");
        return run->record.state == RunState::Finished ? QByteArray("ok")
               : run->record.state == RunState::Failed ? QByteArray("error")
                                                       : QByteArray("held");
    default:
        return {};
    }
}

QVariant RunHistory::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        const bool right = section == RunColumn || section >= NodesColumn;
        return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole)
        return {};
    const QString names[] = {tr("Run"),       tr("State"), tr("Started"), tr("Data set"), tr("Model"),
                             tr("Precision"), tr("Nodes"), tr("Images"),  tr("Accuracy"), tr("img/s"),
                             tr("Errors"),    tr("Time"),  tr("Cost")};
    return section < ColumnCount ? names[section] : QString();
}

} // namespace vitfleet::app
