// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/data/item_table.h"

#include <algorithm>
#include <cassert>
#include <deque>
#include <string_view>
#include <unordered_map>

namespace vitfleet::app {
namespace {

constexpr std::size_t blockBytes = 1 << 20;
constexpr std::uint32_t noLabel = ~std::uint32_t{0};
/// What a node of an unordered_map costs beside its value: next pointer, hash, allocator.
constexpr std::size_t mapNodeBytes = 32;

struct Entry
{
    std::uint32_t block = 0; ///< where its path stands
    std::uint32_t offset = 0;
    std::uint64_t bytes = 0;
    protocol::HeadHash headHash{};
    std::uint32_t expected = 0; ///< in the list of distinct values
    std::uint32_t expectedLabel = noLabel;
    std::uint32_t pathBytes = 0;
};

struct StringHash
{
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

} // namespace

struct ItemTable::Private
{
    std::deque<Entry> entries;       ///< grows without copying
    std::vector<std::string> blocks; ///< paths, one after the other
    std::vector<std::string> expected{std::string{}};
    std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> expectedIndex{{std::string{}, 0}};
    std::unordered_map<std::uint32_t, Error> scanErrors;
    std::uint64_t fileBytes = 0;

    std::string& blockFor(std::size_t bytes)
    {
        if (blocks.empty() || blocks.back().capacity() - blocks.back().size() < bytes) {
            blocks.emplace_back();
            blocks.back().reserve(std::max(blockBytes, bytes));
        }
        return blocks.back();
    }

    std::uint32_t indexOfExpected(const std::string& value)
    {
        const auto [place, isNew] = expectedIndex.try_emplace(value, static_cast<std::uint32_t>(expected.size()));
        if (isNew)
            expected.push_back(value);
        return place->second;
    }
};

ItemTable::ItemTable() : d(std::make_unique<Private>()) {}
ItemTable::~ItemTable() = default;

void ItemTable::append(const ItemRecord& item)
{
    assert(item.id.value == d->entries.size());
    std::string& block = d->blockFor(item.path.size());
    Entry entry;
    entry.block = static_cast<std::uint32_t>(d->blocks.size() - 1);
    entry.offset = static_cast<std::uint32_t>(block.size());
    entry.pathBytes = static_cast<std::uint32_t>(item.path.size());
    block.append(item.path);
    entry.bytes = item.bytes;
    entry.headHash = item.headHash;
    entry.expected = d->indexOfExpected(item.expected);
    entry.expectedLabel = item.expectedLabel.value_or(noLabel);
    if (item.scanError.code != ErrorCode::None)
        d->scanErrors.emplace(size(), item.scanError);
    d->fileBytes += item.bytes;
    d->entries.push_back(entry);
}

std::uint32_t ItemTable::size() const
{
    return static_cast<std::uint32_t>(d->entries.size());
}

ItemRecord ItemTable::at(ItemId item) const
{
    const Entry& entry = d->entries.at(item.value);
    ItemRecord record;
    record.id = item;
    record.path = d->blocks[entry.block].substr(entry.offset, entry.pathBytes);
    record.bytes = entry.bytes;
    record.headHash = entry.headHash;
    record.expected = d->expected[entry.expected];
    record.expectedLabel = expectedLabel(item);
    if (const auto error = d->scanErrors.find(item.value); error != d->scanErrors.end())
        record.scanError = error->second;
    return record;
}

std::optional<std::uint32_t> ItemTable::expectedLabel(ItemId item) const
{
    const std::uint32_t label = d->entries.at(item.value).expectedLabel;
    return label == noLabel ? std::nullopt : std::optional(label);
}

std::size_t ItemTable::memoryBytes() const
{
    std::size_t bytes = d->entries.size() * sizeof(Entry);
    for (const std::string& block : d->blocks)
        bytes += block.capacity() + sizeof block;
    for (const std::string& value : d->expected)
        bytes += 2 * (value.capacity() + sizeof value) + mapNodeBytes;
    for (const auto& [item, error] : d->scanErrors)
        bytes += sizeof item + sizeof error + error.detail.capacity() + mapNodeBytes;
    return bytes;
}

double ItemTable::meanBytes() const
{
    return d->entries.empty() ? 0 : static_cast<double>(d->fileBytes) / static_cast<double>(d->entries.size());
}

} // namespace vitfleet::app
