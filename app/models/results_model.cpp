// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/results_model.h"

#include "app/core/text.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace vitfleet::app {
namespace {

constexpr std::size_t firstPage = 256;
constexpr std::size_t maxPage = 4096;

QString fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

} // namespace

ResultsModel::ResultsModel(ResultsLoader& loader, QObject* parent)
    : QAbstractTableModel(parent), m_loader(loader), m_pageSize(firstPage)
{
    connect(&loader, &ResultsLoader::pageLoaded, this, &ResultsModel::onPage);
    connect(&loader, &ResultsLoader::rowsRead, this, &ResultsModel::onRowsRead);
    connect(&loader, &ResultsLoader::failed, this, [this] { m_loading = m_refreshing = m_following = false; });
    connect(&loader, &ResultsLoader::counted, this, [this](quint64 queryId, quint64 rows) {
        if (queryId != m_query.id || rows == m_matching)
            return;
        m_matching = rows;
        Q_EMIT matchingRowsChanged(rows);
    });
}

void ResultsModel::setRun(RunId run, std::vector<std::string> labels)
{
    if (m_query.run == run && m_labels == labels)
        return;
    m_labels = std::move(labels);
    m_query.run = run;
    m_query.filter = {};
    restart();
}

void ResultsModel::setFilter(const ResultFilter& filter)
{
    m_query.filter = filter;
    restart();
}

void ResultsModel::restart()
{
    ++m_query.id;
    m_loader.setCurrent(m_query.id);
    beginResetModel();
    m_rows.clear();
    endResetModel();
    m_pageSize = firstPage;
    m_loading = m_refreshing = m_following = false;
    m_complete = m_query.run == RunId();
    if (m_complete) {
        m_matching = 0;
        Q_EMIT matchingRowsChanged(0);
        return;
    }
    m_loader.count(m_query);
    fetchMore({});
}

void ResultsModel::refresh()
{
    if (m_query.run == RunId() || m_refreshing)
        return;
    m_loader.count(m_query);
    m_complete = false;
    if (m_rows.empty()) {
        fetchMore({});
        return;
    }
    m_refreshing = true;
    m_loader.readAgain(m_query, std::nullopt, maxPage);
}

void ResultsModel::follow(int first, int last)
{
    if (m_query.run == RunId())
        return;
    m_loader.count(m_query);
    // The end may have moved.
    m_complete = false;
    if (m_rows.empty()) {
        fetchMore({});
        return;
    }
    // A filtered list gains rows in between: those wait until they are asked for. All items stand still.
    if (isFiltered() || m_following || m_refreshing || first < 0 || last < first)
        return;
    m_following = true;
    const auto after = first > 0 ? std::optional(m_rows[static_cast<std::size_t>(first) - 1].item.id) : std::nullopt;
    m_loader.readAgain(m_query, after, static_cast<std::size_t>(last - first) + 1);
}

quint64 ResultsModel::unseenRows() const
{
    return m_complete && m_matching > m_rows.size() ? m_matching - m_rows.size() : 0;
}

bool ResultsModel::canFetchMore(const QModelIndex& parent) const
{
    return !parent.isValid() && !m_complete && !m_loading;
}

void ResultsModel::fetchMore(const QModelIndex& parent)
{
    if (!canFetchMore(parent))
        return;
    m_loading = true;
    m_loader.loadPage(m_query, m_rows.empty() ? std::nullopt : std::optional(m_rows.back().item.id), m_pageSize);
    m_pageSize = std::min(maxPage, m_pageSize * 2);
}

void ResultsModel::onPage(quint64 queryId, const std::vector<ResultView>& rows, bool last)
{
    if (queryId != m_query.id)
        return;
    m_loading = false;
    m_complete = last;
    merge(rows);
    Q_EMIT matchingRowsChanged(m_matching);
}

void ResultsModel::onRowsRead(quint64 queryId, const std::vector<ResultView>& rows)
{
    if (queryId != m_query.id)
        return;
    m_following = false;
    merge(rows);
    if (!m_refreshing)
        return;
    if (rows.size() == maxPage && rows.back().item.id < m_rows.back().item.id) {
        m_loader.readAgain(m_query, rows.back().item.id, maxPage);
        return;
    }
    m_refreshing = false;
    Q_EMIT matchingRowsChanged(m_matching);
}

/// Replaces the rows that are there and inserts the others, a run of neighbours at a time. Both are in item order.
void ResultsModel::merge(const std::vector<ResultView>& rows)
{
    const auto idOf = [](const ResultView& row) { return row.item.id; };
    std::size_t next = 0;
    while (next < rows.size()) {
        const auto at = std::ranges::lower_bound(m_rows, idOf(rows[next]), {}, idOf);
        const auto position = static_cast<std::size_t>(at - m_rows.begin());
        std::size_t end = next;
        if (at != m_rows.end() && idOf(*at) == idOf(rows[next])) {
            for (std::size_t row = position;
                 row < m_rows.size() && end < rows.size() && idOf(m_rows[row]) == idOf(rows[end]); ++row)
                m_rows[row] = rows[end++];
            Q_EMIT dataChanged(index(static_cast<int>(position), 0),
                               index(static_cast<int>(position + end - next) - 1, ColumnCount - 1));
        } else {
            while (end < rows.size() && (at == m_rows.end() || idOf(rows[end]) < idOf(*at)))
                ++end;
            beginInsertRows({}, static_cast<int>(position), static_cast<int>(position + end - next) - 1);
            m_rows.insert(at, rows.begin() + static_cast<std::ptrdiff_t>(next),
                          rows.begin() + static_cast<std::ptrdiff_t>(end));
            endInsertRows();
        }
        next = end;
    }
}

