// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/serve.h"

#include "agent/core/model_cache.h"
#include "agent/main/launch_channel.h"
#include "agent/main/launch_folder.h"
#include "agent/main/logging.h"
#include "agent/main/node_parts.h"
#include "shared/base/log.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace vitfleet::agent {
namespace {

using namespace std::chrono_literals;

/// How often the list of admitted keys is looked at, so that `authorize` takes effect while the agent runs.
constexpr auto keysInterval = 1s;
constexpr auto idleInterval = 1s;

/// Signals arrive in the event loop. Before the first thread: all inherit the mask.
UniqueFd blockSignals()
{
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        ::sigaddset(&signals, number);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    return UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// Who may connect, as found in the file that `authorize` writes; read again whenever it changes, and until it can be.
class AdmittedKeys
{
public:
    explicit AdmittedKeys(std::filesystem::path file) : m_file(std::move(file)) {}

    Result<std::vector<transport::PublicKey>> load()
    {
        m_stamp = stampOf(m_file);
        return transport::AuthorizedKeys::load(m_file);
    }
    void reload(Agent& agent, bool force)
    {
        if (!force && m_failures == 0 && stampOf(m_file) == m_stamp)
            return;
        auto keys = load();
        if (keys.ok()) {
            m_failures = 0;
            log::info("admitted_keys", {{"count", keys->size()}});
            agent.setAuthorized(std::move(*keys));
            return;
        }
        ++m_failures;
        if (m_failures == 1 || m_failures == borne || force)
            log::error("admitted_keys", {{"error", describe(keys.error())}, {"try", m_failures}});
        // A list that stays damaged admits nobody; no descriptor left, or a disk's hiccup, ends no run.
        if (m_failures == borne || force)
            agent.setAuthorized({});
    }

private:
    static constexpr int borne = 5; ///< failures in a row, a second apart

    int m_failures = 0; ///< in a row
    std::filesystem::path m_file;
    std::optional<FileStamp> m_stamp;
};

/// One run of the program: everything between its start and its end.
class Service
{
public:
    explicit Service(const CommandLine& line) : m_signals(blockSignals()), m_parts(programFolder())
    {
        if (line.launchFd >= 0)
            m_channel.emplace(line.launchFd);
        else if (line.launchFolder)
            m_folder.emplace(*line.launchFolder, line.launchIndex);
    }

    int run(const CommandLine& line)
    {
        auto started = start(line);
        if (m_channel)
            m_channel->reply(started);
        if (m_folder) {
            if (auto told = m_folder->reply(started); !told.ok() && started.ok())
                started = told.error();
        }
        if (!started.ok()) {
            std::fprintf(stderr, "vitfleet-agent: %s\n", describe(started.error()).c_str());
            return couldNotStart;
        }
        announce(*started);
        watch();
        m_loop.run();
        const int code = m_agent->hasFailed() ? failed : stoppedCleanly;
        if (!m_agent->isIdle()) {
            // A replica hangs, or a model is still being loaded: nothing that is left is worth waiting for.
            log::warning("stopped_busy");
            std::_Exit(code);
        }
        m_agent.reset();
        log::info("stopped");
        return code;
    }

private:
    Result<launch::Reply> start(const CommandLine& line)
    {
        std::optional<transport::PublicKey> application;
        const bool launched = m_channel || m_folder;
        auto config = launched ? launchedConfiguration(application) : configuration(line);
        if (!config.ok())
            return config.error();
        startLogging(config->logLevel);
        config->settings.launched = launched;
        auto keys =
            launched ? Result(transport::KeyPair::generate()) : transport::KeyPair::loadOrCreate(config->keyFile);
        if (!keys.ok())
            return keys.error();
        std::vector<transport::PublicKey> admitted;
        if (application) {
            admitted.push_back(*application);
        } else {
            m_admitted.emplace(config->authorizedKeys);
            auto loaded = m_admitted->load();
            if (!loaded.ok())
                return loaded.error();
            admitted = std::move(*loaded);
        }
        m_context = std::make_unique<transport::Context>();
        auto agent =
            Agent::start(*m_context, m_loop,
                         {config->settings, config->listen, *keys, admitted, m_parts, [this] { m_loop.stop(); }});
        if (!agent.ok())
            return agent.error();
        m_agent = std::move(*agent);
        const std::string& host = config->listen.host;
        const bool anywhere = host == "*" || host == "0.0.0.0" || host == "::";
        return launch::Reply{{anywhere ? config->settings.identity.host : host, m_agent->port(), keys->publicKey()},
                             ::getpid(),
                             config->settings.identity.host,
                             config->settings.identity.schedulerId};
    }

    Result<ResolvedConfig> launchedConfiguration(std::optional<transport::PublicKey>& application)
    {
        const auto request = m_channel ? m_channel->readRequest() : m_folder->readRequest();
        if (!request.ok())
            return request.error();
        application = request->applicationKey;
        m_idleExit = std::chrono::seconds(request->idleExitSeconds);
        return resolve(configOf(*request));
    }

    void announce(const launch::Reply& reply)
    {
        const std::string fingerprint = reply.address.key->fingerprint();
        log::info("listening", {{"address", reply.address.hostPort()}, {"fingerprint", fingerprint}});
        if (m_channel || m_folder)
            return;
        std::printf("%s\nfingerprint: %s\n", reply.address.line().c_str(), fingerprint.c_str());
        std::fflush(stdout);
    }

    void watch()
    {
        m_signalWatch = m_loop.watch(m_signals.get(), EventLoop::Trigger::Level, [this] { onSignal(); });
        if (m_channel) {
            m_channel->watch(m_loop, [] {
                // Whoever started this agent is gone, and nobody else may use it.
                log::warning("launch_channel_closed");
                std::_Exit(stoppedCleanly);
            });
        } else if (m_folder) {
            m_lastOwned = std::chrono::steady_clock::now();
            if (m_idleExit > 0s)
                m_keysTimer = m_loop.every(idleInterval, [this] { checkIdle(); });
        } else {
            m_keysTimer = m_loop.every(keysInterval, [this] { m_admitted->reload(*m_agent, false); });
        }
    }

    /// Whoever started this agent somewhere else may be gone for good: it must not hold a node for ever.
    void checkIdle()
    {
        const auto now = std::chrono::steady_clock::now();
        if (m_agent->hasLiveOwner())
            m_lastOwned = now;
        else if (now - m_lastOwned >= m_idleExit)
            m_agent->stop("nobody has used it for " + std::to_string(m_idleExit / 1s) + " s");
    }

    void onSignal()
    {
        signalfd_siginfo signal{};
        while (::read(m_signals.get(), &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
            if (signal.ssi_signo != SIGHUP)
                m_agent->stop(signal.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
            else if (m_admitted)
                m_admitted->reload(*m_agent, true);
        }
    }

    UniqueFd m_signals;
    EventLoop m_loop;
    NodeParts m_parts;
    std::optional<LaunchChannel> m_channel;
    std::optional<LaunchFolder> m_folder;
    std::optional<AdmittedKeys> m_admitted;
    std::chrono::steady_clock::duration m_idleExit{0};
    std::chrono::steady_clock::time_point m_lastOwned;
    std::unique_ptr<transport::Context> m_context;
    std::unique_ptr<Agent> m_agent;
    Subscription m_signalWatch, m_keysTimer;
};

} // namespace

Result<ResolvedConfig> configuration(const CommandLine& line)
{
    Config config;
    if (line.configFile) {
        auto read = readConfig(*line.configFile);
        if (!read.ok())
            return read.error();
        config = std::move(*read);
    }
    config.overlay(line.config);
    return resolve(config);
}

int serve(const CommandLine& line)
{
    return Service(line).run(line);
}

} // namespace vitfleet::agent
