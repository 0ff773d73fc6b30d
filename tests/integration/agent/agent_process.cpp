// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

extern char** environ;

namespace vitfleet::test {
namespace {

constexpr int childChannel = 3;

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

std::string lineFrom(int fd, std::string& read)
{
    char buffer[4096];
    while (read.find('\n') == std::string::npos) {
        const auto got = ::read(fd, buffer, sizeof buffer);
        if (got <= 0)
            break;
        read.append(buffer, static_cast<std::size_t>(got));
    }
    const auto end = std::min(read.find('\n'), read.size());
    const std::string line = read.substr(0, end);
    read.erase(0, std::min(end + 1, read.size()));
    return line;
}

} // namespace

AgentProcess::AgentProcess(const std::vector<std::string>& arguments, const std::vector<std::string>& environment)
{
    start(arguments, environment, -1);
}

std::unique_ptr<AgentProcess> AgentProcess::launch(launch::Request request)
{
    std::unique_ptr<AgentProcess> process(new AgentProcess);
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        std::abort();
    process->m_channel.reset(ends[0]);
    const UniqueFd childEnd(ends[1]);
    process->start({"serve", "--launch-fd", std::to_string(childChannel)}, {}, childEnd.get());
    request.parentPid = ::getpid();
    const std::string line = launch::formatRequest(request);
    if (::write(ends[0], line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::abort();
    std::string read;
    const auto reply = launch::parseReply(lineFrom(ends[0], read));
    if (!reply.ok()) {
        std::fprintf(stderr, "%s\n%s\n", describe(reply.error()).c_str(), process->readAll().c_str());
        return nullptr;
    }
    process->m_reply = *reply;
    return process;
}

void AgentProcess::start(std::vector<std::string> arguments, const std::vector<std::string>& environment, int channel)
{
    int pipeEnds[2] = {-1, -1};
    if (::pipe2(pipeEnds, O_CLOEXEC) != 0)
        std::abort();
    m_output.reset(pipeEnds[0]);
    UniqueFd writeEnd(pipeEnds[1]);
    // Above the number that it gets in the child, or copying it there would leave it close-on-exec.
    const UniqueFd raised(channel >= 0 ? ::fcntl(channel, F_DUPFD_CLOEXEC, childChannel + 1) : -1);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writeEnd.get(), 1);
    ::posix_spawn_file_actions_adddup2(&actions, writeEnd.get(), 2);
    if (raised)
        ::posix_spawn_file_actions_adddup2(&actions, raised.get(), childChannel);
    arguments.insert(arguments.begin(), VITFLEET_BIN_DIR "/vitfleet-agent");
    std::vector<std::string> variables = environment;
    for (char** variable = environ; *variable; ++variable)
        variables.emplace_back(*variable);
    const auto argv = pointers(arguments), envp = pointers(variables);
    if (::posix_spawn(&m_pid, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0)
        std::abort();
    ::posix_spawn_file_actions_destroy(&actions);
    m_pidFd.reset(static_cast<int>(::syscall(SYS_pidfd_open, m_pid, 0)));
}

AgentProcess::~AgentProcess()
{
    if (!m_exitCode) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
}

void AgentProcess::signal(int number) const
{
    ::kill(m_pid, number);
}

std::optional<int> AgentProcess::exitCode(std::chrono::milliseconds limit)
{
    if (m_exitCode)
        return m_exitCode;
    pollfd ended{m_pidFd.get(), POLLIN, 0};
    int status = 0;
    if (::poll(&ended, 1, static_cast<int>(limit.count())) == 1 && ::waitpid(m_pid, &status, 0) == m_pid)
        m_exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return m_exitCode;
}

std::string AgentProcess::readLine()
{
    return lineFrom(m_output.get(), m_read);
}

std::string AgentProcess::readAll()
{
    std::string all;
    for (std::string line = readLine(); !line.empty() || !m_read.empty(); line = readLine())
        all += line + "\n";
    return all;
}

} // namespace vitfleet::test
