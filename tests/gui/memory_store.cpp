// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gui/memory_store.h"

#include "app/core/label_names.h"
#include "app/core/run_deletion.h"
#include "tests/gui/samples.h"

#include <QCoreApplication>
#include <QThread>

#include <algorithm>
#include <fstream>

namespace vitfleet::test {

using namespace app;

/// Every question of a reader's begins here.
std::unique_lock<std::mutex> MemoryStore::lock()
{
    ++m_reads;
    if (qApp && QThread::currentThread() == qApp->thread())
        ++m_readsInWindow;
    return std::unique_lock(m_mutex);
}

class MemoryStore::Reader : public StoreReader
{
public:
    explicit Reader(MemoryStore& store) : m_store(store) {}

    Result<std::vector<RunRecord>> runs() override
    {
        const auto lock = m_store.lock();
        if (m_store.m_readerError.code != ErrorCode::None)
            return m_store.m_readerError;
        return m_store.m_runs;
    }
    Result<RunRecord> run(RunId id) override
    {
        const auto lock = m_store.lock();
        if (m_store.m_readerError.code != ErrorCode::None)
            return m_store.m_readerError;
        for (const RunRecord& run : m_store.m_runs) {
            if (run.id == id)
                return run;
        }
        return ErrorCode::RunUnknown;
    }
    Result<std::vector<NodeRecord>> nodes(RunId) override
    {
        const auto lock = m_store.lock();
        if (m_store.m_readerError.code != ErrorCode::None)
            return m_store.m_readerError;
        return m_store.m_nodes;
    }
    Result<std::vector<EventRecord>> events(std::optional<RunId>, std::int64_t after, std::size_t limit) override
    {
        const auto lock = m_store.lock();
        if (m_store.m_readerError.code != ErrorCode::None)
            return m_store.m_readerError;
        std::vector<EventRecord> found;
        std::ranges::copy_if(m_store.m_events, std::back_inserter(found),
                             [after](const EventRecord& event) { return event.id > after; });
        if (found.size() > limit)
            found.resize(limit);
        return found;
    }
    Result<std::vector<ThroughputSample>> samples(RunId) override
    {
        const auto lock = m_store.lock();
        return m_store.m_samples;
    }
    Result<std::vector<PrecisionCheck>> precisionChecks(const std::string&) override
    {
        return std::vector<PrecisionCheck>();
    }
    Result<std::optional<Seal>> seal(RunId) override
    {
        const auto lock = m_store.lock();
        return m_store.m_seal;
    }
    Result<void> forEachItem(RunId, const std::function<bool(const ItemRecord&)>&) override { return {}; }
    Result<std::vector<ItemId>> itemsWithResult(RunId) override { return std::vector<ItemId>(); }
    Result<std::vector<ResultView>> results(RunId run, const ResultFilter& filter, std::optional<ItemId> after,
                                            std::size_t limit) override
    {
        std::vector<ResultView> page;
        for (std::uint32_t item = after ? after->value + 1 : 0; item < dense() && page.size() < limit; ++item) {
            page.push_back(sampleRows(2).front());
            page.back().item.id = ItemId(item);
        }
        for (ResultView& row : matching(run, filter)) {
            if ((!after || row.item.id > *after) && page.size() < limit)
                page.push_back(std::move(row));
        }
        return page;
    }
    Result<std::uint64_t> countResults(RunId run, const ResultFilter& filter) override
    {
        return matching(run, filter).size();
    }
    Result<std::vector<ItemId>> matchingItems(RunId run, const ResultFilter& filter,
                                              std::optional<ItemId> after) override
    {
        std::vector<ItemId> items;
        for (std::uint32_t item = after ? after->value + 1 : 0; item < dense(); ++item)
            items.emplace_back(item);
        for (const ResultView& row : matching(run, filter)) {
            if (!after || row.item.id > *after)
                items.push_back(row.item.id);
        }
        return items;
    }
    Result<std::vector<std::uint64_t>> scoreHistogram(RunId run, std::size_t bins) override
    {
        std::vector<std::uint64_t> counts(bins);
        for (const ResultView& row : matching(run, {})) {
            if (row.result && !row.result->top.empty())
                ++counts[std::min(bins - 1,
                                  static_cast<std::size_t>(row.result->top.front().score * static_cast<float>(bins)))];
        }
        return counts;
    }
    Result<std::vector<ErrorCount>> errorCounts(RunId run) override
    {
        std::vector<ErrorCount> counts;
        for (const ResultView& row : matching(run, {})) {
            if (!row.result || row.result->error.code == ErrorCode::None)
                continue;
            const auto found = std::ranges::find(counts, row.result->error.code, &ErrorCount::code);
            if (found == counts.end())
                counts.push_back({row.result->error.code, 1, row.item.path});
            else
                ++found->count;
        }
        return counts;
    }
    Result<std::vector<ConfusionCell>> confusion(RunId run) override
    {
        ++m_store.m_confusions;
        std::vector<ConfusionCell> cells;
        for (const ResultView& row : matching(run, {})) {
            if (!row.result || row.result->top.empty() || !row.item.expectedLabel)
                continue;
            const std::uint32_t expected = *row.item.expectedLabel, predicted = row.result->top.front().label;
            const auto found = std::ranges::find_if(cells, [&](const ConfusionCell& cell) {
                return cell.expected == expected && cell.predicted == predicted;
            });
            if (found == cells.end())
                cells.push_back({expected, predicted, 1});
            else
                ++found->count;
        }
        const auto lock = m_store.lock();
        if (auto later = std::exchange(m_store.m_rowsAfterConfusion, {}))
            m_store.m_rows = std::move(*later);
        return cells;
    }
    Result<Seal> verify(RunId) override { return Seal(); }
    Result<std::map<RunId, std::vector<RunCostRecord>>> costs() override
    {
        const auto lock = m_store.lock();
        return m_store.m_costs;
    }
    Result<std::uint64_t> exportCsv(RunId run, const ResultFilter& filter, const std::filesystem::path& file,
                                    const CsvOptions&) override
    {
        {
            const auto lock = m_store.lock();
            if (m_store.m_exportError.code != ErrorCode::None)
                return m_store.m_exportError;
        }
        const auto rows = matching(run, filter);
        std::ofstream out(file);
        out << "item\n";
        for (const ResultView& row : rows)
            out << row.item.id.value << '\n';
        return static_cast<std::uint64_t>(rows.size());
    }

private:
    std::uint32_t dense()
    {
        const auto lock = m_store.lock();
        return m_store.m_dense;
    }
    std::vector<ResultView> matching(RunId run, const ResultFilter& filter)
    {
        auto lock = m_store.lock();
        m_store.m_released.wait(lock, [&] { return m_store.m_held == RunId() || m_store.m_held != run; });
        const std::vector<std::string> labels =
            m_store.m_runs.empty() ? std::vector<std::string>() : distinctNames(m_store.m_runs.back().labels);
        std::vector<ResultView> rows;
        const auto own = m_store.m_rowsOf.find(run);
        std::ranges::copy_if(
            own == m_store.m_rowsOf.end() ? m_store.m_rows : own->second, std::back_inserter(rows),
            [&](const ResultView& row) {
                if (filter.isEmpty())
                    return true;
                if (!row.result)
                    return false;
                const bool labelled = row.result->error.code == ErrorCode::None;
                if (filter.correct && row.result->correct != filter.correct)
                    return false;
                if (!filter.nodes.empty() && std::ranges::count(filter.nodes, row.result->node) == 0)
                    return false;
                if (!filter.precisions.empty() && std::ranges::count(filter.precisions, row.result->precision) == 0)
                    return false;
                if (!filter.errors.empty() && std::ranges::count(filter.errors, row.result->error.code) == 0)
                    return false;
                const double score = row.result->top.empty() ? 0.0 : static_cast<double>(row.result->top.front().score);
                if ((filter.minScore > 0 && score < filter.minScore) ||
                    (filter.maxScore < 1 && score > filter.maxScore))
                    return false;
                if (!filter.expected.empty() &&
                    (!row.item.expectedLabel ||
                     std::ranges::count(filter.expected, labels.at(*row.item.expectedLabel)) == 0))
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

class MemoryStore::Writer : public StoreWriter, public RunDeletion
{
public:
    explicit Writer(MemoryStore& store) : m_store(store) {}
    void setCallbacks(Callbacks) override {}
    Result<RunId> createRun(const RunRecord&) override { return ErrorCode::Internal; }
    void updateRun(const RunRecord&) override {}
    void addItems(RunId, std::vector<ItemRecord>) override {}
    void addResult(RunId, std::uint64_t, ResultRow) override {}
    void upsertNode(RunId, const NodeRecord&) override {}
    void addPrecisionCheck(RunId, PrecisionCheck) override {}
    void addCost(RunId, RunCostRecord) override {}
    void addEvent(EventRecord) override {}
    void addSamples(RunId, std::vector<ThroughputSample>) override {}
    Result<Seal> sealRun(RunId) override { return ErrorCode::Internal; }
    Result<void> flush() override { return {}; }
    Result<void> deleteRun(RunId run) override
    {
        const auto lock = m_store.lock();
        m_store.m_deleted.push_back(run);
        std::erase_if(m_store.m_runs, [run](const RunRecord& record) { return record.id == run; });
        return {};
    }

private:
    MemoryStore& m_store;
};

MemoryStore::MemoryStore() : m_writer(std::make_unique<Writer>(*this)) {}
MemoryStore::~MemoryStore() = default;

StoreWriter& MemoryStore::writer()
{
    return *m_writer;
}

void MemoryStore::setCosts(RunId run, std::vector<RunCostRecord> costs)
{
    const std::lock_guard lock(m_mutex);
    m_costs[run] = std::move(costs);
}

void MemoryStore::setRuns(std::vector<RunRecord> runs)
{
    const std::lock_guard lock(m_mutex);
    m_runs = std::move(runs);
}

void MemoryStore::setRowsOf(RunId run, std::vector<ResultView> rows)
{
    const std::lock_guard lock(m_mutex);
    m_rowsOf[run] = std::move(rows);
}

void MemoryStore::setEvents(std::vector<EventRecord> events)
{
    const std::lock_guard lock(m_mutex);
    m_events = std::move(events);
}

void MemoryStore::setSamples(std::vector<ThroughputSample> samples)
{
    const std::lock_guard lock(m_mutex);
    m_samples = std::move(samples);
}

std::vector<RunId> MemoryStore::deletedRuns()
{
    const std::lock_guard lock(m_mutex);
    return m_deleted;
}

Result<std::unique_ptr<StoreReader>> MemoryStore::openReader()
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_readerError.code != ErrorCode::None)
            return m_readerError;
    }
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

void MemoryStore::setRowsAfterConfusion(std::vector<ResultView> rows)
{
    const std::lock_guard lock(m_mutex);
    m_rowsAfterConfusion = std::move(rows);
}

void MemoryStore::setDense(std::uint32_t count)
{
    const std::lock_guard lock(m_mutex);
    m_dense = count;
}

void MemoryStore::setNodes(std::vector<NodeRecord> nodes)
{
    const std::lock_guard lock(m_mutex);
    m_nodes = std::move(nodes);
}

void MemoryStore::failReaders(const Error& error)
{
    const std::lock_guard lock(m_mutex);
    m_readerError = error;
}

void MemoryStore::hold(RunId run)
{
    {
        const std::lock_guard lock(m_mutex);
        m_held = run;
    }
    m_released.notify_all();
}

void MemoryStore::failExports(const Error& error)
{
    const std::lock_guard lock(m_mutex);
    m_exportError = error;
}

} // namespace vitfleet::test
