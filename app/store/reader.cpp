// SPDX-License-Identifier: GPL-3.0-or-later
// Runs, their nodes, events, samples and sums. Rows that a filter asks for are in reader_filter.cpp.
#include "app/store/reader.h"

#include "app/store/csv_export.h"
#include "app/store/rows.h"
#include "app/store/seal.h"
#include "app/store/unit_rows.h"

#include <algorithm>

namespace vitfleet::app::sqlite {

namespace {

constexpr std::int64_t pageItems = 4096; ///< a read that lasts longer would keep the log from being emptied

} // namespace

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

Result<std::uint64_t> Reader::exportCsv(RunId run, const ResultFilter& filter, const std::filesystem::path& file,
                                        const CsvOptions& options)
{
    return writeCsv(*this, run, filter, file, options);
}

Result<std::vector<UnitRecord>> Reader::units()
{
    return guarded(*m_db, [&]() -> Result<std::vector<UnitRecord>> { return readUnits(*m_db); });
}

Result<std::unique_ptr<StoreReader>> makeReader(const std::filesystem::path& file, Sharing sharing)
{
    auto db = openForReading(file, sharing);
    if (!db)
        return db.error();
    return std::unique_ptr<StoreReader>(std::make_unique<Reader>(std::move(*db)));
}

} // namespace vitfleet::app::sqlite
