// SPDX-License-Identifier: GPL-3.0-or-later
// A real agent and peers who mean it no good: an admitted one that sends rubbish (promise P15), strangers who want to
// fill its memory or its table of connections (P14), many of them with keys of their own (P13).
#include "agent_fixture.h"
#include "tests/support/mutate.h"
#include "tests/unit/protocol/samples.h"
#include "tests/unit/transport/peers.h"

#include <QTest>

#include <sys/resource.h>

using namespace vitfleet;
using namespace vitfleet::test;
using namespace std::chrono_literals;
using protocol::Bytes;
using protocol::Message;

namespace {

constexpr qint64 mayGrowBytes = qint64{64} << 20;

qint64 residentBytesOf(pid_t pid)
{
    QFile statm(QStringLiteral("/proc/%1/statm").arg(pid));
    if (!statm.open(QIODevice::ReadOnly))
        return 0;
    return statm.readAll().split(' ').value(1).toLongLong() * ::getpagesize();
}

/// ZMTP 3.1's greeting for CURVE, and the head of a command of one GiB.
QByteArray hugeCommand()
{
    QByteArray bytes("\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01", 12);
    bytes += QByteArray("CURVE").leftJustified(20, '\0') + QByteArray(32, '\0');
    return bytes + QByteArray("\x06\0\0\0\0\x40\0\0\0", 9);
}

} // namespace

class TestAgentHostile : public AgentFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { newFolder(); }
    void mutatedFramesAreRefused();
    void hugeFramesCostNoMemory();
    void aMessageWithoutEndIsCutOff();
    void idleConnectionsCostLittle();
    void aThousandUnknownKeys();
    void withoutItsKeyCheckItEnds();

private:
    /// Still there, still working, not much larger than before.
    void isUnharmed(AgentProcess& agent, qint64 before)
    {
        // Somebody else may still count as its owner for three seconds.
        std::unique_ptr<Application> application;
        QVERIFY(loopUntil(
            m_loop,
            [&] {
                if (!application || application->last<protocol::Refused>())
                    application =
                        std::make_unique<Application>(m_context, m_loop, m_address, Application::Identity{m_alice, 99});
                return application->isWelcome();
            },
            30s));
        QVERIFY(openRun(*application));
        application->lease(1, protocol::TransferMode::Bytes, byteItems(0, 50));
        QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 50; }));
        QVERIFY(!agent.exitCode(0ms).has_value());
        const qint64 grown = residentBytesOf(agent.pid()) - before;
        qInfo("grown by %lld KiB", static_cast<long long>(grown / 1024));
        if (!sanitized)
            QVERIFY2(grown <= mayGrowBytes, qPrintable(QString::number(grown)));
    }
    static constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        true;
#else
        false;
#endif
};

void TestAgentHostile::mutatedFramesAreRefused()
{
    const auto agent = serve({&m_alice, &m_bob});
    QVERIFY(agent);
    const qint64 before = residentBytesOf(agent->pid());
    const std::string endpoint = m_address.endpoint();
    const RawClient hostile(endpoint, &*m_address.key, m_bob);
    // The agent reads at its own pace; this one waits for it where it must.
    const int second = 1000;
    ::zmq_setsockopt(hostile.socket, ZMQ_SNDTIMEO, &second, sizeof second);

    std::mt19937_64 random(20240904);
    auto samples = sampleMessages();
    std::erase_if(samples, [](const Message& sample) {
        return std::holds_alternative<protocol::Shutdown>(sample) || std::holds_alternative<protocol::Drain>(sample);
    });
    const std::uint64_t frames = hostileFrames();
    std::uint64_t answers = 0;
    for (std::uint64_t i = 0; i < frames; ++i) {
        // Every now and then it is an owner in good order, so that what follows meets more than "a hello first".
        if (i % 4 == 0) {
            protocol::Hello hello;
            hello.role = i % 8 == 0 ? protocol::ConnectionRole::Control : protocol::ConnectionRole::Data;
            hello.processNonce = 7;
            const Bytes envelope = *protocol::encode(hello);
            hostile.send({envelope, {}});
        }
        const Message& sample = samples[random() % samples.size()];
        Bytes payload = samplePayload(sample);
        if (i % 2 == 0)
            mutate(payload, random);
        auto encoded = protocol::encode(sample, payload);
        Bytes envelope = encoded ? *std::move(encoded) : *protocol::encode(sample);
        for (std::uint64_t times = i % 2 == 0 ? random() % 2 : 1 + random() % 3; times > 0; --times)
            mutate(envelope, random);
        hostile.send({envelope, payload});
        answers += hostile.takeAll();
        QVERIFY(i % 1024 != 0 || !agent->exitCode(0ms).has_value());
    }
    qInfo("%llu mutated frames, %llu answers", static_cast<unsigned long long>(frames),
          static_cast<unsigned long long>(answers));
    QVERIFY(answers > 0);
    QVERIFY(loopUntil(
        m_loop, [&] { return hostile.takeAll() == 0; }, 10s));
    isUnharmed(*agent, before);
}

