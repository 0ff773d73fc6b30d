// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/chaos/process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

extern char** environ;

namespace vitfleet::chaos {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts)
{
    std::vector<char*> list;
    for (std::string& text : texts)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

int openOrThrow(const std::string& file, int flags)
{
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0)
        throw std::system_error(errno, std::generic_category(), file);
    return fd;
}

} // namespace

Process::Process(const Start& start)
{
    std::vector<std::string> arguments = start.arguments, variables = start.environment;
    for (char** variable = environ; *variable; ++variable)
        variables.emplace_back(*variable);
    const auto argv = pointers(arguments), envp = pointers(variables);
    const int log = openOrThrow(start.log.string(), O_WRONLY | O_CREAT | O_APPEND);
    const int space = start.networkNamespace.empty() ? -1 : openOrThrow(start.networkNamespace, O_RDONLY);
    int ends[2] = {-1, -1};
    if (start.lines && ::pipe2(ends, O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    rlimit data{};
    ::getrlimit(RLIMIT_DATA, &data);
    if (start.dataBytes > 0)
        data.rlim_cur = start.dataBytes;
    const pid_t parent = ::getpid();
    m_pid = ::fork();
    if (m_pid == 0) { // only async-signal-safe calls from here on
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent || (space >= 0 && ::setns(space, CLONE_NEWNET) != 0))
            ::_exit(126);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::setrlimit(RLIMIT_DATA, &data);
        ::dup2(log, 2);
        ::dup2(start.lines ? ends[1] : log, 1);
        ::execve(argv[0], argv.data(), envp.data());
        ::_exit(127);
    }
    ::close(log);
    if (space >= 0)
        ::close(space);
    if (start.lines) {
        ::close(ends[1]);
        m_output = ends[0];
        ::fcntl(m_output, F_SETFL, O_NONBLOCK);
    }
    if (m_pid < 0)
        throw std::system_error(errno, std::generic_category(), "fork");
}

Process::~Process()
{
    if (!exitCode()) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
    if (m_output >= 0)
        ::close(m_output);
}

void Process::signal(int number) const
{
    if (!m_exitCode)
        ::kill(m_pid, number);
}

std::optional<int> Process::exitCode()
{
    int status = 0;
    if (!m_exitCode && ::waitpid(m_pid, &status, WNOHANG) == m_pid)
        m_exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return m_exitCode;
}

std::optional<int> Process::wait(std::chrono::milliseconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!exitCode() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return m_exitCode;
}

std::optional<std::string> Process::nextLine()
{
    char buffer[65536];
    for (;;) {
        if (const auto end = m_read.find('\n'); end != std::string::npos) {
            std::string line = m_read.substr(0, end);
            m_read.erase(0, end + 1);
            return line;
        }
        const ssize_t got = m_output < 0 ? 0 : ::read(m_output, buffer, sizeof buffer);
        if (got <= 0)
            return std::nullopt;
        m_read.append(buffer, static_cast<std::size_t>(got));
    }
}

StoppedThread::StoppedThread(pid_t process, const std::string& name)
{
    pid_t thread = -1;
    std::error_code error;
    for (std::filesystem::directory_iterator task("/proc/" + std::to_string(process) + "/task", error), end;
         !error && task != end; task.increment(error)) {
        std::string found;
        if (std::ifstream comm(task->path() / "comm"); std::getline(comm, found) && found == name)
            thread = static_cast<pid_t>(std::stol(task->path().filename().string()));
    }
    constexpr auto patience = std::chrono::seconds(5);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (thread > 0 && std::chrono::steady_clock::now() < deadline) {
        if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0)
            return;
        ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
        ::waitpid(thread, nullptr, __WALL);
        // The number of the system call that it is in; -1 or "running" where it computes.
        std::string call;
        std::ifstream("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/syscall") >> call;
        if (call != std::to_string(SYS_futex)) {
            m_thread = thread;
            return;
        }
        ::ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

StoppedThread::~StoppedThread()
{
    if (m_thread > 0)
        ::ptrace(PTRACE_DETACH, m_thread, nullptr, nullptr);
}

} // namespace vitfleet::chaos
