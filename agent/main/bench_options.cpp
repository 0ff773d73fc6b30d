// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/main/bench_options.h"

#include <CLI/CLI.hpp>

namespace vitfleet::agent {

void addBenchOptions(CLI::App& command, BenchOptions& options)
{
    command.add_option("--model", options.model, "Model directory, as save_pretrained writes it")
        ->required()
        ->type_name("DIR");
    command.add_option("--precision", options.precision, "fp32, bf16, fp16 or int8; exactly this one (default fp32)")
        ->check(CLI::IsMember({"fp32", "bf16", "fp16", "int8"}));
    command.add_option("--images", "From the bytes of this folder's files; else from made-up pixels")->type_name("DIR");
    command.add_option("--seconds", options.seconds, "How long to measure (default 10)")
        ->check(CLI::Range(0.05, 3600.0));
    command.add_flag("--json", options.json, "One JSON object");
    command.add_flag("--paced", options.paced,
                     "Work when asked to: prints ready; each line of seconds on standard "
                     "input is answered by one JSON line with n, t and cpu");
    // For tests.
    command.add_option("--backend", options.backend)->check(CLI::IsMember({"torch", "synthetic"}))->group("");
    command.add_option("--backend-options", options.backendOptions)->group("");
    command.footer("Measures exactly the precision that is given: whether its answers are good enough is what a run "
                   "checks.");
}

void takeBenchOptions(const CLI::App& command, BenchOptions& options)
{
    const CLI::Option* images = command.get_option_no_throw("--images");
    if (images && images->count() > 0)
        options.images = images->as<std::string>();
}

} // namespace vitfleet::agent
