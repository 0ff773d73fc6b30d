// SPDX-License-Identifier: GPL-3.0-or-later
// Second opinions. What answers say is the test's to decide, as it is the engine's.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

#include <set>

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

namespace {

/// Every label is audited. One item a lease, one lease a node.
Policy audited()
{
    Policy policy = singles();
    policy.auditShare = 1;
    return policy;
}

/// Items 0 … of which node 1 labels the first; its second opinion is with node 2.
struct Audited : Harness
{
    explicit Audited(std::uint32_t nodes, std::uint32_t items = 8) : Harness(audited())
    {
        find(items);
        for (std::uint32_t number = 1; number <= nodes; ++number)
            ready(number);
        // Node 2 has item 1: it gets the second opinion on item 0 once that is answered.
        answer(leaseWith(0), 0);
        accepted = one<AcceptResult>();
    }
    void compare(std::uint32_t number, std::uint32_t item, std::vector<NodeId> against)
    {
        step(AuditCompared{node(number), ItemId(item), std::move(against)});
    }
    /// Node `number` finishes what it has and is asked about item 0.
    SendLease askedNext(std::uint32_t number)
    {
        for (int i = 0; i < 8; ++i) {
            const SendLease lease = latestFor(number);
            if (lease.items == std::vector{ItemId(0)})
                return lease;
            answer(lease, lease.items.front().value);
            if (has<CompareResult>())
                compare(number, lease.items.front().value, {});
        }
        return {};
    }
    SendLease latestFor(std::uint32_t number) const
    {
        for (auto lease = leases.rbegin(); lease != leases.rend(); ++lease)
            if (lease->node == node(number))
                return *lease;
        return {};
    }
    std::optional<AcceptResult> accepted;
};

} // namespace

void TestAudit::aSecondNodeIsAskedAndNoRowChanges()
{
    Audited h(2);
    QVERIFY(h.accepted && h.accepted->audit);
    const SendLease again = h.askedNext(2);
    QCOMPARE(again.node, node(2));
    h.answer(again, 0);
    const auto compare = h.one<CompareResult>();
    QVERIFY(compare && compare->node == node(2) && compare->item == ItemId(0));
    QVERIFY(!h.has<AcceptResult>() && !h.has<RejectResult>());
    const auto audited = h.scheduler.counts().audited;
    h.compare(2, 0, {});
    QCOMPARE(h.one<AuditEnded>()->verdict, AuditEnded::Verdict::Agreed);
    QCOMPARE(h.scheduler.counts().audited, audited + 1);
    QCOMPARE(h.scheduler.counts().disputed, 0U);
    h.answer(again, 0); // the same once more
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
}

void TestAudit::aThirdNodeDecides()
{
    Audited h(3);
    const SendLease second = h.askedNext(2);
    h.answer(second, 0);
    h.compare(2, 0, {node(1)});
    QCOMPARE(h.scheduler.counts().disputed, 1U);
    QVERIFY(!h.has<AuditEnded>());
    const SendLease third = h.askedNext(3);
    QCOMPARE(third.node, node(3));
    h.answer(third, 0);
    QVERIFY(h.has<CompareResult>());
    h.compare(3, 0, {node(1)});
    const auto ended = h.one<AuditEnded>();
    QVERIFY(ended && ended->verdict == AuditEnded::Verdict::Outvoted);
    QCOMPARE(ended->node, node(1));
    QVERIFY(!h.scheduler.node(node(1)).setAside); // once is not enough
}

void TestAudit::withTwoNodesADisputeStands()
{
    Audited h(2);
    h.answer(h.askedNext(2), 0);
    h.compare(2, 0, {node(1)});
    QCOMPARE(h.one<AuditEnded>()->verdict, AuditEnded::Verdict::Disputed);
    QVERIFY(!h.has<SetAside>());
}

void TestAudit::nobodyIsBlamedWhereAllThreeDiffer()
{
    Audited h(3);
    h.answer(h.askedNext(2), 0);
    h.compare(2, 0, {node(1)});
    h.answer(h.askedNext(3), 0);
    h.compare(3, 0, {node(1), node(2)});
    QCOMPARE(h.one<AuditEnded>()->verdict, AuditEnded::Verdict::Disputed);
}

