// SPDX-License-Identifier: GPL-3.0-or-later
// Reads results in threads of its own: no view's thread ever waits for the database. An export has its own thread and
// connection, so that pages keep coming meanwhile.
#pragma once

#include "app/models/store_lane.h"

#include <QObject>

#include <atomic>
#include <functional>
#include <memory>

namespace vitfleet::app {

/// What the view is about to show: which run, which rows of it. A newer query makes answers to older ones worthless.
struct ResultsQuery
{
    std::uint64_t id = 0;
    RunId run;
    ResultFilter filter;
};

class ResultsLoader : public QObject
{
    Q_OBJECT
public:
    explicit ResultsLoader(Store& store, QObject* parent = nullptr);
    ~ResultsLoader() override;

    /// Asks for a page; `pageLoaded` answers, unless the query is not the current one any more.
    void loadPage(const ResultsQuery& query, std::optional<ItemId> after, std::size_t limit);
    /// Asks for the numbers of all its items, or of those after one; `itemsLoaded` answers.
    void loadItems(const ResultsQuery& query, std::optional<ItemId> after);
    /// Asks how many rows the query has; `counted` answers.
    void count(const ResultsQuery& query);
    /// Writes the rows of the query as CSV; `exported` or `exportFailed` answers.
    void exportCsv(const ResultsQuery& query, const QString& file, const CsvOptions& options = {});
    /// Removes a run from the database; `done` in the window's thread, if there still is one.
    void deleteRun(RunId run, std::function<void(const Result<void>&)> done);
    /// Answers to queries older than this one are not wanted.
    void setCurrent(std::uint64_t queryId) { m_current = queryId; }
    /// Reads a run's record and seal; 0: the newest that is not among `without`. `runLoaded` answers where there is
    /// one.
    void loadRun(RunId run, std::vector<RunId> without = {});

Q_SIGNALS:
    void pageLoaded(quint64 queryId, const std::vector<vitfleet::app::ResultView>& rows);
    void itemsLoaded(quint64 queryId, std::optional<vitfleet::ItemId> after,
                     const std::shared_ptr<const std::vector<vitfleet::ItemId>>& items);
    void counted(quint64 queryId, quint64 rows);
    void exported(const QString& file, quint64 rows, bool filtered);
    void exportFailed(const vitfleet::Error& error);
    void runLoaded(const vitfleet::app::RunRecord& run, const std::optional<vitfleet::app::Seal>& seal);
    void failed(const vitfleet::Error& error);

private:
    /// `refused` is the signal that answers where the database cannot be opened.
    void withReader(StoreLane& lane, std::function<void(StoreReader&)> work,
                    void (ResultsLoader::*refused)(const Error&) = &ResultsLoader::failed);

    Store& m_store;
    StoreLane m_pages;
    StoreLane m_exports;
    std::atomic<std::uint64_t> m_current = 0;
};

} // namespace vitfleet::app
