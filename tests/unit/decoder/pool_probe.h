// SPDX-License-Identifier: GPL-3.0-or-later
// A pool together with everything that it has handed out so far, and small pictures for it.
#pragma once

#include "agent/decoder/client/decoder_pool.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::tests {

inline constexpr auto realDecoder = VITFLEET_BIN_DIR "/vitfleet-decoder";
inline constexpr auto faultyDecoder = VITFLEET_TEST_DIR "/decoder-with-faults";
inline constexpr std::uint32_t side = 28;

inline DecoderPool::Settings settingsFor(const char* program, std::uint32_t processes = 1)
{
    DecoderPool::Settings settings;
    settings.program = program;
    settings.processes = processes;
    settings.width = settings.height = side;
    settings.preprocess.resizeWidth = settings.preprocess.resizeHeight = side;
    return settings;
}

/// A small PGM in which every pixel shows `value`.
inline std::string greyPicture(std::uint8_t value)
{
    return "P5 28 28 255\n" + std::string(side * side, static_cast<char>(value));
}

inline std::uint8_t valueOf(std::uint64_t tag)
{
    return static_cast<std::uint8_t>(tag * 37);
}

inline bool showsOnly(const DecodedPicture& picture, std::uint8_t value)
{
    return picture.error == ErrorCode::None && picture.width == side && picture.height == side &&
           picture.pixels.size() == side * side * 3 &&
           std::ranges::all_of(picture.pixels, [value](std::uint8_t pixel) { return pixel == value; });
}

inline constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

inline std::vector<std::byte> toBytes(std::string_view text)
{
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

class PoolProbe
{
public:
    /// What start() said; None where the pool runs.
    Error start(DecoderPool::Settings settings)
    {
        auto started = DecoderPool::start(std::move(settings),
                                          [this](std::vector<DecodedPicture> pictures) { take(std::move(pictures)); });
        if (!started)
            return started.error();
        m_pool = *std::move(started);
        return {ErrorCode::None, {}};
    }
    DecoderPool& pool() { return *m_pool; }
    void stop() { m_pool.reset(); }

    void submit(std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> pictures)
    {
        std::vector<DecodeJob> jobs;
        for (auto& [tag, bytes] : pictures) {
            DecodeJob job;
            job.tag = tag;
            job.bytes = std::move(bytes);
            jobs.push_back(std::move(job));
        }
        m_pool->submit(std::move(jobs));
    }
    void submit(std::uint64_t tag, std::string_view text) { submit({{tag, toBytes(text)}}); }
    void submitFile(std::uint64_t tag, UniqueFd file)
    {
        std::vector<DecodeJob> jobs(1);
        jobs.front().tag = tag;
        jobs.front().file = std::move(file);
        m_pool->submit(std::move(jobs));
    }

    /// False after a minute without that many results.
    bool waitFor(std::size_t count)
    {
        std::unique_lock lock(m_mutex);
        return m_changed.wait_for(lock, std::chrono::minutes(1), [&] { return m_count >= count; });
    }
    std::size_t count() const
    {
        const std::lock_guard lock(m_mutex);
        return m_count;
    }
    /// By tag. A second result for a tag is counted, but not kept.
    std::map<std::uint64_t, DecodedPicture> results() const
    {
        const std::lock_guard lock(m_mutex);
        return m_results;
    }
    ErrorCode codeOf(std::uint64_t tag) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_results.find(tag);
        return found == m_results.end() ? ErrorCode::Internal : found->second.error;
    }

private:
    void take(std::vector<DecodedPicture> pictures)
    {
        const std::lock_guard lock(m_mutex);
        m_count += pictures.size();
        for (auto& picture : pictures)
            m_results.emplace(picture.tag, std::move(picture));
        m_changed.notify_all();
    }

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    std::map<std::uint64_t, DecodedPicture> m_results;
    std::size_t m_count = 0;
    std::unique_ptr<DecoderPool> m_pool; // last: it calls until it is gone
};

} // namespace vitfleet::tests
