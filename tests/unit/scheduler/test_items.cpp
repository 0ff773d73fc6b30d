// SPDX-License-Identifier: GPL-3.0-or-later
// Each item goes out, comes back and is settled exactly once.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

#include <malloc.h>

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

void TestItems::leasesRiseAndFollowItemOrder()
{
    Harness h({}, 500);
    h.find(100);
    h.ready(1);
    h.ready(2);
    std::uint64_t lastLease = 499;
    std::uint32_t nextItem = 0;
    while (h.scheduler.counts().settled < 100) {
        const std::vector<SendLease> leases = h.leases;
        for (const SendLease& lease : leases) {
            if (lease.lease.value <= lastLease)
                continue;
            QCOMPARE(lease.lease.value, lastLease + 1);
            lastLease = lease.lease.value;
            for (const ItemId item : lease.items)
                QCOMPARE(item.value, nextItem++);
            h.now += 100ms;
            h.answerAll(lease);
        }
    }
    QCOMPARE(nextItem, 100U);
}

void TestItems::aNodeHoldsNoMoreThanItsCredit()
{
    Harness h;
    h.find(1000);
    h.ready(1);
    QCOMPARE(h.all<SendLease>().size(), 2U);
    QCOMPARE(h.scheduler.node(node(1)).leasedItems, 32U);
    QCOMPARE(h.scheduler.node(node(1)).newestChunk, 16U);
    h.now += 1s;
    const SendLease first = h.leases[0];
    for (std::uint32_t i = 0; i + 1 < first.items.size(); ++i) {
        h.answer(first, first.items[i].value);
        QVERIFY(!h.has<SendLease>());
    }
    h.answer(first, first.items.back().value);
    QCOMPARE(h.all<SendLease>().size(), 1U);
}

void TestItems::aResultIsAcceptedOnce()
{
    Harness h;
    h.find(4);
    h.ready(1);
    const SendLease lease = h.leaseWith(0);
    h.answer(lease, 0);
    const auto accepted = h.one<AcceptResult>();
    QVERIFY(accepted);
    QCOMPARE(accepted->node.value, 1U);
    QCOMPARE(accepted->item.value, 0U);
    QCOMPARE(accepted->attempt, 1U);
    QVERIFY(h.scheduler.isSettled(ItemId(0)));
    QVERIFY(!h.scheduler.isSettled(ItemId(1)));
    h.answer(lease, 0);
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
    h.answer(lease, 0, {ErrorCode::ImgCorrupt, {}});
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
    QCOMPARE(h.scheduler.counts().duplicates, 2U);
    QCOMPARE(h.scheduler.counts().settled, 1U);
}

void TestItems::foreignResultsAreRefused()
{
    Harness h(singles());
    h.find(10);
    h.ready(1);
    h.ready(2);
    const SendLease first = h.leaseWith(0), second = h.leaseWith(1);
    h.step(ResultArrived{node(2), first.lease, ItemId(0), labelled}); // another node's lease
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(2), second.lease, ItemId(0), labelled}); // an item that is not in it
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(2), second.lease, ItemId(7), labelled}); // queued
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(2), LeaseId(99), ItemId(0), labelled}); // a lease that never was
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(2), LeaseId(0), ItemId(0), labelled});
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(1), first.lease, ItemId(10), labelled}); // an item that never was
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.step(ResultArrived{node(3), first.lease, ItemId(0), labelled}); // a node that never was
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    h.answer(first, 0);
    h.step(ResultArrived{node(2), second.lease, ItemId(0), labelled}); // settled by somebody else
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
    QCOMPARE(h.scheduler.counts().foreign, 8U);
    QCOMPARE(h.scheduler.counts().settled, 1U);
}

void TestItems::resultsOfEarlierSessions()
{
    Harness h(singles(), 100);
    h.find(3);
    h.step(ItemsSettled{{ItemId(2)}});
    h.ready(1);
    h.step(ResultArrived{node(1), LeaseId(42), ItemId(2), labelled});
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
    h.step(ResultArrived{node(1), LeaseId(42), ItemId(1), labelled}); // nothing here knows whether it was given
    QVERIFY(h.wasRejected(RejectResult::Why::Foreign));
}

void TestItems::theEndIsToldOnce()
{
    Harness h;
    h.step(ItemsFound{ItemId(0), 2});
    h.ready(1);
    const SendLease lease = h.leaseWith(0), other = h.leaseWith(1);
    h.answer(lease, 0);
    h.answer(other, 1);
    QVERIFY(!h.has<AllSettled>()); // the scan may find more
    h.step(ScanFinished{});
    QVERIFY(h.has<AllSettled>());
    h.wait(1s);
    QVERIFY(!h.has<AllSettled>());
}

void TestItems::anEmptyDataSetEnds()
{
    Harness h;
    h.step(ScanFinished{});
    QVERIFY(h.has<AllSettled>());
}

