// SPDX-License-Identifier: GPL-3.0-or-later
// A run's rows, page by page in item order. Rows that are shown change in place; new ones come at the end, or with
// refresh(), which puts them where they belong. Only another run or another filter resets the model.
#pragma once

#include "app/models/results_loader.h"

#include <QAbstractTableModel>

#include <deque>

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

    explicit ResultsModel(ResultsLoader& loader, QObject* parent = nullptr);

    /// Shows another run, or none; empties the model.
    void setRun(RunId run, std::vector<std::string> labels);
    void setFilter(const ResultFilter& filter);
    const ResultsQuery& query() const { return m_query; }
    /// Reads everything that has been read once more, and its count: for rows that came meanwhile.
    void refresh();
    /// While a run goes: the count, and the rows from `first` to `last` in place. Never inserts between rows.
    void follow(int first, int last);
    bool isLoading() const { return m_loading; }
    bool isFiltered() const { return !m_query.filter.isEmpty(); }
    /// Rows that match and are known to be missing between those that are shown.
    quint64 unseenRows() const;

    const ResultView* row(const QModelIndex& index) const;
    quint64 matchingRows() const { return m_matching; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

Q_SIGNALS:
    void matchingRowsChanged(quint64 rows);

private:
    void restart();
    void onPage(quint64 queryId, const std::vector<ResultView>& rows, bool last);
    void onRowsRead(quint64 queryId, const std::vector<ResultView>& rows);
    void merge(const std::vector<ResultView>& rows);
    QString topText(const ResultRow& result) const;
    QVariant display(const ResultView& row, int column) const;
    QString labelText(std::uint32_t label) const;

    ResultsLoader& m_loader;
    ResultsQuery m_query;
    std::vector<std::string> m_labels;
    std::deque<ResultView> m_rows;
    bool m_loading = false;
    bool m_complete = true;
    bool m_refreshing = false; ///< reading everything once more
    bool m_following = false;  ///< reading the visible rows once more
    std::size_t m_pageSize;
    quint64 m_matching = 0;
};

} // namespace vitfleet::app
