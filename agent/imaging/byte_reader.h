// SPDX-License-Identifier: GPL-3.0-or-later
// Reads numbers out of bytes that nobody vouches for. Callers check `has` first; reading past the end gives 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vitfleet::imaging {

using Bytes = std::span<const std::byte>;

enum class ByteOrder : std::uint8_t
{
    Invalid = 0,
    Little,
    Big
};

class ByteReader
{
public:
    explicit ByteReader(Bytes bytes, ByteOrder order = ByteOrder::Big) : m_bytes(bytes), m_order(order) {}

    std::size_t size() const { return m_bytes.size(); }
    bool has(std::size_t at, std::size_t count) const { return at <= size() && count <= size() - at; }
    std::uint8_t u8(std::size_t at) const { return at < size() ? static_cast<std::uint8_t>(m_bytes[at]) : 0; }
    std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
    std::uint32_t u24(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 3)); }
    std::uint32_t u32(std::size_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
    std::uint64_t u64(std::size_t at) const { return number(at, 8); }
    std::int32_t i32(std::size_t at) const { return static_cast<std::int32_t>(u32(at)); }
    bool starts(std::size_t at, std::string_view text) const
    {
        return has(at, text.size()) && view().substr(at, text.size()) == text;
    }
    /// All bytes as characters.
    std::string_view view() const { return {reinterpret_cast<const char*>(m_bytes.data()), m_bytes.size()}; }
    Bytes part(std::size_t at, std::size_t count) const
    {
        return has(at, count) ? m_bytes.subspan(at, count) : Bytes{};
    }
    ByteOrder order() const { return m_order; }

private:
    std::uint64_t number(std::size_t at, std::size_t count) const
    {
        if (!has(at, count))
            return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t from = m_order == ByteOrder::Big ? i : count - 1 - i;
            value = value << 8 | static_cast<std::uint64_t>(m_bytes[at + from]);
        }
        return value;
    }

    Bytes m_bytes;
    ByteOrder m_order;
};

} // namespace vitfleet::imaging
