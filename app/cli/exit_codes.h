// SPDX-License-Identifier: GPL-3.0-or-later
// What the program ends with: docs/command-line.md.
#pragma once

namespace vitfleet::cli {

enum ExitCode : int
{
    Done = 0,        ///< run, resume: every item is labelled. Others: done, and nothing is wrong
    ItemErrors = 1,  ///< the run finished, some items ended as errors. verify, agents: something is wrong
    Usage = 2,       ///< the command line is not right
    CouldNotRun = 3, ///< the reason is on standard error
    Interrupted = 4, ///< by SIGINT, SIGTERM or SIGHUP; resume goes on
};

} // namespace vitfleet::cli
