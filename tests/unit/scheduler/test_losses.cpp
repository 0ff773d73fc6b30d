// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that go away, hang, drain or pause.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

void TestLosses::lostItemsGoBackUncharged()
{
    Harness h;
    h.find(64);
    h.ready(1);
    h.step(NodeProgress{node(1), 2});
    const SendLease lease = h.leaseWith(0);
    h.answer(lease, 0);
    h.step(NodeGone{node(1)});
    const auto again = h.one<Redispatched>();
    QVERIFY(again);
    QCOMPARE(again->from.value, 1U);
    QCOMPARE(again->count, 31U);
    QCOMPARE(h.scheduler.counts().queued, 63U);
    QCOMPARE(h.scheduler.counts().redispatched, 31U);
    h.ready(2);
    h.answer(h.leaseWith(5), 5);
    QCOMPARE(h.one<AcceptResult>()->attempt, 1U);
    h.step(NodeGone{node(1)}); // gone already
    QVERIFY(h.last.empty());
}

void TestLosses::lateResultsOfALostNodeCount()
{
    Harness h(singles());
    h.find(2);
    h.ready(1);
    const SendLease lost = h.leaseWith(0);
    h.step(NodeGone{node(1)});
    h.answer(lost, 0); // while it is queued again
    QVERIFY(h.has<AcceptResult>());
    QCOMPARE(h.scheduler.counts().queued, 1U);
    h.ready(2);
    QCOMPARE(h.leaseFor(2)->items.front().value, 1U); // not given out any more
    h.answer(lost, 0);
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
}

void TestLosses::poisonIsTriedAloneAndThenEnds()
{
    Policy policy = unaudited();
    policy.firstChunkItems = 4;
    Harness h(policy);
    h.find(40);
    for (std::uint32_t loss = 1; loss <= 2; ++loss) {
        h.ready(loss);
        QVERIFY(h.leaseWith(0).items.size() > 1);
        h.step(NodeProgress{node(loss), 1}); // item 0 is in execution
        h.step(NodeGone{node(loss)});
        QVERIFY(!h.has<FailItem>());
    }
    h.ready(3);
    QCOMPARE(h.all<SendLease>().size(), 1U); // alone: nothing beside it
    QCOMPARE(h.leaseFor(3)->items, std::vector<ItemId>{ItemId(0)});
    h.ready(4);
    QVERIFY(h.leaseFor(4)->items.size() > 1);
    h.step(NodeGone{node(3)});
    const auto failed = h.one<FailItem>();
    QVERIFY(failed);
    QCOMPARE(failed->item.value, 0U);
    QCOMPARE(failed->error.code, ErrorCode::ItemPoison);
    QCOMPARE(failed->error.detail, std::string("lost in execution on node 1, node 2, node 3"));
}

/// A whole fleet that is preempted within a second: the same item comes back from one node after the other.
void TestLosses::whoLeavesInOrderLosesNothingInExecution()
{
    Harness h(singles());
    h.find(3);
    for (std::uint32_t leaving = 1; leaving <= 4; ++leaving) {
        h.ready(leaving);
        QCOMPARE(h.leaseWith(0).node.value, leaving);
        h.step(NodeProgress{node(leaving), 1});
        h.step(NodeGone{node(leaving), true});
        QVERIFY(!h.has<FailItem>());
    }
    h.ready(5);
    QVERIFY(!h.has<FailItem>());
    h.answer(h.leaseWith(0), 0);
    QVERIFY(h.has<AcceptResult>());
}

void TestLosses::poisonIsTriedOnAnotherNode()
{
    Harness h(singles());
    h.find(3);
    h.ready(1);
    for (int loss = 0; loss < 2; ++loss) {
        QCOMPARE(h.leaseWith(0).node.value, 1U);
        h.step(NodeProgress{node(1), 1});
        h.step(NodeGone{node(1)});
        if (loss == 1)
            h.ready(2);
        h.ready(1);
    }
    QCOMPARE(h.leaseWith(0).node.value, 2U); // lost twice on the first one: another decides
    h.answer(h.leaseWith(0), 0);
    QVERIFY(h.has<AcceptResult>());
}

