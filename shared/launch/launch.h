// SPDX-License-Identifier: GPL-3.0-or-later
// The launch channel: what an application tells a local agent that it has just started, and what that one answers. Two
// lines of JSON over an inherited socket pair (`vitfleet-agent serve --launch-fd N`), so that keys are never in
// arguments or the environment. docs/threads.md tells how each end must treat the channel.
#pragma once

#include "shared/base/result.h"
#include "shared/transport/keys.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitfleet::launch {

/// Either line, its newline included.
inline constexpr std::size_t maxLineBytes = 64 * 1024;

/// From the application: first and only line.
struct Request
{
    transport::PublicKey applicationKey; ///< the only one that the agent will admit
    std::int64_t parentPid = 0;          ///< the agent ends where this is not its parent any more
    std::string name;                    ///< "local-1"
    std::string listen = "127.0.0.1";    ///< the host to bind; any free port
    std::vector<std::string> dataRoots;
    std::vector<std::string> modelRoots;
    std::string modelCache; ///< empty: the agent's own
    std::string device = "auto";
    /// The cores that replicas are pinned to; empty: one unpinned replica; absent: those that the agent may use.
    std::optional<std::vector<int>> cpus;
    std::uint32_t replicas = 0; ///< 0: the backend's choice
    std::uint32_t decoders = 0; ///< 0: the agent's choice
    std::string logLevel = "info";
    bool operator==(const Request&) const = default;
};

/// From the agent, once it listens: the same address line that it would print, over a channel that is authenticated by
/// being inherited.
struct Reply
{
    transport::AgentAddress address; ///< with its key, which lives as long as the agent's process
    std::int64_t pid = 0;
    bool operator==(const Reply&) const = default;
};

/// One line with its newline.
std::string formatRequest(const Request& request);
/// E_SETTINGS with the name of the field that is missing or of the wrong kind. Fields that are not known are ignored,
/// so that an older agent can be started by a newer application.
Result<Request> parseRequest(std::string_view line);

/// One line with its newline: `{"address":…,"pid":…}` or `{"error":{"code":"E_LISTEN","detail":…}}`.
std::string formatReply(const Result<Reply>& reply);
/// The agent's own error where the line carries one; E_AGENT_START where it is no reply.
Result<Reply> parseReply(std::string_view line);

} // namespace vitfleet::launch
