// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a real agent lets in, and for whom it works.
#include "agent_fixture.h"

#include <QTest>

#include <sys/resource.h>

#include <filesystem>

using namespace vitfleet;
using namespace vitfleet::test;
using namespace std::chrono_literals;
using protocol::TransferMode;
namespace fs = std::filesystem;

class TestAgentOwner : public AgentFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { newFolder(); }
    void secondApplicationIsBusy();
    void sameKeyTakesOverWithTheOutbox();
    void otherKeyTakesOverOnceNothingIsKept();
    void theRunsProcessComesBackFromAnIdleOne();
    void whoOnlyLooksOnMakesRoomForARun();
    void reconnectSendsTheOutboxAgain();
    void anotherPrecisionKeepsTheOutbox();
    void strangersAreNotEnrolled();
    void revokedKeysAreCutOff();
    void rotatedKeysNeedARestart();
    void otherVersionsAreRefused();
    void helloComesFirst();
    void tooManyItemsAreRefused();
    void tooMuchWorkIsRefused();
    void keysAreReadAgainUntilTheyCan();
};

void TestAgentOwner::secondApplicationIsBusy()
{
    const auto agent = serve({&m_alice, &m_bob});
    QVERIFY(agent);
    const auto first = connect(m_address, m_alice, 1);
    for (const auto* keys : {&m_alice, &m_bob}) {
        Application second(m_context, m_loop, m_address, {*keys, 2});
        QVERIFY(loopUntil(m_loop, [&] { return second.last<protocol::Refused>() != nullptr; }));
        QCOMPARE(second.last<protocol::Refused>()->code, ErrorCode::AgentBusy);
        QVERIFY(second.last<protocol::Refused>()->detail.find(m_alice.publicKey().fingerprint()) != std::string::npos);
    }
    QVERIFY(openRun(*first)); // undisturbed
}

void TestAgentOwner::sameKeyTakesOverWithTheOutbox()
{
    const auto agent = serve({&m_alice});
    auto first = connect(m_address, m_alice, 1);
    QVERIFY(openRun(*first));
    first->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return first->results.size() == 50; }));
    const auto incarnation = first->welcomes[0].incarnation;
    first.reset();
    std::unique_ptr<Application> second;
    QVERIFY(loopUntil(m_loop, [&] { // its connections' end may need a moment to be noticed
        if (!second || second->last<protocol::Refused>())
            second = std::make_unique<Application>(m_context, m_loop, m_address, Application::Identity{m_alice, 2});
        return second->isWelcome();
    }));
    QCOMPARE(second->welcomes[0].incarnation, incarnation);
    QVERIFY(second->results.empty());
    QVERIFY(openRun(*second));
    QVERIFY(loopUntil(m_loop, [&] { return second->results.size() == 50; }));
}

void TestAgentOwner::otherKeyTakesOverOnceNothingIsKept()
{
    const auto agent = serve({&m_alice, &m_bob});
    auto first = connect(m_address, m_alice, 1);
    QVERIFY(openRun(*first));
    first->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return first->results.size() == 50; }));
    first->beating = false; // it hangs
    std::unique_ptr<Application> second;
    std::string told;
    const auto isAdmitted = [&] {
        if (const auto* refused = second ? second->last<protocol::Refused>() : nullptr) {
            told = refused->detail;
            second.reset();
        }
        if (!second)
            second = std::make_unique<Application>(m_context, m_loop, m_address, Application::Identity{m_bob, 2});
        return second->isWelcome();
    };
    // Its results are kept for it, however long it is silent.
    QVERIFY(loopUntil(m_loop, [&] { return isAdmitted() || told.find("silent") != std::string::npos; }));
    QVERIFY(!second || !second->isWelcome());
    QVERIFY(told.find(m_alice.publicKey().fingerprint()) != std::string::npos);
    first->commit(true);
    QVERIFY(loopUntil(m_loop, isAdmitted));
    second->openRun(uid, noDecode);
    QVERIFY(loopUntil(m_loop, [&] { return second->last<protocol::RunReady>() != nullptr; }));
    QVERIFY(loopUntil(m_loop, [&] { return second->beat && second->beat->state == protocol::AgentState::Ready; }));
    QVERIFY(second->results.empty());
    QCOMPARE(second->beat->outboxItems, 0U);
}