void TestAgentHostile::hugeFramesCostNoMemory()
{
    const auto agent = serve({&m_alice});
    QVERIFY(agent);
    const qint64 before = residentBytesOf(agent->pid());
    const QByteArray command = hugeCommand();
    const QByteArray filler(1 << 20, 'x');
    for (int times = 0; times < 8; ++times) {
        const UniqueFd peer = connectTo(m_address.port);
        QVERIFY(peer);
        qint64 sent = ::send(peer.get(), command.constData(), static_cast<std::size_t>(command.size()), MSG_NOSIGNAL);
        QCOMPARE(sent, qint64(command.size()));
        sent = 0;
        QVERIFY(loopUntil(
            m_loop,
            [&] {
                const ssize_t now = ::send(peer.get(), filler.constData(), static_cast<std::size_t>(filler.size()),
                                           MSG_DONTWAIT | MSG_NOSIGNAL);
                sent += std::max<ssize_t>(now, 0);
                return hungUp(peer);
            },
            10s));
        QVERIFY2(sent < mayGrowBytes, qPrintable(QString::number(sent)));
    }
    isUnharmed(*agent, before);
}

/// libzmq hands over whole messages alone, and counts no frames of one that is not whole yet.
void TestAgentHostile::aMessageWithoutEndIsCutOff()
{
    constexpr int partsMiB = 2000;
    constexpr qint64 mayHoldBytes = qint64{256} << 20; // the limit, and what comes until it is looked at
    const auto agent = serve({&m_alice, &m_bob});
    QVERIFY(agent);
    const auto owner = connect(m_address, m_alice, 1);
    QVERIFY(owner);
    const qint64 before = residentBytesOf(agent->pid());
    std::vector<char> part(std::size_t{1} << 20); // before the client, whose thread reads it to the end
    const RawClient hostile(m_address.endpoint(), &*m_address.key, m_bob);
    // It sends whole messages alone, too: this one is long in coming. Its frames share their bytes.
    for (int left = partsMiB; left > 0; --left) {
        zmq_msg_t frame;
        ::zmq_msg_init_data(&frame, part.data(), part.size(), nullptr, nullptr);
        QVERIFY(::zmq_msg_send(&frame, hostile.socket, left > 1 ? ZMQ_SNDMORE : 0) >= 0);
    }
    qint64 highest = 0;
    transport::MonitorEvent event;
    QVERIFY(loopUntil(
        m_loop,
        [&] {
            highest = std::max(highest, residentBytesOf(agent->pid()) - before);
            return hostile.nextEvent(event) && event.event == ZMQ_EVENT_DISCONNECTED;
        },
        60s));
    qInfo("highest growth %lld MiB", static_cast<long long>(highest >> 20));
    if (!sanitized)
        QVERIFY2(highest <= mayHoldBytes, qPrintable(QString::number(highest)));
    QVERIFY(!owner->down); // nobody else is cut off
    QVERIFY(openRun(*owner));
}

