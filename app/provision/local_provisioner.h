// SPDX-License-Identifier: GPL-3.0-or-later
// Agents on this machine, as child processes of this one. What outlives it is started by app/provision/scale_out.h.
#pragma once

#include "app/core/provisioner.h"
#include "shared/base/limits.h"
#include "shared/transport/keys.h"

#include <chrono>
#include <filesystem>
#include <memory>

namespace vitfleet::app {

struct LocalProvisionerOptions
{
    transport::PublicKey applicationKey; ///< the only one that the agents will admit
    std::filesystem::path agentProgram;  ///< empty: $VITFLEET_AGENT, else vitfleet-agent beside this program
    std::filesystem::path logFolder;     ///< for one log an agent, in a folder of this process
    std::filesystem::path modelCache;    ///< empty: the agent's own
    std::chrono::milliseconds startTimeout = std::chrono::seconds(30);
    std::chrono::milliseconds drainTimeout = limits::drainTimeout;
};

/// Its callbacks come in its own thread and must not call stopAll() or destroy it. Destroying it ends all agents.
std::unique_ptr<Provisioner> makeLocalProvisioner(LocalProvisionerOptions options);

/// `asked`, else $VITFLEET_AGENT, else vitfleet-agent beside this program.
std::filesystem::path localAgentProgram(const std::filesystem::path& asked);

/// `cpus` dealt out to `agents` in neighbouring, disjoint sets whose sizes differ by one at most; empty sets where
/// there are more agents than cores.
std::vector<std::vector<int>> dealCores(const std::vector<int>& cpus, std::uint32_t agents);
/// The cores that this process may use, dealt out: what Provisioner::partitionCores answers.
std::vector<std::vector<int>> coresOfAgents(std::uint32_t agents);

} // namespace vitfleet::app
