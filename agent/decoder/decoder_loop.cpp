// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/decoder/decoder_loop.h"

#include "agent/decoder/client/decoder_protocol.h"
#include "agent/decoder/picture_file.h"
#include "agent/decoder/sandbox.h"
#include "shared/base/unique_fd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>
#include <optional>
#include <string_view>
#include <vector>

namespace vitfleet::decoder {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Small pictures are told of together, but not held back for longer than this.
constexpr auto longestSilence = 1ms;
constexpr std::uint64_t mostUntold = 16;
/// A picture above this may take a while: what is done is told first.
constexpr std::size_t smallPictureBytes = 16 * 1024;

class Server
{
public:
    explicit Server(const Prepare& prepare) : m_prepare(prepare) {}

    bool open();
    /// False: the pool is gone.
    bool serveMessage();

private:
    void serveRequest(const Request& request, std::vector<UniqueFd>& files, std::size_t& nextFile);
    Result<Prepared> prepare(std::span<const std::byte> bytes, std::span<std::uint8_t> pixels);
    void decode(const Request& request, std::optional<UniqueFd> file);
    bool tell();

    const Prepare& m_prepare;
    std::byte* m_ring = nullptr;
    RingConfig m_config;
    RingLayout m_layout;
    RingProgress* m_progress = nullptr;
    std::vector<std::byte> m_fileBytes;
    std::uint64_t m_finished = 0, m_told = 0;
    Clock::time_point m_lastTold = Clock::now();
};

bool Server::open()
{
    struct stat ring
    {
    };
    if (!fileStatus(ringFd, ring) || ring.st_size < static_cast<off_t>(pageBytes))
        return false;
    const auto bytes = static_cast<std::size_t>(ring.st_size);
    void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ringFd, 0);
    if (mapped == MAP_FAILED)
        return false;
    close(ringFd);
    m_ring = static_cast<std::byte*>(mapped);
    std::memcpy(static_cast<void*>(&m_config), mapped, sizeof m_config);
    if (m_config.magic != ringMagic || m_config.version != protocolVersion || m_config.slots == 0 ||
        m_config.slots > maxSlots || m_config.width > maxSide || m_config.height > maxSide)
        return false;
    m_layout = RingLayout::of(m_config.slots, m_config.width, m_config.height);
    if (m_layout.bytes > bytes)
        return false;
    m_progress = reinterpret_cast<RingProgress*>(m_ring + m_layout.progressAt);
    if (getppid() != m_config.parentPid) // the pool died before PR_SET_PDEATHSIG was set
        return false;
    const Hello hello;
    return send(socketFd, &hello, sizeof hello, MSG_NOSIGNAL) == sizeof hello;
}

bool Server::tell()
{
    if (m_finished == m_told)
        return true;
    const WakeUp wakeUp{m_finished};
    m_told = m_finished;
    m_lastTold = Clock::now();
    return send(socketFd, &wakeUp, sizeof wakeUp, MSG_NOSIGNAL) == sizeof wakeUp;
}

bool Server::serveMessage()
{
    std::array<Request, maxRequestsPerMessage> requests;
    iovec data{requests.data(), sizeof requests};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * maxFilesPerMessage)> control;
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();

    ssize_t got = recvmsg(socketFd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        if (!tell())
            return false;
        message.msg_controllen = control.size();
        got = recvmsg(socketFd, &message, MSG_CMSG_CLOEXEC);
    }
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0 || static_cast<std::size_t>(got) % sizeof(Request) != 0)
        return false;

    std::vector<UniqueFd> files;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            files.emplace_back(fd);
        }
    }
    std::size_t nextFile = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got) / sizeof(Request); ++i) {
        serveRequest(requests[i], files, nextFile);
        if ((m_finished - m_told >= mostUntold || Clock::now() - m_lastTold >= longestSilence) && !tell())
            return false;
    }
    return true;
}

void Server::serveRequest(const Request& request, std::vector<UniqueFd>& files, std::size_t& nextFile)
{
    std::optional<UniqueFd> file;
    if (request.fromFile)
        file = nextFile < files.size() ? std::move(files[nextFile++]) : UniqueFd();
    if (request.slot >= m_config.slots || request.bytes > inlineBytes)
        return;
    if (request.fromFile || request.bytes > smallPictureBytes)
        (void)tell();
    m_progress->begun.fetch_add(1, std::memory_order_release);
    decode(request, std::move(file));
    ++m_finished;
    m_progress->finished.fetch_add(1, std::memory_order_release);
}