/// A window that merely lists the node, with the key of the command line that has a run on it.
void TestAgentOwner::theRunsProcessComesBackFromAnIdleOne()
{
    const auto agent = serve({&m_alice});
    auto running = connect(m_address, m_alice, 1);
    QVERIFY(openRun(*running));
    running->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return running->results.size() == 50; }));
    running->beating = false; // it is cut off
    std::unique_ptr<Application> idle;
    const auto isWelcome = [&](std::unique_ptr<Application>& application, std::uint64_t nonce) {
        if (!application || application->last<protocol::Refused>())
            application =
                std::make_unique<Application>(m_context, m_loop, m_address, Application::Identity{m_alice, nonce});
        return application->isWelcome();
    };
    QVERIFY(loopUntil(m_loop, [&] { return isWelcome(idle, 2); }));
    running.reset();
    QVERIFY(loopUntil(m_loop, [&] { return isWelcome(running, 1); }));
    QVERIFY(loopUntil(m_loop, [&] { return idle->last<protocol::Refused>() != nullptr; }));
    QCOMPARE(idle->last<protocol::Refused>()->code, ErrorCode::AgentBusy);
    QVERIFY(idle->results.empty());
    QVERIFY(openRun(*running));
    QVERIFY(loopUntil(m_loop, [&] { return running->results.size() == 50; }));
    // And stays, though nothing is committed and the other one keeps asking.
    std::unique_ptr<Application> another;
    int refused = 0;
    QVERIFY(loopUntil(m_loop, [&] {
        refused += another && another->last<protocol::Refused>();
        return isWelcome(another, 2) || refused > 200;
    }));
    QVERIFY(!another->isWelcome());
}

/// A window that is open all day must not keep the node from whoever has work for it.
void TestAgentOwner::whoOnlyLooksOnMakesRoomForARun()
{
    const auto agent = serve({&m_alice, &m_bob});
    const auto idle = connect(m_address, m_alice, 1);
    QVERIFY(idle);
    std::unique_ptr<Application> running;
    QVERIFY(loopUntil(m_loop, [&] { // the idle one has a moment in which to open a run
        if (!running || running->last<protocol::Refused>())
            running = std::make_unique<Application>(
                m_context, m_loop, m_address, Application::Identity{.keys = m_bob, .processNonce = 2, .hasRun = true});
        return running->isWelcome();
    }));
    QVERIFY(loopUntil(m_loop, [&] { return idle->last<protocol::Refused>() != nullptr; }));
    QCOMPARE(idle->last<protocol::Refused>()->code, ErrorCode::AgentBusy);
    QVERIFY(idle->last<protocol::Refused>()->detail.find(m_bob.publicKey().fingerprint()) != std::string::npos);
    QVERIFY(openRun(*running));
    // With a run nobody gives way, however long it has nothing to do.
    const auto refusals = [&](bool hasRun, const std::function<bool(const std::string&)>& isEnough) {
        std::unique_ptr<Application> other;
        return loopUntil(m_loop, [&] {
            const auto* refused = other ? other->last<protocol::Refused>() : nullptr;
            const bool enough = refused && isEnough(refused->detail);
            if (!other || refused)
                other = std::make_unique<Application>(
                    m_context, m_loop, m_address,
                    Application::Identity{.keys = m_alice, .processNonce = 3, .hasRun = hasRun});
            return enough;
        });
    };
    const auto last = running->beat ? running->beat->sequence : 0;
    const auto forFiveBeats = [&](const std::string&) { return running->beat && running->beat->sequence > last + 5; };
    QVERIFY(refusals(true, forFiveBeats));
    // Once the run has ended it is told what would help, and nobody who only looks on gets in.
    protocol::CloseRun close;
    close.runUid = uid;
    running->sendData(close);
    const auto isIdle = [](const std::string& detail) {
        return detail.ends_with("it has no run, and makes room for one");
    };
    QVERIFY(refusals(false, isIdle));
    QVERIFY(!running->last<protocol::Refused>());
}

void TestAgentOwner::reconnectSendsTheOutboxAgain()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application));
    application->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return application->resultsReceived == 50; }));
    application->reconnect();
    QVERIFY(loopUntil(m_loop, [&] { return application->isWelcome() && application->resultsReceived == 100; }));
    QCOMPARE(application->results.size(), std::size_t(50));
    application->commit(true);
    application->lease(2, TransferMode::Bytes, byteItems(50, 50));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 100; }));
}

/// Runs a command of the agent's program to its end.
static int runAgent(const std::vector<std::string>& arguments, std::string* output = nullptr)
{
    AgentProcess process(arguments);
    const std::string printed = process.readAll();
    if (output)
        *output = printed;
    return process.exitCode(10s).value_or(-1);
}

