// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/results_model.h"

#include "app/core/text.h"

#include <QLocale>
#include <QStringList>

#include <algorithm>

namespace vitfleet::app {
namespace {

QString fromView(std::string_view text)
{
    return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// Above it, one reset is kinder to the views than that many insertions.
constexpr std::size_t mostInsertions = 256;

} // namespace

ResultsModel::ResultsModel(ResultsLoader& loader, QObject* parent)
    : QAbstractTableModel(parent), m_loader(loader), m_rows(keptRows)
{
    connect(&loader, &ResultsLoader::pageLoaded, this, &ResultsModel::onPage);
    connect(&loader, &ResultsLoader::itemsLoaded, this, &ResultsModel::onItems);
    connect(&loader, &ResultsLoader::failed, this, [this] {
        m_loading = m_following = false;
        m_asked.clear();
    });
    connect(&loader, &ResultsLoader::counted, this, [this](quint64 queryId, quint64 rows) {
        if (queryId == m_query.id)
            setMatching(rows);
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

void ResultsModel::setMatching(quint64 rows)
{
    if (m_matching == rows)
        return;
    m_matching = rows;
    Q_EMIT matchingRowsChanged(rows);
}

void ResultsModel::restart()
{
    ++m_query.id;
    m_loader.setCurrent(m_query.id);
    beginResetModel();
    m_items.clear();
    m_rows.clear();
    m_asked.clear();
    endResetModel();
    m_following = false;
    m_loading = m_query.run != RunId();
    if (!m_loading) {
        m_matching = 0;
        Q_EMIT matchingRowsChanged(0);
        return;
    }
    // The first rows are on the screen before it is known how many there are.
    m_loader.loadPage(m_query, std::nullopt, pageRows);
    m_loader.loadItems(m_query, std::nullopt);
}

void ResultsModel::refresh()
{
    if (m_query.run == RunId() || m_loading)
        return;
    m_loading = true;
    m_loader.loadItems(m_query, std::nullopt);
    if (m_items.empty())
        return;
    // What is on the screen stays until it comes anew; the rest is forgotten, and read when it is looked at.
    const int first = std::clamp(m_shownFirst, 0, rowCount() - 1);
    const int last = std::clamp(std::max(m_shownLast, first), first, rowCount() - 1);
    const ItemId from = m_items[static_cast<std::size_t>(first)], to = m_items[static_cast<std::size_t>(last)];
    for (const std::uint32_t item : m_rows.keys()) {
        if (ItemId(item) < from || ItemId(item) > to)
            m_rows.remove(item);
    }
    m_asked.clear();
    readRange(first, last);
}

void ResultsModel::follow(int first, int last)
{
    if (m_query.run == RunId())
        return;
    m_shownFirst = std::max(0, first);
    m_shownLast = last;
    if (isFiltered()) {
        // It gains rows in between: those wait until they are asked for.
        m_loader.count(m_query);
        return;
    }
    if (!m_following && !m_loading) {
        m_following = true;
        m_loader.loadItems(m_query, m_items.empty() ? std::nullopt : std::optional(m_items.back()));
    }
    if (first >= 0 && last >= first && !m_items.empty())
        readRange(first, std::min(last, rowCount() - 1));
}

quint64 ResultsModel::unseenRows() const
{
    return !m_loading && m_matching > m_items.size() ? m_matching - m_items.size() : 0;
}

void ResultsModel::readRange(int first, int last) const
{
    const auto after = first > 0 ? std::optional(m_items[static_cast<std::size_t>(first) - 1]) : std::nullopt;
    m_loader.loadPage(m_query, after, static_cast<std::size_t>(std::clamp(last - first + 1, 1, pageRows * 2)));
}

void ResultsModel::askFor(int row) const
{
    const int page = row / pageRows;
    if (m_asked.contains(page))
        return;
    m_asked.insert(page);
    readRange(page * pageRows, page * pageRows + pageRows - 1);
}

void ResultsModel::onPage(quint64 queryId, const std::vector<ResultView>& rows)
{
    if (queryId != m_query.id || rows.empty())
        return;
    for (const ResultView& row : rows)
        m_rows.insert(row.item.id.value, new ResultView(row));
    if (m_items.empty()) {
        beginInsertRows({}, 0, static_cast<int>(rows.size()) - 1);
        for (const ResultView& row : rows)
            m_items.push_back(row.item.id);
        endInsertRows();
        return;
    }
    const int first = static_cast<int>(std::ranges::lower_bound(m_items, rows.front().item.id) - m_items.begin());
    const int last = static_cast<int>(std::ranges::upper_bound(m_items, rows.back().item.id) - m_items.begin()) - 1;
    for (int page = first / pageRows; page <= last / pageRows; ++page)
        m_asked.remove(page);
    if (last >= first)
        Q_EMIT dataChanged(index(first, 0), index(last, ColumnCount - 1));
}

void ResultsModel::append(const std::vector<ItemId>& items, std::size_t from)
{
    if (from >= items.size())
        return;
    const int first = rowCount();
    beginInsertRows({}, first, first + static_cast<int>(items.size() - from) - 1);
    m_items.insert(m_items.end(), items.begin() + static_cast<std::ptrdiff_t>(from), items.end());
    endInsertRows();
}

void ResultsModel::onItems(quint64 queryId, std::optional<ItemId> after,
                           const std::shared_ptr<const std::vector<ItemId>>& items)
{
    if (queryId != m_query.id)
        return;
    m_asked.clear();
    if (after) {
        m_following = false;
        if (!m_items.empty() && m_items.back() == *after)
            append(*items, 0);
    } else {
        m_loading = m_following = false;
        replaceItems(*items);
    }
    if (!isFiltered() || !after)
        setMatching(m_items.size());
    Q_EMIT matchingRowsChanged(m_matching);
}

/// Puts new rows where they belong. Rows never leave a filter while a run goes: what is there is among `items`.
void ResultsModel::replaceItems(const std::vector<ItemId>& items)
{
    if (m_items.size() <= items.size() && std::equal(m_items.begin(), m_items.end(), items.begin())) {
        append(items, m_items.size());
        return;
    }
    std::vector<std::pair<std::size_t, std::size_t>> runs; // of items that are new: position in `items`, count
    std::size_t known = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (known < m_items.size() && m_items[known] == items[i]) {
            ++known;
        } else if (!runs.empty() && runs.back().first + runs.back().second == i) {
            ++runs.back().second;
        } else {
            runs.emplace_back(i, 1);
        }
    }
    if (known < m_items.size() || runs.size() > mostInsertions) {
        beginResetModel();
        m_items = items;
        endResetModel();
        return;
    }
    for (const auto& [position, count] : runs) {
        beginInsertRows({}, static_cast<int>(position), static_cast<int>(position + count) - 1);
        const auto from = items.begin() + static_cast<std::ptrdiff_t>(position);
        m_items.insert(m_items.begin() + static_cast<std::ptrdiff_t>(position), from,
                       from + static_cast<std::ptrdiff_t>(count));
        endInsertRows();
    }
}

QString ResultsModel::emptyText() const
{
    if (!m_items.empty() || m_loading)
        return {};
    return isFiltered() ? tr("No row passes these filters. Esc takes them away.")
                        : tr("No rows yet. They come as soon as nodes have labelled their first pictures.");
}

const ResultView* ResultsModel::row(const QModelIndex& index) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return nullptr;
    const ResultView* found = m_rows.object(m_items[static_cast<std::size_t>(index.row())].value);
    if (!found)
        askFor(index.row());
    return found;
}

int ResultsModel::rowOf(ItemId item) const
{
    const auto at = std::ranges::lower_bound(m_items, item);
    return at != m_items.end() && *at == item ? static_cast<int>(at - m_items.begin()) : -1;
}

int ResultsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
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
    if (role == ItemRole && index.isValid() && index.row() < rowCount())
        return m_items[static_cast<std::size_t>(index.row())].value;
    const ResultView* shown = row(index);
    if (!shown)
        return role == Qt::AccessibleTextRole && index.isValid() ? QVariant(tr("being read")) : QVariant();
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