const ResultView* ResultsModel::row(const QModelIndex& index) const
{
    return index.isValid() && index.row() < rowCount() ? &m_rows[static_cast<std::size_t>(index.row())] : nullptr;
}

int ResultsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ResultsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString ResultsModel::labelText(std::uint32_t label) const
{
    return label < m_labels.size() ? QString::fromStdString(m_labels[label]) : QString::number(label);
}

/// The five best, one a line.
QString ResultsModel::topText(const ResultRow& result) const
{
    QStringList lines;
    for (const auto& entry : result.top)
        lines << QStringLiteral("%1  %2").arg(QLocale().toString(static_cast<double>(entry.score), 'f', 4),
                                              labelText(entry.label));
    return lines.join(QLatin1Char('\n'));
}

QVariant ResultsModel::display(const ResultView& row, int column) const
{
    if (column == PathColumn)
        return QString::fromStdString(text::printable(row.item.path));
    if (column == ExpectedColumn)
        return row.item.expectedLabel ? labelText(*row.item.expectedLabel) : QString::fromStdString(row.item.expected);
    if (!row.result)
        return column == StatusColumn ? QVariant(tr("Waiting")) : QVariant();
    const ResultRow& result = *row.result;
    const bool labelled = result.error.code == ErrorCode::None;
    switch (column) {
    case StatusColumn:
        return !labelled ? fromView(info(result.error.code).name) : result.synthetic ? tr("Synthetic") : tr("Labelled");
    case LabelColumn:
        return labelled && !result.top.empty() ? labelText(result.top.front().label)
                                               : fromView(info(result.error.code).what);
    case ScoreColumn:
        return labelled && !result.top.empty()
                   ? QVariant(QLocale().toString(static_cast<double>(result.top.front().score), 'f', 4))
                   : QVariant();
    case CorrectColumn:
        return result.correct ? QVariant(*result.correct ? tr("Right") : tr("Wrong")) : QVariant();
    case NodeColumn:
        return QString::fromStdString(result.node);
    case TimeColumn:
        if (!labelled)
            return {};
        return tr("%1 ms").arg(QLocale().toString(static_cast<double>(result.inferenceMicros) / 1000.0, 'f', 2));
    default:
        return {};
    }
}

QVariant ResultsModel::data(const QModelIndex& index, int role) const
{
    const ResultView* shown = row(index);
    if (!shown)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return display(*shown, index.column());
    case Qt::AccessibleTextRole: {
        if (index.column() == ThumbnailColumn)
            return tr("Picture of %1").arg(display(*shown, PathColumn).toString());
        const QVariant value = display(*shown, index.column());
        return value.isValid() ? value : QVariant(tr("nothing"));
    }
    case Qt::TextAlignmentRole: {
        const bool right = index.column() == ScoreColumn || index.column() == TimeColumn;
        return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    case Qt::ToolTipRole:
        if (shown->result && shown->result->error.code != ErrorCode::None)
            return QString::fromStdString(describe(shown->result->error));
        if (index.column() == PathColumn)
            return QString::fromStdString(shown->item.path);
        return shown->result && (index.column() == LabelColumn || index.column() == ScoreColumn)
                   ? topText(*shown->result)
                   : QVariant();
    case ItemRole:
        return shown->item.id.value;
    case ScoreRole:
        return shown->result && !shown->result->top.empty()
                   ? QVariant(static_cast<double>(shown->result->top.front().score))
                   : QVariant();
    case CorrectRole:
        return shown->result && shown->result->correct ? QVariant(*shown->result->correct) : QVariant();
    case ErrorRole:
        return shown->result && shown->result->error.code != ErrorCode::None;
    default:
        return {};
    }
}

QVariant ResultsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        const bool right = section == ScoreColumn || section == TimeColumn;
        return QVariant::fromValue(Qt::Alignment((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ThumbnailColumn:
        return tr("Picture");
    case PathColumn:
        return tr("Item");
    case StatusColumn:
        return tr("Status");
    case LabelColumn:
        return tr("Label");
    case ScoreColumn:
        return tr("Score");
    case ExpectedColumn:
        return tr("Expected");
    case CorrectColumn:
        return tr("Right or wrong");
    case NodeColumn:
        return tr("Node");
    case TimeColumn:
        return tr("Inference");
    default:
        return {};
    }
}

} // namespace vitfleet::app
