// SPDX-License-Identifier: GPL-3.0-or-later
// The application's link against agents on the loopback interface: how connections begin and end. What travels over
// them is in test_net_traffic.cpp.
#include "test_link.h"

#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"
#include "tests/support/loop_until.h"

#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::protocol;
using namespace std::chrono_literals;
using test::loopFor;
using test::loopUntil;
using test::node;
using test::TestLink;
using test::TinyAgent;

class TestNet : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void addressesArePinned();
    void bothConnectionsAreGreeted();
    void processesHaveTheirOwnNonce();
    void ownersBeat();
    void busyAgentsAreTriedAgain();
    void hellosSayWhetherARunIsUnderWay();
    void otherVersionsAreRefused();
    void strangersAreToldOnce();
    void otherKeysAreToldOnce();
    void announcedKeysAreFollowed();
    void nobodyIsToldOnce();
    void restartsAreSeen();
    void restartsBetweenTheWelcomesAreSeen();
    void agentsThatDoNotWelcomeAreGivenUp();
    void reconnectStartsAnew();
    void removedNodesAreSilent();
    void badAddressesAreTold();

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

void TestNet::addressesArePinned()
{
    TestLink link(m_loop, m_appKeys, *m_folder);
    const std::string key = m_agentKeys.publicKey().toBase32();
    const std::string other = m_appKeys.publicKey().toBase32();
    QCOMPARE(link.link->resolve("nonsense", true).error().code, ErrorCode::Address);
    QCOMPARE(link.link->resolve("Host:1", true).error().code, ErrorCode::NotPinned);
    // A launch channel vouches for a key that lives no longer than its agent.
    QCOMPARE(link.link->resolve("host:1/" + key, false)->key, key);
    QCOMPARE(link.link->resolve("host:1", false).error().code, ErrorCode::NotPinned);
    const auto address = link.link->resolve("Host:1/" + key, true);
    QCOMPARE(address->hostPort, std::string("host:1"));
    QCOMPARE(link.link->resolve("HOST:1", true)->key, key);
    QCOMPARE(link.link->resolve("host:1/" + other, true).error().code, ErrorCode::AgentKey);
    QCOMPARE(link.link->publicKey(), other);
    QCOMPARE(link.link->fingerprint(), m_appKeys.publicKey().fingerprint());
}

void TestNet::bothConnectionsAreGreeted()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    QCOMPARE(agent.hellos.size(), std::size_t(2));
    QCOMPARE(agent.hellos[0].role, ConnectionRole::Control);
    QCOMPARE(agent.hellos[1].role, ConnectionRole::Data);
    QCOMPARE(agent.hellos[0].processNonce, agent.hellos[1].processNonce);
    QCOMPARE(agent.hellos[0].protocolVersion, protocol::version);
    QVERIFY(agent.hellos[0].software.starts_with("vitfleet "));
    QVERIFY(link.ups[node][0] == agent.welcome);
    QVERIFY(link.downs[node].empty());
}

void TestNet::processesHaveTheirOwnNonce()
{
    auto agent = makeAgent();
    TestLink first(m_loop, m_appKeys, *m_folder);
    TestLink second(m_loop, m_appKeys, *m_folder);
    first.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return first.ups[node].size() == 1; }));
    second.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return second.ups[node].size() == 1; }));
    QVERIFY(agent.hellos[0].processNonce != agent.hellos[2].processNonce);
}

void TestNet::ownersBeat()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return agent.beats == 2; }));
}

void TestNet::busyAgentsAreTriedAgain()
{
    auto agent = makeAgent();
    agent.refusal = ErrorCode::AgentBusy;
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return agent.hellos.size() == 2; }));
    QCOMPARE(agent.hellos[1].role, ConnectionRole::Control);
    loopFor(m_loop, 50ms);
    QCOMPARE(link.downs[node], std::vector{ErrorCode::AgentBusy}); // on changes only
    agent.refusal = ErrorCode::None;
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
}

void TestNet::hellosSayWhetherARunIsUnderWay()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    link.link->setHasRun(true);
    link.link->reconnect(node);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 2; }));
    link.link->setHasRun(false);
    link.link->reconnect(node);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 3; }));
    std::vector<bool> said;
    for (const Hello& hello : agent.hellos)
        said.push_back(hello.hasRun);
    QCOMPARE(said, (std::vector<bool>{false, false, true, true, false, false}));
}

void TestNet::otherVersionsAreRefused()
{
    auto agent = makeAgent();
    agent.welcome.protocolVersion = protocol::version + 1;
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::ProtocolVersion); }));
    agent.welcome.protocolVersion = protocol::version;
    agent.refusal = ErrorCode::ProtocolVersion; // as an agent says it
    QVERIFY(loopUntil(m_loop, [&] { return agent.hellos.size() == 2; }));
    loopFor(m_loop, 50ms);
    QCOMPARE(link.downs[node].size(), std::size_t(1));
    QVERIFY(link.ups[node].empty());
}

void TestNet::strangersAreToldOnce()
{
    auto agent = makeAgent();
    agent.socket().setAuthorized({});
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::NotEnrolled); }));
    loopFor(m_loop, limits::reconnectInterval + 500ms);
    QCOMPARE(link.downs[node].size(), std::size_t(1));
    agent.socket().setAuthorized({m_appKeys.publicKey()});
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
}

