// SPDX-License-Identifier: GPL-3.0-or-later
// The reading side: a read-only connection of its own.
#pragma once

#include "app/core/store.h"
#include "app/store/database.h"
#include "app/store/query.h"
#include "app/store/statement.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::app::sqlite {

class Reader : public StoreReader
{
public:
    explicit Reader(std::unique_ptr<SQLite::Database> db) : m_db(std::move(db)), m_statements(*m_db) {}

    Result<std::vector<RunRecord>> runs() override;
    Result<RunRecord> run(RunId run) override;
    Result<std::vector<NodeRecord>> nodes(RunId run) override;
    Result<std::vector<EventRecord>> events(std::optional<RunId> run, std::int64_t afterId, std::size_t limit) override;
    Result<std::vector<ThroughputSample>> samples(RunId run) override;
    Result<std::optional<Seal>> seal(RunId run) override;
    Result<std::vector<PrecisionCheck>> precisionChecks(const std::string& modelSha256) override;
    Result<void> forEachItem(RunId run, const std::function<bool(const ItemRecord&)>& visit) override;
    Result<std::vector<ItemId>> itemsWithResult(RunId run) override;
    Result<std::vector<ResultView>> results(RunId run, const ResultFilter& filter, std::optional<ItemId> after,
                                            std::size_t limit) override;
    Result<std::uint64_t> countResults(RunId run, const ResultFilter& filter) override;
    Result<std::vector<ItemId>> matchingItems(RunId run, const ResultFilter& filter,
                                              std::optional<ItemId> after) override;
    Result<std::vector<std::uint64_t>> scoreHistogram(RunId run, std::size_t bins) override;
    Result<std::vector<ErrorCount>> errorCounts(RunId run) override;
    Result<std::vector<ConfusionCell>> confusion(RunId run) override;
    Result<Seal> verify(RunId run) override;
    Result<std::uint64_t> exportCsv(RunId run, const ResultFilter& filter, const std::filesystem::path& file,
                                    const CsvOptions& options) override;
    Result<std::map<RunId, std::vector<RunCostRecord>>> costs() override;
    Result<std::vector<UnitRecord>> units() override;

private:
    template <typename Row>
    Result<std::vector<Row>> list(Statement& query, Row (*read)(const Statement&));
    std::vector<std::string> labels(RunId run);
    std::vector<PrecisionCheck> checksOf(RunId run);

    // reader_filter.cpp
    Query query(RunId run, const ResultFilter& filter, QueryUse use = QueryUse::Rows);
    std::vector<std::int64_t> values(const Query& query, RunId run, bool askedFor);
    std::vector<std::int64_t> firstOf(const Query& query, RunId run, std::int64_t from, std::size_t limit);
    std::vector<ResultView> rowsOfItems(const std::string& columns, RunId run, const std::vector<std::int64_t>& items);
    std::uint64_t count(const Query& query);
    std::vector<ItemId> numbers(const Query& query, std::optional<ItemId> after);
    std::optional<std::vector<ItemId>> othersThan(const Query& query, RunId run, const ResultFilter& filter,
                                                  std::uint64_t items);
    std::optional<std::uint32_t> denseItems(RunId run);
    bool isComplete(RunId run);
    std::optional<std::uint64_t> counted(RunId run, const ResultFilter& filter);

    std::unique_ptr<SQLite::Database> m_db;
    StatementCache m_statements;
};

template <typename Row>
Result<std::vector<Row>> Reader::list(Statement& query, Row (*read)(const Statement&))
{
    std::vector<Row> rows;
    while (query.next())
        rows.push_back(read(query));
    query.start();
    return rows;
}

Result<std::unique_ptr<StoreReader>> makeReader(const std::filesystem::path& file, Sharing sharing);

} // namespace vitfleet::app::sqlite
