// SPDX-License-Identifier: GPL-3.0-or-later
// Starting one child that ends with the thread that started it.
#pragma once

#include "shared/base/result.h"
#include "shared/base/unique_fd.h"

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace vitfleet::app {

struct ChildProcess
{
    pid_t pid = 0;
    UniqueFd channel; ///< our end of its launch channel, not blocking
    UniqueFd pidFd;   ///< readable when it has ended; none on kernels without
};

/// Starts `program serve --launch-fd N` in a session of its own, with everything it prints appended to `log`. The
/// kernel kills it when the calling *thread* ends. AgentStart.
Result<ChildProcess> startAgentProcess(const std::filesystem::path& program, const std::filesystem::path& log);

/// How it ended ("exit status 1", "signal 9 (Killed)"), once it has; reaps it.
std::optional<std::string> reap(pid_t pid);

/// The last lines of a log, at most `maxBytes`, without control characters.
std::string lastLines(const std::filesystem::path& log, std::size_t maxBytes = 600);

} // namespace vitfleet::app
