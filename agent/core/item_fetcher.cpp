// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/item_fetcher.h"

#include "agent/core/settings.h"

#include <algorithm>

namespace vitfleet::agent {

void ItemFetcher::want(const ItemSource::NeedsBytes& item)
{
    m_waiting.push_back(item);
}

std::vector<ItemFetcher::Piece> ItemFetcher::toAsk()
{
    while (m_active.size() < bounds::itemFetches && !m_waiting.empty()) {
        m_active.push_back({m_waiting.front(), {}, {}});
        m_waiting.pop_front();
    }
    std::vector<Piece> pieces;
    for (Fetch& fetch : m_active) {
        for (std::size_t ahead = 0; ahead < bounds::itemPieces; ++ahead) {
            const std::uint64_t offset = fetch.bytes.size() + ahead * limits::maxPayloadBytes;
            if (offset < fetch.item.bytes && fetch.asked.insert(offset).second)
                pieces.push_back({fetch.item.lease, fetch.item.item, offset});
        }
    }
    return pieces;
}

std::optional<ItemFetcher::Arrived> ItemFetcher::arrived(const protocol::ItemPiece& piece,
                                                         std::span<const std::byte> payload)
{
    const auto found = std::ranges::find_if(
        m_active, [&](const Fetch& fetch) { return fetch.item.lease == piece.lease && fetch.item.item == piece.item; });
    // Answers come in the order of the requests, so that a later offset only means that an earlier piece was short.
    if (found == m_active.end() || found->asked.erase(piece.offset) == 0 || piece.offset != found->bytes.size())
        return std::nullopt;

    const bool tooLong = payload.size() > found->item.bytes - found->bytes.size();
    const bool failed = payload.empty() || tooLong;
    if (!failed)
        found->bytes.insert(found->bytes.end(), payload.begin(), payload.end());
    if (!failed && found->bytes.size() < found->item.bytes)
        return std::nullopt;
    Arrived arrived{found->item, std::move(found->bytes), failed};
    m_active.erase(found);
    return arrived;
}

void ItemFetcher::restart()
{
    for (Fetch& fetch : m_active)
        fetch.asked.clear();
}

void ItemFetcher::prune(const std::function<bool(std::uint64_t)>& isWanted)
{
    std::erase_if(m_active, [&](const Fetch& fetch) { return !isWanted(fetch.item.tag); });
    std::erase_if(m_waiting, [&](const ItemSource::NeedsBytes& item) { return !isWanted(item.tag); });
}

void ItemFetcher::clear()
{
    m_active.clear();
    m_waiting.clear();
}

} // namespace vitfleet::agent
