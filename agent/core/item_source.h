// SPDX-License-Identifier: GPL-3.0-or-later
// Turns leased items into pictures to decode: opens and checks files, or passes on the bytes that came.
#pragma once

#include "agent/core/data_root.h"
#include "agent/core/parts.h"
#include "agent/core/work_queue.h"

#include <optional>
#include <variant>

namespace vitfleet::agent {

class ItemSource
{
public:
    /// The item's bytes have to be asked for (mode Bytes, too large for its list or dropped by the queue).
    struct NeedsBytes
    {
        std::uint64_t tag = 0;
        LeaseId lease;
        ItemId item;
        std::uint64_t bytes = 0;
    };
    using Prepared = std::variant<PictureJob, NeedsBytes, Error>;

    /// `root` is the error of DataRoot::open where the node may not see the files: what every path then ends as.
    explicit ItemSource(Result<DataRoot> root) : m_root(std::move(root)) {}

    Prepared prepare(WorkQueue::Work work) const;
    /// The head hash of a file of the right size; nothing where it cannot be had.
    std::optional<protocol::HeadHash> probe(const protocol::ProbeFiles::File& file) const;

private:
    Prepared prepareFile(std::uint64_t tag, const protocol::LeaseItem& item) const;

    Result<DataRoot> m_root;
};

} // namespace vitfleet::agent
