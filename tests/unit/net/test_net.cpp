// SPDX-License-Identifier: GPL-3.0-or-later
// The application's link against agents on the loopback interface.
#include "tiny_agent.h"

#include "app/net/fleet_link.h"
#include "shared/base/limits.h"
#include "shared/base/unique_fd.h"
#include "tests/support/loop_until.h"

#include <QTemporaryDir>
#include <QTest>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <map>
#include <set>

using namespace vitfleet;
using namespace vitfleet::app;
using namespace vitfleet::protocol;
using namespace std::chrono_literals;
using test::loopFor;
using test::loopUntil;
using test::TinyAgent;

namespace {

const NodeId node(1);

/// A link that keeps what it is told.
struct TestLink
{
    TestLink(EventLoop& loop, const transport::KeyPair& keys, const QTemporaryDir& folder)
        : link(makeFleetLink(loop, keys, folder.filePath(QStringLiteral("pinned_keys")).toStdString()))
    {
        link->setCallbacks({
            .up =
                [this](NodeId id, const Welcome& welcome) {
                    ups[id].push_back(welcome);
                    if (onUp)
                        onUp(id);
                },
            .down =
                [this](NodeId id, const Error& error) {
                    downs[id].push_back(error.code);
                    if (onDown)
                        onDown(id);
                },
            .message =
                [this](NodeId id, Channel channel, Message message, BytesView payload) {
                    lastChannel = channel;
                    payloads.emplace_back(payload.begin(), payload.end());
                    messages.push_back(std::move(message));
                    if (onMessage)
                        onMessage(id);
                },
        });
    }
    void add(const TinyAgent& agent, NodeId id = node)
    {
        const auto address = link->resolve(agent.addressLine(), false);
        QVERIFY(address.ok());
        link->add(id, *address);
    }
    bool isDown(ErrorCode code) { return !downs[node].empty() && downs[node].back() == code; }

    std::unique_ptr<FleetLink> link;
    std::map<NodeId, std::vector<Welcome>> ups;
    std::map<NodeId, std::vector<ErrorCode>> downs;
    std::vector<Message> messages;
    std::vector<Bytes> payloads;
    Channel lastChannel = Channel::Invalid;
    std::function<void(NodeId)> onUp, onDown, onMessage;
};

} // namespace

class TestNet : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void addressesArePinned();
    void bothConnectionsAreGreeted();
    void processesHaveTheirOwnNonce();
    void ownersBeat();
    void messagesGoBothWays();
    void nothingIsSentBeforeTheWelcome();
    void busyAgentsAreTriedAgain();
    void otherVersionsAreRefused();
    void strangersAreToldOnce();
    void otherKeysAreToldOnce();
    void announcedKeysAreFollowed();
    void nobodyIsToldOnce();
    void restartsAreSeen();
    void restartsBetweenTheWelcomesAreSeen();
    void agentsThatDoNotWelcomeAreGivenUp();
    void wrongMessagesEndTheSession();
    void unaskedWelcomesEndTheSession();
    void reconnectStartsAnew();
    void removedNodesAreSilent();
    void callbacksMayRemoveTheirNode();
    void nodesAreKeptApart();
    void slowAgentsFillTheQueue();
    void smallMessagesFillItToo();
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

void TestNet::messagesGoBothWays()
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

void TestNet::nothingIsSentBeforeTheWelcome()
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
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Unreachable); }));
    agent.answers = true;
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
}

void TestNet::wrongMessagesEndTheSession()
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

void TestNet::unaskedWelcomesEndTheSession()
{
    auto agent = makeAgent();
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] { return link.ups[node].size() == 1; }));
    agent.sendControl(agent.welcome);
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Protocol); }));
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

void TestNet::callbacksMayRemoveTheirNode()
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

void TestNet::nodesAreKeptApart()
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

void TestNet::slowAgentsFillTheQueue()
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
void TestNet::smallMessagesFillItToo()
{
    EventLoop agentLoop; // which stands still once the agent is up
    TinyAgent agent(m_context, agentLoop, m_agentKeys, {m_appKeys.publicKey()});
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.add(agent);
    QVERIFY(loopUntil(m_loop, [&] {
        loopFor(agentLoop, 2ms);
        return link.ups[node].size() == 1;
    }));
    constexpr std::uint64_t most = 65'536, farBeyond = 1'000'000;
    std::uint64_t sent = 0;
    while (sent < farBeyond && link.link->send(node, Channel::Control, CloseRun{"run"}))
        ++sent;
    QVERIFY2(sent >= most && sent < farBeyond, qPrintable(QString::number(sent)));
    QVERIFY(link.downs[node].empty());
}

void TestNet::badAddressesAreTold()
{
    TestLink link(m_loop, m_appKeys, *m_folder);
    link.link->add(node, {"nonsense", "nokey"});
    QVERIFY(loopUntil(m_loop, [&] { return link.isDown(ErrorCode::Address); }));
}

QTEST_APPLESS_MAIN(TestNet)
#include "test_net.moc"
