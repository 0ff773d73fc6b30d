// SPDX-License-Identifier: GPL-3.0-or-later
// Who gets in, and what strangers and hostile peers cost.
#include "peers.h"

#include <QTest>

#include <sys/socket.h>

using namespace vitfleet;
using namespace vitfleet::transport;
using namespace vitfleet::protocol;
using namespace vitfleet::test;
using namespace std::chrono_literals;

class TestAdmission : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void unknownKeysAreRefused();
    void strangersAreReportedOnceASecond();
    void plainClientsAreRefused();
    void garbageIsRefused();
    void silentStrangersAreCutOff();
    void hugeFramesCostNoMemory();
    void tooLargeFramesEndTheConnection();
    void chosenRoutingIdsAreRefused();
    void tooManyFramesAreRefused();
    void brokenMessagesAreReported();
    void withdrawnKeysAreDropped();
    void connectionsOfWithdrawnKeysAreClosed();
    void silentConnectionsAreClosedToo();
    void lateKeysAreAdmitted();

private:
    Context m_context;
    EventLoop m_loop;
    const KeyPair m_agentKeys = KeyPair::generate();
    const KeyPair m_clientKeys = KeyPair::generate();
    const KeyPair m_otherKeys = KeyPair::generate();
};

void TestAdmission::unknownKeysAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_otherKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled) && agent.strangers == 1; }));
    QCOMPARE(client.ups, 0);
    QVERIFY(agent.messages.empty());
}

void TestAdmission::strangersAreReportedOnceASecond()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    const auto start = EventLoop::Clock::now();
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int i = 0; i < 20; ++i)
        clients.push_back(
            std::make_unique<TestClient>(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_otherKeys));
    QVERIFY(loopUntil(m_loop, [&] { return agent.strangers >= 20; }));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(EventLoop::Clock::now() - start).count();
    QVERIFY(agent.strangerCalls <= 1 + seconds);
    QCOMPARE(agent.lastStranger, std::string("127.0.0.1"));
}

void TestAdmission::plainClientsAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient plain(agent.endpoint(), nullptr, m_clientKeys);
    const Bytes envelope = *encode(Hello{});
    plain.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.strangers > 0; }));
    QVERIFY(agent.messages.empty() && agent.bad.empty());
}

void TestAdmission::garbageIsRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    for (const QByteArray& garbage :
         {QByteArray("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), QByteArray(1000, '\0'), QByteArray(1000, '\xff'),
          QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9)}) {
        const UniqueFd peer = connectTo(agent.socket->port());
        QVERIFY(peer);
        const ssize_t sent = ::send(peer.get(), garbage.constData(), static_cast<std::size_t>(garbage.size()), 0);
        QCOMPARE(sent, ssize_t(garbage.size()));
        QVERIFY(loopUntil(m_loop, [&] { return hungUp(peer); }));
    }
    QVERIFY(agent.messages.empty() && agent.bad.empty());
    // It still serves.
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
}

void TestAdmission::silentStrangersAreCutOff()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    const UniqueFd peer = connectTo(agent.socket->port());
    const auto since = std::chrono::steady_clock::now();
    QVERIFY(loopUntil(
        m_loop, [&] { return hungUp(peer); }, limits::handshakeTimeout + 3s));
    QVERIFY(std::chrono::steady_clock::now() - since > limits::handshakeTimeout - 1s); // slow ones are let in
}

void TestAdmission::hugeFramesCostNoMemory()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    const UniqueFd peer = connectTo(agent.socket->port());
    // ZMTP 3.1's greeting for CURVE, then a command frame of one GiB.
    QByteArray greeting("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01", 12);
    greeting += QByteArray("CURVE").leftJustified(20, '\0') + QByteArray(32, '\0');
    QCOMPARE(greeting.size(), 64);
    greeting += QByteArray("\x06\0\0\0\0\x40\0\0\0", 9);
    QCOMPARE(::send(peer.get(), greeting.constData(), 73, 0), ssize_t(73));
    const qint64 before = residentBytes();
    const QByteArray filler(1 << 20, 'x');
    qint64 sent = 0;
    QVERIFY(loopUntil(m_loop, [&] {
        const ssize_t now = ::send(peer.get(), filler.constData(), static_cast<std::size_t>(filler.size()),
                                   MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += std::max<ssize_t>(now, 0);
        return hungUp(peer);
    }));
    QVERIFY2(residentBytes() - before < (16 << 20), qPrintable(QString::number(residentBytes() - before)));
    QVERIFY(sent < (64 << 20));
}

