// SPDX-License-Identifier: GPL-3.0-or-later
// What a run tells of itself: loading, replicas, one that hangs.
#include "run_fixture.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace vitfleet::agent::test;

class TestRunBeats : public RunFixture
{
    Q_OBJECT
private Q_SLOTS:
    void beatsTellTheState();
    void aHungReplicaIsToldThoughTheOtherGoesOn();
    void aHungReplicaIsToldAfterItsRunToo();
    void droppedWhileLoading();
};

void TestRunBeats::beatsTellTheState()
{
    QCOMPARE(beat().state, protocol::AgentState::Idle);
    m_parts->loading.close();
    m_run->open(openRun(uid, R"({"replicas": 2, "batch": 1})"));
    QCOMPARE(beat().state, protocol::AgentState::LoadingModel);
    m_parts->loading.open();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().state == protocol::AgentState::Ready; }));
    QCOMPARE(beat().replicaProgress.size(), std::size_t(2));
    lease(1, byteItems(0, 10));
    QVERIFY(waitForResults(10));
    QCOMPARE(beat().replicaProgress[0] + beat().replicaProgress[1], std::uint64_t(10));
    QCOMPARE(beat().doneItems, std::uint64_t(10));
    QCOMPARE(beat().outboxItems, 10U);
    QVERIFY(!beat().busy);
}

void TestRunBeats::aHungReplicaIsToldThoughTheOtherGoesOn()
{
    m_parts->hanging.close();
    m_run->open(openRun(uid, R"({"replicas": 2, "batch": 1, "fail_items": {"3": "hang"}})"));
    lease(1, byteItems(0, 10));
    QVERIFY(waitForResults(9));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis > 0; }));
    const auto told = beat();
    QVERIFY(told.busy);
    QCOMPARE(told.replicaProgress[0] + told.replicaProgress[1], std::uint64_t(9));
    // The other one takes what comes, and the one that stands still goes on doing so.
    lease(2, byteItems(10, 10));
    QVERIFY(waitForResults(19));
    QCOMPARE(beat().stalledReplica, told.stalledReplica);
    QVERIFY(beat().stalledMillis >= told.stalledMillis);
    m_parts->hanging.open();
    QVERIFY(waitForResults(20));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis == 0 && !beat().busy; }));
}

void TestRunBeats::aHungReplicaIsToldAfterItsRunToo()
{
    m_parts->hanging.close();
    m_run->open(openRun(uid, R"({"batch": 1, "fail_items": {"0": "hang"}})"));
    lease(1, byteItems(0, 1));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis > 0; }));
    m_run->close(uid);
    const auto told = beat();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().busy && beat().stalledMillis > told.stalledMillis; }));
    m_run->open(openRun(std::string(32, 'b'))); // waits behind it
    QVERIFY(beat().busy && beat().stalledMillis > 0);
    m_parts->hanging.open();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().state == protocol::AgentState::Ready; }));
    QVERIFY(!beat().busy && beat().stalledMillis == 0);
    m_run->close(std::string(32, 'b'));
    QVERIFY(beat().replicaProgress.empty());
}

void TestRunBeats::droppedWhileLoading()
{
    m_parts->loading.close();
    m_run->open(openRun());
    QVERIFY(loopUntil(*m_loop, [&] { return !m_worker->isIdle(); }));
    m_run->open(openRun(std::string(32, 'b')));
    m_parts->loading.open();
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::RunReady>().empty(); }));
    QCOMPARE(sent<protocol::RunReady>()[0].runUid, std::string(32, 'b'));
    QVERIFY(loopUntil(*m_loop, [&] { return m_parts->backends == 1; }));
}

QTEST_APPLESS_MAIN(TestRunBeats)
#include "test_run_beats.moc"
