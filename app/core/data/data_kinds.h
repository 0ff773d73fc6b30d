// SPDX-License-Identifier: GPL-3.0-or-later
// The kinds of data set behind DataSet::open().
#pragma once

#include "app/core/data/data_set.h"

#include <chrono>
#include <filesystem>
#include <functional>

namespace vitfleet::app {

/// A decompressed IDX file lies in memory: at most this much of it.
inline constexpr std::uint64_t maxIdxBytes = std::uint64_t{1} << 30;

Result<std::unique_ptr<DataSet>> openFolder(const DataSetSpec& spec);
Result<std::unique_ptr<DataSet>> openManifest(const DataSetSpec& spec);
Result<std::unique_ptr<DataSet>> openIdx(const DataSetSpec& spec);
/// Whether the file begins as an IDX file does (plain or gzip) or is named like one.
bool looksLikeIdx(const std::filesystem::path& file);

/// Collects items into batches: small enough that work begins soon, large enough to be cheap.
class ItemBatches
{
public:
    ItemBatches(const DataSet::Batch& batch, const std::atomic<bool>& cancelled, std::uint64_t limit)
        : m_batch(batch), m_cancelled(cancelled), m_limit(limit), m_since(Clock::now())
    {
    }
    /// Numbers the item and takes it. DataTooLarge, Cancelled.
    Result<void> add(ItemRecord item);
    /// Looks again after 1, 2, 4 and 8 s while `look` says that a disk failed (NodeIo), as reads for nodes are tried
    /// again: a network file system comes back. What there is already is handed out meanwhile.
    void look(const std::function<ErrorCode()>& look);
    bool isCancelled() const { return m_cancelled; }
    bool isFull() const { return m_limit != 0 && m_count >= m_limit; }
    /// DataEmpty where nothing was added.
    Result<void> finish(const std::string& path);

private:
    using Clock = std::chrono::steady_clock;
    void flush();
    bool wait(std::chrono::seconds time) const;

    const DataSet::Batch& m_batch;
    const std::atomic<bool>& m_cancelled;
    std::uint64_t m_limit;
    std::uint64_t m_count = 0;
    std::uint32_t m_inVain = 0; ///< looks that failed to the last
    std::vector<ItemRecord> m_items;
    Clock::time_point m_since;
};

} // namespace vitfleet::app
