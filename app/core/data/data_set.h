// SPDX-License-Identifier: GPL-3.0-or-later
// What a run works on: a folder, a CSV or TSV manifest or an IDX pair, scanned into items that stream out in a fixed
// order.
#pragma once

#include "app/core/records.h"
#include "shared/base/result.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::app {

struct DataSetSpec
{
    std::string path;
    std::string root;        ///< only for manifests whose paths lie elsewhere
    std::uint64_t limit = 0; ///< only the first items; 0: all
};

/// A data set that has been opened: it exists and is of a known kind. Thread-safe for reading after the scan.
class DataSet
{
public:
    /// DataMissing, DataFormat, DataManifest (no header), DataIdx. Quick: nothing is walked yet.
    static Result<std::unique_ptr<DataSet>> open(const DataSetSpec& spec);
    virtual ~DataSet() = default;

    virtual std::string kind() const = 0; ///< "folder", "manifest", "idx"
    virtual std::string path() const = 0; ///< absolute
    /// Absolute; items are relative to it. Empty where items are not files (IDX): they are always sent as bytes.
    virtual std::string root() const = 0;

    /// Walks the data set in its fixed order (folders: bytewise by path; manifests and IDX: as written) and hands out
    /// items in batches. `id`, `path`, `bytes`, `headHash`, `expected`, `scanError` are set; expectedLabel is not.
    /// Every entry counts: what cannot be a picture (a FIFO, an unreadable or escaping link, a bad name) comes with its
    /// scanError. What a disk fails to give is looked at again for 15 s; then a file comes with NodeIo, and a folder
    /// ends the scan with it. Stops early when `cancelled` becomes true (Cancelled). DataEmpty where there is no item
    /// at all.
    using Batch = std::function<void(std::vector<ItemRecord>)>;
    virtual Result<void> scan(const Batch& batch, const std::atomic<bool>& cancelled) = 0;

    /// Up to `maxBytes` of an item from `offset`. For folders it checks size and head hash at offset 0: ItemChanged,
    /// PathMissing, PathDenied, PathNotFile, PathEscape, NodeIo.
    virtual Result<std::vector<std::byte>> read(const ItemRecord& item, std::uint64_t offset, std::size_t maxBytes) = 0;
};

} // namespace vitfleet::app
