// SPDX-License-Identifier: GPL-3.0-or-later
// Real sockets on the loopback interface: what works, and what the application learns where it does not.
#include "peers.h"

#include "shared/transport/unread.h"

#include <QTest>

#include <sys/socket.h>

using namespace vitfleet;
using namespace vitfleet::transport;
using namespace vitfleet::protocol;
using namespace vitfleet::test;
using namespace std::chrono_literals;

class TestTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void admittedKeysGetThrough();
    void answersComeBack();
    void manyMessagesArriveInOrder();
    void portsThatAreTakenAreRefused();
    void namesAreListenedOn();
    void wrongServerKeysAreSeen();
    void nobodyIsThere();
    void hostsThatDoNotAnswerAreGivenUp();
    void otherProtocolsAreSeen();
    void closedConnectionsAreSeen();
    void silentPeersAreSeen();
    void restartedAgentsAreFoundAgain();
    void reconnectStartsAnew();
    void departedPeersAreGone();
    void slowReadersBlock();
    void payloadsAreTakenOnlyWhenSent();
    void tooLargeMessagesAreRefused();
    void whatArrivesIsCountedToTheByte();
    void aMessageWithoutEndEndsTheConnection();
    void callbacksMayEndTheConnection();
    void callbacksMayEndTheSocket();

private:
    Context m_context;
    EventLoop m_loop;
    const KeyPair m_agentKeys = KeyPair::generate();
    const KeyPair m_clientKeys = KeyPair::generate();
    const KeyPair m_otherKeys = KeyPair::generate();
};

void TestTransport::admittedKeysGetThrough()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_otherKeys.publicKey(), m_clientKeys.publicKey()});
    QVERIFY(agent.socket);
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(!client.connection.isUp());
    QCOMPARE(client.connection.send(Hello{}), SendStatus::Gone);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    QVERIFY(client.connection.isUp());
    const Bytes payload(limits::maxPayloadBytes, std::byte{9});
    QCOMPARE(client.connection.send(Hello{}), SendStatus::Sent);
    QCOMPARE(client.connection.send(ModelPiece{"run", 0, 0}, payload), SendStatus::Sent);
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 2; }));
    QVERIFY(agent.messages[0] == Message(Hello{}));
    QVERIFY(agent.lastPayload == payload);
    QVERIFY(agent.lastPeer == m_clientKeys.publicKey());
    QCOMPARE(agent.strangers, std::uint64_t(0)); // the agent's own proof is not counted
    QVERIFY(agent.bad.empty() && client.downs.empty());
}

void TestTransport::answersComeBack()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient first(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    TestClient second(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return first.ups == 1 && second.ups == 1; }));
    first.connection.send(OwnerBeat{1});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    const ConnectionId firstId = agent.lastConnection;
    second.connection.send(OwnerBeat{2});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 2; }));
    QCOMPARE(agent.connections.size(), std::size_t(2));
    QCOMPARE(agent.socket->send(firstId, Leaving{"first"}), SendStatus::Sent);
    QVERIFY(loopUntil(m_loop, [&] { return first.messages.size() == 1; }));
    QVERIFY(first.messages[0] == Message(Leaving{"first"}));
    QVERIFY(second.messages.empty());
}

void TestTransport::manyMessagesArriveInOrder()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    constexpr std::uint64_t count = 5000;
    std::uint64_t sent = 0;
    const bool all = loopUntil(m_loop, [&] {
        while (sent < count && client.connection.send(OwnerBeat{sent}) == SendStatus::Sent)
            ++sent;
        return agent.messages.size() == count;
    });
    QVERIFY(all);
    for (std::uint64_t i = 0; i < count; ++i)
        QVERIFY(agent.messages[i] == Message(OwnerBeat{i}));
}

void TestTransport::portsThatAreTakenAreRefused()
{
    const TestAgent agent(m_context, m_loop, m_agentKeys, {});
    const auto second = AgentSocket::listen(m_context, m_loop, "127.0.0.1", agent.socket->port(), m_agentKeys, {}, {});
    QVERIFY(!second.ok());
    QCOMPARE(second.error().code, ErrorCode::Listen);
    QCOMPARE(AgentSocket::listen(m_context, m_loop, "no.such.host.invalid", 0, m_agentKeys, {}, {}).error().code,
             ErrorCode::Listen);
}

