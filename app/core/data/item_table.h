// SPDX-License-Identifier: GPL-3.0-or-later
// All items of the active run in memory, at well under 200 bytes each for a million.
#pragma once

#include "app/core/records.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::app {

class ItemTable
{
public:
    ItemTable();
    ~ItemTable();
    /// Items come in order, from 0, without a gap.
    void append(const ItemRecord& item);
    std::uint32_t size() const;
    ItemRecord at(ItemId item) const;
    std::optional<std::uint32_t> expectedLabel(ItemId item) const;
    std::size_t memoryBytes() const;
    double meanBytes() const; ///< of the items' files

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace vitfleet::app
