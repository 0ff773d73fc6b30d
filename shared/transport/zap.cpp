// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/transport/zap.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <pthread.h>

namespace vitfleet::transport {
namespace {

constexpr std::string_view zapVersion = "1.0";

} // namespace

std::unique_ptr<ZapServer> ZapServer::start(void* context)
{
    Socket socket(context, ZMQ_REP);
    if (!socket || !socket.set(ZMQ_LINGER, 0) || ::zmq_bind(socket.handle(), "inproc://zeromq.zap.01") != 0)
        return nullptr;
    std::unique_ptr<ZapServer> server(new ZapServer(std::move(socket)));
    // Signals belong to the program's own threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    server->m_thread = std::thread([raw = server.get()] { raw->run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_setname_np(server->m_thread.native_handle(), "vf-zap");
    return server;
}

ZapServer::~ZapServer()
{
    if (m_thread.joinable())
        m_thread.join();
}

std::string ZapServer::addDomain()
{
    const std::lock_guard lock(m_mutex);
    std::string name = "vitfleet-" + std::to_string(++m_lastDomain);
    m_domains.emplace(name, Domain());
    return name;
}

void ZapServer::onRefused(const std::string& domain, std::function<void(const std::string&)> refused)
{
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_domains.find(domain); found != m_domains.end())
        found->second.refused = std::move(refused);
}

void ZapServer::onEnded(const std::string& domain, std::function<void()> ended)
{
    const std::lock_guard lock(m_mutex);
    if (m_isEnded)
        return ended();
    if (const auto found = m_domains.find(domain); found != m_domains.end())
        found->second.ended = std::move(ended);
}

void ZapServer::setKeys(const std::string& domain, const std::vector<PublicKey>& keys)
{
    std::set<PublicKey> sorted(keys.begin(), keys.end());
    const std::lock_guard lock(m_mutex);
    if (const auto found = m_domains.find(domain); found != m_domains.end())
        found->second.keys = std::move(sorted);
}

void ZapServer::removeDomain(const std::string& domain)
{
    const std::lock_guard lock(m_mutex);
    m_domains.erase(domain);
}

void ZapServer::run()
{
    Turn turn = Turn::Next;
    while (turn == Turn::Next)
        turn = answerOne();
    m_socket.close();
    if (turn == Turn::Broken)
        tellEnded();
}

void ZapServer::tellEnded()
{
    const std::lock_guard lock(m_mutex);
    m_isEnded = true;
    for (const auto& [name, domain] : m_domains) {
        if (domain.ended)
            domain.ended();
    }
}

/// Waits for a request and answers it.
ZapServer::Turn ZapServer::answerOne()
{
    const auto turnAfterError = [] {
        if (errno == EINTR || errno == EAGAIN)
            return Turn::Next;
        return errno == ETERM ? Turn::ContextEnded : Turn::Broken;
    };
    // version, request id, domain, address, routing id, mechanism, credentials
    std::array<Frame, 7> frames;
    std::size_t count = 0;
    for (bool more = true; more; ++count) {
        Frame excess;
        Frame& frame = count < frames.size() ? frames[count] : excess;
        if (::zmq_msg_recv(frame.handle(), m_socket.handle(), 0) < 0)
            return turnAfterError();
        more = ::zmq_msg_more(frame.handle()) != 0;
    }
    std::optional<PublicKey> key;
    if (count == frames.size() && frames[0].text() == zapVersion)
        key =
            admitted(std::string(frames[2].text()), frames[5].text(), frames[6].bytes(), std::string(frames[3].text()));
    const std::array<std::string, 6> reply = {
        std::string(zapVersion),     std::string(frames[1].text()),         key ? "200" : "400",
        key ? "OK" : "not enrolled", key ? key->toBase32() : std::string(), std::string()};
    for (std::size_t i = 0; i < reply.size(); ++i) {
        const bool more = i + 1 < reply.size();
        if (::zmq_send(m_socket.handle(), reply[i].data(), reply[i].size(), more ? ZMQ_SNDMORE : 0) < 0)
            return turnAfterError();
    }
    return Turn::Next;
}

std::optional<PublicKey> ZapServer::admitted(const std::string& domain, std::string_view mechanism,
                                             protocol::BytesView credentials, const std::string& address)
{
    PublicKey key;
    const bool readable = mechanism == "CURVE" && credentials.size() == key.bytes.size();
    if (readable)
        std::ranges::copy(credentials, std::as_writable_bytes(std::span(key.bytes)).begin());
    const std::lock_guard lock(m_mutex);
    const auto found = m_domains.find(domain);
    if (found == m_domains.end())
        return std::nullopt;
    if (readable && found->second.keys.contains(key))
        return key;
    if (found->second.refused)
        found->second.refused(address);
    return std::nullopt;
}

} // namespace vitfleet::transport
