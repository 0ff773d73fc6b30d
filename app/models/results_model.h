// SPDX-License-Identifier: GPL-3.0-or-later
// A run's rows in item order, however many: their numbers are in memory (four bytes each), the rows themselves come
// from the database as they are looked at and are forgotten again. Rows that are shown change in place; new ones come
// at the end, or with refresh(), which puts them where they belong. Only another run or another filter resets the
// model.
#pragma once

#include "app/models/results_loader.h"

#include <QAbstractTableModel>
#include <QCache>
#include <QSet>

namespace vitfleet::app {

class ResultsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column
    {
        ThumbnailColumn,
        PathColumn,
        StatusColumn,
        LabelColumn,
        ScoreColumn,
        ExpectedColumn,
        CorrectColumn,
        NodeColumn,
        TimeColumn,
        ColumnCount
    };
    enum Role
    {
        ItemRole = Qt::UserRole + 1, ///< quint32
        ScoreRole,                   ///< double
        CorrectRole,                 ///< bool, or nothing
        ErrorRole,                   ///< bool: the row is an error
    };
    static constexpr int pageRows = 128;      ///< read at once
    static constexpr int keptRows = 128 * 96; ///< in memory; a few hundred bytes each

    explicit ResultsModel(ResultsLoader& loader, QObject* parent = nullptr);

    /// Shows another run, or none; empties the model.
    void setRun(RunId run, std::vector<std::string> labels);
    void setFilter(const ResultFilter& filter);
    const ResultsQuery& query() const { return m_query; }
    const std::vector<std::string>& labels() const { return m_labels; }
    /// Reads which rows there are once more, and those that are shown: for rows that came meanwhile.
    void refresh();
    /// While a run goes: the count, and the rows from `first` to `last` in place. Never inserts between rows.
    void follow(int first, int last);
    bool isLoading() const { return m_loading; }
    bool isFiltered() const { return !m_query.filter.isEmpty(); }
    /// Where there are no rows: what that means, and what to do. Empty where there are, or may be.
    QString emptyText() const;
    /// Rows that match and are known to be missing between those that are shown.
    quint64 unseenRows() const;

    /// Null while it is being read; dataChanged follows.
    const ResultView* row(const QModelIndex& index) const;
    quint64 matchingRows() const { return m_matching; }
    /// Rows that are in memory.
    int rowsInMemory() const { return static_cast<int>(m_rows.count()); }
    /// -1: not among the rows.
    int rowOf(ItemId item) const;
    QString labelText(std::uint32_t label) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void matchingRowsChanged(quint64 rows);

private:
    void restart();
    void setMatching(quint64 rows);
    void onPage(quint64 queryId, const std::vector<ResultView>& rows);
    void onItems(quint64 queryId, std::optional<ItemId> after, const std::shared_ptr<const std::vector<ItemId>>& items);
    void replaceItems(const std::vector<ItemId>& items);
    void append(const std::vector<ItemId>& items, std::size_t from);
    void askFor(int row) const;
    void readRange(int first, int last) const;
    QString topText(const ResultRow& result) const;
    QVariant display(const ResultView& row, int column) const;

    ResultsLoader& m_loader;
    ResultsQuery m_query;
    std::vector<std::string> m_labels;
    std::vector<ItemId> m_items; ///< ascending
    mutable QCache<std::uint32_t, ResultView> m_rows;
    mutable QSet<int> m_asked; ///< pages on their way
    bool m_loading = false;    ///< which rows there are is not known yet
    bool m_following = false;  ///< asking for rows after the last one
    int m_shownFirst = 0, m_shownLast = -1;
    quint64 m_matching = 0;
};

} // namespace vitfleet::app
