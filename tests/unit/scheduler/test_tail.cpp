// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a run: nothing waits, somebody is idle.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

namespace {

/// Node 1 holds everything there is, 20 items at 10 a second; nobody else was there in time.
Harness oneHoldsAll()
{
    Policy policy = unaudited();
    policy.minChunk = 10s;
    policy.maxChunk = 10s;
    policy.firstChunkItems = 20;
    policy.credit = 1;
    Harness h(policy);
    h.step(ItemsFound{ItemId(0), 20});
    h.ready(1, 20.0);
    h.step(ScanFinished{});
    return h;
}

} // namespace

void TestTail::idleNodesTakeFromTheLongest()
{
    Harness h = oneHoldsAll();
    QCOMPARE(h.scheduler.node(node(1)).leasedItems, 20U);
    const SendLease lease = h.leases[0];
    h.step(NodeProgress{node(1), 1});
    h.ready(2, 20.0);
    const auto asked = h.one<TakeBack>();
    QVERIFY(asked);
    QCOMPARE(asked->node.value, 1U);
    QCOMPARE(asked->lease, lease.lease);
    QCOMPARE(asked->maxItems, 10U); // half of it
    h.now += 10ms;
    h.step(ItemsReturned{node(1), lease.lease, {lease.items.end() - 10, lease.items.end()}});
    QVERIFY(h.leaseFor(2));
    QCOMPARE(h.leaseFor(2)->items.size(), 10U);
    QCOMPARE(h.scheduler.counts().redispatched, 0U);
    QVERIFY(!h.has<TakeBack>());
}

void TestTail::nothingIsTakenWithoutGain()
{
    Harness h = oneHoldsAll();
    h.step(NodeProgress{node(1), 1});
    h.ready(2, 0.5); // two seconds an item: the other is through by then
    QVERIFY(!h.has<TakeBack>());
    Harness all = oneHoldsAll();
    all.step(NodeProgress{node(1), 20}); // everything has been started
    all.ready(2, 1000.0);
    QVERIFY(!all.has<TakeBack>());
}

void TestTail::aSlowNodeGetsNoLastItem()
{
    Policy policy = unaudited();
    policy.credit = 1;
    Harness h(policy);
    h.step(ItemsFound{ItemId(0), 100});
    h.step(ScanFinished{});
    h.step(SetPaused{true});
    h.ready(1, 0.1);
    h.ready(2, 1000.0);
    h.step(SetPaused{false});
    QVERIFY(!h.leaseFor(1)); // ten seconds an item, where the other needs a tenth of one for all
    QVERIFY(h.leaseFor(2));
}

void TestTail::onlySuspectsAreDuplicated()
{
    Harness h = oneHoldsAll();
    h.step(NodeProgress{node(1), 20});
    h.ready(2, 20.0);
    QVERIFY(!h.has<SendLease>());
    h.now += 100ms;
    h.step(NodeSuspect{node(1), true});
    const auto twice = h.leaseFor(2);
    QVERIFY(twice);
    QVERIFY(!twice->items.empty());
    QCOMPARE(h.scheduler.counts().leased, 20U); // an item that is out twice counts once
    h.now += 100ms;
    h.ready(3, 20.0);
    for (const SendLease& lease : h.all<SendLease>())
        for (const ItemId item : lease.items)
            QVERIFY(std::ranges::find(twice->items, item) == twice->items.end()); // never three times
}

void TestTail::theFirstOfTwoAnswersCounts()
{
    Harness h = oneHoldsAll();
    const SendLease first = h.leases[0];
    h.step(NodeProgress{node(1), 20});
    h.ready(2, 20.0);
    h.now += 100ms;
    h.step(NodeSuspect{node(1), true});
    const SendLease second = *h.leaseFor(2);
    const std::uint32_t a = second.items[0].value, b = second.items[1].value;
    h.answer(second, a);
    QVERIFY(h.has<AcceptResult>());
    h.step(NodeSuspect{node(1), false});
    h.answer(first, a);
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
    h.answer(first, b);
    QVERIFY(h.has<AcceptResult>());
    h.answer(second, b);
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
    h.step(NodeGone{node(1)}); // the other still holds its part
    for (const ItemId item : second.items)
        QVERIFY(h.scheduler.isSettled(item) || h.leaseWith(item.value).node == node(2));
    QCOMPARE(h.scheduler.counts().duplicates, 2U);
}

void TestTail::anUnansweredTakeBackIsRepeated()
{
    Harness h = oneHoldsAll();
    h.step(NodeProgress{node(1), 1});
    h.ready(2, 20.0);
    QVERIFY(h.has<TakeBack>());
    h.waitLong(2900ms);
    QVERIFY(!h.has<TakeBack>());
    h.waitLong(200ms);
    QVERIFY(h.has<TakeBack>());
    h.step(ItemsReturned{node(1), h.leases[0].lease, {}}); // it has started them all
    QVERIFY(!h.has<TakeBack>());
    h.waitLong(900ms);
    QVERIFY(!h.has<TakeBack>());
}
