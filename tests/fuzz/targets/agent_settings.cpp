// SPDX-License-Identifier: GPL-3.0-or-later
// The agent's settings file.
#include "agent/main/config.h"
#include "tests/fuzz/fuzz_target.h"

using namespace vitfleet;

VITFLEET_FUZZ_TARGET(agent_settings)
{
    const auto config = agent::parseConfig(fuzz::textOf(input), "/etc/vitfleet/agent.toml");
    if (!config) {
        fuzz::require(config.error().code == ErrorCode::Settings);
        return;
    }
    if (config->listen)
        (void)agent::parseListen(*config->listen);
}
