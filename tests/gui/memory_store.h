// SPDX-License-Identifier: GPL-3.0-or-later
// A store whose rows are what the test puts into it. Only its reading side is used by the window.
#pragma once

#include "app/core/store.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

namespace vitfleet::test {

class MemoryStore : public app::Store
{
public:
    /// Deletes runs; anything else is not the window's to write.
    app::StoreWriter& writer() override;
    ~MemoryStore() override;
    MemoryStore();
    Result<std::unique_ptr<app::StoreReader>> openReader() override;
    std::filesystem::path path() const override { return "memory.db"; }

    // Guarded: readers live in threads of the loader's.
    void setRun(const app::RunRecord& run, std::optional<app::Seal> seal = {});
    void setRows(std::vector<app::ResultView> rows);
    void setRuns(std::vector<app::RunRecord> runs);
    void setCosts(RunId run, std::vector<app::RunCostRecord> costs);
    /// Of one run, where they differ from the others'.
    void setRowsOf(RunId run, std::vector<app::ResultView> rows);
    void setEvents(std::vector<app::EventRecord> events);
    void setSamples(std::vector<app::ThroughputSample> samples);
    std::vector<RunId> deletedRuns();
    /// That many items, 0 …, which all look like the first row of sampleRows().
    void setDense(std::uint32_t count);
    /// Once a confusion matrix has been answered, there are these.
    void setRowsAfterConfusion(std::vector<app::ResultView> rows);
    void setNodes(std::vector<app::NodeRecord> nodes);
    /// Questions about this run's rows are not answered until another one is held, or none.
    void hold(RunId run = {});
    /// How often a confusion matrix was asked for.
    int confusions() const { return m_confusions; }
    void failExports(const Error& error);
    /// The next readers are not opened, and those that are find no runs, nodes and events; None: they do again.
    void failReaders(const Error& error);
    /// How often a reader was used in the window's thread, which must never wait for a database; and in any.
    int readsInWindow() const { return m_readsInWindow; }
    int reads() const { return m_reads; }

private:
    class Reader;
    class Writer;
    std::unique_ptr<Writer> m_writer;
    std::unique_lock<std::mutex> lock();

    std::mutex m_mutex;
    std::condition_variable m_released;
    RunId m_held;
    std::atomic<int> m_reads = 0, m_readsInWindow = 0, m_confusions = 0;
    std::vector<app::RunRecord> m_runs;
    std::map<RunId, std::vector<app::RunCostRecord>> m_costs;
    std::optional<app::Seal> m_seal;
    std::vector<app::ResultView> m_rows;
    std::optional<std::vector<app::ResultView>> m_rowsAfterConfusion;
    std::vector<app::NodeRecord> m_nodes;
    std::map<RunId, std::vector<app::ResultView>> m_rowsOf;
    std::vector<app::EventRecord> m_events;
    std::vector<app::ThroughputSample> m_samples;
    std::vector<RunId> m_deleted;
    std::uint32_t m_dense = 0;
    Error m_exportError{ErrorCode::None, {}}, m_readerError{ErrorCode::None, {}};
};

} // namespace vitfleet::test
