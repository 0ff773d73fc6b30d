// SPDX-License-Identifier: GPL-3.0-or-later
// Between DecoderPool and vitfleet-decoder: a socket pair that carries requests, descriptors and wake-ups, and a ring
// of slots in shared memory that carries pictures, pixels and how far the decoder is. Both ends come from one build.
//
// The ring is the truth, messages only wake: a slot's state says whether its picture is done, `begun` whether one is in
// hand. So nothing is lost with a decoder that dies between the two. The decoder works in the order of the requests.
// The pool believes nothing in the ring: whatever it reads is copied first and then checked.
#pragma once

#include "agent/backends/api/model_spec.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace vitfleet::decoder {

inline constexpr std::uint32_t protocolVersion = 1;
inline constexpr std::uint32_t ringMagic = 0x56464452; // "RDFV"

/// Where the decoder finds its ends.
inline constexpr int socketFd = 3;
inline constexpr int ringFd = 4;

inline constexpr std::uint32_t maxSlots = 256;
inline constexpr std::uint32_t maxSide = 4096;         ///< of the output
inline constexpr std::size_t inlineBytes = 256 * 1024; ///< larger pictures travel as a descriptor
inline constexpr std::size_t maxRequestsPerMessage = 64;
inline constexpr std::size_t maxFilesPerMessage = 16; ///< keeps the decoder's limit of open files small
inline constexpr std::size_t pageBytes = 4096;

static_assert(std::is_trivially_copyable_v<Preprocess>, "it crosses to the decoder as bytes");
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free);

/// At the ring's start; the pool writes it before the decoder starts, which takes a copy.
struct RingConfig
{
    std::uint32_t magic = ringMagic;
    std::uint32_t version = protocolVersion;
    std::uint32_t slots = 0;
    std::uint32_t width = 0, height = 0; ///< of the output
    std::int32_t parentPid = 0;          ///< the decoder ends where its parent is another by then
    Preprocess preprocess;
};

struct RingProgress
{
    std::atomic<std::uint64_t> begun;    ///< pictures taken in hand since the start
    std::atomic<std::uint64_t> finished; ///< of these, done
};

enum class SlotState : std::uint32_t
{
    Free = 0,
    Queued,
    Done
};

struct SlotResult
{
    std::atomic<std::uint32_t> state; ///< SlotState
    std::uint16_t error = 0;          ///< ErrorCode
    std::uint16_t detailBytes = 0, noteBytes = 0;
    std::uint32_t originalWidth = 0, originalHeight = 0;
    std::uint32_t micros = 0;
    std::array<char, 232> detail;
    std::array<char, 232> note;
};

/// Offsets in the ring, in the order config, progress, results, inputs, outputs; each on a page of its own.
struct RingLayout
{
    std::size_t progressAt = 0, resultsAt = 0, inputsAt = 0, outputsAt = 0, outputBytes = 0, outputStride = 0,
                bytes = 0;

    static constexpr std::size_t paged(std::size_t bytes) { return (bytes + pageBytes - 1) / pageBytes * pageBytes; }

    static constexpr RingLayout of(std::uint32_t slots, std::uint32_t width, std::uint32_t height)
    {
        RingLayout layout;
        layout.progressAt = paged(sizeof(RingConfig));
        layout.resultsAt = layout.progressAt + paged(sizeof(RingProgress));
        layout.inputsAt = layout.resultsAt + paged(slots * sizeof(SlotResult));
        layout.outputsAt = layout.inputsAt + slots * inlineBytes;
        layout.outputBytes = std::size_t{width} * height * 3;
        layout.outputStride = (layout.outputBytes + 63) / 64 * 64;
        layout.bytes = layout.outputsAt + paged(slots * layout.outputStride);
        return layout;
    }
};

/// The decoder's first message.
struct Hello
{
    std::uint32_t magic = ringMagic;
    std::uint32_t version = protocolVersion;
};

/// Pool to decoder: one to maxRequestsPerMessage of these. The descriptors travel with the message, in order.
struct Request
{
    std::uint32_t slot = 0;
    std::uint32_t bytes = 0; ///< in the slot's input; `fromFile`: the picture is in the next descriptor
    std::uint32_t fromFile = 0;
};

/// Decoder to pool after the hello: look at the ring.
struct WakeUp
{
    std::uint64_t finished = 0;
};

} // namespace vitfleet::decoder
