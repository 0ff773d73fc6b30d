// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/makespan.h"

#include "tests/simulation/world.h"

#include <chrono>
#include <cstdio>

namespace vitfleet::simulation {
namespace {

constexpr double slowFactor = 10;

/// With full batches.
double rate(const NodePlan& node)
{
    return node.batch / (node.batchCost + node.batch / node.itemsPerSecond);
}

/// What the fleet could do until `end`, had it no scheduler and no links.
double possibleItems(const Plan& plan, double end)
{
    double items = 0;
    for (std::uint32_t i = 0; i < plan.nodes.size(); ++i) {
        double usable = end;
        for (const Fault& fault : plan.faults) {
            const double from = fault.at.count() / 1e6, length = std::min(fault.length.count() / 1e6, end - from);
            if (fault.node != i || from >= end)
                continue;
            if (fault.kind == FaultKind::Slow)
                usable -= length * (1 - 1 / slowFactor);
            else if (fault.kind == FaultKind::Stop)
                usable -= end - from; // stays away
        }
        items += usable * rate(plan.nodes[i]);
    }
    return items;
}

double idealSeconds(const Plan& plan, double items)
{
    double low = 0, high = 1e7;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        (possibleItems(plan, middle) < items ? low : high) = middle;
    }
    return high;
}

NodePlan cpuNode(double speed = 4)
{
    NodePlan node;
    node.itemsPerSecond = speed;
    node.latency = std::chrono::milliseconds(2);
    node.jitter = 0.1;
    return node;
}

NodePlan gpuNode()
{
    NodePlan node = cpuNode(200);
    node.batch = 16;
    return node;
}

Plan fleet(std::uint32_t cpus, bool gpu, double idealRun)
{
    Plan plan;
    double speed = 0;
    for (std::uint32_t i = 0; i < cpus; ++i)
        plan.nodes.push_back(cpuNode());
    if (gpu)
        plan.nodes.push_back(gpuNode());
    for (const NodePlan& node : plan.nodes)
        speed += node.itemsPerSecond;
    plan.items.assign(static_cast<std::size_t>(speed * idealRun), ItemKind::Good);
    plan.checkAlways = false;
    return plan;
}

bool measure(const char* name, const Plan& plan, double goal)
{
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = World(plan, 7).run();
    const double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    // The audit's items are work like any other.
    const double ideal = idealSeconds(plan, static_cast<double>(plan.items.size() + outcome.audited));
    const double ratio = outcome.makespan.count() / 1e6 / ideal;
    const bool holds = outcome.failure.empty() && ratio <= goal;
    const auto items = static_cast<double>(plan.items.size());
    const double again = static_cast<double>(outcome.executed - outcome.audited) / items - 1;
    std::printf("%-34s %8zu items  ideal %7.1f s  ratio %.4f (goal %.3f)  efficiency %.4f  audited %.2f %%  "
                "done twice %.2f %%  %.1f us/event%s%s\n",
                name, plan.items.size(), ideal, ratio, goal, 1 / ratio,
                100 * static_cast<double>(outcome.audited) / items, 100 * again,
                spent * 1e6 / static_cast<double>(outcome.events), holds ? "" : "  MISSED ", outcome.failure.c_str());
    std::fflush(stdout);
    return holds;
}

} // namespace

bool printMakespans()
{
    bool ok = true;
    for (const auto& [nodes, efficiency] :
         {std::pair{1U, 0.99}, {2U, 0.99}, {4U, 0.99}, {8U, 0.99}, {10U, 0.99}, {100U, 0.985}, {1000U, 0.97}}) {
        const std::string name = std::to_string(nodes) + (nodes == 1 ? " node" : " nodes");
        ok = measure(name.c_str(), fleet(nodes, false, 60), 1 / efficiency) && ok;
    }
    ok = measure("50 nodes and one 50 x faster", fleet(50, true, 100), 1.02) && ok;

    Plan stragglers = fleet(50, true, 100);
    for (std::uint32_t node = 0; node < 5; ++node)
        stragglers.faults.push_back({FaultKind::Slow, node * 10, seconds(20 + 15 * node), seconds(1e6)});
    ok = measure("the same, five become 10 x slower", stragglers, 1.08) && ok;

    Plan lateStraggler = fleet(4, false, 60);
    lateStraggler.faults.push_back({FaultKind::Slow, 0, seconds(50), seconds(1e6)});
    ok = measure("4 nodes, one 10 x slower near the end", lateStraggler, 1.08) && ok;

    Plan killed = fleet(50, true, 100);
    killed.faults.push_back({FaultKind::Stop, 50, seconds(95), seconds(1e6)});
    ok = measure("the same, the fast one gone at 95 s", killed, 1.05) && ok;

    // A slow model that wants four pictures at once; half of a batch's time is paid for one as well.
    for (const std::uint32_t nodes : {2U, 8U}) {
        Plan batches = fleet(nodes, false, 60);
        for (NodePlan& node : batches.nodes) {
            node.batch = 4;
            node.itemsPerSecond = 6;
            node.batchCost = 4.0 / 6.0;
        }
        batches.items.resize(nodes * std::size_t{150});
        batches.tellsBatch = true;
        const std::string name = std::to_string(nodes) + " nodes, batches of 4";
        ok = measure(name.c_str(), batches, 1.05) && ok;
        batches.tellsBatch = false;
        measure((name + ", not told").c_str(), batches, 2);
    }

    Plan oneOfFour = fleet(4, false, 60);
    oneOfFour.faults.push_back({FaultKind::Stop, 1, seconds(30), seconds(1e6)});
    ok = measure("4 nodes, one gone at half", oneOfFour, 1.05) && ok;
    return ok;
}

} // namespace vitfleet::simulation