/// CURVE adds 33 bytes to what is sent in a frame: a name of the command, a nonce, its flags and its proof.
void TestAdmission::tooLargeFramesEndTheConnection()
{
    constexpr std::size_t added = 33;
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const Bytes envelope = *encode(Hello{});
    const Bytes most(limits::maxFrameBytes - added), more(limits::maxFrameBytes - added + 1);
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    client.send({envelope, most});
    QVERIFY(loopUntil(m_loop, [&] { return agent.bad.size() == 1; })); // it came, and is no payload
    client.send({envelope, more});
    QVERIFY(loopUntil(m_loop, [&] {
        MonitorEvent event;
        return client.nextEvent(event) && event.event == ZMQ_EVENT_DISCONNECTED;
    }));
    QCOMPARE(agent.bad.size(), std::size_t(1));
    QVERIFY(agent.messages.empty());
}

void TestAdmission::chosenRoutingIdsAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys, "chosen");
    const Bytes envelope = *encode(Hello{});
    client.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.bad.size() == 1; }));
    QCOMPARE(agent.bad[0].code, ErrorCode::Protocol);
    QVERIFY(agent.messages.empty());
}

void TestAdmission::tooManyFramesAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    const Bytes envelope = *encode(Hello{});
    static_assert(limits::maxMessageFrames == 3); // at the agent, with the routing id
    client.send({envelope, {}, {}});              // one too many
    client.send({envelope});                      // one too few
    client.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    QCOMPARE(agent.bad.size(), std::size_t(2));
    QCOMPARE(agent.bad[0].detail, std::string("too many frames"));
    QCOMPARE(agent.bad[1].detail, std::string("frames missing"));
}

void TestAdmission::brokenMessagesAreReported()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    const Bytes noise(100, std::byte{0x55});
    const Bytes envelope = *encode(Results{"run"});
    client.send({noise, {}});
    client.send({envelope, noise}); // not the payload that it states
    client.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    QCOMPARE(agent.bad.size(), std::size_t(2));
    QCOMPARE(agent.bad[0].code, ErrorCode::Protocol);
}

void TestAdmission::withdrawnKeysAreDropped()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey(), m_otherKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    TestClient other(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_otherKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1 && other.ups == 1; }));
    other.connection.send(OwnerBeat{0}); // so that the agent knows which connection is whose
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    client.connection.send(OwnerBeat{1}); // on its way, and not read before the key is withdrawn
    agent.socket->setAuthorized({m_otherKeys.publicKey()});
    other.connection.send(OwnerBeat{2});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 2; }));
    loopFor(m_loop, 50ms);
    QCOMPARE(agent.messages.size(), std::size_t(2));
    QVERIFY(agent.messages[1] == Message(OwnerBeat{2}));
    QCOMPARE(other.ups, 1);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled); }));
}

/// A peer that takes no notice of anything: libzmq itself, which would come back by itself but for the interval.
static int countDisconnects(const RawClient& client)
{
    int count = 0;
    MonitorEvent event;
    while (client.nextEvent(event))
        count += event.event == ZMQ_EVENT_DISCONNECTED ? 1 : 0;
    return count;
}

void TestAdmission::connectionsOfWithdrawnKeysAreClosed()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey(), m_otherKeys.publicKey()});
    const RawClient revoked(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    const RawClient kept(agent.endpoint(), &m_agentKeys.publicKey(), m_otherKeys);
    const Bytes envelope = *encode(OwnerBeat{1});
    revoked.send({envelope, {}});
    kept.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 2; }));
    agent.socket->setAuthorized({m_otherKeys.publicKey()});
    int cut = 0;
    QVERIFY(loopUntil(m_loop, [&] { return (cut += countDisconnects(revoked)) > 0; }));
    // The other one's connection stands.
    kept.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 3; }));
    QCOMPARE(countDisconnects(kept), 0);
}

void TestAdmission::silentConnectionsAreClosedToo()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey(), m_otherKeys.publicKey()});
    const RawClient silent(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    MonitorEvent event;
    QVERIFY(loopUntil(m_loop, [&] { return silent.nextEvent(event) && event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED; }));
    agent.socket->setAuthorized({m_otherKeys.publicKey()});
    int cut = 0;
    QVERIFY(loopUntil(m_loop, [&] { return (cut += countDisconnects(silent)) > 0; }));
}

void TestAdmission::lateKeysAreAdmitted()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled); }));
    agent.socket->setAuthorized({m_clientKeys.publicKey()});
    QVERIFY(loopUntil(
        m_loop, [&] { return client.ups == 1; }, limits::reconnectInterval + 2s));
}

QTEST_APPLESS_MAIN(TestAdmission)
#include "test_admission.moc"
