// SPDX-License-Identifier: GPL-3.0-or-later
// TIFF 6.0, section 2, and the BigTIFF variation of it.
#include "agent/imaging/tiff_directory.h"

#include <algorithm>

namespace vitfleet::imaging {

namespace {

constexpr std::uint64_t maxEntries = 4096;

/// Bytes of a whole-number type; 0 for the others.
std::uint64_t integerBytes(std::uint16_t type)
{
    switch (type) {
    case 1: // BYTE
        return 1;
    case 3: // SHORT
        return 2;
    case 4:  // LONG
    case 13: // IFD
        return 4;
    case 16: // LONG8
    case 18: // IFD8
        return 8;
    default:
        return 0;
    }
}

std::uint64_t typeBytes(std::uint16_t type)
{
    switch (type) {
    case 1:
    case 2:
    case 6:
    case 7:
        return 1;
    case 3:
    case 8:
        return 2;
    case 4:
    case 9:
    case 11:
    case 13:
        return 4;
    default:
        return 8;
    }
}

} // namespace

Result<TiffDirectory> TiffDirectory::first(Bytes bytes)
{
    const ByteOrder order = !bytes.empty() && bytes[0] == std::byte{'M'} ? ByteOrder::Big : ByteOrder::Little;
    const ByteReader in(bytes, order);
    const bool big = in.u16(2) == 43;
    if (!in.has(0, big ? 16 : 8))
        return Error{ErrorCode::ImgTruncated, "ends within its TIFF header"};
    const std::uint64_t at = big ? in.u64(8) : in.u32(4);
    const std::size_t countBytes = big ? 8 : 2, entryBytes = big ? 20 : 12, inlineBytes = big ? 8 : 4;
    if (!in.has(at, countBytes))
        return Error{ErrorCode::ImgTruncated, "the TIFF directory lies behind the end"};
    const std::uint64_t count = big ? in.u64(at) : in.u16(at);
    if (count == 0 || count > maxEntries)
        return Error{ErrorCode::ImgCorrupt, "a TIFF directory of " + std::to_string(count) + " entries"};
    if (!in.has(at + countBytes, count * entryBytes))
        return Error{ErrorCode::ImgTruncated, "ends within its TIFF directory"};

    TiffDirectory directory(in);
    directory.m_entries.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t entryAt = at + countBytes + i * entryBytes;
        Entry entry;
        entry.tag = static_cast<TiffTag>(in.u16(entryAt));
        entry.type = in.u16(entryAt + 2);
        entry.count = big ? in.u64(entryAt + 4) : in.u32(entryAt + 4);
        const std::size_t valueAt = entryAt + (big ? 12 : 8);
        const bool isInline = entry.count <= inlineBytes / typeBytes(entry.type);
        entry.valueOffset = isInline ? valueAt : big ? in.u64(valueAt) : in.u32(valueAt);
        directory.m_entries.push_back(entry);
    }
    return directory;
}

const TiffDirectory::Entry* TiffDirectory::find(TiffTag tag) const
{
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [tag](const Entry& e) { return e.tag == tag; });
    return found == m_entries.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> TiffDirectory::valueAt(const Entry& entry, std::uint64_t index) const
{
    const std::uint64_t size = integerBytes(entry.type);
    if (size == 0 || index >= entry.count || entry.valueOffset > m_in.size() || index > m_in.size() / size)
        return std::nullopt;
    const std::size_t at = entry.valueOffset + index * size;
    if (!m_in.has(at, size))
        return std::nullopt;
    return size == 1 ? m_in.u8(at) : size == 2 ? m_in.u16(at) : size == 4 ? m_in.u32(at) : m_in.u64(at);
}

std::optional<std::uint64_t> TiffDirectory::number(TiffTag tag) const
{
    const Entry* entry = find(tag);
    return entry ? valueAt(*entry, 0) : std::nullopt;
}

std::vector<std::uint64_t> TiffDirectory::numbers(TiffTag tag, std::size_t limit) const
{
    const Entry* entry = find(tag);
    if (!entry)
        return {};
    // Each value takes at least a byte of the file, which bounds the vector.
    const std::uint64_t wanted = std::min<std::uint64_t>({entry->count, limit, m_in.size()});
    std::vector<std::uint64_t> values;
    values.reserve(wanted);
    for (std::uint64_t i = 0; i < wanted; ++i) {
        const auto value = valueAt(*entry, i);
        if (!value)
            return {};
        values.push_back(*value);
    }
    return values;
}

std::uint64_t TiffDirectory::count(TiffTag tag) const
{
    const Entry* entry = find(tag);
    return entry ? entry->count : 0;
}

} // namespace vitfleet::imaging
