// SPDX-License-Identifier: GPL-3.0-or-later
// The application's link against agents on the loopback interface: what travels over its connections.
#include "test_link.h"

#include "shared/base/limits.h"
#include "tests/support/loop_until.h"

#include <QTest>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::protocol;
using namespace std::chrono_literals;
using test::loopFor;
using test::loopUntil;
using test::node;
using test::TestLink;
using test::TinyAgent;

class TestNetTraffic : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void messagesGoBothWays();
    void nothingIsSentBeforeTheWelcome();
    void wrongMessagesEndTheSession();
    void unaskedWelcomesEndTheSession();
    void callbacksMayRemoveTheirNode();
    void nodesAreKeptApart();
    void slowAgentsFillTheQueue();
    void smallMessagesFillItToo();

private:
    EventLoop m_loop;
    transport::Context m_context; ///< the agents'
    const transport::KeyPair m_agentKeys = transport::KeyPair::generate();
    const transport::KeyPair m_appKeys = transport::KeyPair::generate();
    std::unique_ptr<QTemporaryDir> m_folder;

    TinyAgent makeAgent(std::uint16_t port = 0)
    {
        return {m_context, m_loop, m_agentKeys, {m_appKeys.publicKey()}, port};
    }
};

void TestNetTraffic::messagesGoBothWays()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    const Bytes payload(limits::maxPayloadBytes, std::byte{4});
    QVERIFY(link.link->send(node, Channel::Control, CloseRun{"run"}));
    QVERIFY(link.link->send(node, Channel::Data, ModelPiece{"run", 0, 0}, payload));
    QVERIFY(loopUntil(m_loop, [&] { return agent.control.size() == 1 && agent.data.size() == 1; }));
    QVERIFY(agent.control[0] == Message(CloseRun{"run"}));
    QVERIFY(agent.data[0] == Message(ModelPiece{"run", 0, 0}));
    QCOMPARE(agent.payloadBytes, payload.size());

    agent.sendControl(AgentBeat{});
    QVERIFY(loopUntil(m_loop, [&] { return link.messages.size() == 1; }));
    QCOMPARE(link.lastChannel, Channel::Control);
    const Bytes results(500, std::byte{5});
    agent.sendData(Results{"run"}, results);
    QVERIFY(loopUntil(m_loop, [&] { return link.messages.size() == 2; }));
    QCOMPARE(link.lastChannel, Channel::Data);
    QVERIFY(link.payloads[1] == results);
    QCOMPARE(link.link->queuedBytes(node), std::size_t(0));
    QVERIFY(!link.link->send(node, Channel::Data, ModelPiece{}, Bytes(limits::maxPayloadBytes + 1)));
}

void TestNetTraffic::nothingIsSentBeforeTheWelcome()
{
    auto agent = makeAgent();
    agent.answers = false;
    TestLink link(m_loop, m_appKeys, *m_folder);
    QVERIFY(!link.link->send(node, Channel::Control, CloseRun{"run"}));
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return agent.hellos.size() == 1; }));
    QVERIFY(!link.link->send(node, Channel::Control, CloseRun{"run"}));
    agent.sendControl(AgentBeat{}); // too early: not passed on
    agent.sendControl(agent.welcome);
    QVERIFY(loopUntil(m_loop, [&] { return agent.hellos.size() == 2; }));
    QVERIFY(link.ups[node].empty());
    agent.sendData(agent.welcome);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    QVERIFY(link.messages.empty());
}

void TestNetTraffic::wrongMessagesEndTheSession()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    agent.sendData(Shutdown{}); // which only applications send
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Protocol); }));
    QVERIFY(link.messages.empty());
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 2; }));
}

void TestNetTraffic::unaskedWelcomesEndTheSession()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    agent.sendControl(agent.welcome);
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Protocol); }));
}

