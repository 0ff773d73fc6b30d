// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/random_case.h"

#include <algorithm>

namespace vitfleet::simulation {
namespace {

sched::Policy randomPolicy(Random& random)
{
    sched::Policy policy;
    policy.credit = random.integer(1, 3);
    policy.firstChunkItems = random.integer(1, 16);
    policy.maxChunkItems = random.integer(1, 64);
    policy.minChunk = seconds(random.logBetween(0.02, 0.5));
    policy.maxChunk = policy.minChunk + seconds(random.between(0, 4));
    policy.eligibleTimeout = seconds(random.between(2, 15));
    policy.breakerPause = seconds(random.between(1, 6));
    policy.leaseFloor = seconds(random.between(6, 20));
    policy.leaseFactor = random.between(5, 20);
    policy.auditShare = random.chance(0.3) ? 0 : random.logBetween(0.02, 1);
    policy.auditSeed = random.next();
    policy.auditPatience = seconds(random.between(0, 3));
    return policy;
}

ItemKind randomKind(Random& random, double bad, double poison, double hanging, double nodeFail)
{
    if (random.chance(bad))
        return ItemKind::Bad;
    if (random.chance(poison))
        return ItemKind::Poison;
    if (random.chance(hanging))
        return ItemKind::Hanging;
    return random.chance(nodeFail) ? ItemKind::NodeFail : ItemKind::Good;
}

void addItems(Plan& plan, Random& random)
{
    const double bad = random.chance(0.4) ? random.between(0, 0.4) : 0;
    const double poison = random.chance(0.15) ? random.between(0, 0.02) : 0;
    const double hanging = random.chance(0.1) ? random.between(0, 0.01) : 0;
    const double nodeFail = random.chance(0.2) ? random.between(0, 0.1) : 0;
    plan.items.resize(random.integer(1, random.chance(0.25) ? 1000 : 120));
    for (ItemKind& kind : plan.items)
        kind = randomKind(random, bad, poison, hanging, nodeFail);
    if (random.chance(0.2))
        plan.settledBefore = random.integer(0, static_cast<std::uint32_t>(plan.items.size()));
    if (random.chance(0.5)) {
        plan.scanStep = seconds(random.logBetween(0.001, 0.5));
        plan.scanBatch = random.integer(1, 100);
    }
    plan.mayBlameGood = plan.mayBlameGood || hanging > 0;
}

void addNodes(Plan& plan, Random& random)
{
    const std::uint32_t count = random.integer(1, 6);
    const double liars = random.chance(0.15) ? 0.4 : 0, failers = random.chance(0.2) ? 0.4 : 0;
    const double wrong = random.chance(0.2) ? 0.4 : 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        NodePlan node;
        node.itemsPerSecond = random.logBetween(4, 200);
        node.batch = random.integer(1, 8);
        node.latency = seconds(random.logBetween(0.0002, 0.05));
        node.jitter = random.between(0, 0.3);
        node.tellsSpeed = random.chance(0.5);
        if (random.chance(0.2))
            node.maxChunkItems = random.integer(1, 32);
        if (random.chance(0.2))
            node.joinsAt = seconds(random.between(0, 5));
        if (i > 0 && random.chance(failers))
            node.failing = random.chance(0.5) ? 1.0 : random.between(0, 0.5);
        if (i > 0 && random.chance(liars))
            node.lying = random.between(0, 0.5);
        if (i > 0 && random.chance(wrong))
            node.wrong = random.between(0.05, 0.5);
        plan.mayBlameGood = plan.mayBlameGood || node.failing > 0 || node.lying > 0;
        plan.nodes.push_back(node);
    }
}

void addFaults(Plan& plan, Random& random)
{
    double speed = 0;
    for (const NodePlan& node : plan.nodes)
        speed += node.itemsPerSecond;
    const double expected = static_cast<double>(plan.items.size()) / speed + 0.5;
    const std::uint32_t count = random.chance(0.25) ? 0 : random.integer(1, 8);
    for (std::uint32_t i = 0; i < count; ++i) {
        Fault fault;
        fault.kind = static_cast<FaultKind>(random.integer(1, static_cast<std::uint32_t>(FaultKind::Pause)));
        fault.node = random.integer(0, static_cast<std::uint32_t>(plan.nodes.size() - 1));
        fault.at = seconds(random.between(0, 2 * expected));
        fault.length = seconds(random.logBetween(0.1, 12));
        plan.faults.push_back(fault);
        // Ten times slower is beyond some of these policies' time-outs.
        plan.mayBlameGood = plan.mayBlameGood || fault.kind == FaultKind::Slow;
    }
}

} // namespace

Plan randomPlan(std::uint64_t seed)
{
    Random random(seed * 2 + 1);
    Plan plan;
    plan.policy = randomPolicy(random);
    addNodes(plan, random);
    addItems(plan, random);
    addFaults(plan, random);
    plan.tellsBatch = random.chance(0.5);
    plan.tick = seconds(random.between(0.1, 0.4));
    plan.repeated = random.chance(0.3) ? random.between(0, 0.2) : 0;
    plan.late = random.chance(0.3) ? random.between(0, 0.25) : 0;
    plan.forged = random.chance(0.3) ? 0.2 : 0;
    plan.notSent = random.chance(0.1) ? random.between(0, 0.3) : 0;
    // A broken fleet ends its items one after the other, each after a pause or a wait.
    plan.limit = seconds(200.0 + 60.0 * static_cast<double>(plan.items.size()));
    return plan;
}

} // namespace vitfleet::simulation
