// SPDX-License-Identifier: GPL-3.0-or-later
// provision_parent AGENT LOGS NAME …: starts these agents, prints their processes, and waits to be killed.
#include "app/provision/local_provisioner.h"

#include <cstdio>
#include <future>
#include <unistd.h>

using namespace vitfleet;
using namespace vitfleet::app;

int main(int argc, char** argv)
{
    LocalProvisionerOptions options;
    options.agentProgram = argv[1];
    options.logFolder = argv[2];
    const auto provisioner = makeLocalProvisioner(options);
    for (int i = 3; i < argc; ++i) {
        std::promise<Result<StartedAgent>> started;
        LocalAgentRequest request;
        request.name = argv[i];
        provisioner->start(request, [&](Result<StartedAgent> agent) { started.set_value(std::move(agent)); });
        const auto agent = started.get_future().get();
        if (!agent)
            return 1;
        std::printf("%lld\n", static_cast<long long>(agent->pid));
    }
    std::fflush(stdout);
    for (;;)
        ::pause();
}
