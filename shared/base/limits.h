// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes, counts, depths and times that a peer or a file controls and that several parts must agree on. What concerns
// one part alone stands there, by name: docs/security.md lists where. Each has a test just above it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vitfleet::limits {

using namespace std::chrono_literals;

// Wire
inline constexpr std::size_t maxEnvelopeBytes = 64 * 1024;
inline constexpr std::size_t maxPayloadBytes = 1024 * 1024;
inline constexpr std::size_t maxMessageFrames = 3;                   ///< at the ROUTER: routing id, envelope, payload
inline constexpr std::size_t maxFrameBytes = maxPayloadBytes + 1024; ///< on the wire, inside CURVE's own message
inline constexpr int maxHeldMessages = 32; ///< by libzmq, for one connection, either way; above all credits
inline constexpr std::size_t maxQueuedMessages = 65'536; ///< that wait for one node: small ones fill the memory, too
inline constexpr std::size_t maxLeaseItems = 4096;
inline constexpr std::size_t maxStringBytes = 4096; ///< any string in an envelope
inline constexpr std::size_t maxPathBytes = 4096;   ///< PATH_MAX of Linux
inline constexpr std::size_t maxLabelBytes = 1024;
inline constexpr std::size_t maxLabels = 100'000;
inline constexpr std::size_t maxModelBytes = std::size_t{16} << 30;
inline constexpr std::size_t maxProbeFiles = 16;
inline constexpr std::size_t topK = 5;
inline constexpr std::size_t maxModelFiles = 64;                      ///< of one OpenRun
inline constexpr std::size_t maxFileNameBytes = 255;                  ///< NAME_MAX of Linux
inline constexpr std::size_t maxPrecisions = 8;                       ///< in one RunReady
inline constexpr std::size_t maxReplicas = 1024;                      ///< progress counters in one beat
inline constexpr std::size_t maxCommittedRanges = 2048;               ///< in one Committed
inline constexpr std::size_t maxQueuedBytes = std::size_t{256} << 20; ///< of payload that waits for one node

// Pictures
inline constexpr std::size_t maxItemBytes = std::size_t{256} << 20;
inline constexpr std::uint64_t maxPixels = 178'956'970; ///< Pillow's own limit before it refuses (2 × 89,478,485)
inline constexpr std::uint32_t maxSide = 65'500;        ///< libjpeg's own
inline constexpr auto decodeTimeout = 20s;
inline constexpr std::size_t decoderMemoryBytes = std::size_t{2} << 30;
inline constexpr std::size_t headHashBytes = 4096; ///< how much of a file its head hash covers

// Models
inline constexpr std::size_t maxSafetensorsHeaderBytes = std::size_t{1} << 20;
inline constexpr std::size_t maxConfigBytes = std::size_t{16} << 20; ///< id2label of 100,000 classes fits
inline constexpr std::size_t maxJsonDepth = 32;

// Data sets
inline constexpr std::uint32_t maxItems = 100'000'000;
inline constexpr std::size_t maxManifestLineBytes = 64 * 1024;

// Time
inline constexpr auto beatInterval = 1s;
inline constexpr auto lostAfter = 3s; ///< without a heartbeat; after half of it the node's row says that it is suspect
inline constexpr auto lostAfterWithBulkData = 8s; ///< while bulk data is unacknowledged
inline constexpr auto ownerLostAfter = 3s;
inline constexpr auto reconnectInterval = 2s;
inline constexpr auto connectTimeout = 2s;   ///< of TCP
inline constexpr auto handshakeTimeout = 5s; ///< of ZMTP and CURVE
inline constexpr auto welcomeTimeout = 5s;   ///< an agent whose engine thread stands still shakes hands all the same
inline constexpr auto hungAfter = 10s;
inline constexpr auto drainTimeout = 25s;
inline constexpr auto eligibleNodeTimeout = 60s;

// Store
inline constexpr std::size_t commitRows = 256;
inline constexpr auto commitInterval = 200ms;

} // namespace vitfleet::limits
