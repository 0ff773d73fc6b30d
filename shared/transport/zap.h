// SPDX-License-Identifier: GPL-3.0-or-later
// The ZAP handler (RFC 27): one a context, in a thread of its own, deciding for every listening socket.
#pragma once

#include "shared/transport/keys.h"
#include "shared/transport/zmq_socket.h"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vitfleet::transport {

class ZapServer
{
public:
    /// Answers from now on; null where another handler is there already.
    static std::unique_ptr<ZapServer> start(void* context);
    /// The context must have been shut down: that ends the thread.
    ~ZapServer();

    /// The name of a new domain, to which nobody is admitted yet.
    std::string addDomain();
    /// Calls back in the handler's thread, with the address of each peer that is refused.
    void onRefused(const std::string& domain, std::function<void(const std::string& address)> refused);
    /// Calls back once the handler has ended though the context has not, in its thread, or at once where that was
    /// before.
    void onEnded(const std::string& domain, std::function<void()> ended);
    void setKeys(const std::string& domain, const std::vector<PublicKey>& keys);
    /// When it has returned, the domain's callbacks are not running and will not be called.
    void removeDomain(const std::string& domain);

private:
    struct Domain
    {
        std::set<PublicKey> keys;
        std::function<void(const std::string&)> refused;
        std::function<void()> ended;
    };
    enum class Turn : std::uint8_t
    {
        Invalid = 0,
        Next,
        ContextEnded,
        Broken
    };

    explicit ZapServer(Socket socket) : m_socket(std::move(socket)) {}
    void run();
    Turn answerOne();
    void tellEnded();
    std::optional<PublicKey> admitted(const std::string& domain, std::string_view mechanism,
                                      protocol::BytesView credentials, const std::string& address);

    Socket m_socket; ///< the thread's, once it runs
    std::thread m_thread;
    std::mutex m_mutex;
    std::map<std::string, Domain> m_domains; ///< guarded by m_mutex
    std::uint64_t m_lastDomain = 0;          ///< guarded by m_mutex
    bool m_isEnded = false;                  ///< guarded by m_mutex
};

} // namespace vitfleet::transport