void TestAgentOwner::revokedKeysAreCutOff()
{
    const auto agent = serve({&m_alice, &m_bob});
    QVERIFY(agent);
    const auto alice = connect(m_address, m_alice, 1);
    QVERIFY(alice && openRun(*alice));
    alice->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return alice->results.size() == 50; }));
    const std::string keys = folder() / "authorized_keys";
    QCOMPARE(runAgent({"revoke", m_alice.publicKey().toBase32(), "--authorized-keys", keys}), 0);
    // The running agent ends the connection, and the next one is refused.
    QVERIFY(loopUntil(m_loop, [&] { return alice->down && alice->down->code == ErrorCode::NotEnrolled; }));
    // Somebody else need not wait for the owner's time to run out, and gets nothing of its run.
    const auto bob = connect(m_address, m_bob, 2);
    QVERIFY(bob && openRun(*bob));
    QVERIFY(bob->results.empty());
    QCOMPARE(runAgent({"revoke", m_alice.publicKey().toBase32(), "--authorized-keys", keys}), 1); // it is gone
    QCOMPARE(runAgent({"revoke", "nonsense", "--authorized-keys", keys}), 2);
}

void TestAgentOwner::rotatedKeysNeedARestart()
{
    auto agent = serve({&m_alice});
    QVERIFY(agent);
    const std::string key = folder() / "agent.key";
    std::string next, rotated;
    QCOMPARE(runAgent({"key", "--rotate", "--key", key}), 1); // nothing was prepared
    QCOMPARE(runAgent({"key", "--next", "--key", key}, &next), 0);
    QCOMPARE(runAgent({"key", "--rotate", "--key", key}, &rotated), 0);
    QCOMPARE(rotated, next);
    const auto before = m_address;
    QVERIFY(connect(before, m_alice, 1)); // the running one goes on
    agent = serve({&m_alice});
    QVERIFY(agent);
    QVERIFY(m_address.key != before.key);
    QVERIFY(next.starts_with(m_address.key->toBase32()));
    QVERIFY(connect(m_address, m_alice, 1));
}

void TestAgentOwner::anotherPrecisionKeepsTheOutbox()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    const std::string options = R"({"decode": false, "modes": {"int8": {"ms_per_item": 0, "shift": 0.05}}})";
    application->openRun(uid, options);
    const auto isReadyIn = [&](protocol::Precision precision) {
        const auto* ready = application->last<protocol::RunReady>();
        return ready && ready->precision == precision;
    };
    QVERIFY(loopUntil(m_loop, [&] { return isReadyIn(protocol::Precision::Fp32); }));
    application->lease(1, TransferMode::Bytes, byteItems(0, 50));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.size() == 50; }));
    QCOMPARE(application->results.at(7).precision, protocol::Precision::Fp32);
    const float full = application->results.at(7).top.front().score;

    // Nothing is committed: it comes again, and stays what it was.
    application->openRun(uid, options, {}, protocol::Precision::Int8);
    QVERIFY(
        loopUntil(m_loop, [&] { return isReadyIn(protocol::Precision::Int8) && application->resultsReceived == 100; }));
    QCOMPARE(application->results.at(7).precision, protocol::Precision::Fp32);
    application->commit(true);
    application->lease(2, TransferMode::Bytes, byteItems(0, 10));
    QVERIFY(loopUntil(m_loop, [&] { return application->results.at(7).precision == protocol::Precision::Int8; }));
    QVERIFY(std::abs(full - application->results.at(7).top.front().score - 0.05F) < 1e-4F);

    // One that the device does not have is refused, and fp32 can be had again after that.
    application->openRun(uid, options, {}, protocol::Precision::Bf16);
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::RunFailed>() != nullptr; }));
    QCOMPARE(application->last<protocol::RunFailed>()->code, ErrorCode::Precision);
    application->messages.clear();
    application->openRun(uid, options);
    QVERIFY(loopUntil(m_loop, [&] { return isReadyIn(protocol::Precision::Fp32); }));
}

void TestAgentOwner::strangersAreNotEnrolled()
{
    const auto agent = serve({&m_alice});
    Application stranger(m_context, m_loop, m_address, {m_bob, 1});
    QVERIFY(loopUntil(m_loop, [&] { return stranger.down && stranger.down->code == ErrorCode::NotEnrolled; }));
    AgentProcess authorize({"authorize", m_bob.publicKey().toBase32(), "--comment", "bob", "--authorized-keys",
                            folder() / "authorized_keys", "--key", folder() / "agent.key"});
    QCOMPARE(authorize.exitCode(10s), std::optional<int>(0));
    QVERIFY(loopUntil(m_loop, [&] { return stranger.isWelcome(); })); // without a restart
}

void TestAgentOwner::otherVersionsAreRefused()
{
    const auto agent = launch();
    Application future(m_context, m_loop, agent->reply().address, {m_alice, 1, 99, 98});
    QVERIFY(loopUntil(m_loop, [&] { return future.last<protocol::Refused>() != nullptr; }));
    QCOMPARE(future.last<protocol::Refused>()->code, ErrorCode::ProtocolVersion);
    QVERIFY(future.last<protocol::Refused>()->detail.find("98 to 99") != std::string::npos);
    Application next(m_context, m_loop, agent->reply().address, {m_alice, 2, 99, protocol::version});
    QVERIFY(loopUntil(m_loop, [&] { return next.isWelcome(); }));
    QCOMPARE(next.welcomes[0].protocolVersion, protocol::version);
}

