// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/command.h"

#include "app/core/text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vitfleet::app {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto pollInterval = 100ms;
constexpr std::size_t maxWords = 600; ///< of a program's complaint, in an error

struct Pipe
{
    UniqueFd read, write;
};

bool makePipe(Pipe& pipe)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pipe.read.reset(ends[0]);
    pipe.write.reset(ends[1]);
    return true;
}

std::string findProgram(const std::string& name)
{
    if (name.find('/') != std::string::npos)
        return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
    const char* given = std::getenv("PATH");
    const std::string path = given && *given ? given : "/usr/local/bin:/usr/bin:/bin";
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        if (end > begin) {
            std::string candidate = path.substr(begin, end - begin) + "/" + name;
            if (::access(candidate.c_str(), X_OK) == 0)
                return candidate;
        }
        begin = end + 1;
    }
    return {};
}

/// In the child: other threads may hold any lock at the fork, so system calls only.
[[noreturn]] void become(pid_t parent, const char* program, char* const* arguments, int input, int output, int errors)
{
    ::setsid(); // a group of its own, so that all that it starts can be killed with it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
        ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGCHLD, SIGUSR1, SIGUSR2})
        ::signal(signal, SIG_DFL);
    const int highInput = ::fcntl(input, F_DUPFD, 10), highOutput = ::fcntl(output, F_DUPFD, 10),
              highErrors = ::fcntl(errors, F_DUPFD, 10);
    if (highInput < 0 || highOutput < 0 || highErrors < 0 || ::dup2(highInput, 0) < 0 || ::dup2(highOutput, 1) < 0 ||
        ::dup2(highErrors, 2) < 0)
        ::_exit(127);
    ::syscall(SYS_close_range, 3U, ~0U, 0U);
    ::execv(program, arguments);
    ::_exit(127);
}

Result<pid_t> spawn(const std::vector<std::string>& arguments, int input, int output, int errors)
{
    const std::string program = findProgram(arguments.front());
    if (program.empty())
        return Error{ErrorCode::ProviderMissing, arguments.front()};
    std::vector<char*> pointers;
    for (const std::string& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str())); // execv's signature; it changes nothing
    pointers.push_back(nullptr);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        return Error{ErrorCode::ProviderRefused, arguments.front() + ": " + std::strerror(errno)};
    if (pid == 0)
        become(parent, program.c_str(), pointers.data(), input, output, errors);
    return pid;
}

/// Kills it with all that it has started. It may not have become the leader of its group yet: then it is alone, for it
/// has started nothing; it may also become one between two of these calls.
void killGroup(pid_t leader)
{
    if (::kill(-leader, SIGKILL) == 0)
        return;
    ::kill(leader, SIGKILL);
    ::kill(-leader, SIGKILL);
}

/// Reads what is there; false at the end.
bool drain(int fd, std::string& into)
{
    std::array<char, 16384> buffer;
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0 && into.size() < maxCommandBytes)
        into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

int waitFor(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Feeds and reads a child until it has closed its output.
class Exchange
{
public:
    Exchange(const Command& command, const std::atomic<bool>* stop) : m_command(command), m_stop(stop) {}

    Result<CommandOutput> run()
    {
        Pipe input, output, errors;
        if (!makePipe(input) || !makePipe(output) || !makePipe(errors))
            return Error{ErrorCode::ProviderRefused, std::string("pipe: ") + std::strerror(errno)};
        if (!m_command.inputFile.empty()) {
            input.read.reset(::open(m_command.inputFile.c_str(), O_RDONLY | O_CLOEXEC));
            if (!input.read)
                return Error{ErrorCode::ProviderMissing, m_command.inputFile.string() + ": " + std::strerror(errno)};
            input.write.reset();
        }
        const auto pid = spawn(m_command.arguments, input.read.get(), output.write.get(), errors.write.get());
        if (!pid)
            return pid.error();
        input.read.reset();
        output.write.reset();
        errors.write.reset();
        if (input.write)
            ::fcntl(input.write.get(), F_SETFL, O_NONBLOCK);
        m_input = std::move(input.write);
        m_output = std::move(output.read);
        m_errors = std::move(errors.read);
        const bool ended = exchange(*pid);
        if (!ended)
            killGroup(*pid);
        m_result.status = m_status ? *m_status : waitFor(*pid);
        if (ended)
            return std::move(m_result);
        const auto limit = std::chrono::ceil<std::chrono::seconds>(m_command.timeout).count();
        return Error{ErrorCode::ProviderTimeout,
                     m_command.arguments.front() + ": no answer for " + std::to_string(limit) + " s"};
    }

private:
    void feed()
    {
        const ssize_t sent = ::write(m_input.get(), m_command.input.data() + m_sent, m_command.input.size() - m_sent);
        if (sent > 0)
            m_sent += static_cast<std::size_t>(sent);
        else if (sent < 0 && errno != EAGAIN && errno != EINTR)
            m_input.reset(); // it does not want to hear it
    }

    /// A program may leave something behind that holds its output open (ssh's ControlPersist): its own end counts.
    bool hasEnded(pid_t pid)
    {
        int status = 0;
        if (::waitpid(pid, &status, WNOHANG) != pid)
            return false;
        m_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        return true;
    }

    bool exchange(pid_t pid)
    {
        const auto deadline = Clock::now() + m_command.timeout;
        while (m_output || m_errors) {
            if (m_stop && m_stop->load())
                return false;
            if (m_input && m_sent == m_command.input.size())
                m_input.reset();
            std::array<pollfd, 3> waiting{
                {{m_output.get(), POLLIN, 0}, {m_errors.get(), POLLIN, 0}, {m_input.get(), POLLOUT, 0}}};
            const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(pollInterval / 1ms));
            if (m_input && (waiting[2].revents & (POLLOUT | POLLERR)) != 0)
                feed();
            if (m_output && waiting[0].revents != 0 && !drain(m_output.get(), m_result.output))
                m_output.reset();
            if (m_errors && waiting[1].revents != 0 && !drain(m_errors.get(), m_result.errors))
                m_errors.reset();
            if (ready == 0 && hasEnded(pid))
                return true;
            if (Clock::now() >= deadline)
                return false;
        }
        while (!m_status && !hasEnded(pid)) {
            if (Clock::now() >= deadline || (m_stop && m_stop->load()))
                return false;
            ::poll(nullptr, 0, 5);
        }
        return true;
    }

    const Command& m_command;
    const std::atomic<bool>* m_stop;
    UniqueFd m_input, m_output, m_errors;
    std::size_t m_sent = 0;
    std::optional<int> m_status;
    CommandOutput m_result;
};

