// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/agents.h"
#include "app/cli/command_line.h"
#include "app/cli/exit_codes.h"
#include "app/cli/fleet.h"
#include "app/cli/inspect.h"
#include "app/cli/run_session.h"
#include "app/cli/scaleout.h"

#include <cstdio>
#include <exception>

using namespace vitfleet;
using namespace vitfleet::cli;

namespace {

bool wantsJson(const Command& command)
{
    return std::visit(
        [](const auto& chosen) {
            if constexpr (requires { chosen.common; })
                return chosen.common.json;
            else
                return chosen.json;
        },
        command);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const auto parsed = parseCommandLine(argc, argv);
        if (const int* exitCode = std::get_if<int>(&parsed))
            return *exitCode;
        const Command& command = std::get<Command>(parsed);
        Output output(wantsJson(command));
        return std::visit([&](const auto& chosen) { return execute(chosen, output); }, command);
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "%s\n", describe({ErrorCode::Internal, exception.what()}).c_str());
        return CouldNotRun;
    }
}
