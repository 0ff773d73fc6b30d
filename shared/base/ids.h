// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers that name things, each with a type of its own so that one is never passed for another.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace vitfleet {

template <typename Tag, typename Rep>
struct StrongId
{
    using Value = Rep;
    Rep value{};

    constexpr StrongId() = default;
    constexpr explicit StrongId(Rep v) : value(v) {}
    constexpr auto operator<=>(const StrongId&) const = default;
};

/// A run's row in the database; 0 is none.
using RunId = StrongId<struct RunTag, std::int64_t>;
/// An item's position in its run's data set, from 0.
using ItemId = StrongId<struct ItemTag, std::uint32_t>;
/// A node as the application knows it for as long as it runs; 0 is none. The database has its own row for its key.
using NodeId = StrongId<struct NodeTag, std::uint32_t>;
/// A lease, unique within a run and across resumes; 0 is none. It is also the lease's epoch: a later one is greater.
using LeaseId = StrongId<struct LeaseTag, std::uint64_t>;

} // namespace vitfleet

template <typename Tag, typename Rep>
struct std::hash<vitfleet::StrongId<Tag, Rep>>
{
    std::size_t operator()(const vitfleet::StrongId<Tag, Rep>& id) const noexcept { return std::hash<Rep>{}(id.value); }
};
