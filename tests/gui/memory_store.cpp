// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/memory_store.h"

#include <algorithm>
#include <fstream>

namespace vitfleet::test {

using namespace app;

class MemoryStore::Reader : public StoreReader
{
public:
    explicit Reader(MemoryStore& store) : m_store(store) {}

    Result<std::vector<RunRecord>> runs() override
    {
        const std::lock_guard lock(m_store.m_mutex);
        return m_store.m_runs;
    }
    Result<RunRecord> run(RunId id) override
    {
        const std::lock_guard lock(m_store.m_mutex);
        for (const RunRecord& run : m_store.m_runs) {
            if (run.id == id)
                return run;
        }
        return ErrorCode::RunUnknown;
    }
    Result<std::vector<NodeRecord>> nodes(RunId) override { return std::vector<NodeRecord>(); }
    Result<std::vector<EventRecord>> events(std::optional<RunId>, std::int64_t, std::size_t) override
    {
        return std::vector<EventRecord>();
    }
    Result<std::vector<ThroughputSample>> samples(RunId) override { return std::vector<ThroughputSample>(); }
    Result<std::optional<Seal>> seal(RunId) override
    {
        const std::lock_guard lock(m_store.m_mutex);
        return m_store.m_seal;
    }
    Result<void> forEachItem(RunId, const std::function<bool(const ItemRecord&)>&) override { return {}; }
    Result<std::vector<ItemId>> itemsWithResult(RunId) override { return std::vector<ItemId>(); }
    Result<std::vector<ResultView>> results(RunId, const ResultFilter& filter, std::optional<ItemId> after,
                                            std::size_t limit) override
    {
        std::vector<ResultView> page;
        for (ResultView& row : matching(filter)) {
            if ((!after || row.item.id > *after) && page.size() < limit)
                page.push_back(std::move(row));
        }
        return page;
    }
    Result<std::uint64_t> countResults(RunId, const ResultFilter& filter) override { return matching(filter).size(); }
    Result<std::vector<ConfusionCell>> confusion(RunId) override { return std::vector<ConfusionCell>(); }
    Result<Seal> verify(RunId) override { return Seal(); }
    Result<std::uint64_t> exportCsv(RunId, const ResultFilter& filter, const std::filesystem::path& file,
                                    const CsvOptions&) override
    {
        {
            const std::lock_guard lock(m_store.m_mutex);
            if (m_store.m_exportError.code != ErrorCode::None)
                return m_store.m_exportError;
        }
        const auto rows = matching(filter);
        std::ofstream out(file);
        out << "item\n";
        for (const ResultView& row : rows)
            out << row.item.id.value << '\n';
        return static_cast<std::uint64_t>(rows.size());
    }

private:
    std::vector<ResultView> matching(const ResultFilter& filter)
    {
        const std::lock_guard lock(m_store.m_mutex);
        const std::vector<std::string> labels =
            m_store.m_runs.empty() ? std::vector<std::string>() : m_store.m_runs.back().labels;
        std::vector<ResultView> rows;
        std::ranges::copy_if(m_store.m_rows, std::back_inserter(rows), [&](const ResultView& row) {
            if (filter.isEmpty())
                return true;
            if (!row.result)
                return false;
            const bool labelled = row.result->error.code == ErrorCode::None;
            if (filter.correct && row.result->correct != filter.correct)
                return false;
            if (filter.status == ResultFilter::Status::Labelled && !labelled)
                return false;
            if (filter.status == ResultFilter::Status::Errors && labelled)
                return false;
            return filter.labels.empty() ||
                   (labelled && std::ranges::count(filter.labels, labels.at(row.result->top.front().label)) > 0);
        });
        return rows;
    }

    MemoryStore& m_store;
};

Result<std::unique_ptr<StoreReader>> MemoryStore::openReader()
{
    return std::unique_ptr<StoreReader>(new Reader(*this));
}

void MemoryStore::setRun(const RunRecord& run, std::optional<Seal> seal)
{
    const std::lock_guard lock(m_mutex);
    m_runs = {run};
    m_seal = seal;
}

void MemoryStore::setRows(std::vector<ResultView> rows)
{
    const std::lock_guard lock(m_mutex);
    m_rows = std::move(rows);
}

void MemoryStore::failExports(const Error& error)
{
    const std::lock_guard lock(m_mutex);
    m_exportError = error;
}

} // namespace vitfleet::test
