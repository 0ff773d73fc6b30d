// SPDX-License-Identifier: GPL-3.0-or-later
// How an agent ends: its last message, and an end that it has not chosen.
#include "agent/core/agent.h"
#include "fake_parts.h"
#include "tests/unit/transport/peers.h"
#include "tests/unit/transport/zap_end.h"

#include <QTemporaryDir>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace vitfleet::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class TestEnd : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void theLastMessageLeavesFirst();
    void withoutTheKeyCheckItStops(); // the last one: this process has no key check from then on

private:
    std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(m_agent->port()); }
    bool hasOwner(TestClient& client);
    static const Leaving* leaving(const TestClient& client);

    Context m_context;
    EventLoop m_loop;
    const KeyPair m_agentKeys = KeyPair::generate();
    const KeyPair m_clientKeys = KeyPair::generate();
    QTemporaryDir m_folder;
    agent::test::FakeParts m_parts;
    std::optional<Clock::time_point> m_stopped;
    std::unique_ptr<Agent> m_agent;
};

void TestEnd::init()
{
    m_stopped.reset();
    AgentSettings settings;
    settings.modelCache = m_folder.filePath(QStringLiteral("cache")).toStdString();
    auto started = Agent::start(m_context, m_loop,
                                {settings, {"127.0.0.1", 0}, m_agentKeys, {m_clientKeys.publicKey()}, m_parts, [this] {
                                     m_stopped = Clock::now();
                                 }});
    QVERIFY(started.ok());
    m_agent = std::move(*started);
}

bool TestEnd::hasOwner(TestClient& client)
{
    if (!loopUntil(m_loop, [&] { return client.ups == 1; }))
        return false;
    client.connection.send(Hello{});
    return loopUntil(m_loop, [&] { return m_agent->hasLiveOwner() && !client.messages.empty(); });
}

const Leaving* TestEnd::leaving(const TestClient& client)
{
    for (const Message& message : client.messages) {
        if (const auto* found = std::get_if<Leaving>(&message))
            return found;
    }
    return nullptr;
}

void TestEnd::theLastMessageLeavesFirst()
{
    TestClient client(m_context, m_loop, endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(hasOwner(client));
    const auto begin = Clock::now();
    m_agent->stop("as the test wants");
    QVERIFY(loopUntil(m_loop, [&] { return m_stopped.has_value(); }));
    const auto took = *m_stopped - begin;
    m_agent.reset(); // as the process does
    QVERIFY(loopUntil(m_loop, [&] { return leaving(client) != nullptr; }));
    QCOMPARE(leaving(client)->reason, std::string("as the test wants"));
    QVERIFY(took >= bounds::leavingGrace);
    QVERIFY(took < limits::drainTimeout);
}

void TestEnd::withoutTheKeyCheckItStops()
{
    TestClient client(m_context, m_loop, endpoint(), m_agentKeys.publicKey(), m_clientKeys);
    QVERIFY(hasOwner(client));
    QVERIFY(!m_agent->hasFailed());
    zapFramesLeft = 0;
    const KeyPair strangersKeys = KeyPair::generate();
    TestClient stranger(m_context, m_loop, endpoint(), m_agentKeys.publicKey(), strangersKeys);
    QVERIFY(loopUntil(m_loop, [&] { return m_stopped.has_value(); }));
    QVERIFY(zapEnded && m_agent->hasFailed());
    QVERIFY(loopUntil(m_loop, [&] { return !connectTo(m_agent->port()); })); // libzmq closes it a little later
    // Nor does who had been let in stay without it.
    QVERIFY(loopUntil(m_loop, [&] { return !client.downs.empty(); }));
    QCOMPARE(stranger.ups, 0);
    m_agent.reset();
}

QTEST_GUILESS_MAIN(TestEnd)
#include "test_end.moc"
