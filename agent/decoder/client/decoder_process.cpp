// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/client/decoder_process.h"

#include "agent/decoder/client/spawn.h"
#include "shared/base/limits.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace vitfleet::decoder {

namespace {

constexpr int endTimeoutMs = 1000;

Error failure(const DecoderPool::Settings& settings, const char* what, int error)
{
    return {ErrorCode::NodeIo, settings.program.string() + ": " + what + ": " + std::strerror(error)};
}

/// Shared memory that no other process can grow or shrink under either end.
Result<UniqueFd> makeRing(const DecoderPool::Settings& settings, std::size_t bytes)
{
    UniqueFd ring(memfd_create("vitfleet-decoder-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!ring || ftruncate(ring.get(), static_cast<off_t>(bytes)) != 0 ||
        fcntl(ring.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return failure(settings, "shared memory", errno);
    return ring;
}

std::string exitWords(int status)
{
    if (WIFSIGNALED(status)) {
        const char* name = sigabbrev_np(WTERMSIG(status));
        return "the decoder was ended by SIG" + (name ? std::string(name) : std::to_string(WTERMSIG(status)));
    }
    if (WIFEXITED(status))
        return "the decoder ended with status " + std::to_string(WEXITSTATUS(status));
    return "the decoder ended";
}

} // namespace

Mapping::Mapping(Mapping&& other) noexcept
    : m_data(std::exchange(other.m_data, nullptr)), m_bytes(std::exchange(other.m_bytes, 0))
{
}

Mapping& Mapping::operator=(Mapping&& other) noexcept
{
    std::swap(m_data, other.m_data);
    std::swap(m_bytes, other.m_bytes);
    return *this;
}

Mapping::~Mapping()
{
    if (m_data)
        munmap(m_data, m_bytes);
}

Result<DecoderProcess> DecoderProcess::spawn(const DecoderPool::Settings& settings, std::uint32_t slots)
{
    DecoderProcess process;
    process.m_layout = RingLayout::of(slots, settings.width, settings.height);
    process.m_width = settings.width;
    process.m_height = settings.height;
    auto ring = makeRing(settings, process.m_layout.bytes);
    if (!ring)
        return ring.error();
    void* mapped = mmap(nullptr, process.m_layout.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->get(), 0);
    if (mapped == MAP_FAILED)
        return failure(settings, "mapping shared memory", errno);
    process.m_ring = Mapping(static_cast<std::byte*>(mapped), process.m_layout.bytes);

    auto* config = new (mapped) RingConfig;
    config->slots = slots;
    config->width = settings.width;
    config->height = settings.height;
    config->parentPid = getpid();
    config->preprocess = settings.preprocess;
    new (process.m_ring.data() + process.m_layout.progressAt) RingProgress{};
    for (std::uint32_t slot = 0; slot < slots; ++slot)
        new (process.m_ring.data() + process.m_layout.resultsAt + slot * sizeof(SlotResult)) SlotResult{};

    std::array<int, 2> ends{-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failure(settings, "socket pair", errno);
    process.m_socket = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    fcntl(process.m_socket.get(), F_SETFL, O_NONBLOCK);

    if (const int error = spawnDecoder(settings, theirs.get(), ring->get(), process.m_pid))
        return failure(settings, "cannot be started", error);
    process.m_pidFd = UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, process.m_pid, 0)));
    return process;
}

SlotResult& DecoderProcess::result(std::uint32_t slot) const
{
    return *reinterpret_cast<SlotResult*>(m_ring.data() + m_layout.resultsAt + slot * sizeof(SlotResult));
}

RingProgress& DecoderProcess::progress() const
{
    return *reinterpret_cast<RingProgress*>(m_ring.data() + m_layout.progressAt);
}

void DecoderProcess::queue(std::uint32_t slot, std::span<const std::byte> bytes)
{
    std::memcpy(m_ring.data() + m_layout.inputsAt + slot * inlineBytes, bytes.data(), bytes.size());
    result(slot).state.store(static_cast<std::uint32_t>(SlotState::Queued), std::memory_order_release);
    m_unsent.push_back({{slot, static_cast<std::uint32_t>(bytes.size()), 0}, -1});
    ++m_queued;
}

void DecoderProcess::queue(std::uint32_t slot, int file)
{
    result(slot).state.store(static_cast<std::uint32_t>(SlotState::Queued), std::memory_order_release);
    m_unsent.push_back({{slot, 0, 1}, file});
    ++m_queued;
}

bool DecoderProcess::sendOnce(std::size_t count, std::span<const int> files, bool& full)
{
    std::array<Request, maxRequestsPerMessage> requests;
    for (std::size_t i = 0; i < count; ++i)
        requests[i] = m_unsent[i].request;
    iovec data{requests.data(), count * sizeof(Request)};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * maxFilesPerMessage)> control{};
    if (!files.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(files.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(files.size_bytes());
        std::memcpy(CMSG_DATA(header), files.data(), files.size_bytes());
    }
    ssize_t sent = 0;
    do
        sent = sendmsg(m_socket.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    // ETOOMANYREFS: too many descriptors are on their way at once.
    full = sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ETOOMANYREFS);
    return sent >= 0;
}

bool DecoderProcess::flush()
{
    while (!m_unsent.empty()) {
        std::array<int, maxFilesPerMessage> files{};
        std::size_t count = 0, fileCount = 0;
        for (; count < m_unsent.size() && count < maxRequestsPerMessage; ++count) {
            if (!m_unsent[count].request.fromFile)
                continue;
            if (fileCount == maxFilesPerMessage)
                break;
            files[fileCount++] = m_unsent[count].file;
        }
        bool full = false;
        if (!sendOnce(count, std::span(files).first(fileCount), full))
            return full;
        m_unsent.erase(m_unsent.begin(), m_unsent.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return true;
}

DecoderProcess::Heard DecoderProcess::drain()
{
    Heard heard = Heard::Nothing;
    while (true) {
        std::array<std::byte, 64> message;
        const ssize_t got = recv(m_socket.get(), message.data(), message.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return heard;
        if (got <= 0)
            return Heard::Gone;
        heard = Heard::Something;
        if (m_ready)
            continue;
        Hello hello;
        if (static_cast<std::size_t>(got) != sizeof hello)
            return Heard::Gone;
        std::memcpy(&hello, message.data(), sizeof hello);
        if (hello.magic != ringMagic || hello.version != protocolVersion)
            return Heard::Gone;
        m_ready = true;
    }
}

bool DecoderProcess::isDone(std::uint32_t slot) const
{
    return result(slot).state.load(std::memory_order_acquire) == static_cast<std::uint32_t>(SlotState::Done);
}

DecodedPicture DecoderProcess::take(std::uint32_t slot)
{
    SlotResult& written = result(slot);
    DecodedPicture picture;
    const std::uint16_t error = written.error;
    const std::size_t detailBytes = std::min<std::size_t>(written.detailBytes, written.detail.size());
    const std::size_t noteBytes = std::min<std::size_t>(written.noteBytes, written.note.size());
    picture.error = errorCodeFromNumber(error).value_or(error == 0 ? ErrorCode::None : ErrorCode::DecoderCrashed);
    picture.detail.assign(written.detail.data(), detailBytes);
    picture.note.assign(written.note.data(), noteBytes);
    picture.originalWidth = written.originalWidth;
    picture.originalHeight = written.originalHeight;
    picture.micros = written.micros;
    if (picture.error == ErrorCode::None) {
        const auto* from = reinterpret_cast<const std::uint8_t*>(m_ring.data()) + m_layout.outputsAt;
        picture.pixels.assign(from + slot * m_layout.outputStride,
                              from + slot * m_layout.outputStride + m_layout.outputBytes);
        picture.width = m_width;
        picture.height = m_height;
    }
    written.state.store(static_cast<std::uint32_t>(SlotState::Free), std::memory_order_relaxed);
    return picture;
}

std::uint64_t DecoderProcess::begun() const
{
    return std::min(progress().begun.load(std::memory_order_acquire), m_queued);
}

bool DecoderProcess::hasOneInHand() const
{
    return progress().begun.load(std::memory_order_acquire) > progress().finished.load(std::memory_order_acquire);
}

std::string DecoderProcess::end(bool& reaped)
{
    m_socket.reset();
    kill(m_pid, SIGKILL);
    int status = 0;
    pollfd ended{m_pidFd.get(), POLLIN, 0};
    if (m_pidFd)
        poll(&ended, 1, endTimeoutMs); // a process in an uninterruptible read is reaped later
    const int got = waitpid(m_pid, &status, m_pidFd ? WNOHANG : 0);
    reaped = got == m_pid || (got < 0 && errno == ECHILD);
    return got == m_pid ? exitWords(status) : "the decoder ended";
}

bool DecoderProcess::reap()
{
    int status = 0;
    const int got = waitpid(m_pid, &status, WNOHANG);
    return got == m_pid || (got < 0 && errno == ECHILD);
}

} // namespace vitfleet::decoder
