// SPDX-License-Identifier: GPL-3.0-or-later
// Nodes that fail get a pause, items that fail do not cost a node anything.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

namespace {

const Error broken{ErrorCode::BackendFailed, "simulated"};
const Error corrupt{ErrorCode::ImgCorrupt, "simulated"};

/// Answers whatever the node holds (one item a lease).
void answerNode(Harness& h, std::uint32_t number, const Error& error)
{
    for (auto lease = h.leases.rbegin(); lease != h.leases.rend(); ++lease) {
        if (lease->node == node(number)) {
            const SendLease mine = *lease;
            h.answer(mine, mine.items.front().value, error);
            return;
        }
    }
    QFAIL("the node holds nothing");
}

} // namespace

void TestBreaker::threeErrorsInARowSetAside()
{
    Harness h(singles());
    h.find(20);
    h.ready(1);
    h.ready(2);
    answerNode(h, 1, broken);
    answerNode(h, 1, broken);
    QVERIFY(!h.has<SetAside>());
    answerNode(h, 1, broken);
    const auto aside = h.one<SetAside>();
    QVERIFY(aside);
    QCOMPARE(aside->node.value, 1U);
    QCOMPARE(aside->lastError, broken);
    QVERIFY(h.scheduler.node(node(1)).setAside);
    QVERIFY(!h.leaseFor(1));
    h.waitLong(29s);
    QVERIFY(!h.leaseFor(1));
}

void TestBreaker::aLabelBreaksTheRow()
{
    Harness h(singles());
    h.find(30);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 5; ++i) {
        answerNode(h, 1, broken);
        answerNode(h, 1, broken);
        QVERIFY(!h.has<SetAside>());
        answerNode(h, 1, labelled);
    }
}

void TestBreaker::aProbeRestores()
{
    Policy policy = unaudited();
    policy.firstChunkItems = 1;
    policy.credit = 1;
    Harness h(policy);
    h.find(100);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 3; ++i)
        answerNode(h, 1, broken);
    QVERIFY(h.scheduler.node(node(1)).setAside);
    h.waitLong(31s);
    const auto probe = h.leaseFor(1);
    QVERIFY(probe);
    QCOMPARE(probe->items.size(), 1U);
    QVERIFY(probe->items.front().value > 2); // not one of those that failed
    h.answer(*probe, probe->items.front().value);
    QVERIFY(h.has<Restored>());
    QVERIFY(h.has<AcceptResult>());
    QVERIFY(!h.scheduler.node(node(1)).setAside);
    QVERIFY(h.leaseFor(1));
}

void TestBreaker::aFailedProbePausesAgain()
{
    Harness h(singles());
    h.find(100);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 3; ++i)
        answerNode(h, 1, broken);
    for (int round = 0; round < 3; ++round) {
        h.waitLong(31s);
        QVERIFY(h.leaseFor(1));
        answerNode(h, 1, broken);
        QVERIFY(!h.has<SetAside>()); // told once
        QVERIFY(!h.leaseFor(1));
        h.waitLong(28s);
        QVERIFY(!h.leaseFor(1));
    }
}

void TestBreaker::theItemsOwnErrorsDoNotCount()
{
    Harness h(singles());
    h.find(30);
    h.ready(1);
    h.ready(2);
    // Each of these items fails on both nodes, one after the other.
    for (int i = 0; i < 6; ++i) {
        answerNode(h, 1, broken);
        QVERIFY(!h.has<SetAside>());
        answerNode(h, 2, labelled); // becomes free and gets the item that failed
        answerNode(h, 2, broken);
        QVERIFY(!h.has<SetAside>());
    }
}

void TestBreaker::anErrorThatProvesToBeTheItemsIsTakenBack()
{
    Harness h(singles());
    h.find(30);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 3; ++i)
        answerNode(h, 1, broken);
    QVERIFY(h.scheduler.node(node(1)).setAside);
    answerNode(h, 2, labelled);
    answerNode(h, 2, broken); // the same item fails here too: two are left, which is not enough
    QCOMPARE(h.one<Restored>()->node.value, 1U);
    QVERIFY(!h.scheduler.node(node(1)).setAside);
    QVERIFY(!h.scheduler.node(node(2)).setAside);
    answerNode(h, 1, broken); // the two still stand against it
    QVERIFY(h.scheduler.node(node(1)).setAside);
}

void TestBreaker::contradictedVerdictsCount()
{
    Harness h(singles());
    h.find(60);
    h.ready(1);
    h.ready(2);
    bool aside = false;
    for (int i = 0; i < 3; ++i) {
        answerNode(h, 1, corrupt);
        answerNode(h, 2, labelled);
        answerNode(h, 2, labelled); // the item that the first one called corrupt
        aside = h.has<SetAside>();
        QCOMPARE(aside, i == 2);
    }
    QCOMPARE(h.one<SetAside>()->node.value, 1U);
    QCOMPARE(h.one<SetAside>()->lastError, corrupt);
}

void TestBreaker::badPicturesSetNobodyAside()
{
    Harness h(singles());
    h.find(40);
    h.ready(1);
    h.ready(2);
    while (h.scheduler.counts().settled < 40) {
        const std::vector<SendLease> leases = h.leases;
        h.leases.clear();
        QVERIFY(!leases.empty());
        for (const SendLease& lease : leases) {
            h.answerAll(lease, corrupt);
            QVERIFY(!h.has<SetAside>());
        }
    }
}

void TestBreaker::aNodeThatReturnsIsStillAside()
{
    Harness h(singles());
    h.find(60);
    h.ready(1);
    h.ready(2);
    for (int i = 0; i < 3; ++i)
        answerNode(h, 1, broken);
    h.step(NodeGone{node(1)});
    h.ready(1);
    QVERIFY(!h.leaseFor(1));
    QVERIFY(h.scheduler.node(node(1)).setAside);
    h.waitLong(31s);
    QVERIFY(h.leaseFor(1));
}
