// SPDX-License-Identifier: GPL-3.0-or-later
// Which pieces of a model to ask for: a bounded window on the way, in order, resumed where a connection was cut. Pure.
#pragma once

#include "shared/protocol/messages.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vitfleet::agent {

class ModelFetch
{
public:
    struct Window
    {
        std::uint32_t file = 0;
        std::uint64_t offset = 0, bytes = 0;
        bool operator==(const Window&) const = default;
    };

    ModelFetch(std::span<const protocol::ModelFile> files, std::uint64_t window);

    /// What to ask for next; nothing while enough is on the way.
    std::optional<Window> next();
    /// Whether a piece is the one expected next; it then counts as received. Others are late or wrong, and ignored.
    bool accept(const protocol::ModelPiece& piece, std::size_t bytes);
    /// So much of what was received is on disk: room for more.
    void written(std::size_t bytes) { m_written += bytes; }
    /// After a new connection: what was asked for and has not come is asked for again.
    void restart();

    bool isReceived() const { return m_received.at == m_total; }
    std::uint64_t receivedBytes() const { return m_received.at; }
    std::uint64_t totalBytes() const { return m_total; }

private:
    /// A position in the model, its files laid end to end.
    struct Position
    {
        std::uint64_t at = 0;
        std::uint32_t file = 0;
        std::uint64_t offset = 0;
    };
    void skipFinished(Position& position) const;
    void advance(Position& position, std::uint64_t bytes) const;

    std::vector<std::uint64_t> m_sizes;
    std::uint64_t m_window, m_total = 0, m_written = 0;
    Position m_asked, m_received;
};

} // namespace vitfleet::agent
