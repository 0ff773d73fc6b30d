// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/model_fetch.h"

#include <algorithm>

namespace vitfleet::agent {

ModelFetch::ModelFetch(std::span<const protocol::ModelFile> files, std::uint64_t window) : m_window(window)
{
    for (const auto& file : files) {
        m_sizes.push_back(file.bytes);
        m_total += file.bytes;
    }
    skipFinished(m_asked);
    skipFinished(m_received);
}

void ModelFetch::skipFinished(Position& position) const
{
    while (position.file < m_sizes.size() && position.offset == m_sizes[position.file]) {
        ++position.file;
        position.offset = 0;
    }
}

void ModelFetch::advance(Position& position, std::uint64_t bytes) const
{
    position.at += bytes;
    position.offset += bytes;
    skipFinished(position);
}

std::optional<ModelFetch::Window> ModelFetch::next()
{
    // Half a window at least, so that requests stay few.
    const std::uint64_t onTheWay = m_asked.at - m_written;
    if (m_asked.at == m_total || onTheWay > m_window / 2)
        return std::nullopt;
    const Window window{m_asked.file, m_asked.offset,
                        std::min(m_window - onTheWay, m_sizes[m_asked.file] - m_asked.offset)};
    advance(m_asked, window.bytes);
    return window;
}

bool ModelFetch::accept(const protocol::ModelPiece& piece, std::size_t bytes)
{
    const bool expected = bytes > 0 && m_received.at < m_asked.at && piece.file == m_received.file &&
                          piece.offset == m_received.offset && bytes <= m_sizes[piece.file] - piece.offset;
    if (expected)
        advance(m_received, bytes);
    return expected;
}

void ModelFetch::restart()
{
    m_asked = m_received;
}

} // namespace vitfleet::agent
