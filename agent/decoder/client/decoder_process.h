// SPDX-License-Identifier: GPL-3.0-or-later
// One decoder process with its socket and its ring, as the pool's thread sees it. Not thread-safe.
#pragma once

#include "agent/decoder/client/decoder_pool.h"
#include "agent/decoder/client/decoder_protocol.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitfleet::decoder {

/// A mapping that ends with its owner.
class Mapping
{
public:
    Mapping() = default;
    Mapping(std::byte* data, std::size_t bytes) : m_data(data), m_bytes(bytes) {}
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    ~Mapping();
    std::byte* data() const { return m_data; }

private:
    std::byte* m_data = nullptr;
    std::size_t m_bytes = 0;
};

class DecoderProcess
{
public:
    /// Starts one. It belongs to the calling thread, with which it also ends. Errors: NodeIo with the program's path.
    static Result<DecoderProcess> spawn(const DecoderPool::Settings& settings, std::uint32_t slots);
    DecoderProcess(DecoderProcess&&) noexcept = default;
    DecoderProcess& operator=(DecoderProcess&&) noexcept = default;

    int pid() const { return m_pid; }
    int socket() const { return m_socket.get(); }

    /// A request that was written into the ring but not sent yet.
    void queue(std::uint32_t slot, std::span<const std::byte> bytes);
    void queue(std::uint32_t slot, int file);
    /// Sends what is queued; what the socket does not take stays. False: the decoder is gone.
    bool flush();
    bool wantsToSend() const { return !m_unsent.empty(); }

    enum class Heard : std::uint8_t
    {
        Nothing = 0,
        Something,
        Gone
    };
    /// Takes all messages off the socket.
    Heard drain();
    bool ready() const { return m_ready; }

    bool isDone(std::uint32_t slot) const;
    /// A copy of what the decoder wrote, checked; `pixels` where it succeeded. Frees the slot.
    DecodedPicture take(std::uint32_t slot);
    /// Pictures taken in hand, and those done; never more than were queued.
    std::uint64_t begun() const;
    bool hasOneInHand() const;

    /// Kills and reaps it. What it died of, in words. False in `reaped`: it has not ended yet (try reap() later).
    std::string end(bool& reaped);
    bool reap();

private:
    DecoderProcess() = default;
    SlotResult& result(std::uint32_t slot) const;
    RingProgress& progress() const;
    bool sendOnce(std::size_t count, std::span<const int> files, bool& full);

    struct Unsent
    {
        Request request;
        int file = -1; ///< the pool's, which keeps it open until the picture is done
    };

    int m_pid = -1;
    UniqueFd m_socket, m_pidFd;
    Mapping m_ring;
    RingLayout m_layout;
    std::uint32_t m_width = 0, m_height = 0;
    std::uint64_t m_queued = 0;
    std::vector<Unsent> m_unsent;
    bool m_ready = false;
};

} // namespace vitfleet::decoder
