// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/core/owner_watch.h"

namespace vitfleet::agent {

std::optional<OwnerWatch::Stage> OwnerWatch::become(Stage stage)
{
    if (m_stage == stage)
        return std::nullopt;
    m_stage = stage;
    return stage;
}

std::optional<OwnerWatch::Stage> OwnerWatch::look(bool ownerIsAlive, TimePoint now)
{
    if (ownerIsAlive)
        return returned();
    if (!m_known)
        return std::nullopt;
    if (!m_lostAt)
        m_lostAt = now;
    const Duration gone = now - *m_lostAt;
    return become(gone >= m_keep ? Stage::Forgotten : gone >= m_rest ? Stage::Finishing : Stage::Resting);
}

std::optional<OwnerWatch::Stage> OwnerWatch::returned()
{
    m_known = true;
    m_lostAt.reset();
    return become(Stage::Here);
}

} // namespace vitfleet::agent
