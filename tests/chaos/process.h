// SPDX-License-Identifier: GPL-3.0-or-later
// A process of the harness, which never outlives it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::chaos {

class Process
{
public:
    struct Start
    {
        std::vector<std::string> arguments;   ///< the program first, with its path
        std::vector<std::string> environment; ///< NAME=VALUE, added to this process's own
        std::filesystem::path log;            ///< standard error, and standard output unless `lines`; appended to
        bool lines = false;                   ///< nextLine() reads standard output
        std::string networkNamespace;         ///< a file of /run/netns; empty: this process's own
        std::uint64_t dataBytes = 0;          ///< the most of its own (`ulimit -d`); 0: this process's own limit
    };
    explicit Process(const Start& start);
    /// Kills it if it still runs.
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    pid_t pid() const { return m_pid; }
    void signal(int number) const;
    /// The exit code, 128 + signal, or nothing where it still runs.
    std::optional<int> exitCode();
    std::optional<int> wait(std::chrono::milliseconds limit);
    /// The next whole line of its standard output, if one is there.
    std::optional<std::string> nextLine();
    /// Readable when there may be a line; -1 without `lines`.
    int output() const { return m_output; }

private:
    pid_t m_pid = -1;
    int m_output = -1;
    std::optional<int> m_exitCode;
    std::string m_read;
};

/// A thread of another process that stands still while its others go on, until this object ends. The process must not
/// end before.
class StoppedThread
{
public:
    /// The thread of this name (of at most 15 bytes), as soon as it does not wait for others.
    StoppedThread(pid_t process, const std::string& name);
    ~StoppedThread();
    StoppedThread(const StoppedThread&) = delete;
    StoppedThread& operator=(const StoppedThread&) = delete;

    /// False where there is no such thread, or the machine does not allow it.
    explicit operator bool() const { return m_thread > 0; }

private:
    pid_t m_thread = -1;
};

} // namespace vitfleet::chaos