void TestLosses::nothingFailsWhileNobodyIsOnline()
{
    Policy policy = singles();
    policy.newcomerTimeout = 5s;
    Harness h(policy);
    h.find(2);
    h.ready(1);
    h.answer(h.leaseWith(0), 0, {ErrorCode::BackendFailed, {}}); // excluded from the only node
    for (int loss = 0; loss < 3; ++loss) {
        h.step(NodeProgress{node(1), 1});
        h.step(NodeGone{node(1)}); // item 1: in execution each time
        QVERIFY(!h.has<FailItem>());
        h.waitLong(20s);
        QVERIFY(h.last.empty());
        h.ready(1);
    }
    QCOMPARE(h.one<FailItem>()->error.code, ErrorCode::ItemPoison); // somebody is there again
    h.waitLong(4s);
    QVERIFY(!h.has<FailItem>());
    h.waitLong(2s);
    QCOMPARE(h.one<FailItem>()->error.code, ErrorCode::BackendFailed);
}

void TestLosses::aLeaseTimesOut()
{
    Harness h;
    h.find(20);
    h.ready(1);
    h.ready(2);
    const SendLease lease = h.leaseWith(0);
    QCOMPARE(lease.node.value, 1U);
    h.step(NodeProgress{node(1), 2});
    for (int second = 0; second < 29; ++second) {
        h.wait(1s);
        QVERIFY(!h.has<NodeSuspectedHung>());
        for (std::size_t i = 0; i < h.leases.size(); ++i)
            if (const SendLease other = h.leases[i];
                other.node == node(2) && !h.scheduler.isSettled(other.items.front()))
                h.answerAll(other);
    }
    h.wait(1s);
    const auto hung = h.one<NodeSuspectedHung>();
    QVERIFY(hung);
    QCOMPARE(hung->node.value, 1U);
    QCOMPARE(hung->lease, lease.lease);
    QCOMPARE(h.scheduler.node(node(1)).leasedItems, 0U);
    QVERIFY(!h.leaseFor(1)); // nothing more until it is heard again
    QVERIFY(h.leaseFor(2));
    // What was in execution is charged, the rest is not.
    const SendLease second = h.leaseWith(0);
    QCOMPARE(second.node.value, 2U);
    h.answer(second, 0);
    QCOMPARE(h.one<AcceptResult>()->attempt, 2U);
    h.answer(h.leaseWith(2), 2);
    QCOMPARE(h.one<AcceptResult>()->attempt, 1U);
}

void TestLosses::aHeldUpStoreIsNobodysFault()
{
    Harness h;
    h.find(100);
    h.ready(1);
    const SendLease first = h.leaseWith(0);
    h.step(StoreHeldUp{true});
    h.waitLong(600s);
    QVERIFY(!h.has<NodeSuspectedHung>());
    QVERIFY(!h.has<FailItem>());
    QVERIFY(!h.has<SendLease>());
    // What still comes counts, and brings nothing new.
    h.answerAll(first);
    QVERIFY(h.scheduler.isSettled(first.items.front()));
    QVERIFY(!h.has<SendLease>());
    h.ready(2);
    QVERIFY(!h.has<SendLease>());

    h.step(StoreHeldUp{false});
    QVERIFY(h.leaseFor(1));
    QVERIFY(h.leaseFor(2));
    // From now on silence is one's own again.
    h.waitLong(29s);
    QVERIFY(!h.has<NodeSuspectedHung>());
    h.waitLong(2s);
    QVERIFY(h.has<NodeSuspectedHung>());
}

void TestLosses::bytesOnTheirWayKeepALeaseAlive()
{
    Harness h;
    h.find(16);
    h.ready(1);
    for (int i = 0; i < 20; ++i) {
        h.waitLong(25s);
        QVERIFY(!h.has<NodeSuspectedHung>());
        h.step(NodeTransfer{node(1)});
    }
    h.waitLong(31s);
    QVERIFY(h.has<NodeSuspectedHung>());
}

void TestLosses::resultsKeepALeaseAlive()
{
    Harness h;
    h.find(16);
    h.ready(1);
    const SendLease lease = h.leaseWith(0);
    for (const ItemId item : lease.items) {
        h.waitLong(25s);
        QVERIFY(!h.has<NodeSuspectedHung>());
        h.answer(lease, item.value);
    }
}