void TestTransport::namesAreListenedOn()
{
    for (const char* host : {"localhost", "*", "0.0.0.0"}) {
        const auto socket =
            AgentSocket::listen(m_context, m_loop, host, 0, m_agentKeys, {m_clientKeys.publicKey()}, {});
        QVERIFY2(socket.ok(), host);
        TestClient client(m_context, m_loop, "tcp://localhost:" + std::to_string((*socket)->port()),
                          m_agentKeys.publicKey(), m_clientKeys);
        QVERIFY2(loopUntil(m_loop, [&] { return client.ups == 1; }), host);
    }
}

void TestTransport::wrongServerKeysAreSeen()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_otherKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::AgentKey); }));
    QCOMPARE(client.downs.size(), std::size_t(1));
    QCOMPARE(client.ups, 0);
}

void TestTransport::nobodyIsThere()
{
    const UniqueFd placeholder = tcpSocket();
    const std::uint16_t port = listenOn(placeholder);
    QVERIFY(port != 0);
    ::shutdown(placeholder.get(), SHUT_RDWR); // the number stays ours, but nobody listens
    TestClient client(m_context, m_loop, "tcp://127.0.0.1:" + std::to_string(port), m_agentKeys.publicKey(),
                      m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }));
    TestClient nowhere(m_context, m_loop, "tcp://no.such.host.invalid:1", m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return nowhere.isDown(ErrorCode::Unreachable); }));
}

/// A listener whose queue is full answers to no more SYN, as a host does that is gone.
void TestTransport::hostsThatDoNotAnswerAreGivenUp()
{
    const UniqueFd listener = tcpSocket();
    const std::uint16_t port = listenOn(listener);
    QCOMPARE(::listen(listener.get(), 0), 0);
    std::vector<UniqueFd> waiting;
    const sockaddr_in address = loopback(port);
    for (int i = 0; i < 4; ++i) {
        waiting.push_back(tcpSocket());
        ::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    TestClient client(m_context, m_loop, "tcp://127.0.0.1:" + std::to_string(port), m_agentKeys.publicKey(),
                      m_clientKeys);
    const auto since = std::chrono::steady_clock::now();
    QVERIFY(loopUntil(
        m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }, limits::connectTimeout + 2s));
    QVERIFY(std::chrono::steady_clock::now() - since > limits::connectTimeout - 500ms);
}

void TestTransport::otherProtocolsAreSeen()
{
    const UniqueFd server = tcpSocket();
    const std::uint16_t port = listenOn(server);
    std::vector<UniqueFd> accepted;
    const Subscription answering = m_loop.watch(server.get(), EventLoop::Trigger::Level, [&] {
        const UniqueFd peer(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const char answer[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        QCOMPARE(::send(peer.get(), answer, sizeof answer - 1, MSG_NOSIGNAL), ssize_t(sizeof answer - 1));
        char request[64];
        [[maybe_unused]] const auto got = ::recv(peer.get(), request, sizeof request, 0);
    });
    TestClient client(m_context, m_loop, "tcp://127.0.0.1:" + std::to_string(port), m_agentKeys.publicKey(),
                      m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::Protocol); }));
    QCOMPARE(client.downs.size(), std::size_t(1));
}

void TestTransport::closedConnectionsAreSeen()
{
    auto agent =
        std::make_unique<TestAgent>(m_context, m_loop, m_agentKeys, std::vector<PublicKey>{m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent->endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    agent.reset();
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }));
    QVERIFY(!client.connection.isUp());
    QCOMPARE(client.connection.send(OwnerBeat{1}), SendStatus::Gone);
}

