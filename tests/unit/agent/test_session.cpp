// SPDX-License-Identifier: GPL-3.0-or-later
// Whom an agent works for, on a clock that the test moves.
#include "agent/core/owner_watch.h"
#include "agent/core/session.h"
#include "shared/base/limits.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace std::chrono_literals;
using protocol::ConnectionRole;
using transport::PublicKey;

class TestSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void firstHelloOwns();
    void anotherProcessIsBusy();
    void sameKeyFollowsOnceConnectionsEnd();
    void sameKeyFollowsOnceBeatsStop();
    void otherKeyWaitsForBeats();
    void otherKeyWaitsWhileWorkIsKept();
    void whoLeavesTheRunUnclaimedGivesWay();
    void whoHasNoRunMakesRoomForOne();
    void whoCameForARunHasTimeToOpenIt();
    void ownerReconnects();
    void beatsKeepTheOwner();
    void otherVersionsAreNamed();
    void versionsThatMeet();
    void workRestsWhileTheOwnerMayComeBack();
    void anHourLaterItIsForgotten();
    void whoWasNeverOwnedWaitsForNobody();

private:
    Result<Session::Admission> hello(Session::Connection connection, const PublicKey& key, std::uint64_t nonce,
                                     ConnectionRole role = ConnectionRole::Control,
                                     Session::Keeping keeping = Session::Keeping::Nothing)
    {
        protocol::Hello message;
        message.role = role;
        message.processNonce = nonce;
        return m_session.hello(connection, key, message, m_now, keeping);
    }

    Session m_session;
    Session::TimePoint m_now{};
    PublicKey m_alice, m_bob;
};

void TestSession::init()
{
    m_session = Session();
    m_now = Session::TimePoint(1h);
    m_alice.bytes.fill(1);
    m_bob.bytes.fill(2);
}

void TestSession::firstHelloOwns()
{
    QCOMPARE(*hello(1, m_alice, 7), Session::Admission::NewOwner);
    QCOMPARE(*hello(2, m_alice, 7, ConnectionRole::Data), Session::Admission::SameOwner);
    QCOMPARE(m_session.control(), std::optional<Session::Connection>(1));
    QCOMPARE(m_session.data(), std::optional<Session::Connection>(2));
    QCOMPARE(m_session.roleOf(2), std::optional(ConnectionRole::Data));
    QVERIFY(!m_session.roleOf(3));
    QVERIFY(m_session.ownerIsAlive(m_now));
}

void TestSession::anotherProcessIsBusy()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    for (const PublicKey& key : {m_alice, m_bob}) {
        const auto refused = hello(2, key, 8);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::AgentBusy);
        QVERIFY(refused.error().detail.find(m_alice.fingerprint()) != std::string::npos);
    }
    QVERIFY(m_session.isOwner(m_alice, 7));
}

void TestSession::sameKeyFollowsOnceConnectionsEnd()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    QVERIFY(hello(2, m_alice, 7, ConnectionRole::Data).ok());
    m_session.gone(1);
    QCOMPARE(hello(3, m_alice, 8).error().code, ErrorCode::AgentBusy);
    m_session.gone(2);
    QCOMPARE(hello(4, m_bob, 9).error().code, ErrorCode::AgentBusy);
    QCOMPARE(*hello(3, m_alice, 8), Session::Admission::NextProcess);
    QVERIFY(m_session.isOwner(m_alice, 8));
    QVERIFY(!m_session.data());
}

void TestSession::sameKeyFollowsOnceBeatsStop()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    m_now += limits::ownerLostAfter - 1ms;
    QVERIFY(!hello(3, m_alice, 8).ok());
    m_now += 1ms;
    QVERIFY(!m_session.ownerIsAlive(m_now));
    QCOMPARE(*hello(3, m_alice, 8), Session::Admission::NextProcess);
    QVERIFY(!m_session.roleOf(1)); // the first one, should it wake up, is a stranger now
}

