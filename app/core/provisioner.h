// SPDX-License-Identifier: GPL-3.0-or-later
// Starting agents on this machine as child processes: app/provision implements it. Nodes from elsewhere: scale_out.h.
#pragma once

#include "shared/base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitfleet::app {

struct LocalAgentRequest
{
    std::string name; ///< "local-1"
    std::vector<std::string> dataRoots;
    std::vector<std::string> modelRoots;
    std::string device = "auto";
    std::vector<int> cpus; ///< disjoint sets for agents of one machine; empty: share all, one unpinned replica
};

struct StartedAgent
{
    std::string name;
    std::string addressLine; ///< HOST:PORT/KEY over the launch channel: authenticated
    std::int64_t pid = 0;
    std::string logFile;
};

/// Local agents as child processes that never outlive this one.
class Provisioner
{
public:
    virtual ~Provisioner() = default;
    /// Disjoint core sets for `agents` agents over the cores that this process may use; empty sets where there are more
    /// agents than cores.
    virtual std::vector<std::vector<int>> partitionCores(std::uint32_t agents) const = 0;
    /// Starts one agent and answers in a thread of the provisioner's: AgentStart with the end of its log. One of this
    /// name that is being stopped ends first.
    virtual void start(const LocalAgentRequest& request, std::function<void(Result<StartedAgent>)> done) = 0;
    /// Ends it: SIGTERM, and SIGKILL after limits::drainTimeout. Returns at once.
    virtual void stop(const std::string& name) = 0;
    /// SIGKILL, for the pull-the-plug drill. False where there is no such agent.
    virtual bool kill(const std::string& name) = 0;
    /// Ends all and waits for them.
    virtual void stopAll() = 0;
    /// Called in a thread of the provisioner's when an agent's process has ended by itself.
    virtual void onExited(std::function<void(const std::string& name, const std::string& reason)> callback) = 0;
};

} // namespace vitfleet::app
