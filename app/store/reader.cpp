// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/store/reader.h"

#include "app/store/csv_export.h"
#include "app/store/database.h"
#include "app/store/query.h"
#include "app/store/rows.h"
#include "app/store/seal.h"
#include "app/store/unit_rows.h"

#include <algorithm>
#include <utility>

namespace vitfleet::app::sqlite {

namespace {

constexpr std::int64_t pageItems = 4096; ///< a read that lasts longer would keep the log from being emptied

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
                                    const CsvOptions& options) override
    {
        return writeCsv(*this, run, filter, file, options);
    }
    Result<std::map<RunId, std::vector<RunCostRecord>>> costs() override;

    Result<std::vector<UnitRecord>> units() override
    {
        return guarded(*m_db, [&]() -> Result<std::vector<UnitRecord>> { return readUnits(*m_db); });
    }

private:
    struct RunState
    {
        RunId run;
        std::vector<std::string> labels;
        bool indexed = false;
    };
    template <typename Row>
    Result<std::vector<Row>> list(Statement& query, Row (*read)(const Statement&));
    std::vector<std::string> labels(RunId run);
    std::vector<PrecisionCheck> checksOf(RunId run);
    Query query(RunId run, const ResultFilter& filter, QueryUse use = QueryUse::Rows);
    std::vector<std::int64_t> firstOf(const Query& query, RunId run, std::int64_t from, std::size_t limit);
    std::vector<ResultView> rowsOfItems(const std::string& columns, RunId run, const std::vector<std::int64_t>& items);
    std::vector<ItemId> numbers(const Query& query, std::optional<ItemId> after);
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

std::vector<std::string> Reader::labels(RunId run)
{
    std::vector<std::string> names;
    Statement& find = m_statements("SELECT name FROM label WHERE run=? ORDER BY label").add(run.value);
    while (find.next())
        names.push_back(find.text(0));
    find.start();
    return names;
}

std::vector<PrecisionCheck> Reader::checksOf(RunId run)
{
    std::vector<PrecisionCheck> checks;
    auto stored = list(m_statements(std::string("SELECT ") + precisionCheckColumns +
                                    " FROM precision_check c WHERE c.run=? ORDER BY c.at, c.kind, c.precision")
                           .add(run.value),
                       readPrecisionCheck);
    for (StoredCheck& one : *stored)
        checks.push_back(std::move(one.check));
    return checks;
}

Result<std::map<RunId, std::vector<RunCostRecord>>> Reader::costs()
{
    return guarded(*m_db, [&]() -> Result<std::map<RunId, std::vector<RunCostRecord>>> {
        std::map<RunId, std::vector<RunCostRecord>> costs;
        Statement& find = m_statements("SELECT run, profile, currency, node_seconds, price, joules FROM run_cost"
                                       " ORDER BY run, profile, currency");
        while (find.next())
            costs[RunId(find.number(0))].push_back({find.text(1), find.text(2), find.real(3), find.real(4),
                                                    find.isNull(5) ? std::nullopt : std::optional(find.real(5))});
        find.start();
        return costs;
    });
}

Result<std::vector<PrecisionCheck>> Reader::precisionChecks(const std::string& modelSha256)
{
    return guarded(*m_db, [&]() -> Result<std::vector<PrecisionCheck>> {
        auto stored = list(m_statements(std::string("SELECT ") + precisionCheckColumns +
                                        " FROM precision_check c JOIN run r ON r.id=c.run"
                                        " WHERE r.model_sha256=? AND c.from_run=0 ORDER BY c.at DESC")
                               .add(modelSha256),
                           readPrecisionCheck);
        std::vector<PrecisionCheck> checks;
        for (StoredCheck& one : *stored) {
            one.check.from = one.run;
            checks.push_back(std::move(one.check));
        }
        return checks;
    });
}

Result<std::vector<RunRecord>> Reader::runs()
{
    return guarded(*m_db, [&]() -> Result<std::vector<RunRecord>> {
        auto found = list(m_statements(std::string("SELECT ") + runColumns + " FROM run ORDER BY id"), readRun);
        for (RunRecord& run : *found) {
            run.labels = labels(run.id);
            run.precisionChecks = checksOf(run.id);
        }
        return found;
    });
}

Result<RunRecord> Reader::run(RunId run)
{
    return guarded(*m_db, [&]() -> Result<RunRecord> {
        auto found =
            list(m_statements(std::string("SELECT ") + runColumns + " FROM run WHERE id=?").add(run.value), readRun);
        if (found->empty())
            return Error{ErrorCode::RunUnknown, std::to_string(run.value)};
        found->front().labels = labels(run);
        found->front().precisionChecks = checksOf(run);
        return std::move(found->front());
    });
}

Result<std::vector<NodeRecord>> Reader::nodes(RunId run)
{
    return guarded(*m_db, [&] {
        return list(m_statements(std::string("SELECT ") + nodeColumns +
                                 " FROM node LEFT JOIN node_rows t ON t.node=node.id WHERE run=? ORDER BY id")
                        .add(run.value),
                    readNode);
    });
}

Result<std::vector<EventRecord>> Reader::events(std::optional<RunId> run, std::int64_t afterId, std::size_t limit)
{
    return guarded(*m_db, [&] {
        const std::string select = std::string("SELECT ") + eventColumns + " FROM event WHERE ";
        Statement& find = run ? m_statements(select + "run=? AND id>? ORDER BY id LIMIT ?").add(run->value)
                              : m_statements(select + "id>? ORDER BY id LIMIT ?");
        return list(find.add(afterId).add(limit), readEvent);
    });
}

Result<std::vector<ThroughputSample>> Reader::samples(RunId run)
{
    return guarded(*m_db, [&] {
        return list(
            m_statements("SELECT at, node, images_per_second FROM sample WHERE run=? ORDER BY at, node").add(run.value),
            readSample);
    });
}

Result<std::optional<Seal>> Reader::seal(RunId run)
{
    return guarded(*m_db, [&]() -> Result<std::optional<Seal>> {
        auto found =
            list(m_statements("SELECT planned, labelled, errors, lost, doubled, duplicates_refused, redispatched"
                              " FROM seal WHERE run=?")
                     .add(run.value),
                 readSeal);
        return found->empty() ? std::optional<Seal>() : found->front();
    });
}

Result<void> Reader::forEachItem(RunId run, const std::function<bool(const ItemRecord&)>& visit)
{
    return guarded(*m_db, [&]() -> Result<void> {
        std::int64_t after = -1;
        for (;;) {
            auto page = list(m_statements(std::string("SELECT ") + itemColumns +
                                          " FROM item i LEFT JOIN expected_text x ON x.id=i.expected"
                                          " WHERE i.run=? AND i.item>? ORDER BY i.item LIMIT ?")
                                 .add(run.value)
                                 .add(after)
                                 .add(pageItems),
                             readItem);
            for (const ItemRecord& item : *page) {
                if (!visit(item))
                    return {};
            }
            if (static_cast<std::int64_t>(page->size()) < pageItems)
                return {};
            after = page->back().id.value;
        }
    });
}

Result<std::vector<ItemId>> Reader::itemsWithResult(RunId run)
{
    return guarded(*m_db, [&] {
        return list<ItemId>(m_statements("SELECT item FROM result WHERE run=? ORDER BY item").add(run.value),
                            [](const Statement& row) { return ItemId(static_cast<std::uint32_t>(row.number(0))); });
    });
}

Query Reader::query(RunId run, const ResultFilter& filter, QueryUse use)
{
    Statement& find = m_statements("SELECT indexed FROM run WHERE id=?").add(run.value);
    const bool indexed = find.next() && find.number(0) != 0;
    find.start();
    const bool needsLabels = !filter.labels.empty() || !filter.expected.empty();
    return buildQuery(run, filter, needsLabels ? labels(run) : std::vector<std::string>(), indexed, use);
}

Result<std::vector<ResultView>> Reader::results(RunId run, const ResultFilter& filter, std::optional<ItemId> after,
                                                std::size_t limit)
{
    return guarded(*m_db, [&]() -> Result<std::vector<ResultView>> {
        const std::string columns = std::string("SELECT ") + itemColumns + ", " + resultColumns + " FROM ";
        const std::int64_t from = after ? std::int64_t{after->value} : -1;
        // Some among many: whole folders of others may lie before the first of them.
        if (const Query some = query(run, filter, QueryUse::Numbers); !some.inOrder)
            return rowsOfItems(columns, run, firstOf(some, run, from, limit));
        const Query q = query(run, filter);
        Statement& find = m_statements(columns + q.from + " WHERE " + q.where + " AND " + q.order + ">? ORDER BY " +
                                       q.order + " LIMIT ?");
        bindAll(find, q);
        return list(find.add(from).add(limit), readView);
    });
}

/// The first `limit` items after `from` in postings of several values: of each value the first so many, which lie
/// together in the index; the first of all are among them.
std::vector<std::int64_t> Reader::firstOf(const Query& query, RunId run, std::int64_t from, std::size_t limit)
{
    const std::int64_t kind = std::get<std::int64_t>(query.values.at(1)); // as asksPostingsOnly() has them
    std::vector<std::int64_t> items;
    std::int64_t value = -1;
    for (;;) {
        Statement& next =
            m_statements("SELECT min(p.value) FROM " + query.from + " WHERE " + query.where + " AND p.value>?");
        bindAll(next, query);
        next.add(value);
        const bool isThere = next.next() && !next.isNull(0);
        value = isThere ? next.number(0) : value;
        next.start();
        if (!isThere)
            break;
        Statement& find = m_statements("SELECT item FROM posting WHERE run=? AND kind=? AND value=? AND item>?"
                                       " ORDER BY item LIMIT ?");
        find.add(run.value).add(kind).add(value).add(from).add(limit);
        while (find.next())
            items.push_back(find.number(0));
        find.start();
    }
    std::ranges::sort(items);
    items.resize(std::min(items.size(), limit));
    return items;
}

std::vector<ResultView> Reader::rowsOfItems(const std::string& columns, RunId run,
                                            const std::vector<std::int64_t>& items)
{
    std::string numbers = "[";
    for (const std::int64_t item : items)
        numbers += (numbers.size() > 1 ? "," : "") + std::to_string(item);
    numbers += ']';
    Statement& find = m_statements(columns + "(SELECT CAST(? AS INTEGER) AS run, value AS item FROM json_each(?)) n" +
                                   rowsOf("n") + " ORDER BY n.item");
    find.add(run.value).add(numbers);
    return std::move(*this->list(find, readView));
}

/// Answers from the counters that the writer keeps, where they are enough.
std::optional<std::uint64_t> Reader::counted(RunId run, const ResultFilter& filter)
{
    ResultFilter rest = filter;
    std::string columns = "items";
    if (filter.status == ResultFilter::Status::Labelled)
        columns = "labelled";
    else if (filter.status == ResultFilter::Status::Errors)
        columns = "errors";
    rest.status = ResultFilter::Status::All;
    if (filter.correct && filter.status == ResultFilter::Status::All) {
        columns = *filter.correct ? "correct" : "incorrect";
        rest.correct.reset();
    }
    if (!rest.isEmpty())
        return std::nullopt;
    Statement& find = m_statements("SELECT " + columns + " FROM run WHERE id=?").add(run.value);
    const std::uint64_t count = find.next() ? static_cast<std::uint64_t>(find.number(0)) : 0;
    find.start();
    return count;
}

Result<std::uint64_t> Reader::countResults(RunId run, const ResultFilter& filter)
{
    return guarded(*m_db, [&]() -> Result<std::uint64_t> {
        if (const auto known = counted(run, filter))
            return *known;
        const Query q = query(run, filter, QueryUse::Numbers);
        Statement& find = m_statements("SELECT count(*) FROM " + q.from + " WHERE " + q.where);
        bindAll(find, q);
        find.next();
        const auto count = static_cast<std::uint64_t>(find.number(0));
        find.start();
        return count;
    });
}

/// How many items there are, where they are numbered without a gap: then nothing has to be read to name them.
std::optional<std::uint32_t> Reader::denseItems(RunId run)
{
    Statement& find = m_statements("SELECT items, (SELECT max(item) FROM item WHERE run=r.id) FROM run r WHERE id=?");
    find.add(run.value);
    std::optional<std::uint32_t> count;
    if (find.next() && find.number(0) > 0 && find.number(1) + 1 == find.number(0))
        count = static_cast<std::uint32_t>(find.number(0));
    find.start();
    return count;
}

/// Every item has a row, and the postings exist.
bool Reader::isComplete(RunId run)
{
    Statement& find = m_statements("SELECT indexed AND labelled + errors=items FROM run WHERE id=?").add(run.value);
    const bool complete = find.next() && find.number(0) != 0;
    find.start();
    return complete;
}

std::vector<ItemId> Reader::numbers(const Query& query, std::optional<ItemId> after)
{
    Statement& find = m_statements("SELECT " + query.order + " FROM " + query.from + " WHERE " + query.where + " AND " +
                                   query.order + ">?" + (query.inOrder ? " ORDER BY " + query.order : std::string()));
    bindAll(find, query);
    find.add(after ? std::int64_t{after->value} : std::int64_t{-1});
    auto found =
        list<ItemId>(find, [](const Statement& row) { return ItemId(static_cast<std::uint32_t>(row.number(0))); });
    if (!query.inOrder)
        std::ranges::sort(*found);
    return std::move(*found);
}

Result<std::vector<ItemId>> Reader::matchingItems(RunId run, const ResultFilter& filter, std::optional<ItemId> after)
{
    return guarded(*m_db, [&]() -> Result<std::vector<ItemId>> {
        ResultFilter rest = filter;
        const bool labelledOnly = std::exchange(rest.status, {}) == ResultFilter::Status::Labelled;
        const auto dense =
            rest.isEmpty() && (filter.isEmpty() || labelledOnly) ? denseItems(run) : std::optional<std::uint32_t>();
        if (!dense || (labelledOnly && !isComplete(run)))
            return numbers(query(run, filter, QueryUse::Numbers), after);
        // All but those that failed.
        std::vector<ItemId> left;
        if (labelledOnly) {
            rest.status = ResultFilter::Status::Errors;
            left = numbers(query(run, rest, QueryUse::Numbers), after);
        }
        std::vector<ItemId> all;
        auto skipped = left.begin();
        for (std::uint32_t item = after ? after->value + 1 : 0; item < *dense; ++item) {
            if (skipped != left.end() && *skipped == ItemId(item))
                ++skipped;
            else
                all.emplace_back(item);
        }
        return all;
    });
}

Result<std::vector<std::uint64_t>> Reader::scoreHistogram(RunId run, std::size_t bins)
{
    return guarded(*m_db, [&]() -> Result<std::vector<std::uint64_t>> {
        std::vector<std::uint64_t> counts(bins);
        const auto last = static_cast<std::int64_t>(bins) - 1;
        Statement& find = m_statements("SELECT min(?, cast(score_1*? AS INTEGER)), count(*) FROM result"
                                       " WHERE run=? AND error=0 AND score_1 IS NOT NULL GROUP BY 1");
        find.add(last).add(static_cast<std::int64_t>(bins)).add(run.value);
        while (find.next())
            counts[static_cast<std::size_t>(std::clamp<std::int64_t>(find.number(0), 0, last))] +=
                static_cast<std::uint64_t>(find.number(1));
        find.start();
        return counts;
    });
}

Result<std::vector<StoreReader::ErrorCount>> Reader::errorCounts(RunId run)
{
    return guarded(*m_db, [&] {
        Statement& find = m_statements("SELECT e.error, e.count, i.path FROM"
                                       " (SELECT error, count(*) AS count, min(item) AS item FROM result"
                                       "  WHERE run=?1 AND error<>0 GROUP BY error) e"
                                       " JOIN item i ON i.run=?1 AND i.item=e.item ORDER BY e.count DESC, e.error");
        return list<ErrorCount>(find.add(run.value), [](const Statement& row) {
            return ErrorCount{static_cast<ErrorCode>(row.number(0)), static_cast<std::uint64_t>(row.number(1)),
                              row.text(2)};
        });
    });
}

Result<std::vector<StoreReader::ConfusionCell>> Reader::confusion(RunId run)
{
    return guarded(*m_db, [&] {
        Statement& find = m_statements("SELECT i.expected_label, r.label_1, count(*) FROM result r"
                                       " CROSS JOIN item i ON i.run=r.run AND i.item=r.item"
                                       " WHERE r.run=? AND r.error=0 AND i.expected_label IS NOT NULL GROUP BY 1, 2");
        return list<ConfusionCell>(find.add(run.value), [](const Statement& row) {
            return ConfusionCell{static_cast<std::uint32_t>(row.number(0)), static_cast<std::uint32_t>(row.number(1)),
                                 static_cast<std::uint64_t>(row.number(2))};
        });
    });
}

Result<Seal> Reader::verify(RunId run)
{
    return guarded(*m_db, [&]() -> Result<Seal> {
        const auto seal = countSeal(*m_db, run);
        if (!seal)
            return Error{ErrorCode::RunUnknown, std::to_string(run.value)};
        return *seal;
    });
}

} // namespace

Result<std::unique_ptr<StoreReader>> makeReader(const std::filesystem::path& file, Sharing sharing)
{
    auto db = openForReading(file, sharing);
    if (!db)
        return db.error();
    return std::unique_ptr<StoreReader>(std::make_unique<Reader>(std::move(*db)));
}

} // namespace vitfleet::app::sqlite
