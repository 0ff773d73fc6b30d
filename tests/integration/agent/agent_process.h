// SPDX-License-Identifier: GPL-3.0-or-later
// A vitfleet-agent process of a test, which ends with the test.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"
#include "shared/launch/launch.h"

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitfleet::test {

class AgentProcess
{
public:
    /// `environment` is added to this process's own.
    explicit AgentProcess(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});
    ~AgentProcess();
    AgentProcess(const AgentProcess&) = delete;

    /// Starts an agent over a launch channel; `request` gets its parent's id.
    static std::unique_ptr<AgentProcess> launch(launch::Request request);
    const launch::Reply& reply() const { return *m_reply; }

    pid_t pid() const { return m_pid; }
    void signal(int number) const;
    void closeChannel() { m_channel.reset(); }
    /// The exit code, 128 + signal, or nothing where it still runs after `limit`.
    std::optional<int> exitCode(std::chrono::milliseconds limit);
    /// The next line of what it prints.
    std::string readLine();
    /// All that it prints, to its end: both outputs are one.
    std::string readAll();

private:
    AgentProcess() = default;
    void start(std::vector<std::string> arguments, const std::vector<std::string>& environment, int channel);

    pid_t m_pid = -1;
    std::optional<int> m_exitCode;
    UniqueFd m_output, m_channel, m_pidFd;
    std::string m_read;
    std::optional<launch::Reply> m_reply;
};

} // namespace vitfleet::test
