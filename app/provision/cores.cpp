// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/host/cpu_set.h"
#include "app/provision/local_provisioner.h"

#include <unistd.h>

namespace vitfleet::app {

std::vector<std::vector<int>> dealCores(const std::vector<int>& cpus, std::uint32_t agents)
{
    std::vector<std::vector<int>> sets(agents);
    if (agents == 0 || agents > cpus.size())
        return sets;
    const std::size_t each = cpus.size() / agents, oneMore = cpus.size() % agents;
    auto next = cpus.begin();
    for (std::size_t i = 0; i < agents; ++i) {
        const auto end = next + static_cast<std::ptrdiff_t>(each + (i < oneMore ? 1 : 0));
        sets[i].assign(next, end);
        next = end;
    }
    return sets;
}

std::vector<std::vector<int>> coresOfAgents(std::uint32_t agents)
{
    // The same block for the life of this process, so that agents started one after the other fit together.
    static const std::vector<int> cpus = host::usableCpus(static_cast<std::uint64_t>(::getpid()));
    return dealCores(cpus, agents);
}

} // namespace vitfleet::app