void TestNet::otherKeysAreToldOnce()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.link->add(node, {agent.hostPort(), m_appKeys.publicKey().toBase32()});
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::AgentKey); }));
    loopFor(m_loop, limits::reconnectInterval + 500ms);
    QCOMPARE(link.downs[node].size(), std::size_t(1));
    QVERIFY(agent.hellos.empty());
}

void TestNet::announcedKeysAreFollowed()
{
    const auto nextKeys = transport::KeyPair::generate();
    auto agent = std::make_unique<TinyAgent>(m_context, m_loop, m_agentKeys, std::vector{m_appKeys.publicKey()}, 0);
    const std::string hostPort = agent->hostPort();
    const std::uint16_t port = transport::AgentAddress::parse(hostPort)->port;
    transport::PinnedKeys pinned(m_folder->filePath(QStringLiteral("pinned_keys")).toStdString());
    TestLink link(m_loop, m_appKeys, *m_folder);
    const auto address = link.link->resolve(agent->addressLine(), true);
    QVERIFY(address.ok());
    QVERIFY(pinned.pinNext(hostPort, nextKeys.publicKey()).ok());
    link.link->add(node, *address);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    QVERIFY(*pinned.find(hostPort) == m_agentKeys.publicKey()); // announced, and not in use yet

    agent.reset();
    QVERIFY(loopUntil(m_loop, [&] { // libzmq lets go of the port in its own time
        agent = std::make_unique<TinyAgent>(m_context, m_loop, nextKeys, std::vector{m_appKeys.publicKey()}, port);
        return agent->isListening();
    }));
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 2; }));
    QVERIFY(std::ranges::find(link.downs[node], ErrorCode::AgentKey) == link.downs[node].end());
    QVERIFY(*pinned.find(hostPort) == nextKeys.publicKey());
    QVERIFY(!pinned.findNext(hostPort)->has_value());
}

void TestNet::nobodyIsToldOnce()
{
    // Bound and not listened on: refuses connections, and nobody else can take it meanwhile.
    const UniqueFd port(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    QCOMPARE(::bind(port.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    QCOMPARE(::getsockname(port.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.link->add(node, {"127.0.0.1:" + std::to_string(ntohs(address.sin_port)), m_agentKeys.publicKey().toBase32()});
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Unreachable); }));
    loopFor(m_loop, limits::reconnectInterval + 500ms);
    QCOMPARE(link.downs[node].size(), std::size_t(1));
}

void TestNet::restartsAreSeen()
{
    auto agent = std::make_unique<TinyAgent>(m_context, m_loop, m_agentKeys,
                                             std::vector<transport::PublicKey>{m_appKeys.publicKey()});
    const std::uint16_t port = agent->socket().port();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(*agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    const auto before = EventLoop::Clock::now();
    agent.reset();
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Unreachable); }));
    QVERIFY(EventLoop::Clock::now() - before < 3s);
    QVERIFY(!link.link->send(node, Channel::Control, CloseRun{"run"}));
    QVERIFY(loopUntil(m_loop, [&] {
        agent = std::make_unique<TinyAgent>(m_context, m_loop, m_agentKeys,
                                            std::vector<transport::PublicKey>{m_appKeys.publicKey()}, port);
        return agent->isListening();
    }));
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 2; }));
    QVERIFY(link.ups[node][0].incarnation != link.ups[node][1].incarnation);
    QCOMPARE(link.downs[node].size(), std::size_t(1));
}

void TestNet::restartsBetweenTheWelcomesAreSeen()
{
    auto agent = makeAgent();
    agent.nextIncarnation = 77;
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    QCOMPARE(agent.hellos.size(), std::size_t(4));
    QCOMPARE(link.ups[node][0].incarnation, std::uint64_t(77));
    QVERIFY(link.downs[node].empty());
}

void TestNet::agentsThatDoNotWelcomeAreGivenUp()
{
    auto agent = makeAgent();
    agent.answers = false;
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(
        m_loop, [&] { return link.isDown(ErrorCode::Unreachable); }, limits::welcomeTimeout + 3s));
    agent.answers = true;
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
}

void TestNet::reconnectStartsAnew()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    link.link->reconnect(node);
    QVERIFY(!link.link->send(node, Channel::Control, CloseRun{"run"}));
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 2; }));
    QVERIFY(link.downs[node].empty());
    link.link->reconnect(NodeId(99)); // nobody
}

void TestNet::removedNodesAreSilent()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    link.link->remove(node);
    QVERIFY(loopUntil(m_loop, [&] { return agent.sendControl(AgentBeat{}) == transport::SendStatus::Gone; }));
    QVERIFY(link.downs[node].empty() && link.messages.empty());
    QVERIFY(!link.link->send(node, Channel::Control, CloseRun{"run"}));
    link.link->remove(node);
}

void TestNet::badAddressesAreTold()
{
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.link->add(node, {"nonsense", "nokey"});
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Address); }));
}

QTEST_APPLESS_MAIN(TestNet)
#include "test_net.moc"