/// One in ten of its labels is wrong, and 2 % of all are audited: it is found out, and comes back after a pause.
void TestAudit::whoAnswersWronglyIsSetAside()
{
    Policy policy;
    policy.credit = 1;
    policy.maxChunkItems = 4;
    policy.auditSeed = 42;
    policy.breakerPause = 2s;
    Harness h(policy);
    constexpr std::uint32_t items = 10'000, liar = 2;
    h.find(items);
    for (std::uint32_t number = 1; number <= 4; ++number)
        h.ready(number);
    const auto isWrong = [](NodeId who, ItemId item) { return who == node(liar) && item.value % 10 == 3; };
    std::map<std::uint32_t, std::vector<NodeId>> heard;
    std::set<std::uint32_t> outvoted;
    std::size_t done = 0;
    bool aside = false, back = false;
    while (done < h.leases.size() && !back) {
        const SendLease lease = h.leases[done++];
        h.wait(10ms); // pauses end on ticks
        for (const ItemId item : lease.items) {
            h.answer(lease, item.value);
            const auto note = [&] {
                for (const AuditEnded& ended : h.all<AuditEnded>())
                    if (ended.verdict == AuditEnded::Verdict::Outvoted)
                        outvoted.insert(ended.node.value);
                aside = aside || h.has<SetAside>();
                back = back || h.has<Restored>();
            };
            note();
            std::vector<NodeId>& earlier = heard[item.value];
            if (h.has<CompareResult>()) {
                std::vector<NodeId> against;
                for (const NodeId other : earlier)
                    if (isWrong(other, item) != isWrong(lease.node, item))
                        against.push_back(other);
                h.step(AuditCompared{lease.node, item, against});
                note();
            }
            earlier.push_back(lease.node);
        }
        if (aside && done == h.leases.size())
            h.wait(10s);
    }
    QVERIFY(aside);
    QVERIFY(back);
    QCOMPARE(outvoted, std::set<std::uint32_t>{liar});
}

void TestAudit::lostOpinionsAreAskedForElsewhere()
{
    Audited h(3, 20);
    const SendLease second = h.askedNext(2);
    h.step(NodeProgress{node(2), 0});
    h.step(NodeDrain{node(2), true});
    h.step(ItemsReturned{node(2), second.lease, second.items});
    QCOMPARE(h.askedNext(3).items, std::vector{ItemId(0)});
    h.step(NodeGone{node(3)}); // while it works on it: a sample less
    const auto ended = h.all<AuditEnded>();
    QVERIFY(std::ranges::any_of(ended, [](const AuditEnded& e) { return e.item == ItemId(0); }));
}

void TestAudit::theRunDoesNotWaitForLong()
{
    Audited h(2, 3);
    const SendLease second = h.askedNext(2);
    QCOMPARE(second.items, std::vector{ItemId(0)});
    h.answer(h.leaseWith(2), 2);
    QCOMPARE(h.scheduler.counts().settled, 3U);
    QVERIFY(!h.has<AllSettled>());
    h.waitLong(Policy().auditPatience + 1s);
    QVERIFY(h.has<AllSettled>());
    QVERIFY(h.has<AuditEnded>());
}

void TestAudit::aSingleNodeIsNotAudited()
{
    Audited h(1);
    QVERIFY(h.accepted && !h.accepted->audit);
}

void TestAudit::theShareIsKept()
{
    Policy policy;
    policy.auditSeed = 7;
    Harness h(policy);
    constexpr std::uint32_t items = 100'000;
    h.step(ItemsFound{ItemId(0), items});
    h.ready(1, 1000);
    h.ready(2, 1000);
    std::uint32_t audited = 0;
    for (std::size_t done = 0; done < h.leases.size() && h.scheduler.counts().settled < 3'000; ++done) {
        h.now += 1ms;
        for (const ItemId item : SendLease(h.leases[done]).items) {
            h.answer(h.leases[done], item.value);
            if (const auto accepted = h.one<AcceptResult>())
                audited += accepted->audit;
        }
    }
    QVERIFY2(audited > 30 && audited < 90, std::to_string(audited).c_str());
}

/// Nearly everything is given out at once: there is no queue while the labels come.
void TestAudit::aFleetLargeForItsDataIsAudited()
{
    Policy policy;
    policy.auditSeed = 7;
    policy.auditShare = 0.1;
    Harness h(policy);
    h.find(96);
    for (std::uint32_t number = 1; number <= 8; ++number)
        h.ready(number);
    QVERIFY(h.scheduler.counts().queued < 10);
    std::uint32_t drawn = 0;
    for (std::size_t done = 0; done < h.leases.size() && !h.has<AllSettled>(); ++done) {
        h.now += 1ms;
        const SendLease lease = h.leases[done];
        for (const ItemId item : lease.items) {
            h.answer(lease, item.value);
            if (const auto accepted = h.one<AcceptResult>())
                drawn += accepted->audit;
            if (h.has<CompareResult>())
                h.step(AuditCompared{lease.node, item, {}});
        }
    }
    QVERIFY(h.has<AllSettled>());
    QVERIFY2(drawn >= 4 && drawn <= 20, std::to_string(drawn).c_str());
    QCOMPARE(h.scheduler.counts().audited, std::uint64_t(drawn));
}
