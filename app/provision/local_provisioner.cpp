// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/local_provisioner.h"

#include "app/provision/child_process.h"
#include "shared/base/event_loop.h"
#include "shared/base/log.h"
#include "shared/launch/launch.h"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace vitfleet::app {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto reapInterval = 100ms; ///< where the kernel has no pidfd

/// "local-1" stays; what could leave the folder does not.
std::string fileName(const std::string& name)
{
    std::string safe;
    for (const char c : name)
        safe += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
    return safe + ".log";
}

/// Logs of processes that ended long ago.
void removeOldLogs(const fs::path& folder)
{
    std::error_code ignored;
    const auto longAgo = fs::file_time_type::clock::now() - std::chrono::hours(7 * 24);
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        const bool isNumber = !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == name.npos;
        if (isNumber && ::kill(std::stoi(name), 0) != 0 && errno == ESRCH && entry.last_write_time(ignored) < longAgo)
            fs::remove_all(entry.path(), ignored);
    }
}

struct Agent
{
    LocalAgentRequest request;
    ChildProcess process;
    fs::path log;
    std::string received;                           ///< of its reply, until that is complete
    std::function<void(Result<StartedAgent>)> done; ///< until it was called
    bool isStopping = false;
    std::function<void(Result<void>)> next; ///< starts one of its name once it has ended, or says why not
    Subscription channelWatch, exitWatch, startTimer, killTimer;
};

/// Forks and reaps in one thread that lives as long as this object: PR_SET_PDEATHSIG watches the thread that forked.
class LocalProvisioner : public Provisioner
{
public:
    explicit LocalProvisioner(LocalProvisionerOptions options)
        : m_options(std::move(options)), m_program(localAgentProgram(m_options.agentProgram)), m_thread([this] {
              pthread_setname_np(pthread_self(), "vf-provision");
              m_loop.run();
              m_agents.clear();
          })
    {
    }
    ~LocalProvisioner() override
    {
        onExited({});
        stopAll();
        m_loop.stop();
        m_thread.join();
    }

    std::vector<std::vector<int>> partitionCores(std::uint32_t agents) const override { return coresOfAgents(agents); }
    void start(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done) override;
    void stop(const std::string& name) override;
    bool kill(const std::string& name) override;
    void stopAll() override;
    void onExited(std::function<void(const std::string&, const std::string&)> callback) override
    {
        std::lock_guard lock(m_callbackMutex);
        m_exited = std::move(callback);
    }

private:
    // In the provisioner's thread.
    void begin(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done);
    Result<fs::path> logFile(const std::string& name);
    Result<void> launch(Agent& agent);
    void readReply(const std::string& name);
    void answer(Agent& agent, Result<StartedAgent> result);
    void failStart(Agent& agent, const std::string& why);
    void terminate(const std::string& name);
    void checkExit(const std::string& name);
    void signal(const Agent& agent, int number);

    const LocalProvisionerOptions m_options;
    const fs::path m_program;
    EventLoop m_loop;
    std::map<std::string, Agent> m_agents; ///< provisioner's thread only

    std::mutex m_mutex; ///< guards m_alive: a number is not signalled once it was reaped
    std::condition_variable m_changed;
    std::map<std::string, pid_t> m_alive; ///< 0: being started

    std::mutex m_callbackMutex;
    std::function<void(const std::string&, const std::string&)> m_exited;

    std::thread m_thread; ///< last
};

void LocalProvisioner::start(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done)
{
    bool exists = false;
    {
        std::lock_guard lock(m_mutex);
        exists = !m_alive.emplace(request.name, 0).second;
    }
    m_loop.post([this, request, done = std::move(done), exists] {
        const auto before = m_agents.find(request.name);
        if (!exists)
            begin(request, done);
        else if (before == m_agents.end()) // it has ended since
            start(request, done);
        else if (!before->second.isStopping || before->second.next)
            done(Error{ErrorCode::AgentStart, request.name + " runs already"});
        else
            before->second.next = [this, request, done](const Result<void>& ended) {
                ended ? begin(request, done) : done(ended.error());
            };
    });
}