void TestTransport::silentPeersAreSeen()
{
    // Accepts (the kernel does) and says nothing, as a stopped process.
    const UniqueFd server = tcpSocket();
    const std::uint16_t port = listenOn(server);
    TestClient client(m_context, m_loop, "tcp://127.0.0.1:" + std::to_string(port), m_agentKeys.publicKey(),
                      m_clientKeys);
    QVERIFY(loopUntil(
        m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }, 8s));
}

void TestTransport::restartedAgentsAreFoundAgain()
{
    auto agent =
        std::make_unique<TestAgent>(m_context, m_loop, m_agentKeys, std::vector<PublicKey>{m_clientKeys.publicKey()});
    const std::uint16_t port = agent->socket->port();
    TestClient client(m_context, m_loop, agent->endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    agent.reset();
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }));
    // libzmq closes the old port in its own time.
    QVERIFY(loopUntil(m_loop, [&] {
        agent = std::make_unique<TestAgent>(m_context, m_loop, m_agentKeys,
                                            std::vector<PublicKey>{m_clientKeys.publicKey()}, port);
        return agent->socket != nullptr;
    }));
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 2; }));
    QCOMPARE(client.downs.size(), std::size_t(1));
    client.connection.send(OwnerBeat{3});
    QVERIFY(loopUntil(m_loop, [&] { return !agent->messages.empty(); }));
    QVERIFY(agent->messages[0] == Message(OwnerBeat{3}));
}

void TestTransport::reconnectStartsAnew()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    client.connection.send(OwnerBeat{1});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    client.connection.reconnect();
    QVERIFY(!client.connection.isUp());
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 2; }));
    client.connection.send(OwnerBeat{2});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 2; }));
    QCOMPARE(agent.connections.size(), std::size_t(2));
    QVERIFY(client.downs.empty());
}

void TestTransport::departedPeersAreGone()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    auto client =
        std::make_unique<TestClient>(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client->ups == 1; }));
    client->connection.send(OwnerBeat{1});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    client.reset();
    QVERIFY(
        loopUntil(m_loop, [&] { return agent.socket->send(agent.lastConnection, Leaving{""}) == SendStatus::Gone; }));
    QCOMPARE(agent.socket->send(12345, Leaving{""}), SendStatus::Gone);
}

