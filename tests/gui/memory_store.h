// SPDX-License-Identifier: GPL-3.0-or-later
// A store whose rows are what the test puts into it. Only its reading side is used by the window.
#pragma once

#include "app/core/store.h"

#include <mutex>

namespace vitfleet::test {

class MemoryStore : public app::Store
{
public:
    app::StoreWriter& writer() override { std::abort(); }
    Result<std::unique_ptr<app::StoreReader>> openReader() override;
    std::filesystem::path path() const override { return "memory.db"; }

    // Guarded: readers live in threads of the loader's.
    void setRun(const app::RunRecord& run, std::optional<app::Seal> seal = {});
    void setRows(std::vector<app::ResultView> rows);
    /// That many items, 0 …, which all look like the first row of sampleRows().
    void setDense(std::uint32_t count);
    void setNodes(std::vector<app::NodeRecord> nodes);
    void failExports(const Error& error);

private:
    class Reader;
    std::mutex m_mutex;
    std::vector<app::RunRecord> m_runs;
    std::optional<app::Seal> m_seal;
    std::vector<app::ResultView> m_rows;
    std::vector<app::NodeRecord> m_nodes;
    std::uint32_t m_dense = 0;
    Error m_exportError{ErrorCode::None, {}};
};

} // namespace vitfleet::test