void LocalProvisioner::begin(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done)
{
    const std::string name = request.name;
    Agent agent;
    agent.request = request;
    if (auto launched = launch(agent); !launched) {
        {
            std::lock_guard lock(m_mutex);
            m_alive.erase(name);
        }
        m_changed.notify_all();
        return done(Error{launched.error().code, name + ": " + launched.error().detail});
    }
    agent.done = std::move(done);
    {
        std::lock_guard lock(m_mutex);
        m_alive[name] = agent.process.pid;
    }
    Agent& kept = m_agents.emplace(name, std::move(agent)).first->second;
    kept.channelWatch =
        m_loop.watch(kept.process.channel.get(), EventLoop::Trigger::Level, [this, name] { readReply(name); });
    kept.startTimer = m_loop.after(m_options.startTimeout, [this, name] {
        const auto found = m_agents.find(name);
        if (found != m_agents.end())
            failStart(found->second,
                      "no answer for " +
                          std::to_string(std::chrono::ceil<std::chrono::seconds>(m_options.startTimeout).count()) +
                          " s");
    });
    if (kept.process.pidFd)
        kept.exitWatch =
            m_loop.watch(kept.process.pidFd.get(), EventLoop::Trigger::Level, [this, name] { checkExit(name); });
    else
        kept.exitWatch = m_loop.every(reapInterval, [this, name] { checkExit(name); });
}

Result<fs::path> LocalProvisioner::logFile(const std::string& name)
{
    const fs::path folder = m_options.logFolder.empty()
                                ? fs::temp_directory_path() / ("vitfleet-agents-" + std::to_string(::getuid()))
                                : m_options.logFolder;
    const fs::path own = folder / std::to_string(::getpid());
    std::error_code error;
    removeOldLogs(folder);
    fs::create_directories(own, error);
    if (error)
        return Error{ErrorCode::AgentStart, own.string() + ": " + error.message()};
    // Logs name paths of the user's data.
    fs::permissions(folder, fs::perms::owner_all, error);
    return own / fileName(name);
}

Result<void> LocalProvisioner::launch(Agent& agent)
{
    auto log = logFile(agent.request.name);
    if (!log)
        return log.error();
    agent.log = *log;
    auto process = startAgentProcess(m_program, agent.log);
    if (!process)
        return process.error();
    agent.process = std::move(*process);

    launch::Request request;
    request.applicationKey = m_options.applicationKey;
    request.parentPid = ::getpid();
    request.name = agent.request.name;
    request.dataRoots = agent.request.dataRoots;
    request.modelRoots = agent.request.modelRoots;
    request.modelCache = m_options.modelCache.string();
    request.device = agent.request.device;
    request.cpus = agent.request.cpus;
    // The socket's buffer holds a whole line (64 KiB at most): an agent that does not read cannot hold this thread.
    const std::string line = launch::formatRequest(request);
    const ssize_t sent = ::send(agent.process.channel.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(line.size()))
        return {};
    ::kill(agent.process.pid, SIGKILL);
    ::waitpid(agent.process.pid, nullptr, 0);
    return Error{ErrorCode::AgentStart, "it could not be told its settings"};
}

void LocalProvisioner::readReply(const std::string& name)
{
    Agent& agent = m_agents.at(name);
    char buffer[4096];
    const ssize_t got = ::recv(agent.process.channel.get(), buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) { // closed: it ends, or does not and must
        agent.channelWatch = {};
        if (agent.done && !agent.process.pidFd)
            checkExit(name);
        return;
    }
    if (!agent.done)
        return; // nothing more is expected; it is read so that the loop does not spin
    agent.received.append(buffer, static_cast<std::size_t>(got));
    const std::size_t end = agent.received.find('\n');
    if (end == std::string::npos) {
        if (agent.received.size() > launch::maxLineBytes)
            failStart(agent, "its answer is too long");
        return;
    }
    const auto reply = launch::parseReply(std::string_view(agent.received).substr(0, end + 1));
    if (!reply)
        return failStart(agent, describe(reply.error()));
    if (reply->pid != agent.process.pid)
        return failStart(agent, "it answered as another process");
    StartedAgent started;
    started.name = name;
    started.addressLine = reply->address.line();
    started.pid = agent.process.pid;
    started.logFile = agent.log.string();
    log::info("agent_started", {{"name", name}, {"pid", started.pid}, {"log", started.logFile}});
    answer(agent, std::move(started));
}