void TestSession::otherKeyWaitsForBeats()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    m_session.gone(1);
    QVERIFY(!hello(3, m_bob, 8).ok());
    m_now += limits::ownerLostAfter;
    QCOMPARE(*hello(3, m_bob, 8), Session::Admission::NewOwner);
}

void TestSession::otherKeyWaitsWhileWorkIsKept()
{
    using Keeping = Session::Keeping;
    QVERIFY(hello(1, m_alice, 7).ok());
    m_session.gone(1);
    m_now += 59min;
    for (const Keeping keeping : {Keeping::Work, Keeping::Unclaimed}) {
        const auto refused = hello(3, m_bob, 8, ConnectionRole::Control, keeping);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::AgentBusy);
        QVERIFY(refused.error().detail.find(m_alice.fingerprint()) != std::string::npos);
    }
    QCOMPARE(*hello(3, m_alice, 8, ConnectionRole::Control, Keeping::Work), Session::Admission::NextProcess);
    m_now += limits::ownerLostAfter;
    QCOMPARE(*hello(4, m_bob, 9), Session::Admission::NewOwner); // nothing is left
}

void TestSession::whoLeavesTheRunUnclaimedGivesWay()
{
    using Keeping = Session::Keeping;
    QVERIFY(hello(1, m_alice, 7).ok());
    m_now += limits::ownerLostAfter;
    QCOMPARE(*hello(2, m_alice, 8, ConnectionRole::Control, Keeping::Work), Session::Admission::NextProcess);
    m_now += limits::ownerLostAfter - 1ms; // it has a moment in which to open it
    m_session.heard(m_now);
    QVERIFY(!hello(3, m_alice, 7, ConnectionRole::Control, Keeping::Unclaimed).ok());
    m_now += 1ms;
    QVERIFY(!hello(3, m_bob, 9, ConnectionRole::Control, Keeping::Unclaimed).ok());
    QVERIFY(!hello(3, m_alice, 7, ConnectionRole::Control, Keeping::Work).ok()); // it has
    QCOMPARE(*hello(3, m_alice, 7, ConnectionRole::Control, Keeping::Unclaimed), Session::Admission::NextProcess);
    QVERIFY(!m_session.roleOf(2));
    m_session.heard(m_now += 1h);
    QVERIFY(!hello(4, m_alice, 8).ok()); // where nothing is kept who beats stays
}

void TestSession::whoHasNoRunMakesRoomForOne()
{
    using Keeping = Session::Keeping;
    protocol::Hello forARun;
    forARun.processNonce = 8;
    forARun.hasRun = true;
    QVERIFY(hello(1, m_alice, 7).ok());
    m_session.heard(m_now += 1h); // it looks on, and lives
    const auto refused = hello(2, m_bob, 8);
    QVERIFY(!refused.ok()); // two that look on would change places for ever
    QVERIFY(refused.error().detail.ends_with("it has no run, and makes room for one"));
    for (const Keeping keeping : {Keeping::Run, Keeping::Work, Keeping::Unclaimed})
        QCOMPARE(m_session.hello(2, m_bob, forARun, m_now, keeping).error().code, ErrorCode::AgentBusy);
    QCOMPARE(*m_session.hello(2, m_bob, forARun, m_now, Keeping::Nothing), Session::Admission::NewOwner);
    QVERIFY(!m_session.roleOf(1));
    QVERIFY(m_session.isOwner(m_bob, 8));
    QVERIFY(!hello(3, m_alice, 7, ConnectionRole::Control, Keeping::Run).ok());
    m_session.heard(m_now += 1h);
    forARun.processNonce = 9; // of the owner's key: it loses nothing
    QCOMPARE(*m_session.hello(4, m_bob, forARun, m_now, Keeping::Nothing), Session::Admission::NextProcess);
}

void TestSession::whoCameForARunHasTimeToOpenIt()
{
    protocol::Hello forARun;
    forARun.processNonce = 8;
    forARun.hasRun = true;
    QVERIFY(hello(1, m_alice, 7).ok());
    m_session.heard(m_now += limits::ownerLostAfter - 1ms);
    QVERIFY(!m_session.hello(2, m_bob, forARun, m_now, Session::Keeping::Nothing).ok());
    m_session.heard(m_now += 1ms);
    QVERIFY(m_session.hello(2, m_bob, forARun, m_now, Session::Keeping::Nothing).ok());
}

