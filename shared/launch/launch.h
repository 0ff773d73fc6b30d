// SPDX-License-Identifier: GPL-3.0-or-later
// The launch channel: what an application tells an agent that it starts, and what that one answers: two lines of JSON,
// so that keys are never in arguments or the environment. A local agent has them over an inherited socket pair
// (`vitfleet-agent serve --launch-fd N`; docs/threads.md tells how each end must treat it), one that Slurm, SSH or
// Kubernetes starts as files of one private folder (`--launch-folder DIR --launch-index N`).
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
    std::int64_t parentPid = 0;       ///< of an inherited channel: the agent ends where this is not its parent any more
    std::string name;                 ///< "local-1"; in a folder the index is appended
    std::string listen = "127.0.0.1"; ///< the host to bind; "*": all
    std::uint16_t port = 0;           ///< 0: any free one
    std::vector<std::string> dataRoots;
    std::vector<std::string> modelRoots;
    std::string modelCache; ///< empty: the agent's own
    std::string device = "auto";
    /// The cores that replicas are pinned to; empty: one unpinned replica; absent: those that the agent may use.
    std::optional<std::vector<int>> cpus;
    std::uint32_t replicas = 0; ///< 0: the backend's choice
    std::uint32_t decoders = 0; ///< 0: the agent's choice
    std::string logLevel = "info";
    std::uint32_t idleExitSeconds = 0; ///< ends itself after so long without an owner; 0: never
    bool operator==(const Request&) const = default;
};

/// From the agent, once it listens: the same address line that it would print, over a channel that is authenticated by
/// being inherited.
struct Reply
{
    transport::AgentAddress address; ///< with its key, which lives as long as the agent's process
    std::int64_t pid = 0;
    std::string host;        ///< the node's own name
    std::string schedulerId; ///< "slurm:17", as the welcome says it; empty: none
    bool operator==(const Reply&) const = default;
};

/// Where the two lines come from.
enum class Channel : unsigned char
{
    Invalid = 0,
    Inherited, ///< the request names its parent
    Folder,
};

/// File names in a launch folder.
inline constexpr std::string_view requestFile = "request.json";
std::string replyFile(std::uint32_t index); ///< "reply-3.json"

/// One line with its newline.
std::string formatRequest(const Request& request);
/// E_SETTINGS with the name of the field that is missing or of the wrong kind. Fields that are not known are ignored,
/// so that an older agent can be started by a newer application.
Result<Request> parseRequest(std::string_view line, Channel channel = Channel::Inherited);

/// One line with its newline: `{"address":…,"pid":…}` or `{"error":{"code":"E_LISTEN","detail":…}}`.
std::string formatReply(const Result<Reply>& reply);
/// The agent's own error where the line carries one; E_AGENT_START where it is no reply.
Result<Reply> parseReply(std::string_view line);

} // namespace vitfleet::launch