void TestTransport::slowReadersBlock()
{
    EventLoop agentLoop; // which does not run at first
    TestAgent agent(m_context, agentLoop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    const Bytes payload(limits::maxPayloadBytes, std::byte{1});
    std::uint64_t sent = 0;
    const auto sendSome = [&] {
        SendStatus status = SendStatus::Sent;
        while ((status = client.connection.send(ModelPiece{"run", 0, sent}, payload)) == SendStatus::Sent)
            ++sent;
        return status;
    };
    // Both marks, what is in between, and no more.
    QVERIFY(loopUntil(m_loop, [&] {
        return sendSome() == SendStatus::WouldBlock && sent >= std::uint64_t(limits::maxHeldMessages);
    }));
    loopFor(m_loop, 100ms);
    QCOMPARE(sendSome(), SendStatus::WouldBlock);
    QVERIFY(sent < 200);
    const int before = client.writables;
    QVERIFY(loopUntil(m_loop, [&] { return client.writables > before; }));
    QVERIFY(loopUntil(agentLoop, [&] { return agent.messages.size() >= sent; }));
    QVERIFY(loopUntil(m_loop, [&] { return client.connection.send(OwnerBeat{1}) == SendStatus::Sent; }));
    QVERIFY(loopUntil(agentLoop, [&] { return agent.messages.size() == sent + 1; }));
    for (std::uint64_t i = 0; i < sent; ++i)
        QCOMPARE(std::get<ModelPiece>(agent.messages[i]).offset, i);
}

void TestTransport::payloadsAreTakenOnlyWhenSent()
{
    EventLoop agentLoop; // which does not run at first
    TestAgent agent(m_context, agentLoop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    const Bytes whole(limits::maxPayloadBytes, std::byte{1});
    Bytes payload = whole;
    QCOMPARE(client.connection.sendOwned(ModelPiece{"run", 0, 0}, payload), SendStatus::Gone);
    QVERIFY(payload == whole);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    std::uint64_t sent = 0;
    const auto sendSome = [&] {
        SendStatus status = SendStatus::Sent;
        while ((status = client.connection.sendOwned(ModelPiece{"run", 0, sent}, payload)) == SendStatus::Sent) {
            ++sent;
            if (!payload.empty())
                return SendStatus::Invalid;
            payload = whole;
        }
        return status;
    };
    QVERIFY(loopUntil(m_loop, [&] { return sendSome() != SendStatus::Sent && sent >= 40; }));
    QCOMPARE(sendSome(), SendStatus::WouldBlock);
    QVERIFY(payload == whole);
    Bytes few(3, std::byte{2});
    QVERIFY(loopUntil(agentLoop, [&] { return agent.messages.size() >= sent; }));
    QVERIFY(loopUntil(m_loop, [&] {
        return client.connection.sendOwned(ModelPiece{"run", 0, sent}, few) == SendStatus::Sent;
    }));
    QVERIFY(few.empty());
    // Whoever takes a changed payload for its own refuses it by its checksum.
    QVERIFY(loopUntil(agentLoop, [&] { return agent.messages.size() == sent + 1; }));
    for (std::uint64_t i = 0; i <= sent; ++i)
        QCOMPARE(std::get<ModelPiece>(agent.messages[i]).offset, i);
}

void TestTransport::tooLargeMessagesAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    const Bytes payload(limits::maxPayloadBytes + 1);
    QCOMPARE(client.connection.send(ModelPiece{"run", 0, 0}, payload), SendStatus::TooLarge);
    QCOMPARE(client.connection.send(CloseRun{std::string(limits::maxStringBytes + 1, 'x')}), SendStatus::TooLarge);
}

/// A ROUTER of libzmq's own that lets everybody in.
static Socket openRouter(void* context, const KeyPair& keys, std::string& endpoint)
{
    Socket router(context, ZMQ_ROUTER);
    char bound[256] = {};
    std::size_t size = sizeof bound;
    if (!setCommonOptions(router) || !router.set(ZMQ_CURVE_SERVER, 1) ||
        !router.set(ZMQ_CURVE_SECRETKEY, keys.secretBytes()) || ::zmq_bind(router.handle(), "tcp://127.0.0.1:*") != 0 ||
        ::zmq_getsockopt(router.handle(), ZMQ_LAST_ENDPOINT, bound, &size) != 0)
        return {};
    endpoint = bound;
    return router;
}

/// A connection may live for weeks: a byte too few for each frame would look like a peer that sends without end.
void TestTransport::whatArrivesIsCountedToTheByte()
{
    constexpr std::uint64_t handshakeBytes = 1024;
    constexpr std::size_t messages = 5000;
    const std::unique_ptr<void, decltype(&::zmq_ctx_term)> context(::zmq_ctx_new(), ::zmq_ctx_term);
    std::string endpoint;
    Socket router = openRouter(context.get(), m_agentKeys, endpoint);
    QVERIFY(router);
    const PublicKey agent = m_agentKeys.publicKey();
    const RawClient client(endpoint, &agent, m_clientKeys);
    std::uint64_t handedOver = 0;
    std::size_t sent = 0, received = 0;
    int fd = -1;
    QVERIFY(loopUntil(m_loop, [&] {
        for (; sent < messages && sent < received + 16; ++sent) // both sizes of a frame's head, and the edge of them
            client.send({Bytes(sent % 300), Bytes(sent % 7 == 0 ? 100'000 : 0)});
        for (;;) {
            std::array<Frame, 3> frames;
            std::size_t count = 0;
            std::uint64_t bytes = 0;
            if (router.receive(frames, count, &bytes) != Received::Message)
                break;
            ++received;
            handedOver += bytes - wireBytes(frames[0].bytes().size());
            fd = std::stoi(std::string(frames[1].property("__fd")));
        }
        return received == messages;
    }));
    const auto arrived = arrivedBytes(fd);
    QVERIFY(arrived.has_value());
    QVERIFY2(*arrived >= handedOver && *arrived - handedOver < handshakeBytes,
             qPrintable(QStringLiteral("%1 arrived, %2 handed over").arg(*arrived).arg(handedOver)));
    QVERIFY(!holdsTooMuch(fd, *arrived - maxUnreadBytes));
    QVERIFY(holdsTooMuch(fd, *arrived - maxUnreadBytes - 1));
}

/// libzmq hands over whole messages alone, and counts no frames of one that is not whole yet.
void TestTransport::aMessageWithoutEndEndsTheConnection()
{
    std::vector<char> part(limits::maxPayloadBytes); // first: the context's thread still reads it when the test ends
    const std::unique_ptr<void, decltype(&::zmq_ctx_term)> context(::zmq_ctx_new(), ::zmq_ctx_term);
    std::string endpoint;
    Socket router = openRouter(context.get(), m_agentKeys, endpoint);
    QVERIFY(router);
    TestClient client(m_context, m_loop, endpoint, m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    QCOMPARE(client.connection.send(Hello{}), SendStatus::Sent);
    std::array<Frame, 3> frames;
    std::size_t count = 0;
    QVERIFY(loopUntil(m_loop, [&] { return router.receive(frames, count) == Received::Message; }));
    const qint64 before = residentBytes();
    // libzmq sends whole messages alone, too. A thousand frames that share their bytes are one that is long in coming.
    QVERIFY(router.send(frames[0].bytes(), true));
    for (int left = 1000; left > 0; --left) {
        zmq_msg_t frame;
        ::zmq_msg_init_data(&frame, part.data(), part.size(), nullptr, nullptr);
        QVERIFY(::zmq_msg_send(&frame, router.handle(), left > 1 ? ZMQ_SNDMORE : 0) >= 0);
    }
    qint64 highest = 0;
    QVERIFY(loopUntil(m_loop, [&] {
        client.connection.endIfHoarding();
        highest = std::max(highest, residentBytes() - before);
        return client.isDown(ErrorCode::Protocol);
    }));
    QVERIFY(client.bad.empty());
    qInfo("highest growth %lld MiB", static_cast<long long>(highest >> 20));
}

void TestTransport::callbacksMayEndTheConnection()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    for (int when = 0; when < 3; ++when) {
        std::unique_ptr<AgentConnection> connection;
        const auto end = [&connection] { connection.reset(); };
        connection =
            std::make_unique<AgentConnection>(m_context, m_loop, when == 1 ? "tcp://127.0.0.1:1" : agent.endpoint(),
                                              m_agentKeys.publicKey(), m_clientKeys,
                                              AgentConnection::Callbacks{.up =
                                                                             [&] {
                                                                                 if (when == 0)
                                                                                     end();
                                                                                 else
                                                                                     connection->send(OwnerBeat{1});
                                                                             },
                                                                         .down = [&](const Error&) { end(); },
                                                                         .message = [&](Message, BytesView) { end(); },
                                                                         .badMessage = {}});
        QVERIFY(loopUntil(m_loop, [&] {
            if (agent.lastConnection != 0)
                agent.socket->send(agent.lastConnection, Leaving{"now"});
            return !connection;
        }));
    }
}

void TestTransport::callbacksMayEndTheSocket()
{
    std::unique_ptr<AgentSocket> socket;
    auto made = AgentSocket::listen(
        m_context, m_loop, "127.0.0.1", 0, m_agentKeys, {m_clientKeys.publicKey()},
        {.message = [&](ConnectionId, const PublicKey&, Message, BytesView) { socket.reset(); }, .badMessage = {}});
    QVERIFY(made.ok());
    socket = *std::move(made);
    TestClient client(m_context, m_loop, "tcp://127.0.0.1:" + std::to_string(socket->port()), m_agentKeys.publicKey(),
                      m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    client.connection.send(OwnerBeat{1});
    client.connection.send(OwnerBeat{2});
    QVERIFY(loopUntil(m_loop, [&] { return !socket; }));
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::Unreachable); }));
}

QTEST_APPLESS_MAIN(TestTransport)
#include "test_transport.moc"