void TestSession::ownerReconnects()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    m_now += 1h; // nobody else came
    QCOMPARE(*hello(5, m_alice, 7), Session::Admission::SameOwner);
    QCOMPARE(m_session.control(), std::optional<Session::Connection>(5));
    QVERIFY(!m_session.roleOf(1));
    QVERIFY(hello(5, m_alice, 7, ConnectionRole::Data).ok()); // one connection has one role
    QVERIFY(!m_session.control());
}

void TestSession::beatsKeepTheOwner()
{
    QVERIFY(hello(1, m_alice, 7).ok());
    for (int i = 0; i < 10; ++i) {
        m_now += 2s;
        m_session.heard(m_now);
    }
    QVERIFY(!hello(2, m_alice, 8).ok());
}

void TestSession::otherVersionsAreNamed()
{
    protocol::Hello message;
    message.protocolVersion = 99;
    message.minProtocolVersion = 98;
    const auto refused = m_session.hello(1, m_alice, message, m_now, Session::Keeping::Nothing);
    QCOMPARE(refused.error().code, ErrorCode::ProtocolVersion);
    QVERIFY(refused.error().detail.find("98 to 99") != std::string::npos);
    QVERIFY(refused.error().detail.find("the agent " + std::to_string(protocol::version)) != std::string::npos);
    QVERIFY(!m_session.hasOwner());
}

void TestSession::versionsThatMeet()
{
    protocol::Hello newer;
    newer.protocolVersion = protocol::version + 1;
    newer.minProtocolVersion = protocol::version;
    QCOMPARE(Session::commonVersion(newer), std::optional<std::uint16_t>(protocol::version));
    protocol::Hello older;
    older.protocolVersion = protocol::minVersion - 1;
    older.minProtocolVersion = 0;
    QVERIFY(!Session::commonVersion(older));
}

void TestSession::workRestsWhileTheOwnerMayComeBack()
{
    using Stage = OwnerWatch::Stage;
    OwnerWatch watch;
    watch.returned();
    QVERIFY(!watch.look(true, m_now));
    QCOMPARE(watch.look(false, m_now), std::optional(Stage::Resting));
    QVERIFY(!watch.look(false, m_now + bounds::restAfterLoss - 1ms));
    QCOMPARE(watch.look(true, m_now + bounds::restAfterLoss - 1ms), std::optional(Stage::Here));
    m_now += 100s; // each loss has its own time
    QCOMPARE(watch.look(false, m_now), std::optional(Stage::Resting));
    QCOMPARE(watch.look(false, m_now + bounds::restAfterLoss), std::optional(Stage::Finishing));
    QVERIFY(!watch.look(false, m_now + bounds::restAfterLoss + 1s));
}

void TestSession::anHourLaterItIsForgotten()
{
    using Stage = OwnerWatch::Stage;
    OwnerWatch watch;
    watch.returned();
    watch.look(false, m_now);
    QCOMPARE(watch.look(false, m_now + bounds::outboxKept - 1ms), std::optional(Stage::Finishing));
    QCOMPARE(watch.look(false, m_now + bounds::outboxKept), std::optional(Stage::Forgotten));
    QVERIFY(!watch.look(false, m_now + 2h)); // once
    QCOMPARE(watch.look(true, m_now + 2h), std::optional(Stage::Here));
    QCOMPARE(watch.look(false, m_now + 2h), std::optional(Stage::Resting));
}

void TestSession::whoWasNeverOwnedWaitsForNobody()
{
    OwnerWatch watch;
    QVERIFY(!watch.look(false, m_now));
    QVERIFY(!watch.look(false, m_now + 2h));
}

QTEST_APPLESS_MAIN(TestSession)
#include "test_session.moc"
