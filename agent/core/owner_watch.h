// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of the run while its application is silent. Pure: the time is an argument.
//
// An application that lives has given up this node after a few seconds and leased its items to others: to go on would
// be to do them twice, so work rests until it is back and takes back what it gave. One that has not come back by then
// has died with the run: what is leased is finished, so that its next process finds it in the outbox. After an hour
// nobody is expected any more.
#pragma once

#include "agent/core/settings.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitfleet::agent {

class OwnerWatch
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    enum class Stage : std::uint8_t
    {
        Invalid = 0,
        Here,      ///< or there has never been one
        Resting,   ///< nothing new is begun
        Finishing, ///< what is leased is worked off, results are kept
        Forgotten, ///< run and results are dropped
    };

    explicit OwnerWatch(Duration rest = bounds::restAfterLoss, Duration keep = bounds::outboxKept)
        : m_rest(rest), m_keep(keep)
    {
    }
    /// At every beat; nothing where the stage is the one of before.
    std::optional<Stage> look(bool ownerIsAlive, TimePoint now);
    /// A hello was admitted.
    std::optional<Stage> returned();

private:
    std::optional<Stage> become(Stage stage);

    Duration m_rest, m_keep;
    Stage m_stage = Stage::Here;
    bool m_known = false;
    std::optional<TimePoint> m_lostAt;
};

} // namespace vitfleet::agent