void TestAgentOwner::helloComesFirst()
{
    const auto agent = launch();
    std::optional<protocol::Refused> refused;
    transport::AgentConnection* connection = nullptr;
    transport::AgentConnection::Callbacks callbacks;
    callbacks.up = [&] { static_cast<void>(connection->send(protocol::Drain{true})); };
    callbacks.down = [](const Error&) {};
    callbacks.message = [&](protocol::Message message, protocol::BytesView) {
        if (const auto* said = std::get_if<protocol::Refused>(&message))
            refused = *said;
    };
    callbacks.badMessage = [](const Error&) {};
    const auto& address = agent->reply().address;
    transport::AgentConnection rude(m_context, m_loop, address.endpoint(), *address.key, m_alice, std::move(callbacks));
    connection = &rude;
    QVERIFY(loopUntil(m_loop, [&] { return refused.has_value(); }));
    QCOMPARE(refused->code, ErrorCode::Protocol);
}

void TestAgentOwner::tooManyItemsAreRefused()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    QVERIFY(openRun(*application, R"({"decode": false, "batch": 1, "fail_items": {"0": "hang"}})"));
    for (std::uint32_t i = 0; i < 5; ++i) // one chunk more than an agent takes
        application->lease(i + 1, TransferMode::Bytes, byteItems(i * 4096, 4096, "x"));
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Refused>() != nullptr; }));
    QCOMPARE(application->last<protocol::Refused>()->code, ErrorCode::Protocol);
    agent->closeChannel();
}

void TestAgentOwner::tooMuchWorkIsRefused()
{
    const auto agent = launch();
    const auto application = connect(agent->reply().address, m_alice);
    const auto openMany = [&](int from, int to) {
        for (int i = from; i < to; ++i) {
            std::string other = std::to_string(i);
            application->openRun(std::string(32 - other.size(), 'b') + other, noDecode);
        }
    };
    // Loading one holds up what is asked for after that; each asks for two things: the last run's end, and its own
    // begin.
    application->openRun(uid, R"({"load_ms": 30000, "decode": false})");
    const auto waitForTwoBeats = [&] {
        const auto before = application->beat->sequence;
        return loopUntil(m_loop, [&] { return application->beat->sequence >= before + 2; });
    };
    QVERIFY(waitForTwoBeats());
    openMany(0, 100);
    QVERIFY(waitForTwoBeats());
    QVERIFY(!application->last<protocol::Refused>());
    openMany(100, 200);
    QVERIFY(loopUntil(m_loop, [&] { return application->last<protocol::Refused>() != nullptr; }));
    QCOMPARE(application->last<protocol::Refused>()->code, ErrorCode::Protocol);
}

/// What kept the list from being read once may pass without the list changing.
void TestAgentOwner::keysAreReadAgainUntilTheyCan()
{
    const auto agent = serve({&m_alice});
    QVERIFY(agent);
    const auto alice = connect(m_address, m_alice, 1);
    QVERIFY(alice && openRun(*alice));
    const fs::path keys = folder() / "authorized_keys";
    // Longer than a failure is borne.
    fs::permissions(keys, fs::perms::all);
    QVERIFY(loopUntil(m_loop, [&] { return alice->down.has_value(); }));
    fs::permissions(keys, fs::perms::owner_read | fs::perms::owner_write);
    const auto last = alice->beat->sequence;
    QVERIFY(loopUntil(m_loop, [&] { return !alice->down && alice->beat->sequence > last; }));
    // No file can be opened for a moment: nobody is cut off, and who was added meanwhile gets in.
    rlimit before{};
    QVERIFY(::prlimit(agent->pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
    const rlimit none{3, before.rlim_max};
    QVERIFY(::prlimit(agent->pid(), RLIMIT_NOFILE, &none, nullptr) == 0);
    QVERIFY(transport::AuthorizedKeys::add(keys.string(), m_bob.publicKey(), "test").ok());
    const auto sequence = alice->beat->sequence;
    QVERIFY(loopUntil(m_loop, [&] { return alice->beat->sequence > sequence + 2; }));
    QVERIFY(::prlimit(agent->pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
    Application bob(m_context, m_loop, m_address, {m_bob, 2});
    QVERIFY(loopUntil(m_loop, [&] { return bob.last<protocol::Refused>() != nullptr; }));
    QCOMPARE(bob.last<protocol::Refused>()->code, ErrorCode::AgentBusy); // and not unknown
    QVERIFY(!alice->down);
}

QTEST_GUILESS_MAIN(TestAgentOwner)
#include "test_agent_owner.moc"