void TestAgentHostile::idleConnectionsCostLittle()
{
    constexpr rlim_t strangers = 2000;
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < strangers + 200)
        QSKIP("this process may not open 2,000 connections");
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    const auto agent = serve({&m_alice});
    QVERIFY(agent);
    const auto owner = connect(m_address, m_alice, 1); // it works while they come
    QVERIFY(owner && openRun(*owner));
    const qint64 before = residentBytesOf(agent->pid());
    std::vector<UniqueFd> idle;
    for (rlim_t i = 0; i < strangers; ++i) {
        idle.push_back(connectTo(m_address.port));
        QVERIFY2(idle.back(), qPrintable(QString::number(i)));
    }
    qint64 highest = 0;
    owner->lease(1, protocol::TransferMode::Bytes, byteItems(0, 50));
    // All are cut off by the time that a handshake may take; the owner is served meanwhile.
    QVERIFY(loopUntil(
        m_loop,
        [&] {
            highest = std::max(highest, residentBytesOf(agent->pid()));
            return owner->results.size() == 50 && std::ranges::all_of(idle, hungUp);
        },
        60s));
    qInfo("highest growth %lld KiB", static_cast<long long>((highest - before) / 1024));
    if (!sanitized)
        QVERIFY2(highest - before <= mayGrowBytes, qPrintable(QString::number(highest - before)));
    QVERIFY(!owner->down);
    QVERIFY(!agent->exitCode(0ms).has_value());
}

void TestAgentHostile::aThousandUnknownKeys()
{
    const auto agent = serve({&m_alice});
    QVERIFY(agent);
    constexpr int strangers = 1000, atATime = 50;
    int refused = 0;
    for (int done = 0; done < strangers; done += atATime) {
        std::vector<transport::KeyPair> keys;
        for (int i = 0; i < atATime; ++i)
            keys.push_back(transport::KeyPair::generate());
        std::vector<std::unique_ptr<TestClient>> clients;
        for (const auto& key : keys)
            clients.push_back(
                std::make_unique<TestClient>(m_context, m_loop, m_address.endpoint(), *m_address.key, key));
        QVERIFY(loopUntil(
            m_loop,
            [&] {
                return std::ranges::all_of(clients, [](const auto& client) {
                    return client->ups > 0 || client->isDown(ErrorCode::NotEnrolled);
                });
            },
            30s));
        for (const auto& client : clients)
            refused += client->ups == 0 ? 1 : 0;
    }
    QCOMPARE(refused, strangers);
    QVERIFY(connect(m_address, m_alice, 1));
}

/// A service manager has to start it anew.
void TestAgentHostile::withoutItsKeyCheckItEnds()
{
    // The stranger of its own proof, and both connections of one application.
    std::vector<std::string> environment = {"LD_PRELOAD=" VITFLEET_ZAP_END, "VITFLEET_ZAP_FRAMES=21"};
#ifdef __SANITIZE_ADDRESS__
    environment.emplace_back("ASAN_OPTIONS=verify_asan_link_order=0");
#endif
    const auto agent = serve({&m_alice}, environment);
    QVERIFY(agent);
    const auto application = connect(m_address, m_alice);
    QVERIFY(application && openRun(*application));
    application->commit(true);
    application->lease(1, protocol::TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 50; }));
    const KeyPair strangersKeys = KeyPair::generate();
    TestClient stranger(m_context, m_loop, m_address.endpoint(), *m_address.key, strangersKeys);
    QVERIFY(loopUntil(m_loop, [&] { return application->down.has_value(); }));
    QCOMPARE(agent->exitCode(10s), std::optional<int>(1));
    QVERIFY(!connectTo(m_address.port));
    QVERIFY(agent->readAll().find("the key check has ended") != std::string::npos);
    QCOMPARE(stranger.ups, 0);
}

QTEST_GUILESS_MAIN(TestAgentHostile)
#include "test_agent_hostile.moc"
