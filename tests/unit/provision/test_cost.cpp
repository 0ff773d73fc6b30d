// SPDX-License-Identifier: GPL-3.0-or-later
// What a run costs: time of nodes that are paid for, and energy that is a host's.
#include "app/core/run_cost.h"
#include "app/core/text.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace std::chrono_literals;

namespace {

AllocationSnapshot allocation(std::vector<UnitState> states)
{
    AllocationSnapshot snapshot;
    for (const UnitState state : states) {
        UnitSnapshot unit;
        unit.state = state;
        snapshot.units.push_back(unit);
    }
    return snapshot;
}

NodeSnapshot node(std::int64_t id, const std::string& host, double joules)
{
    NodeSnapshot snapshot;
    snapshot.id = NodeId{static_cast<decltype(NodeId::value)>(id)};
    snapshot.name = "node-" + std::to_string(id);
    snapshot.host = host;
    snapshot.device = "cpu";
    snapshot.labelled = 1;
    snapshot.joules = joules;
    return snapshot;
}

FleetSnapshot fleet(std::vector<NodeSnapshot> nodes)
{
    FleetSnapshot snapshot;
    snapshot.nodes = std::move(nodes);
    return snapshot;
}

} // namespace

class CostTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nodesThatRunArePaidFor()
    {
        using State = UnitState;
        RunCost cost;
        const auto begin = RunCost::Clock::now();
        QCOMPARE(cost.nodeSeconds(begin + 100s), 0.0);
        cost.observe(allocation({State::Pending, State::Requested}), begin);
        QCOMPARE(cost.nodeSeconds(begin + 100s), 0.0); // a queue is free
        cost.observe(allocation({State::Starting, State::Running, State::Pending}), begin + 100s);
        QCOMPARE(cost.nodeSeconds(begin + 110s), 20.0);
        cost.observe(allocation({State::Running, State::Running, State::Stopping, State::Ended}), begin + 110s);
        cost.observe(allocation({}), begin + 120s);
        QCOMPARE(cost.nodeSeconds(begin + 1000s), 50.0);
        Profile profile;
        profile.name = "lab";
        profile.pricePerNodeHour = 7.2;
        QCOMPARE(QString::fromStdString(costText(cost, profile, 100'000, begin + 120s)),
                 QStringLiteral("50 node-seconds of lab, 0.1000 EUR (1.00 EUR per million pictures); energy absent: no "
                                "node has told any"));
        profile.energySource = "none";
        profile.pricePerNodeHour = 0;
        QCOMPARE(QString::fromStdString(costText(cost, profile, 0, begin + 120s)),
                 QStringLiteral("50 node-seconds of lab, without a price; energy not asked for"));
    }

    void whatIsKeptIsSaidInAColumn()
    {
        RunCost cost;
        const auto begin = RunCost::Clock::now();
        cost.observe(allocation({UnitState::Running}), begin);
        Profile profile;
        profile.name = "lab";
        profile.pricePerNodeHour = 7.2;
        const RunCostRecord record = costRecord(cost, profile, begin + 10s);
        QVERIFY((record == RunCostRecord{"lab", "EUR", 10, 0.02, std::nullopt}));
        const auto column = [](const std::vector<RunCostRecord>& costs) {
            return QString::fromStdString(text::costText(costs));
        };
        QCOMPARE(column({}), QStringLiteral("–"));
        QCOMPARE(column({record}), QStringLiteral("0.0200 EUR"));
        QCOMPARE(column({record, {"k8s", "EUR", 5, 1.5, 3.0}, {"aws", "USD", 5, 2, 4.0}}),
                 QStringLiteral("1.52 EUR + 2.00 USD"));
        QCOMPARE(column({{"desks", "EUR", 152.4, 0, {}}}), QStringLiteral("152 node-seconds"));
        QCOMPARE(
            QString::fromStdString(text::costSentence({record}, 10'000)),
            QStringLiteral("0.0200 EUR for 10 node-seconds of lab, 2.00 EUR per million pictures; energy not known"));
        QCOMPARE(QString::fromStdString(text::costSentence({{"k8s", "EUR", 5, 0, 3.0}}, 0)),
                 QStringLiteral("5 node-seconds of k8s, without a price; 3 J"));
    }

    void energyOfAHostIsCountedOnce()
    {
        RunCost cost;
        cost.observe(fleet({node(1, "a", 1000), node(2, "a", 40), node(3, "b", 7)}));
        QVERIFY(!cost.joules());
        cost.observe(fleet({node(1, "a", 1100), node(2, "a", 140), node(3, "b", 57)}));
        QCOMPARE(cost.joules().value_or(0), 150.0);
        // Whoever told of host a is gone: the other one goes on, and what it had counted before is not counted again.
        cost.observe(fleet({node(2, "a", 150), node(3, "b", 57)}));
        cost.observe(fleet({node(2, "a", 160), node(3, "b", 57)}));
        cost.observe(fleet({node(2, "a", 170), node(3, "b", 57)}));
        QCOMPARE(cost.joules().value_or(0), 160.0);
    }

    void anAgentThatStartsAnewCountsFromZero()
    {
        RunCost cost;
        cost.observe(fleet({node(1, "a", 1000)}));
        cost.observe(fleet({node(1, "a", 1200)}));
        cost.observe(fleet({node(1, "a", 3)}));
        cost.observe(fleet({node(1, "a", 13)}));
        QCOMPARE(cost.joules().value_or(0), 210.0);
    }

    /// A part of the energy would look like all of it.
    void aNodeWithoutACounterMakesItAbsent()
    {
        RunCost cost;
        NodeSnapshot silent = node(2, "b", 0);
        silent.energyReason = "this machine has no energy counter";
        cost.observe(fleet({node(1, "a", 1000), silent}));
        cost.observe(fleet({node(1, "a", 1200), silent}));
        QVERIFY(!cost.joules());
        QCOMPARE(cost.energyAbsence(), std::string("node-2: this machine has no energy counter"));
    }

    /// The agent that uses a GPU counts it; the others of its host know of the processors only.
    void aGpuIsCountedByWhoUsesIt()
    {
        RunCost cost;
        NodeSnapshot fast = node(3, "c", 0);
        fast.device = "cuda:0";
        cost.observe(fleet({fast})); // its counter begins a moment later
        QVERIFY(!cost.joules());
        QCOMPARE(cost.energyAbsence(), std::string("the energy of the GPU of node-3 is not measured"));
        fast.joules = 500;
        cost.observe(fleet({node(1, "c", 10), fast}));
        fast.joules = 900;
        cost.observe(fleet({node(1, "c", 20), fast}));
        QCOMPARE(cost.wholeJoules().value_or(0), 400.0);
        // A machine that counts its GPU alone: a part, and said to be.
        RunCost part;
        fast.energyReason = "this machine has no energy counter";
        part.observe(fleet({fast}));
        fast.joules = 1000;
        part.observe(fleet({fast}));
        QCOMPARE(part.joules().value_or(0), 100.0);
        QVERIFY(!part.wholeJoules());
        Profile profile;
        profile.name = "lab";
        QCOMPARE(
            QString::fromStdString(costText(part, profile, 1'000'000, RunCost::Clock::now())),
            QStringLiteral("0 node-seconds of lab, without a price; 100 J (0.00 kWh per million pictures), without "
                           "the processors of node-3: this machine has no energy counter"));
        QVERIFY(!costRecord(part, profile, RunCost::Clock::now()).joules);
    }

    /// Each may see its own GPU only: then the first one's counter is not the host's.
    void gpusOfSeveralAgentsOnOneHostAreNotKnown()
    {
        RunCost cost;
        NodeSnapshot first = node(1, "c", 10), second = node(2, "c", 10);
        first.device = second.device = "cuda:0";
        cost.observe(fleet({first, second}));
        first.joules = second.joules = 20;
        cost.observe(fleet({first, second}));
        cost.observe(fleet({first}));
        QVERIFY(!cost.joules());
        QCOMPARE(cost.energyAbsence(), std::string("several agents use GPUs of c"));
    }

    void whoDoesNotWorkForTheRunIsLeftOut()
    {
        RunCost cost;
        NodeSnapshot idle = node(2, "b", 10);
        idle.labelled = 0;
        idle.energyReason = "none";
        cost.observe(fleet({node(1, "a", 1), idle}));
        cost.observe(fleet({node(1, "a", 2), idle}));
        QCOMPARE(cost.joules().value_or(0), 1.0);
    }
};

QTEST_GUILESS_MAIN(CostTest)
#include "test_cost.moc"
