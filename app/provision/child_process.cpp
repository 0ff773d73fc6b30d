// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/child_process.h"

#include "app/core/text.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace vitfleet::app {

namespace {

constexpr int launchFd = 3; ///< in the child

/// What the child does before it becomes another program. Other threads may hold any lock at the fork: system calls
/// only, no allocation.
[[noreturn]] void becomeAgent(pid_t parent, char* const* arguments, int channel, int log, int null)
{
    // Terminal signals are for the application, which ends its agents in order.
    ::setsid();
    // Not before the fork's parent is known to live: if it died before the prctl, no signal will come.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    // Blocked and ignored signals survive exec.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2})
        ::signal(signal, SIG_DFL);
    // Out of the way of the numbers that are to be set.
    const int high = ::fcntl(channel, F_DUPFD, 10);
    const int highLog = ::fcntl(log, F_DUPFD, 10);
    const int highNull = ::fcntl(null, F_DUPFD, 10);
    if (high < 0 || highLog < 0 || highNull < 0 || ::dup2(highNull, 0) < 0 || ::dup2(highLog, 1) < 0 ||
        ::dup2(highLog, 2) < 0 || ::dup2(high, launchFd) < 0)
        ::_exit(127);
    // Nothing else of ours: not the database, not a socket. Kernels before 5.9 have only close-on-exec.
    ::syscall(SYS_close_range, static_cast<unsigned>(launchFd + 1), ~0U, 0U);
    ::execv(arguments[0], arguments);
    constexpr char text[] = "this program cannot be started\n";
    [[maybe_unused]] const auto written = ::write(2, text, sizeof text - 1);
    ::_exit(127);
}

Error startError(const std::string& what)
{
    return {ErrorCode::AgentStart, what + ": " + std::strerror(errno)};
}

} // namespace

Result<ChildProcess> startAgentProcess(const std::filesystem::path& program, const std::filesystem::path& log)
{
    if (::access(program.c_str(), X_OK) != 0)
        return startError(program.string());
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return startError("socketpair");
    ChildProcess child;
    child.channel.reset(ends[0]);
    const UniqueFd theirs(ends[1]);
    const UniqueFd logFd(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!logFd || !null)
        return startError(log.string());
    ::fcntl(child.channel.get(), F_SETFL, O_NONBLOCK);

    // Made before the fork: the child may not allocate.
    std::string path = program.string(), serve = "serve", option = "--launch-fd", number = std::to_string(launchFd);
    char* const arguments[] = {path.data(), serve.data(), option.data(), number.data(), nullptr};
    const pid_t parent = ::getpid();
    child.pid = ::fork();
    if (child.pid < 0)
        return startError("fork");
    if (child.pid == 0)
        becomeAgent(parent, arguments, theirs.get(), logFd.get(), null.get());
    child.pidFd.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0U)));
    return child;
}

std::optional<std::string> reap(pid_t pid)
{
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(pid, &status, WNOHANG)) < 0 && errno == EINTR) {
    }
    if (ended == 0)
        return std::nullopt;
    if (ended < 0)
        return "it is gone";
    if (WIFSIGNALED(status))
        return "signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

std::string lastLines(const std::filesystem::path& log, std::size_t maxBytes)
{
    std::ifstream stream(log, std::ios::binary | std::ios::ate);
    if (!stream)
        return {};
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(stream.tellg(), 0));
    const std::size_t from = size > maxBytes ? size - maxBytes : 0;
    stream.seekg(static_cast<std::streamoff>(from));
    std::string tail(size - from, '\0');
    stream.read(tail.data(), static_cast<std::streamsize>(tail.size()));
    tail.resize(static_cast<std::size_t>(stream.gcount()));
    if (from > 0) // begins in the middle of a line
        tail.erase(0, std::min(tail.find('\n'), tail.size() - 1) + 1);
    while (!tail.empty() && tail.back() == '\n')
        tail.pop_back();
    std::string joined;
    std::size_t begin = 0;
    while (begin < tail.size()) {
        const std::size_t end = std::min(tail.find('\n', begin), tail.size());
        if (!joined.empty())
            joined += " | ";
        joined += text::printable(std::string_view(tail).substr(begin, end - begin));
        begin = end + 1;
    }
    return joined;
}

} // namespace vitfleet::app
