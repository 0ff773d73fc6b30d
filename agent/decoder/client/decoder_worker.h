// SPDX-License-Identifier: GPL-3.0-or-later
// One place in the pool: its process, replaced when it dies, and the jobs that it holds. Pool's thread only.
#pragma once

#include "agent/decoder/client/decoder_process.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::decoder {

using Clock = std::chrono::steady_clock;

struct PoolJob
{
    DecodeJob job;
    std::uint32_t deaths = 0; ///< decoders that ended while it was queued there
};

/// What happened to jobs; the pool hands it on.
struct Outcome
{
    std::vector<DecodedPicture> finished;
    std::vector<PoolJob> toQueueAgain; ///< in their order
};

class DecoderWorker
{
public:
    DecoderWorker(const DecoderPool::Settings& settings, std::uint32_t slots);

    /// Starts a process where there is none and its time has come. False: it could not be started.
    bool ensureStarted(Clock::time_point now);
    bool running() const { return m_process.has_value(); }
    bool ready() const { return m_process && m_process->ready(); }
    /// It has failed to start several times in a row.
    bool hopeless() const;
    const std::string& lastFailure() const { return m_lastFailure; }

    int pid() const { return m_process ? m_process->pid() : -1; }
    int socket() const { return m_process ? m_process->socket() : -1; }
    bool wantsToSend() const { return m_process && m_process->wantsToSend(); }

    std::size_t inFlight() const { return m_inFlight.size(); }
    bool hasRoom() const { return ready() && !m_freeSlots.empty(); }
    /// Needs room. The job's bytes fit a slot or it has a file.
    void give(PoolJob job, Clock::time_point now);
    /// Sends what was given.
    void flush(Outcome& outcome, Clock::time_point now);

    /// Takes messages off the socket.
    void listen(Outcome& outcome, Clock::time_point now);
    /// Collects finished pictures, notices a hanging process and ends it.
    void look(Outcome& outcome, Clock::time_point now);
    /// When look() has to be called next without anything heard; nothing: never.
    std::optional<Clock::time_point> nextLook(Clock::time_point now) const;

    /// Ends the process; what it held is dropped.
    void stop();
    /// How many processes have replaced others.
    std::uint64_t restarts() const { return m_restarts; }

private:
    struct InFlight
    {
        std::uint32_t slot = 0;
        PoolJob job;
    };

    void harvest(Outcome& outcome, Clock::time_point now);
    void lose(ErrorCode code, Outcome& outcome, Clock::time_point now);

    const DecoderPool::Settings& m_settings;
    std::uint32_t m_slots;
    std::optional<DecoderProcess> m_process;
    std::vector<DecoderProcess> m_ending; ///< killed, but not gone yet
    std::deque<InFlight> m_inFlight;      ///< in the order in which the decoder works
    std::vector<std::uint32_t> m_freeSlots;
    Clock::time_point m_lastProgress{}, m_startedAt{}, m_startAgainAt{};
    std::uint64_t m_seenBegun = 0;
    std::uint32_t m_failedStarts = 0;
    bool m_startedOnce = false;
    std::uint64_t m_restarts = 0;
    std::string m_lastFailure;
};

} // namespace vitfleet::decoder