/// The edge: whatever a decoder throws ends here.
Result<Prepared> Server::prepare(std::span<const std::byte> bytes, std::span<std::uint8_t> pixels)
{
    try {
        return m_prepare(bytes, m_config.preprocess, m_config.width, m_config.height, pixels);
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::DecoderMemory, "an allocation was refused"};
    } catch (const std::exception& exception) {
        return Error{ErrorCode::ImgCorrupt, exception.what()};
    } catch (...) {
        return Error{ErrorCode::ImgCorrupt, "an unknown exception"};
    }
}

template <std::size_t N>
std::uint16_t copyText(std::string_view text, std::array<char, N>& to)
{
    const std::size_t bytes = std::min(text.size(), N);
    std::copy_n(text.data(), bytes, to.data());
    return static_cast<std::uint16_t>(bytes);
}

void Server::decode(const Request& request, std::optional<UniqueFd> file)
{
    const auto start = Clock::now();
    std::span<const std::byte> bytes(m_ring + m_layout.inputsAt + request.slot * inlineBytes, request.bytes);
    std::optional<Error> unreadable;
    if (file) {
        if (auto read = readPictureFile(file->get(), m_fileBytes))
            bytes = m_fileBytes;
        else
            unreadable = read.error();
    }
    auto* pixels = reinterpret_cast<std::uint8_t*>(m_ring + m_layout.outputsAt + request.slot * m_layout.outputStride);
    const auto prepared = unreadable ? Result<Prepared>(*unreadable) : prepare(bytes, {pixels, m_layout.outputBytes});
    if (m_fileBytes.capacity() > inlineBytes)
        m_fileBytes = {}; // one large file is no reason to stay large

    auto& result = *reinterpret_cast<SlotResult*>(m_ring + m_layout.resultsAt + request.slot * sizeof(SlotResult));
    result.error = static_cast<std::uint16_t>(prepared ? ErrorCode::None : prepared.error().code);
    result.detailBytes = copyText(prepared ? std::string_view() : prepared.error().detail, result.detail);
    result.noteBytes = copyText(prepared ? prepared->note : std::string_view(), result.note);
    result.originalWidth = prepared ? prepared->originalWidth : 0;
    result.originalHeight = prepared ? prepared->originalHeight : 0;
    result.micros =
        static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count());
    result.state.store(static_cast<std::uint32_t>(SlotState::Done), std::memory_order_release);
}

/// False, and a word about it, where there is no sandbox to look at pictures in.
bool confine()
{
    const UniqueFd words(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, ringFd + 1)); // standard error goes nowhere afterwards
    const auto entered = enterSandbox(socketFd);
    if (!entered)
        dprintf(words.get(), "vitfleet-decoder: %s\n", describe(entered.error()).c_str());
    return entered.ok();
}

constexpr std::string_view helpText =
    R"(vitfleet-decoder: turns pictures into pixels for VitFleet, in a process of its own.

It is started by vitfleet-agent and vitfleet, never by hand.

  --help      this text
  --version   the version
)";

} // namespace

int serve(const Prepare& prepare)
{
    Server server(prepare);
    if (!server.open())
        return 1;
    while (server.serveMessage()) {
    }
    return 0;
}

int decoderMain(int argc, char** argv, const std::function<void()>& setUp, const Prepare& prepare)
{
    const std::string_view mode = argc == 2 ? argv[1] : "";
    if (mode == "--help") {
        std::fputs(helpText.data(), stdout);
        return 0;
    }
    if (mode == "--version") {
        std::puts("vitfleet-decoder " VITFLEET_VERSION);
        return 0;
    }
    if (mode != "--serve") {
        std::fputs("vitfleet-decoder is started by vitfleet-agent; --help says more\n", stderr);
        return 2;
    }
    enterProcess();
    try {
        setUp();
        if (!confine())
            return 1;
        return serve(prepare);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "vitfleet-decoder: %s\n", exception.what());
        return 1;
    }
}

} // namespace vitfleet::decoder
