// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/client/decoder_worker.h"

#include "shared/base/log.h"

#include <algorithm>
#include <utility>

namespace vitfleet::decoder {

using namespace std::chrono_literals;

namespace {

constexpr auto startTimeout = 30s;
constexpr std::uint32_t hopelessStarts = 3;
constexpr std::uint32_t maxDeaths = 3;
constexpr auto firstPause = 50ms;
constexpr auto longestPause = 10s;

/// Before trying again to start one: twice as long each time.
Clock::duration pauseAfter(std::uint32_t failures)
{
    return std::min<Clock::duration>(longestPause, firstPause * (1 << std::min(failures, 8U)));
}

DecodedPicture failed(const PoolJob& job, ErrorCode code, std::string detail)
{
    DecodedPicture picture;
    picture.tag = job.job.tag;
    picture.error = code;
    picture.detail = std::move(detail);
    return picture;
}

} // namespace

DecoderWorker::DecoderWorker(const DecoderPool::Settings& settings, std::uint32_t slots)
    : m_settings(settings), m_slots(slots)
{
}

bool DecoderWorker::hopeless() const
{
    return !m_process && m_failedStarts >= hopelessStarts;
}

bool DecoderWorker::ensureStarted(Clock::time_point now)
{
    std::erase_if(m_ending, [](DecoderProcess& process) { return process.reap(); });
    if (m_process || now < m_startAgainAt)
        return true;
    auto spawned = DecoderProcess::spawn(m_settings, m_slots);
    if (!spawned) {
        m_lastFailure = spawned.error().detail;
        m_startAgainAt = now + pauseAfter(m_failedStarts);
        ++m_failedStarts;
        log::warning("decoder_start_failed", {{"detail", m_lastFailure}});
        return false;
    }
    m_process = *std::move(spawned);
    m_restarts += std::exchange(m_startedOnce, true) ? 1 : 0;
    m_startedAt = now;
    m_seenBegun = 0;
    m_freeSlots.clear();
    for (std::uint32_t slot = m_slots; slot-- > 0;)
        m_freeSlots.push_back(slot);
    return true;
}

void DecoderWorker::give(PoolJob job, Clock::time_point now)
{
    const std::uint32_t slot = m_freeSlots.back();
    m_freeSlots.pop_back();
    if (m_inFlight.empty())
        m_lastProgress = now;
    if (job.job.file)
        m_process->queue(slot, job.job.file.get());
    else
        m_process->queue(slot, job.job.bytes);
    m_inFlight.push_back({slot, std::move(job)});
}

void DecoderWorker::flush(Outcome& outcome, Clock::time_point now)
{
    if (m_process && !m_process->flush())
        lose(ErrorCode::DecoderCrashed, outcome, now);
}

void DecoderWorker::listen(Outcome& outcome, Clock::time_point now)
{
    if (!m_process)
        return;
    const bool wasReady = m_process->ready();
    const auto heard = m_process->drain();
    if (!wasReady && m_process->ready())
        m_failedStarts = 0;
    if (heard == DecoderProcess::Heard::Gone)
        lose(ErrorCode::DecoderCrashed, outcome, now);
}

void DecoderWorker::harvest(Outcome& outcome, Clock::time_point now)
{
    while (!m_inFlight.empty() && m_process->isDone(m_inFlight.front().slot)) {
        InFlight& front = m_inFlight.front();
        auto picture = m_process->take(front.slot);
        picture.tag = front.job.job.tag;
        outcome.finished.push_back(std::move(picture));
        m_freeSlots.push_back(front.slot);
        m_inFlight.pop_front();
        m_lastProgress = now;
    }
}

void DecoderWorker::look(Outcome& outcome, Clock::time_point now)
{
    if (!m_process)
        return;
    if (!m_process->ready()) {
        if (now - m_startedAt >= startTimeout)
            lose(ErrorCode::DecoderTimeout, outcome, now);
        return;
    }
    harvest(outcome, now);
    if (m_inFlight.empty())
        return;
    if (const auto begun = m_process->begun(); begun != m_seenBegun) {
        m_seenBegun = begun;
        m_lastProgress = now;
    }
    if (now - m_lastProgress >= m_settings.timeout)
        lose(ErrorCode::DecoderTimeout, outcome, now);
}

std::optional<Clock::time_point> DecoderWorker::nextLook(Clock::time_point now) const
{
    if (!m_process)
        return std::max(now, m_startAgainAt);
    if (!m_process->ready())
        return m_startedAt + startTimeout;
    if (m_inFlight.empty())
        return m_ending.empty() ? std::nullopt : std::optional(now + 1s);
    // Not only at the time-out itself: a decoder tells of small pictures together, and may hang on the next one.
    const auto step = std::clamp<Clock::duration>(m_settings.timeout / 8, 1ms, 250ms);
    return std::min(now + step, std::max(now, m_lastProgress + m_settings.timeout));
}

void DecoderWorker::lose(ErrorCode code, Outcome& outcome, Clock::time_point now)
{
    const bool wasReady = m_process->ready();
    // A process that has written a result and died before it said so has still done its work.
    if (wasReady)
        harvest(outcome, now);
    const bool inHand = wasReady && m_process->hasOneInHand();
    const int pid = m_process->pid();
    bool reaped = false;
    std::string words = m_process->end(reaped);
    if (!reaped)
        m_ending.push_back(*std::move(m_process));
    m_process.reset();
    if (code == ErrorCode::DecoderTimeout)
        words = "no result after " + std::to_string(m_settings.timeout.count()) + " ms";
    log::warning("decoder_lost", {{"pid", pid}, {"reason", words}, {"held", m_inFlight.size()}});

    if (!wasReady) {
        m_lastFailure = m_settings.program.string() + ": " + words + " before it was ready";
        m_startAgainAt = now + pauseAfter(m_failedStarts);
        ++m_failedStarts;
    }
    if (inHand && !m_inFlight.empty()) {
        outcome.finished.push_back(failed(m_inFlight.front().job, code, words));
        m_inFlight.pop_front();
    }
    for (auto& held : m_inFlight) {
        // Normally nobody's fault but that of the picture in hand. Three in a row is no accident any more.
        if (!inHand && ++held.job.deaths >= maxDeaths)
            outcome.finished.push_back(failed(held.job, code, words));
        else
            outcome.toQueueAgain.push_back(std::move(held.job));
    }
    m_inFlight.clear();
}

void DecoderWorker::stop()
{
    bool reaped = false;
    if (m_process)
        (void)m_process->end(reaped);
    m_process.reset();
    m_inFlight.clear();
}

} // namespace vitfleet::decoder