void TestNetTraffic::callbacksMayRemoveTheirNode()
{
    auto agent = makeAgent();
    {
        TestLink link(m_loop, m_appKeys, *m_folder);
        link.onUp = [&](NodeId id) { link.link->remove(id); };
        link.add(agent);
        QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    }
    {
        TestLink link(m_loop, m_appKeys, *m_folder);
        link.onMessage = [&](NodeId id) { link.link->remove(id); };
        link.add(agent);
        QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
        agent.sendControl(AgentBeat{});
        agent.sendControl(AgentBeat{});
        QVERIFY(loopUntil(m_loop, [&] { return link.messages.size() == 1; }));
        loopFor(m_loop, 20ms);
        QCOMPARE(link.messages.size(), std::size_t(1));
    }
    {
        agent.refusal = ErrorCode::AgentBusy;
        TestLink link(m_loop, m_appKeys, *m_folder);
        link.onDown = [&](NodeId id) { link.link->remove(id); };
        link.add(agent);
        QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::AgentBusy); }));
        loopFor(m_loop, 20ms);
    }
}

void TestNetTraffic::nodesAreKeptApart()
{
    auto first = makeAgent();
    auto second = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(first, NodeId(1));
    link.add(second, NodeId(2));
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[NodeId(1)].size() == 1 && link.ups[NodeId(2)].size() == 1; }));
    link.link->send(NodeId(2), Channel::Control, CloseRun{"two"});
    QVERIFY(loopUntil(m_loop, [&] { return second.control.size() == 1; }));
    QVERIFY(first.control.empty());
    second.socket().setAuthorized({});
    link.link->reconnect(NodeId(2));
    QVERIFY(loopUntil(m_loop, [&] { return !link.downs[NodeId(2)].empty(); }));
    QVERIFY(link.downs[NodeId(1)].empty());
}

void TestNetTraffic::slowAgentsFillTheQueue()
{
    EventLoop agentLoop; // which stands still when the test wants it
    TinyAgent agent(m_context, agentLoop, m_agentKeys, {m_appKeys.publicKey()});
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] {
        loopFor(agentLoop, 2ms);
        return link.ups[node].size() == 1;
    }));
    const Bytes payload(limits::maxPayloadBytes, std::byte{6});
    std::uint64_t sent = 0;
    // With payloads that are copied and with some that are kept.
    const auto sendNext = [&] {
        const ModelPiece piece{"run", 0, sent};
        return sent % 2 == 0 ? link.link->send(node, Channel::Data, piece, payload)
                             : link.link->sendOwned(node, Channel::Data, piece, payload);
    };
    while (sendNext())
        ++sent;
    QCOMPARE(link.link->queuedBytes(node), limits::maxQueuedBytes);
    QVERIFY(link.link->send(node, Channel::Control, CloseRun{"run"})); // the other channel has room
    // Everything arrives, in order.
    QVERIFY(loopUntil(
        m_loop,
        [&] {
            loopFor(agentLoop, 2ms);
            return agent.data.size() == sent;
        },
        60s));
    for (std::uint64_t i = 0; i < sent; ++i)
        QCOMPARE(std::get<ModelPiece>(agent.data[i]).offset, i);
    QCOMPARE(link.link->queuedBytes(node), std::size_t(0));
    QCOMPARE(agent.control.size(), std::size_t(1));
    QVERIFY(link.downs[node].empty());
}

/// What has no payload takes memory all the same. Beyond the limit lies only what libzmq and the kernel hold.
void TestNetTraffic::smallMessagesFillItToo()
{
    EventLoop agentLoop; // which stands still once the agent is up
    TinyAgent agent(m_context, agentLoop, m_agentKeys, {m_appKeys.publicKey()});
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] {
        loopFor(agentLoop, 2ms);
        return link.ups[node].size() == 1;
    }));
    constexpr std::uint64_t most = limits::maxQueuedMessages, farBeyond = 1'000'000;
    std::uint64_t sent = 0;
    while (sent < farBeyond && link.link->send(node, Channel::Control, CloseRun{"run"}))
        ++sent;
    QVERIFY2(sent >= most && sent < farBeyond, qPrintable(QString::number(sent)));
    QVERIFY(link.downs[node].empty());
}

QTEST_APPLESS_MAIN(TestNetTraffic)
#include "test_net_traffic.moc"