std::string words(const std::string& text)
{
    std::string joined;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view raw = std::string_view(text).substr(begin, end - begin);
        if (!raw.empty() && raw.back() == '\r')
            raw.remove_suffix(1);
        const std::string line = text::printable(raw);
        if (!line.empty())
            joined += (joined.empty() ? "" : " | ") + line;
        begin = end + 1;
    }
    return joined.size() > maxWords ? "... " + joined.substr(joined.size() - maxWords) : joined;
}

} // namespace

Result<CommandOutput> runCommand(const Command& command, const std::atomic<bool>* stop)
{
    return Exchange(command, stop).run();
}

Error refusal(const std::string& program, const CommandOutput& output)
{
    const std::string said = words(output.errors.empty() ? output.output : output.errors);
    const std::string detail =
        program + (said.empty() ? ": exit status " + std::to_string(output.status) : ": " + said);
    constexpr std::array<std::string_view, 10> denied = {"Permission denied",
                                                         "Host key verification failed",
                                                         "credential",
                                                         "Unauthorized",
                                                         "must be logged in",
                                                         "Access denied",
                                                         "Forbidden",
                                                         "forbidden",
                                                         "REMOTE HOST IDENTIFICATION",
                                                         "Authentication"};
    if (output.status == 127)
        return {ErrorCode::ProviderMissing, detail};
    for (const std::string_view word : denied) {
        if (output.errors.find(word) != std::string::npos)
            return {ErrorCode::ProviderDenied, detail};
    }
    return {ErrorCode::ProviderRefused, detail};
}

Result<std::string> runOrRefuse(const Command& command, const std::atomic<bool>* stop)
{
    auto result = runCommand(command, stop);
    if (!result)
        return result.error();
    if (result->status != 0)
        return refusal(command.arguments.front(), *result);
    return std::move(result->output);
}

std::string shellQuoted(const std::string& word)
{
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string shellQuotedPath(const std::string& path)
{
    return path.starts_with("~/") ? "\"$HOME\"" + shellQuoted(path.substr(1)) : shellQuoted(path);
}

std::string shown(const std::vector<std::string>& arguments)
{
    constexpr std::string_view plain = "-._/,=:@%+";
    std::string text;
    for (const std::string& argument : arguments) {
        const bool isPlain = !argument.empty() && std::ranges::all_of(argument, [&](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) || plain.find(c) != plain.npos;
        });
        text += (text.empty() ? "" : " ") + (isPlain ? argument : shellQuoted(argument));
    }
    return text;
}

BackgroundCommand::BackgroundCommand(BackgroundCommand&& other) noexcept
    : m_pid(std::exchange(other.m_pid, 0)), m_errors(std::move(other.m_errors)), m_said(std::move(other.m_said))
{
}

BackgroundCommand& BackgroundCommand::operator=(BackgroundCommand&& other) noexcept
{
    if (this != &other) {
        stop();
        m_pid = std::exchange(other.m_pid, 0);
        m_errors = std::move(other.m_errors);
        m_said = std::move(other.m_said);
    }
    return *this;
}

Result<BackgroundCommand> BackgroundCommand::start(const std::vector<std::string>& arguments)
{
    Pipe errors;
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!makePipe(errors) || !null)
        return Error{ErrorCode::ProviderRefused, std::string("pipe: ") + std::strerror(errno)};
    const auto pid = spawn(arguments, null.get(), null.get(), errors.write.get());
    if (!pid)
        return pid.error();
    BackgroundCommand command;
    command.m_pid = *pid;
    command.m_errors = std::move(errors.read);
    ::fcntl(command.m_errors.get(), F_SETFL, O_NONBLOCK);
    return command;
}

void BackgroundCommand::listen()
{
    std::array<char, 16384> buffer;
    for (ssize_t got = 0; m_errors && (got = ::read(m_errors.get(), buffer.data(), buffer.size())) > 0;) {
        m_said.append(buffer.data(), static_cast<std::size_t>(got));
        m_said.erase(0, m_said.size() - std::min(m_said.size(), maxWords));
    }
}

bool BackgroundCommand::isRunning()
{
    listen();
    int status = 0;
    if (m_pid > 0 && ::waitpid(m_pid, &status, WNOHANG) == m_pid)
        m_pid = 0;
    return m_pid > 0;
}

std::string BackgroundCommand::lastWords()
{
    listen();
    return words(m_said);
}

void BackgroundCommand::stop()
{
    if (m_pid <= 0)
        return;
    killGroup(m_pid);
    waitFor(std::exchange(m_pid, 0));
}

} // namespace vitfleet::app
