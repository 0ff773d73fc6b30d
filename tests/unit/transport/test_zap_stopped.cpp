// SPDX-License-Identifier: GPL-3.0-or-later
// The key check's thread has ended: nobody gets in, whatever key he has, and no port stays open or is opened without
// it.
#include "peers.h"
#include "zap_end.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::transport;
using namespace vitfleet::protocol;
using namespace vitfleet::test;
using namespace std::chrono_literals;

class TestZapStopped : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nobodyGetsInWithoutTheKeyCheck();

private:
    Context m_context;
    EventLoop m_loop;
    const KeyPair m_agentKeys = KeyPair::generate();
    const KeyPair m_clientKeys = KeyPair::generate();
};

void TestZapStopped::nobodyGetsInWithoutTheKeyCheck()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    QVERIFY(agent.socket);
    {
        TestClient admitted(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
        QVERIFY(loopUntil(m_loop, [&] { return admitted.ups == 1; }));
    }
    zapFramesLeft = 0; // the next question that it hears is its last one
    const KeyPair strangersKeys = KeyPair::generate();
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int i = 0; i < 20; ++i)
        clients.push_back(std::make_unique<TestClient>(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(),
                                                       i % 2 == 0 ? strangersKeys : m_clientKeys));
    const RawClient none(agent.endpoint(), nullptr, m_clientKeys);
    const RawClient silent(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    const Bytes envelope = *encode(OwnerBeat{1});
    none.send({envelope, {}});
    silent.send({envelope, {}});
    // Each is told that it is not connected, and tries again, without anybody at the door.
    QVERIFY(loopUntil(
        m_loop, [&] { return std::ranges::all_of(clients, [](const auto& client) { return !client->downs.empty(); }); },
        60s));
    QVERIFY(zapEnded);
    loopFor(m_loop, 3s); // one more try of each
    for (const auto& client : clients)
        QCOMPARE(client->ups, 0);
    MonitorEvent event;
    while (silent.nextEvent(event))
        QVERIFY(event.event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    QVERIFY(agent.messages.empty() && agent.bad.empty());
    // The agent's end has noticed, and has closed its port.
    QCOMPARE(agent.closed.size(), std::size_t(1));
    QCOMPARE(agent.closed[0].code, ErrorCode::Listen);
    QVERIFY(!connectTo(agent.socket->port()));
    QCOMPARE(agent.socket->connectionCount(), std::size_t(0));

    // Who would listen now finds out before anybody else does, and closes the port again.
    UniqueFd other = tcpSocket();
    const std::uint16_t port = listenOn(other);
    QVERIFY(port != 0);
    other.reset();
    const auto refused = AgentSocket::listen(m_context, m_loop, "127.0.0.1", port, m_agentKeys, {}, {});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Listen);
    QVERIFY(loopUntil(m_loop, [&] { return !connectTo(port); })); // libzmq closes it a little later
}

QTEST_GUILESS_MAIN(TestZapStopped)
#include "test_zap_stopped.moc"
