// SPDX-License-Identifier: GPL-3.0-or-later
// simulation_scheduler [--seeds N] [--seed S] [--jobs N] [--no-makespan] [--trace]
// Runs N random fleets with random faults from seed S on; --seed alone replays that one. Prints the seed of every
// failure.
#include "tests/simulation/makespan.h"
#include "tests/simulation/random_case.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

using namespace vitfleet::simulation;

namespace {

struct Options
{
    std::uint64_t first = 1;
    std::uint64_t count = VITFLEET_SIMULATION_SEEDS;
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    bool makespan = true;
    bool trace = false;
    bool valid = true;
};

Options parse(int argc, char** argv)
{
    Options options;
    bool counted = false, single = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--no-makespan") {
            options.makespan = false;
        } else if (name == "--trace") {
            options.trace = true;
        } else if (i + 1 < argc && name == "--seeds") {
            options.count = std::strtoull(argv[++i], nullptr, 10);
            counted = true;
        } else if (i + 1 < argc && name == "--seed") {
            options.first = std::strtoull(argv[++i], nullptr, 10);
            single = true;
        } else if (i + 1 < argc && name == "--jobs") {
            options.jobs = std::max(1U, static_cast<unsigned>(std::strtoul(argv[++i], nullptr, 10)));
        } else {
            options.valid = false;
        }
    }
    if (single && !counted) {
        options.count = 1;
        options.makespan = false;
    }
    return options;
}

struct Totals
{
    std::mutex mutex;
    Outcome sum;
    std::uint64_t failures = 0;
};

void runSeeds(const Options& options, std::atomic<std::uint64_t>& next, Totals& totals)
{
    Outcome sum;
    for (std::uint64_t i = next++; i < options.count; i = next++) {
        const std::uint64_t seed = options.first + i;
        Plan plan = randomPlan(seed);
        plan.trace = options.trace;
        const Outcome outcome = World(std::move(plan), seed).run();
        sum.events += outcome.events;
        sum.executed += outcome.executed;
        sum.duplicates += outcome.duplicates;
        sum.redispatched += outcome.redispatched;
        sum.foreign += outcome.foreign;
        sum.setAsides += outcome.setAsides;
        sum.takeBacks += outcome.takeBacks;
        sum.labelled += outcome.labelled;
        sum.errors += outcome.errors;
        sum.audited += outcome.audited;
        sum.disputed += outcome.disputed;
        sum.outvoted += outcome.outvoted;
        sum.makespan += outcome.makespan;
        if (!outcome.failure.empty()) {
            const std::lock_guard lock(totals.mutex);
            ++totals.failures;
            std::printf("FAIL  --seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.failure.c_str());
        }
    }
    const std::lock_guard lock(totals.mutex);
    totals.sum.events += sum.events;
    totals.sum.executed += sum.executed;
    totals.sum.duplicates += sum.duplicates;
    totals.sum.redispatched += sum.redispatched;
    totals.sum.foreign += sum.foreign;
    totals.sum.setAsides += sum.setAsides;
    totals.sum.takeBacks += sum.takeBacks;
    totals.sum.labelled += sum.labelled;
    totals.sum.errors += sum.errors;
    totals.sum.audited += sum.audited;
    totals.sum.disputed += sum.disputed;
    totals.sum.outvoted += sum.outvoted;
    totals.sum.makespan += sum.makespan;
}

} // namespace

int main(int argc, char** argv)
{
    const Options options = parse(argc, argv);
    if (!options.valid) {
        std::fprintf(stderr,
                     "usage: simulation_scheduler [--seeds N] [--seed S] [--jobs N] [--no-makespan] [--trace]\n");
        return 2;
    }
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> next = 0;
    Totals totals;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options.jobs; ++i)
        threads.emplace_back([&] { runSeeds(options, next, totals); });
    for (std::thread& thread : threads)
        thread.join();
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const Outcome& sum = totals.sum;
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf("%llu seeds from %llu in %.1f s on %u threads: %llu failed\n"
                "%llu events, each followed by a check; %llu executions, %llu labels, %llu error rows, %llu refused as "
                "duplicates, %llu as foreign, %llu re-dispatched, %llu nodes set aside, %llu take-backs, "
                "%llu items audited, %llu disputed, %llu verdicts against a node, %.0f h simulated\n",
                number(options.count), number(options.first), spent, options.jobs, number(totals.failures),
                number(sum.events), number(sum.executed), number(sum.labelled), number(sum.errors),
                number(sum.duplicates), number(sum.foreign), number(sum.redispatched), number(sum.setAsides),
                number(sum.takeBacks), number(sum.audited), number(sum.disputed), number(sum.outvoted),
                sum.makespan.count() / 3.6e9);
    std::fflush(stdout);
    const bool fast = !options.makespan || printMakespans();
    return totals.failures == 0 && fast ? 0 : 1;
}
