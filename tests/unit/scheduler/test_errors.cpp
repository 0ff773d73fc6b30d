// SPDX-License-Identifier: GPL-3.0-or-later
// Item errors need two nodes, node errors are tried elsewhere.
#include "tests/unit/scheduler/harness.h"
#include "tests/unit/scheduler/tests.h"

using namespace vitfleet;
using namespace vitfleet::app::scheduler;

void TestErrors::itemErrorsNeedTwoNodes_data()
{
    QTest::addColumn<int>("number");
    for (const ErrorInfo& entry : allErrors())
        if (entry.kind == ErrorKind::Item)
            QTest::newRow(std::string(entry.name).c_str()) << static_cast<int>(entry.code);
}

void TestErrors::itemErrorsNeedTwoNodes()
{
    QFETCH(const int, number);
    const Error error{static_cast<ErrorCode>(number), "as seen here"};
    Harness h(singles());
    h.find(3);
    h.ready(1);
    h.ready(2);
    h.answer(h.leaseWith(0), 0, error);
    QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    QVERIFY(h.leaseFor(1));
    QVERIFY(h.leaseFor(1)->items.front().value != 0); // not to the same node again
    h.answer(h.leaseWith(1), 1);                      // the other node becomes free
    const auto second = h.leaseFor(2);
    QVERIFY(second);
    QCOMPARE(second->items.front().value, 0U);
    h.answer(*second, 0, error);
    const auto accepted = h.one<AcceptResult>();
    QVERIFY(accepted);
    QCOMPARE(accepted->node.value, 2U);
    QCOMPARE(accepted->attempt, 2U);
    QCOMPARE(h.scheduler.counts().redispatched, 1U);
}

void TestErrors::aLoneVerdictIsFinal()
{
    Harness h(singles());
    h.find(2);
    h.ready(1);
    h.answer(h.leaseWith(0), 0, {ErrorCode::ImgFormat, {}});
    QVERIFY(h.has<AcceptResult>()); // nobody could contradict
    // A node that takes no work is no second node.
    h.ready(2);
    h.step(NodeDrain{node(2)});
    h.answer(h.leaseWith(1), 1, {ErrorCode::ImgFormat, {}});
    QVERIFY(h.has<AcceptResult>());
}

void TestErrors::aVerdictIsFinalWhenTheOthersLeave()
{
    Harness h(singles());
    h.find(3);
    h.ready(1);
    h.ready(2);
    h.answer(h.leaseWith(0), 0, {ErrorCode::ImgTruncated, "at byte 7"});
    QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    h.step(NodeGone{node(2)});
    const auto failed = h.one<FailItem>();
    QVERIFY(failed);
    QCOMPARE(failed->item.value, 0U);
    QCOMPARE(failed->error, (Error{ErrorCode::ImgTruncated, "at byte 7"}));
    QCOMPARE(failed->attempt, 1U);
}

void TestErrors::theLabelWins()
{
    Harness h(singles());
    h.find(4);
    h.ready(1);
    h.ready(2);
    h.answer(h.leaseWith(0), 0, {ErrorCode::ImgCorrupt, {}});
    h.answer(h.leaseWith(1), 1);
    const SendLease second = h.leaseWith(0);
    QCOMPARE(second.node.value, 2U);
    h.answer(second, 0);
    const auto accepted = h.one<AcceptResult>();
    QVERIFY(accepted);
    QCOMPARE(accepted->node.value, 2U);
    QVERIFY(!h.has<FailItem>());
}

void TestErrors::aRepeatedVerdictIsNoSecondOne()
{
    Harness h(singles());
    h.find(4);
    h.ready(1);
    h.ready(2);
    const SendLease first = h.leaseWith(0);
    h.answer(first, 0, {ErrorCode::ImgCorrupt, {}});
    h.answer(first, 0, {ErrorCode::ImgCorrupt, {}});
    QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    QVERIFY(!h.scheduler.isSettled(ItemId(0)));
    h.answer(h.leaseWith(1), 1);
    QCOMPARE(h.leaseWith(0).node.value, 2U);
    h.answer(first, 0, {ErrorCode::ImgCorrupt, {}}); // while the other one works on it
    QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    QVERIFY(!h.scheduler.isSettled(ItemId(0)));
}

