// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "shared/base/limits.h"
#include "shared/protocol/messages.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vitfleet::agent {

/// What the agent itself decides how much of; what peers control is in shared/base/limits.h.
namespace bounds {

using namespace std::chrono_literals;

inline constexpr std::size_t leasedItems = 4 * limits::maxLeaseItems; ///< queued and started; more is a broken peer
inline constexpr std::size_t queuedBytes = std::size_t{256} << 20;    ///< of pictures that came with their lease
inline constexpr std::size_t pipelineBytes = std::size_t{64} << 20;   ///< of pictures being decoded, and again decoded
inline constexpr std::size_t outboxItems = 4 * limits::maxLeaseItems; ///< begun and not committed; no more is begun
inline constexpr std::size_t resultsPerMessage = 256;
inline constexpr std::size_t resultBytesBesideBeat = 4096; ///< since the last beat; with more it travels by itself
inline constexpr auto resultInterval = 20ms;         ///< a result waits at most this long for others to travel with
inline constexpr auto retryInterval = 20ms;          ///< after a peer that does not read
inline constexpr std::size_t waitingMessages = 1024; ///< for a peer that does not read; more is a broken peer
inline constexpr std::size_t waitingTasks = 256;     ///< for the worker; an owner that wants more is a broken peer
inline constexpr std::uint64_t modelWindow = std::uint64_t{8} << 20; ///< of a model on the way at a time
inline constexpr std::size_t modelFiles = 64;
inline constexpr std::size_t itemFetches = 4;   ///< large items asked for at a time
inline constexpr std::size_t itemPieces = 4;    ///< of one item on the way at a time
inline constexpr std::size_t detailBytes = 512; ///< of an error's facts in a result
inline constexpr int hungBeats = 10;            ///< at which a replica hangs: then nothing but a new process helps
inline constexpr auto restAfterLoss = 30s;      ///< an application that lives is back before this
inline constexpr auto outboxKept = 1h;          ///< for an application that is gone
inline constexpr auto leavingGrace = 150ms;     ///< for the last messages to leave the process

} // namespace bounds

/// What an agent is told by its settings file, command line or launch channel, with every default resolved.
struct AgentSettings
{
    std::vector<std::filesystem::path> dataRoots;  ///< items are read below these and nowhere else
    std::vector<std::filesystem::path> modelRoots; ///< models may also be read in place below these
    std::filesystem::path modelCache;
    std::string device = "auto";
    std::uint32_t replicas = 0;
    std::vector<int> cpus; ///< empty: `replicas` unpinned ones, at least one
    std::uint32_t decoders = 1;
    bool launched = false; ///< over a launch channel, by the application that alone is admitted
    /// What every welcome says; incarnation and versions are filled in.
    protocol::Welcome identity;
};

} // namespace vitfleet::agent
