// SPDX-License-Identifier: GPL-3.0-or-later
// Pulls items that were too large to travel in their list, piece by piece. Engine thread only; sends nothing itself.
#pragma once

#include "agent/core/item_source.h"
#include "shared/protocol/messages.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace vitfleet::agent {

class ItemFetcher
{
public:
    struct Piece
    {
        LeaseId lease;
        ItemId item;
        std::uint64_t offset = 0;
    };
    struct Arrived
    {
        ItemSource::NeedsBytes item;
        std::vector<std::byte> bytes; ///< all of it
        bool failed = false;          ///< the application could not send it: an empty piece before its end
    };

    void want(const ItemSource::NeedsBytes& item);
    /// The pieces to ask for now.
    std::vector<Piece> toAsk();
    /// A piece came: the item that it completes, if it does. Pieces that nobody waits for are ignored.
    std::optional<Arrived> arrived(const protocol::ItemPiece& piece, std::span<const std::byte> payload);
    /// A new connection: everything on the way has to be asked for again.
    void restart();
    /// Forgets items that were given back.
    void prune(const std::function<bool(std::uint64_t tag)>& isWanted);
    void clear();

private:
    struct Fetch
    {
        ItemSource::NeedsBytes item;
        std::vector<std::byte> bytes;
        std::set<std::uint64_t> asked; ///< offsets of pieces on the way
    };
    std::deque<ItemSource::NeedsBytes> m_waiting;
    std::vector<Fetch> m_active;
};

} // namespace vitfleet::agent
