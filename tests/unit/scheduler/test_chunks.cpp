// SPDX-License-Identifier: GPL-3.0-or-later
// How much a node gets.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

namespace {

/// Lets the nodes work at these speeds for a while (node i + 1 at speeds[i]), each lease taking its time.
void work(Harness& h, const std::vector<double>& speeds, Time length)
{
    struct Working
    {
        SendLease lease;
        std::size_t next = 0;
        Time due{0};
    };
    std::vector<std::vector<Working>> queues(speeds.size());
    std::size_t seen = 0;
    const auto take = [&] {
        for (; seen < h.leases.size(); ++seen)
            queues[h.leases[seen].node.value - 1].push_back({h.leases[seen]});
    };
    const auto interval = [&](std::size_t i) { return Time(static_cast<std::int64_t>(1e6 / speeds[i])); };
    std::vector<Time> free(speeds.size(), h.now);
    for (const Time end = h.now + length; h.now < end;) {
        take();
        h.now += 1ms;
        for (std::size_t i = 0; i < queues.size(); ++i) {
            while (!queues[i].empty() && free[i] + interval(i) <= h.now) {
                Working& front = queues[i].front();
                free[i] += interval(i);
                const SendLease lease = front.lease;
                const std::uint32_t item = lease.items[front.next++].value;
                if (front.next == lease.items.size())
                    queues[i].erase(queues[i].begin());
                h.answer(lease, item);
                take();
            }
        }
    }
}

} // namespace

void TestChunks::theFirstChunkIsSmall()
{
    Harness h;
    h.find(100'000);
    h.ready(1);
    QCOMPARE(h.leaseFor(1)->items.size(), 16U);
    h.ready(2, 10'000.0);                          // its own word is trusted for no more than a second
    QVERIFY(h.leaseFor(2)->items.size() >= 2000U); // 0.2 s
    QVERIFY(h.leaseFor(2)->items.size() <= 4096U);
}

void TestChunks::aSmallSetIsShared()
{
    Harness h;
    h.find(12);
    h.step(SetPaused{true});
    for (std::uint32_t i = 1; i <= 3; ++i)
        h.ready(i);
    h.step(SetPaused{false});
    for (std::uint32_t i = 1; i <= 3; ++i) {
        QVERIFY(h.leaseFor(i));
        QVERIFY(h.leaseFor(i)->items.size() <= 2U); // a third each, in two leases
    }
}

void TestChunks::chunksFollowTheMeasuredSpeed()
{
    Harness h;
    h.find(20'000);
    h.ready(1);
    h.ready(2);
    work(h, {400, 40}, 10s);
    const double fast = h.scheduler.node(node(1)).itemsPerSecond, slow = h.scheduler.node(node(2)).itemsPerSecond;
    QVERIFY2(fast > 370 && fast < 430, qPrintable(QString::number(fast)));
    QVERIFY2(slow > 37 && slow < 43, qPrintable(QString::number(slow)));
    // Within the longest chunk's four seconds, and in the ratio of the speeds.
    const auto fastChunk = h.scheduler.node(node(1)).newestChunk, slowChunk = h.scheduler.node(node(2)).newestChunk;
    QVERIFY(fastChunk > 1400 && fastChunk <= 1720);
    QVERIFY(slowChunk > 140 && slowChunk <= 172);
}

void TestChunks::chunksHaveLimits()
{
    Harness h;
    h.find(1'000'000);
    h.step(NodeLimit{node(1), 5});
    h.ready(1, 1e6);
    QCOMPARE(h.leaseFor(1)->items.size(), 5U);
    h.ready(2, 1e6);
    QCOMPARE(h.leaseFor(2)->items.size(), 4096U);
    h.step(NodeLimit{node(3), 0}); // nonsense is one
    h.ready(3);
    QCOMPARE(h.leaseFor(3)->items.size(), 1U);
}

void TestChunks::failingIsNoSpeed()
{
    Policy policy = unaudited();
    policy.breakerErrors = 1000;
    Harness h(policy);
    h.find(10'000);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 4; ++i) {
        h.now += 10ms;
        const SendLease lease = h.leases[h.leases.size() - 1];
        h.answerAll(lease, {ErrorCode::BackendFailed, {}});
    }
    for (const SendLease& lease : h.leases)
        QVERIFY(lease.items.size() <= 16);
}

void TestChunks::expectedEndFollowsTheSpeed()
{
    Harness h;
    h.find(1000);
    QCOMPARE(h.scheduler.expectedEnd(h.now), Time(0)); // unknown
    h.ready(1, 10.0);
    QCOMPARE(h.scheduler.expectedEnd(h.now), Time(100s));
    h.ready(2, 10.0);
    QCOMPARE(h.scheduler.expectedEnd(h.now), Time(50s));
    h.step(NodeGone{node(1)});
    QCOMPARE(h.scheduler.expectedEnd(h.now), Time(100s));
}

void TestChunks::chunksAreWholeBatches()
{
    Harness h;
    h.find(1000);
    h.step(NodeReady{node(1), 10.0, 4});
    QCOMPARE(h.leaseFor(1)->items.size(), 8U); // a second's work is ten
    h.step(NodeReady{node(2), 1.0, 4});
    QCOMPARE(h.leaseFor(2)->items.size(), 4U);
    h.step(NodeLimit{node(3), 3});
    h.step(NodeReady{node(3), 1.0, 4});
    QCOMPARE(h.leaseFor(3)->items.size(), 3U); // its memory allows no more
}

/// Half a batch each ends sooner than a whole one on one node.
void TestChunks::theLastItemsAreSpread()
{
    Harness h;
    h.find(6);
    h.step(SetPaused{true});
    h.step(NodeReady{node(1), 10.0, 8});
    h.step(NodeReady{node(2), 10.0, 8});
    h.step(SetPaused{false});
    QCOMPARE(h.leaseFor(1)->items.size(), 3U);
    QCOMPARE(h.leaseFor(2)->items.size(), 3U);
}