void LocalProvisioner::answer(Agent& agent, Result<StartedAgent> result)
{
    agent.startTimer = {};
    agent.received = {};
    if (auto done = std::exchange(agent.done, nullptr))
        done(std::move(result));
}

/// It did not start as it should: ends it, and answers with the end of its log.
void LocalProvisioner::failStart(Agent& agent, const std::string& why)
{
    agent.isStopping = true;
    signal(agent, SIGKILL);
    std::string detail = agent.request.name + ": " + why;
    if (const std::string tail = lastLines(agent.log); !tail.empty())
        detail += "; " + agent.log.string() + " ends with: " + tail;
    answer(agent, Error{ErrorCode::AgentStart, detail});
}

void LocalProvisioner::signal(const Agent& agent, int number)
{
    std::lock_guard lock(m_mutex);
    const auto alive = m_alive.find(agent.request.name);
    if (alive != m_alive.end() && alive->second > 0)
        ::kill(alive->second, number);
}

void LocalProvisioner::terminate(const std::string& name)
{
    const auto found = m_agents.find(name);
    if (found == m_agents.end())
        return;
    Agent& agent = found->second;
    if (const auto next = std::exchange(agent.next, nullptr))
        next(Error{ErrorCode::AgentStart, name + " was stopped"});
    if (agent.isStopping)
        return;
    agent.isStopping = true;
    signal(agent, SIGTERM);
    agent.killTimer = m_loop.after(m_options.drainTimeout, [this, name] {
        if (const auto late = m_agents.find(name); late != m_agents.end()) {
            log::warning("agent_killed", {{"name", name}, {"why", "it did not end in time"}});
            signal(late->second, SIGKILL);
        }
    });
}

void LocalProvisioner::checkExit(const std::string& name)
{
    Agent& agent = m_agents.at(name);
    std::optional<std::string> reason;
    {
        std::lock_guard lock(m_mutex);
        reason = reap(agent.process.pid);
        if (reason && agent.next)
            m_alive[name] = 0;
        else if (reason)
            m_alive.erase(name);
    }
    if (!reason)
        return;
    log::info("agent_ended", {{"name", name}, {"how", *reason}});
    Agent ended = std::move(agent);
    m_agents.erase(name);
    ended.channelWatch = {};
    ended.exitWatch = {};
    const bool byItself = !ended.isStopping && !ended.done;
    if (ended.done) {
        std::string detail = ended.request.name + ": " + *reason;
        if (const std::string tail = lastLines(ended.log); !tail.empty())
            detail += "; " + ended.log.string() + " ends with: " + tail;
        answer(ended, Error{ErrorCode::AgentStart, detail});
    }
    if (byItself) {
        std::lock_guard lock(m_callbackMutex);
        if (m_exited)
            m_exited(name, *reason);
    }
    if (ended.next)
        ended.next({});
    m_changed.notify_all();
}

void LocalProvisioner::stop(const std::string& name)
{
    m_loop.post([this, name] { terminate(name); });
}

bool LocalProvisioner::kill(const std::string& name)
{
    std::lock_guard lock(m_mutex);
    const auto alive = m_alive.find(name);
    return alive != m_alive.end() && alive->second > 0 && ::kill(alive->second, SIGKILL) == 0;
}

void LocalProvisioner::stopAll()
{
    // Again and again, for an agent that another thread starts meanwhile.
    for (;;) {
        m_loop.post([this] {
            for (auto& [name, agent] : m_agents)
                terminate(name);
        });
        std::unique_lock lock(m_mutex);
        if (m_changed.wait_for(lock, 1s, [this] { return m_alive.empty(); }))
            return;
    }
}

} // namespace

fs::path localAgentProgram(const fs::path& asked)
{
    if (!asked.empty())
        return asked;
    if (const char* given = std::getenv("VITFLEET_AGENT"); given && *given)
        return given;
    std::error_code ignored;
    return fs::read_symlink("/proc/self/exe", ignored).parent_path() / "vitfleet-agent";
}

std::unique_ptr<Provisioner> makeLocalProvisioner(LocalProvisionerOptions options)
{
    return std::make_unique<LocalProvisioner>(std::move(options));
}

} // namespace vitfleet::app
