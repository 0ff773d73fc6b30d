// SPDX-License-Identifier: GPL-3.0-or-later
// How fast this node classifies: one backend with its replicas, asked to work for slices of time. Without a network, an
// application or a canary: exactly the precision that was asked for.
#pragma once

#include "agent/backends/api/backend.h"
#include "agent/bench/picture_feed.h"
#include "agent/core/parts.h"
#include "agent/core/settings.h"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace vitfleet::agent {

struct BenchOptions
{
    std::filesystem::path model;
    std::string backend = "torch";
    std::string backendOptions; ///< synthetic only
    std::string precision = "fp32";
    std::optional<std::filesystem::path> images; ///< none: made-up pictures, and nothing is decoded
    double seconds = 10;
    bool json = false, paced = false;
};

/// What was done in one slice. Times in seconds.
struct BenchSlice
{
    std::uint64_t pictures = 0;
    double imagesPerSecond = 0; ///< sum over the replicas, each over its own time until its last batch ended
    double seconds = 0;         ///< pictures / imagesPerSecond
    double cpuSeconds = 0;      ///< of this process and its decoders
    // Each a sum over pictures (decode) or over replicas (the others).
    double decode = 0;    ///< in the decoders: reading, decoding, resizing
    double waiting = 0;   ///< of replicas for pictures
    double inference = 0; ///< pixels to logits
    double scoring = 0;   ///< logits to the best five
};

class Bench
{
public:
    /// Loads everything and answers one picture on each replica.
    static Result<std::unique_ptr<Bench>> start(const BenchOptions& options, const AgentSettings& settings,
                                                AgentParts& parts);
    ~Bench();

    Result<BenchSlice> work(double seconds);
    /// GFLOP/s of plain square matrix products in `precision`, all replicas at once; 0: the backend cannot tell.
    double matrixSpeed(const std::string& precision, double seconds);

    const BackendInfo& info() const { return m_info; }
    const VitConfig& config() const { return m_config; }
    double loadSeconds() const { return m_loadSeconds; } ///< to the first answer
    std::uint32_t decoders() const { return m_feed ? m_decoders : 0; }
    std::uint64_t failedPictures() const { return m_feed ? m_feed->failed() : 0; }

private:
    using Clock = std::chrono::steady_clock;
    enum class Task : std::uint8_t
    {
        Invalid = 0,
        Enter,
        Work,
        MatrixSpeed,
        Quit
    };
    struct Command
    {
        std::uint64_t number = 0;
        Task task = Task::Invalid;
        double seconds = 0;
        std::string precision;
        Clock::time_point begin{};
    };
    struct Replica
    {
        std::thread thread;
        BenchSlice slice;
        double matrixSpeed = 0;
        Error error{ErrorCode::None, {}};
        std::atomic<std::uint64_t> progress{0};
        std::vector<std::vector<std::uint8_t>> pictures; ///< made up
        std::vector<float> logits;
        std::uint64_t nextItem = 0;
    };

    Bench() = default;
    /// Has all replicas do it and waits for them; the first error.
    Result<void> all(Task task, double seconds = 0, const std::string& precision = {});
    void run(std::uint32_t index);
    void execute(std::uint32_t index, const Command& command);
    void enter(std::uint32_t index);
    void workOn(std::uint32_t index, const Command& command);
    Result<std::size_t> oneBatch(std::uint32_t index, std::size_t most);
    Result<void> classify(std::uint32_t index, const std::vector<BackendItem>& items);
    double cpuSeconds() const;

    VitConfig m_config;
    std::unique_ptr<Backend> m_backend;
    BackendInfo m_info;
    std::unique_ptr<PictureFeed> m_feed;
    std::uint32_t m_decoders = 0;
    double m_loadSeconds = 0;
    std::vector<std::unique_ptr<Replica>> m_replicas;
    std::mutex m_mutex; ///< guards the following
    std::condition_variable m_wake, m_done;
    Command m_command;
    std::size_t m_busy = 0;
};

} // namespace vitfleet::agent