void TestItems::settledItemsAreNotGivenOut()
{
    Harness h;
    h.ready(1);
    h.step(ItemsFound{ItemId(0), 20});
    QVERIFY(!h.has<SendLease>()); // what follows may say that they are settled
    std::vector<ItemId> settled;
    for (std::uint32_t i = 0; i < 20; i += 2)
        settled.emplace_back(i);
    h.step(ItemsSettled{settled});
    QVERIFY(!h.has<SendLease>());
    h.step(ScanFinished{});
    QVERIFY(h.has<SendLease>());
    for (const SendLease& lease : h.all<SendLease>())
        for (const ItemId item : lease.items)
            QVERIFY(item.value % 2 == 1);
    QCOMPARE(h.scheduler.counts().total, 20U);
    QCOMPARE(h.scheduler.counts().settled, 10U);
}

void TestItems::settledItemsMayBeToldAhead()
{
    Harness h;
    h.ready(1);
    h.step(ItemsSettled{{ItemId(0), ItemId(1), ItemId(2)}});
    QVERIFY(h.scheduler.isSettled(ItemId(1)));
    h.find(4);
    QCOMPARE(h.scheduler.counts().settled, 3U);
    QCOMPARE(h.leaseWith(3).items.size(), 1U);
    h.answer(h.leaseWith(3), 3);
    QVERIFY(h.has<AllSettled>());
}

void TestItems::aSettledItemIsOwedByNobody()
{
    Harness h;
    h.find(2);
    h.ready(1);
    const SendLease lease = h.leaseWith(0);
    h.step(ItemsSettled{{ItemId(0), ItemId(1)}}); // could not be read: never sent
    QVERIFY(h.has<AllSettled>());
    QCOMPARE(h.scheduler.node(node(1)).leasedItems, 0U);
    h.waitLong(60s);
    QVERIFY(!h.has<NodeSuspectedHung>());
    h.answer(lease, 0); // sent after all
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
}

void TestItems::aLeaseThatWasNotSentComesBack()
{
    Harness h(singles());
    h.find(2);
    h.ready(1);
    const SendLease lease = h.leaseWith(0);
    h.step(LeaseNotSent{node(1), lease.lease});
    QVERIFY(!h.has<SendLease>()); // not again at once
    QCOMPARE(h.scheduler.counts().queued, 2U);
    QCOMPARE(h.scheduler.counts().redispatched, 0U);
    h.wait(100ms);
    const auto again = h.leaseFor(1);
    QVERIFY(again);
    QCOMPARE(again->items.front().value, 0U);
    QVERIFY(again->lease > lease.lease);
    h.answer(lease, 0); // a part had left before the link was full
    QVERIFY(h.has<AcceptResult>());
    h.answer(*again, 0);
    QVERIFY(h.wasRejected(RejectResult::Why::Duplicate));
}

void TestItems::aCopyGoesTheSameWay()
{
    Harness h;
    h.find(50);
    h.ready(1);
    h.ready(2);
    Scheduler copy = h.scheduler;
    const SendLease lease = h.leaseWith(0);
    h.answerAll(lease);
    QCOMPARE(copy.counts().settled, 0U);
    std::vector<Action> last;
    for (const ItemId item : lease.items)
        last = copy.step(ResultArrived{lease.node, lease.lease, item, labelled}, h.now);
    QCOMPARE(last.size(), h.last.size());
    QCOMPARE(copy.counts().settled, h.scheduler.counts().settled);
    QVERIFY(copy.checkInvariants().empty());
}

void TestItems::aMillionItems()
{
    constexpr std::uint32_t count = 1'000'000;
    const std::size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    Scheduler scheduler;
    scheduler.step(ItemsFound{ItemId(0), count}, Time(0));
    scheduler.step(ScanFinished{}, Time(0));
    std::vector<SendLease> open;
    const auto take = [&open](const std::vector<Action>& actions) {
        for (const Action& action : actions)
            if (const auto* lease = std::get_if<SendLease>(&action))
                open.push_back(*lease);
    };
    for (std::uint32_t i = 1; i <= 10; ++i)
        take(scheduler.step(NodeReady{node(i), 5000.0}, Time(0)));
    Time now{0};
    std::size_t most = 0;
    for (std::size_t i = 0; i < open.size(); ++i) {
        now += 20ms;
        const SendLease lease = open[i];
        open[i].items = {};
        for (const ItemId item : lease.items)
            take(scheduler.step(ResultArrived{lease.node, lease.lease, item, labelled}, now));
        if (i % 64 == 0)
            most = std::max<std::size_t>(most, mallinfo2().uordblks + mallinfo2().hblkhd);
    }
    QCOMPARE(scheduler.counts().settled, std::uint64_t{count});
    const double perItem = most > before ? static_cast<double>(most - before) / count : 0;
    qInfo("%.1f bytes an item, leases held by the test included", perItem);
    QVERIFY2(perItem < 16, qPrintable(QString::number(perItem)));
    QVERIFY(scheduler.checkInvariants().empty());
}