void TestErrors::nodeErrorsAreTriedElsewhere()
{
    Harness h(singles());
    h.find(1);
    for (std::uint32_t i = 1; i <= 4; ++i)
        h.ready(i);
    const char* messages[] = {"out of memory", "driver lost", "not finite"};
    for (std::uint32_t attempt = 0; attempt < 3; ++attempt) {
        const SendLease lease = h.leaseWith(0);
        QCOMPARE(lease.node.value, attempt + 1);
        h.answer(lease, 0, {ErrorCode::BackendFailed, messages[attempt]});
        QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    }
    const auto failed = h.one<FailItem>();
    QVERIFY(failed);
    QCOMPARE(failed->error.code, ErrorCode::BackendFailed);
    QCOMPARE(failed->attempt, 3U);
    for (const char* message : messages)
        QVERIFY(failed->error.detail.find(message) != std::string::npos);
    QCOMPARE(failed->error.detail, std::string("node 1: E_BACKEND out of memory; node 2: E_BACKEND driver lost; "
                                               "node 3: E_BACKEND not finite"));
    QVERIFY(h.has<AllSettled>());
}

void TestErrors::noNodeIsLeft()
{
    Harness h(singles());
    h.find(1);
    h.ready(1);
    h.answer(h.leaseWith(0), 0, {ErrorCode::NodeIo, "/mnt: stale handle"});
    QVERIFY(!h.has<FailItem>());
    h.waitLong(4s);
    QVERIFY(!h.has<FailItem>());
    h.waitLong(2s);
    const auto failed = h.one<FailItem>();
    QVERIFY(failed);
    QCOMPARE(failed->error.code, ErrorCode::NodeIo);
    QVERIFY(failed->error.detail.find("stale handle") != std::string::npos);
    QVERIFY(h.has<AllSettled>());
}

void TestErrors::aGoneNodeMayComeBackInTime()
{
    Harness h(singles());
    h.find(1);
    h.ready(1);
    h.ready(2);
    h.step(NodeGone{node(2)});
    h.answer(h.leaseWith(0), 0, {ErrorCode::BackendFailed, {}});
    h.waitLong(limits::eligibleNodeTimeout - 5s);
    h.ready(2);
    QCOMPARE(h.leaseFor(2)->items.front().value, 0U);
    h.step(NodeGone{node(2)});
    h.waitLong(limits::eligibleNodeTimeout - 5s); // it begins anew
    QVERIFY(!h.has<FailItem>());
    h.ready(2);
    h.answer(h.leaseWith(0), 0);
    const auto accepted = h.one<AcceptResult>();
    QVERIFY(accepted);
    QCOMPARE(accepted->attempt, 2U);
}

void TestErrors::aGoneNodeIsNotWaitedForLonger()
{
    Harness h(singles());
    h.find(1);
    h.ready(1);
    h.ready(2);
    h.step(NodeGone{node(2)});
    h.answer(h.leaseWith(0), 0, {ErrorCode::BackendFailed, "driver lost"});
    h.waitLong(limits::eligibleNodeTimeout - 100ms);
    QVERIFY(!h.has<FailItem>());
    h.waitLong(200ms);
    const auto failed = h.one<FailItem>();
    QVERIFY(failed);
    QCOMPARE(failed->error.code, ErrorCode::BackendFailed);
    QVERIFY(failed->error.detail.find("driver lost") != std::string::npos);
}

void TestErrors::otherKindsOfErrorsAreTheNodes()
{
    Harness h(singles());
    h.find(1);
    h.ready(1);
    h.ready(2);
    h.answer(h.leaseWith(0), 0, {ErrorCode::Internal, {}});
    QVERIFY(h.wasRejected(RejectResult::Why::TriedElsewhere));
    h.answer(h.leaseWith(0), 0);
    QVERIFY(h.has<AcceptResult>());
}
