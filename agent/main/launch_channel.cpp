// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/launch_channel.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string>

namespace vitfleet::agent {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto requestTimeout = 10s;

/// One line from a descriptor; empty where it ends, takes too long or is too long.
std::string readLine(int fd)
{
    const auto deadline = Clock::now() + requestTimeout;
    std::string line;
    while (line.size() <= launch::maxLineBytes) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd waiting{fd, POLLIN, 0};
        if (left <= 0ms || ::poll(&waiting, 1, static_cast<int>(left.count())) == 0)
            break;
        std::array<char, 4096> buffer;
        const auto got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        line.append(buffer.data(), static_cast<std::size_t>(got));
        if (line.back() == '\n')
            return line;
    }
    return {};
}

} // namespace

LaunchChannel::LaunchChannel(int fd) : m_fd(fd)
{
    ::fcntl(fd, F_SETFD, FD_CLOEXEC); // decoders must not hold it open
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

Result<launch::Request> LaunchChannel::readRequest()
{
    const std::string line = readLine(m_fd.get());
    if (line.empty())
        return Error{ErrorCode::Settings, "launch channel: no request"};
    auto request = launch::parseRequest(line);
    // The parent may have ended before the signal above was set.
    if (request.ok() && request->parentPid != ::getppid())
        return Error{ErrorCode::Settings, "launch channel: the parent has ended"};
    return request;
}

void LaunchChannel::reply(const Result<launch::Reply>& reply)
{
    const std::string line = launch::formatReply(reply);
    for (std::size_t sent = 0; sent < line.size();) {
        const auto written = ::send(m_fd.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return; // the watch will tell
        sent += static_cast<std::size_t>(written);
    }
}

void LaunchChannel::watch(EventLoop& loop, std::function<void()> closed)
{
    m_watch = loop.watch(m_fd.get(), EventLoop::Trigger::Level, [this, closed = std::move(closed)] {
        std::array<char, 256> ignored;
        const auto got = ::recv(m_fd.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            closed();
    });
}

} // namespace vitfleet::agent
