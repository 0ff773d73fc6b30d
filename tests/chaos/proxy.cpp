// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace vitfleet::chaos {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto tick = std::chrono::milliseconds(2);
constexpr std::size_t mostHeld = 4 << 20; ///< of delayed bytes; more stay in the kernel's buffers

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(port);
    return address;
}

void closeWithReset(int fd)
{
    const linger now{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(fd);
}

/// One direction of a connection.
struct Flow
{
    struct Piece
    {
        Clock::time_point due;
        std::string bytes;
    };
    std::deque<Piece> held;
    std::size_t bytes = 0;
    double credit = 0;
    bool ended = false;

    /// False where the connection is at its end.
    bool move(int from, int to, std::chrono::milliseconds delay, std::uint64_t bytesPerSecond)
    {
        char buffer[65536];
        if (!ended && bytes < mostHeld) {
            const ssize_t got = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
            if (got > 0) {
                held.push_back({Clock::now() + delay, std::string(buffer, static_cast<std::size_t>(got))});
                bytes += static_cast<std::size_t>(got);
            } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
                ended = true;
            }
        }
        if (bytesPerSecond > 0) {
            const double perTick = static_cast<double>(bytesPerSecond) * std::chrono::duration<double>(tick).count();
            credit = std::min(credit + perTick, 4 * perTick);
        }
        while (!held.empty() && held.front().due <= Clock::now() && (bytesPerSecond == 0 || credit >= 1)) {
            std::string& piece = held.front().bytes;
            const std::size_t most =
                bytesPerSecond > 0 ? std::min(piece.size(), static_cast<std::size_t>(credit)) : piece.size();
            const ssize_t sent = ::send(to, piece.data(), most, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN || errno == EINTR;
            bytes -= static_cast<std::size_t>(sent);
            credit -= static_cast<double>(sent);
            piece.erase(0, static_cast<std::size_t>(sent));
            if (!piece.empty())
                return true;
            held.pop_front();
        }
        return !ended || !held.empty();
    }
};

} // namespace

struct Proxy::Pair
{
    int application, agent;
    Flow toAgent, fromAgent;
};

Proxy::Proxy()
{
    m_listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (m_listener < 0 || ::bind(m_listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(m_listener, 64) != 0 || ::getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("the proxy cannot listen");
    m_port = ::ntohs(address.sin_port);
    m_thread = std::thread([this] { run(); });
}

Proxy::~Proxy()
{
    m_stop = true;
    m_thread.join();
    ::close(m_listener);
}

void Proxy::run()
{
    std::vector<std::unique_ptr<Pair>> pairs;
    const auto end = [](Pair& pair) {
        closeWithReset(pair.application);
        closeWithReset(pair.agent);
    };
    unsigned resets = 0;
    while (!m_stop) {
        std::vector<pollfd> watched;
        const Direction stalled = m_stalled;
        if (stalled == Direction::Invalid)
            watched.push_back({m_listener, POLLIN, 0});
        for (const auto& pair : pairs) {
            if (stalled == Direction::Invalid && m_bytesPerSecond == 0) {
                watched.push_back({pair->application, POLLIN, 0});
                watched.push_back({pair->agent, POLLIN, 0});
            }
        }
        ::poll(watched.data(), watched.size(), static_cast<int>(tick.count()));
        if (const unsigned wanted = m_resets; wanted != resets) {
            resets = wanted;
            for (const auto& pair : pairs)
                end(*pair);
            pairs.clear();
        }
        if (stalled == Direction::Invalid) {
            for (int taken; (taken = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
                const int agent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
                const sockaddr_in address = loopback(m_target);
                if (::connect(agent, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
                    pairs.push_back(std::make_unique<Pair>(Pair{taken, agent, {}, {}}));
                } else {
                    ::close(agent);
                    closeWithReset(taken);
                }
            }
        }
        const std::chrono::milliseconds delay(m_delayMs);
        std::erase_if(pairs, [&](const auto& pair) {
            const bool toAgent = stalled == Direction::Both || stalled == Direction::ToAgent;
            const bool fromAgent = stalled == Direction::Both || stalled == Direction::FromAgent;
            const bool lives =
                (toAgent || pair->toAgent.move(pair->application, pair->agent, delay, m_bytesPerSecond)) &&
                (fromAgent || pair->fromAgent.move(pair->agent, pair->application, delay, m_bytesPerSecond));
            if (!lives)
                end(*pair);
            return !lives;
        });
    }
    for (const auto& pair : pairs)
        end(*pair);
}

namespace {

class Loopback final : public Network
{
public:
    explicit Loopback(unsigned hosts)
    {
        for (unsigned i = 0; i < hosts; ++i)
            m_proxies.push_back(std::make_unique<Proxy>());
    }
    std::string kind() const override { return "loopback"; }
    std::string listenHost(unsigned) const override { return "127.0.0.1"; }
    std::string space(unsigned) const override { return {}; }
    std::string address(unsigned host, std::uint16_t port) override
    {
        m_proxies.at(host)->forwardTo(port);
        return "127.0.0.1:" + std::to_string(m_proxies[host]->port());
    }
    void cut(unsigned host, Direction direction) override { m_proxies.at(host)->stall(direction); }
    void heal(unsigned host) override { m_proxies.at(host)->goOn(); }
    void reset(unsigned host) override { m_proxies.at(host)->reset(); }
    void limit(unsigned host, std::uint64_t bytesPerSecond) override { m_proxies.at(host)->limit(bytesPerSecond); }

private:
    std::vector<std::unique_ptr<Proxy>> m_proxies;
};

} // namespace

std::unique_ptr<Network> makeLoopback(unsigned hosts)
{
    return std::make_unique<Loopback>(hosts);
}

} // namespace vitfleet::chaos