void TestLosses::theSecondLeaseWaitsItsTurn()
{
    Harness h;
    h.find(32);
    h.ready(1);
    QCOMPARE(h.all<SendLease>().size(), 2U);
    const SendLease first = h.leases[0], second = h.leases[1];
    h.waitLong(20s);
    h.answerAll(first);
    h.waitLong(20s);
    QVERIFY(!h.has<NodeSuspectedHung>()); // 40 s old, but only 20 s at the front
    h.waitLong(11s);
    QVERIFY(h.has<NodeSuspectedHung>());
    QCOMPARE(h.one<NodeSuspectedHung>()->lease, second.lease);
}

void TestLosses::drainingNodesFinishOnly()
{
    Harness h(singles());
    h.find(3);
    h.ready(1);
    h.step(NodeDrain{node(1)});
    QVERIFY(!h.has<TakeBack>());
    h.answer(h.leaseWith(0), 0);
    QVERIFY(h.has<AcceptResult>());
    QVERIFY(!h.has<SendLease>());
    h.wait(1s);
    QVERIFY(!h.has<SendLease>());
    h.step(NodeUndrain{node(1)});
    QVERIFY(h.leaseFor(1));
}

void TestLosses::drainingNowTakesBack()
{
    Harness h;
    h.find(64);
    h.ready(1);
    h.step(NodeDrain{node(1), true});
    const auto asked = h.all<TakeBack>();
    QCOMPARE(asked.size(), 2U);
    QCOMPARE(asked[0].lease, h.leases[1].lease); // newest first
    QCOMPARE(asked[0].maxItems, 16U);
    h.step(ItemsReturned{node(1), h.leases[1].lease, h.leases[1].items});
    QCOMPARE(h.scheduler.counts().queued, 48U);
    QCOMPARE(h.scheduler.counts().redispatched, 0U); // neither loss nor error
    h.ready(2);
    QVERIFY(h.leaseFor(2));
    h.step(ItemsReturned{node(1), h.leases[1].lease, h.leases[1].items}); // told twice
    QCOMPARE(h.scheduler.node(node(1)).leasedItems, 16U);
}

/// An agent that is about to end gives back whatever comes: until its beat says so, that is not done all the time.
void TestLosses::whatComesBackUnaskedIsNotSentAgainAtOnce()
{
    Harness h(singles());
    h.find(3);
    h.ready(1);
    h.step(ItemsReturned{node(1), h.leaseWith(0).lease, {ItemId(0)}});
    QCOMPARE(h.scheduler.counts().queued, 3U);
    QVERIFY(!h.has<SendLease>());
    h.wait(99ms);
    QVERIFY(!h.has<SendLease>());
    h.wait(1ms);
    QVERIFY(h.leaseFor(1));
    // What it was asked for is another matter.
    h.step(NodeDrain{node(1), true});
    h.step(NodeUndrain{node(1)});
    h.step(ItemsReturned{node(1), h.leaseWith(0).lease, {ItemId(0)}});
    QVERIFY(h.leaseFor(1));
}

/// And nothing of it is remembered: an agent that bounces leases for long must not fill the memory.
void TestLosses::whatWasGivenBackIsNotHeldAnyMore()
{
    Harness h(singles());
    h.find(1);
    h.ready(1);
    const SendLease first = h.leaseWith(0);
    h.step(NodeDrain{node(1)});
    h.step(ItemsReturned{node(1), first.lease, first.items});
    h.ready(2);
    QCOMPARE(h.leaseWith(0).node, node(2));
    h.answer(first, 0);
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.answer(h.leaseWith(0), 0);
    QVERIFY(h.has<AcceptResult>());
}

void TestLosses::aPauseGivesNothingOut()
{
    Harness h(singles());
    h.find(3);
    h.step(SetPaused{true});
    h.ready(1);
    QVERIFY(!h.has<SendLease>());
    h.wait(1s);
    QVERIFY(!h.has<SendLease>());
    h.step(SetPaused{false});
    QVERIFY(h.leaseFor(1));
    h.step(SetPaused{true});
    h.answer(h.leaseWith(0), 0); // what is out still comes back
    QVERIFY(h.has<AcceptResult>());
    QVERIFY(!h.has<SendLease>());
}
