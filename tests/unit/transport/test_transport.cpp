// SPDX-License-Identifier: GPL-3.0-or-later
// Real sockets on the loopback interface.
#include "shared/base/limits.h"
#include "shared/transport/transport.h"
#include "tests/support/loop_until.h"

#include <QFile>
#include <QTest>

#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <set>
#include <sys/socket.h>
#include <zmq.h>

using namespace vitfleet;
using namespace vitfleet::transport;
using namespace vitfleet::protocol;
using namespace std::chrono_literals;
using test::loopFor;
using test::loopUntil;

namespace {

/// An agent's end that keeps what it hears.
struct TestAgent
{
    TestAgent(Context& context, EventLoop& loop, const KeyPair& keys, std::vector<PublicKey> admitted,
              std::uint16_t port = 0)
    {
        auto made = AgentSocket::listen(
            context, loop, "127.0.0.1", port, keys, std::move(admitted),
            {.message =
                 [this](ConnectionId from, const PublicKey& peer, Message message, BytesView payload) {
                     connections.insert(from);
                     lastConnection = from;
                     lastPeer = peer;
                     lastPayload.assign(payload.begin(), payload.end());
                     messages.push_back(std::move(message));
                 },
             .badMessage = [this](ConnectionId, const PublicKey&, const Error& error) { bad.push_back(error); },
             .stranger =
                 [this](const std::string& address, std::uint64_t count) {
                     strangers += count;
                     ++strangerCalls;
                     lastStranger = address;
                 }});
        if (made)
            socket = *std::move(made);
    }
    std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(socket->port()); }

    std::unique_ptr<AgentSocket> socket;
    std::set<ConnectionId> connections;
    ConnectionId lastConnection = 0;
    PublicKey lastPeer;
    Bytes lastPayload;
    std::vector<Message> messages;
    std::vector<Error> bad;
    std::uint64_t strangers = 0;
    int strangerCalls = 0;
    std::string lastStranger;
};

/// An application's end that keeps what it hears.
struct TestClient
{
    TestClient(Context& context, EventLoop& loop, const std::string& endpoint, const PublicKey& agent,
               const KeyPair& keys)
        : connection(context, loop, endpoint, agent, keys,
                     {.up = [this] { ++ups; },
                      .down = [this](const Error& error) { downs.push_back(error.code); },
                      .message = [this](Message message, BytesView) { messages.push_back(std::move(message)); },
                      .badMessage = [this](const Error& error) { bad.push_back(error); },
                      .writable = [this] { ++writables; }})
    {
    }
    bool isDown(ErrorCode code) const { return !downs.empty() && downs.back() == code; }

    int ups = 0;
    int writables = 0;
    std::vector<ErrorCode> downs;
    std::vector<Message> messages;
    std::vector<Error> bad;
    AgentConnection connection; ///< last: its callbacks use the others
};

/// A plain TCP listener or connection, for what does not speak ZMTP.
UniqueFd tcpSocket()
{
    return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::uint16_t listenOn(const UniqueFd& fd)
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd.get(), 16) != 0)
        return 0;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

UniqueFd connectTo(std::uint16_t port)
{
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fd.reset();
    ::fcntl(fd.get(), F_SETFL, O_NONBLOCK);
    return fd;
}

bool hungUp(const UniqueFd& fd)
{
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
    }
    return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

qint64 residentBytes()
{
    QFile statm(QStringLiteral("/proc/self/statm"));
    if (!statm.open(QIODevice::ReadOnly))
        return 0;
    return statm.readAll().split(' ').value(1).toLongLong() * ::getpagesize();
}

/// A client made with libzmq itself, for what AgentConnection would not do.
struct RawClient
{
    RawClient(const std::string& endpoint, const PublicKey* agent, const KeyPair& keys, const char* routingId = nullptr)
        : context(::zmq_ctx_new()), socket(::zmq_socket(context, ZMQ_DEALER))
    {
        const int none = 0;
        ::zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
        if (routingId)
            ::zmq_setsockopt(socket, ZMQ_ROUTING_ID, routingId, strlen(routingId));
        if (agent) {
            ::zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, agent->bytes.data(), 32);
            ::zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey().bytes.data(), 32);
            ::zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secretBytes().data(), 32);
        }
        ::zmq_connect(socket, endpoint.c_str());
    }
    ~RawClient()
    {
        ::zmq_close(socket);
        ::zmq_ctx_term(context);
    }
    void send(std::initializer_list<BytesView> frames) const
    {
        std::size_t left = frames.size();
        for (const BytesView frame : frames)
            ::zmq_send(socket, frame.data(), frame.size(), --left > 0 ? ZMQ_SNDMORE : 0);
    }
    void* context;
    void* socket;
};

} // namespace

class TestTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void admittedKeysGetThrough();
    void answersComeBack();
    void manyMessagesArriveInOrder();
    void portsThatAreTakenAreRefused();
    void namesAreListenedOn();
    void unknownKeysAreRefused();
    void strangersAreReportedOnceASecond();
    void wrongServerKeysAreSeen();
    void plainClientsAreRefused();
    void garbageIsRefused();
    void silentStrangersAreCutOff();
    void hugeFramesCostNoMemory();
    void chosenRoutingIdsAreRefused();
    void tooManyFramesAreRefused();
    void brokenMessagesAreReported();
    void withdrawnKeysAreDropped();
    void lateKeysAreAdmitted();
    void nobodyIsThere();
    void otherProtocolsAreSeen();
    void closedConnectionsAreSeen();
    void silentPeersAreSeen();
    void restartedAgentsAreFoundAgain();
    void reconnectStartsAnew();
    void departedPeersAreGone();
    void slowReadersBlock();
    void tooLargeMessagesAreRefused();
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

void TestTransport::unknownKeysAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_otherKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled) && agent.strangers == 1; }));
    QCOMPARE(client.ups, 0);
    QVERIFY(agent.messages.empty());
}

void TestTransport::strangersAreReportedOnceASecond()
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

void TestTransport::wrongServerKeysAreSeen()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_otherKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::AgentKey); }));
    QCOMPARE(client.downs.size(), std::size_t(1));
    QCOMPARE(client.ups, 0);
}

void TestTransport::plainClientsAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient plain(agent.endpoint(), nullptr, m_clientKeys);
    const Bytes envelope = *encode(Hello{});
    plain.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.strangers > 0; }));
    QVERIFY(agent.messages.empty() && agent.bad.empty());
}

void TestTransport::garbageIsRefused()
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

void TestTransport::silentStrangersAreCutOff()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    const UniqueFd peer = connectTo(agent.socket->port());
    QVERIFY(loopUntil(
        m_loop, [&] { return hungUp(peer); }, 8s)); // HANDSHAKE_IVL is 5 s
}

void TestTransport::hugeFramesCostNoMemory()
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

void TestTransport::chosenRoutingIdsAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys, "chosen");
    const Bytes envelope = *encode(Hello{});
    client.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.bad.size() == 1; }));
    QCOMPARE(agent.bad[0].code, ErrorCode::Protocol);
    QVERIFY(agent.messages.empty());
}

void TestTransport::tooManyFramesAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    const RawClient client(agent.endpoint(), &m_agentKeys.publicKey(), m_clientKeys);
    const Bytes envelope = *encode(Hello{});
    client.send({envelope, {}, {}}); // one too many
    client.send({envelope});         // one too few
    client.send({envelope, {}});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    QCOMPARE(agent.bad.size(), std::size_t(2));
    QCOMPARE(agent.bad[0].detail, std::string("too many frames"));
    QCOMPARE(agent.bad[1].detail, std::string("frames missing"));
}

void TestTransport::brokenMessagesAreReported()
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

void TestTransport::withdrawnKeysAreDropped()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey(), m_otherKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    TestClient other(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_otherKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1 && other.ups == 1; }));
    agent.socket->setAuthorized({m_otherKeys.publicKey()});
    client.connection.send(OwnerBeat{1});
    other.connection.send(OwnerBeat{2});
    QVERIFY(loopUntil(m_loop, [&] { return agent.messages.size() == 1; }));
    loopFor(m_loop, 50ms);
    QCOMPARE(agent.messages.size(), std::size_t(1));
    QVERIFY(agent.messages[0] == Message(OwnerBeat{2}));
    client.connection.reconnect();
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled); }));
}

void TestTransport::lateKeysAreAdmitted()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.isDown(ErrorCode::NotEnrolled); }));
    agent.socket->setAuthorized({m_clientKeys.publicKey()});
    QVERIFY(loopUntil(
        m_loop, [&] { return client.ups == 1; }, limits::reconnectInterval + 2s));
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
    QVERIFY(loopUntil(m_loop, [&] { return sendSome() == SendStatus::WouldBlock && sent >= 40; }));
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

void TestTransport::tooLargeMessagesAreRefused()
{
    TestAgent agent(m_context, m_loop, m_agentKeys, {m_clientKeys.publicKey()});
    TestClient client(m_context, m_loop, agent.endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(loopUntil(m_loop, [&] { return client.ups == 1; }));
    const Bytes payload(limits::maxPayloadBytes + 1);
    QCOMPARE(client.connection.send(ModelPiece{"run", 0, 0}, payload), SendStatus::TooLarge);
    QCOMPARE(client.connection.send(CloseRun{std::string(limits::maxStringBytes + 1, 'x')}), SendStatus::TooLarge);
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
