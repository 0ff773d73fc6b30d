// SPDX-License-Identifier: GPL-3.0-or-later
// An enrolled agent that lies: mutated frames, and results for items that it never got (promise P15).
#include <QTest>

#include "shared/base/limits.h"
#include "tests/support/mutate.h"
#include "tests/unit/engine/application.h"
#include "tests/unit/protocol/samples.h"

#include <QTemporaryDir>

#include <fstream>
#include <optional>

using namespace vitfleet;
using namespace vitfleet::test;
using protocol::Bytes;
using protocol::Message;

namespace {

constexpr int waitMs = 60'000;
constexpr std::uint32_t pictures = 300;
const std::size_t firstOfAgents = Message(protocol::AgentBeat()).index();

using Said = std::vector<std::pair<Message, Bytes>>;

/// Results for these items under this lease, all with the label 9 and all different from what honest agents say.
Bytes lies(LeaseId lease, std::uint32_t first, std::uint32_t count, std::uint64_t& sequence)
{
    std::vector<protocol::ResultItem> results;
    for (std::uint32_t item = first; item < first + count; ++item) {
        protocol::ResultItem result;
        result.sequence = ++sequence;
        result.lease = lease;
        result.item = ItemId(item);
        result.top = {{9, 0.99F}};
        results.push_back(result);
    }
    return protocol::encodeResults(results).payload;
}

/// The run that the hostile agent was asked to open, once it holds a lease of it.
std::optional<std::string> runOfEvil(Script& script)
{
    const std::lock_guard lock(script.mutex);
    const auto& evil = script.agents["evil:1"];
    return evil.held.empty() ? std::nullopt : std::optional(evil.runUid);
}

} // namespace

class HostileTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<QTemporaryDir> m_folder;

    RunRequest request() const
    {
        const std::filesystem::path data = m_folder->filePath(QStringLiteral("data")).toStdString();
        std::filesystem::create_directories(data);
        for (std::uint32_t i = 0; i < pictures; ++i)
            std::ofstream(data / (std::to_string(1000 + i) + ".pgm"), std::ios::binary) << "P5 1 1 255\nx";
        RunRequest made;
        made.dataPath = data.string();
        made.modelPath = VITFLEET_SOURCE_DIR "/resources/models/fashion-mnist-vit";
        made.agents = {"honest:1", "evil:1"};
        return made;
    }
    static void say(Application& application, Said messages)
    {
        std::promise<void> said;
        application.link->say("evil:1", std::move(messages), [&said] { said.set_value(); });
        said.get_future().wait();
    }
    /// Every row is an honest agent's.
    void checkRows(Application& application, RunId run) const
    {
        auto reader = application.store->openReader();
        QVERIFY(reader.ok());
        const auto page = (*reader)->results(run, {}, std::nullopt, pictures + 1);
        QVERIFY(page.ok());
        QCOMPARE(page->size(), std::size_t(pictures));
        for (const auto& row : *page) {
            QVERIFY(row.result && row.result->error.code == ErrorCode::None);
            QCOMPARE(row.result->top.front().label, row.item.id.value % 10);
            QCOMPARE(row.result->top.front().score, 0.75F);
        }
    }

private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void forgedResultsAreRefused();
    void requestsForFilesHaveALimit();
    void whatNobodyAskedForFillsNoDatabase();
    void mutatedMessagesNeverCrash();
};

void HostileTest::forgedResultsAreRefused()
{
    Script script;
    script.agents["honest:1"].answers = false;
    script.agents["evil:1"].answers = false;
    Application application(m_folder->filePath(QStringLiteral("run.db")).toStdString(), script);
    const auto run = application.start(request());
    QVERIFY(run.ok());
    QTRY_VERIFY_WITH_TIMEOUT(application.run().inFlight > 0 && application.run().planned == pictures, waitMs);
    std::vector<std::pair<LeaseId, ItemId>> mine, theirs;
    std::string uid;
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            const std::lock_guard lock(script.mutex);
            mine = script.agents["evil:1"].held;
            theirs = script.agents["honest:1"].held;
            uid = script.agents["evil:1"].runUid;
            return !mine.empty() && !theirs.empty();
        }(),
        waitMs);
    std::uint64_t sequence = 0;
    Said forged;
    const std::set<LeaseId> leases{
        LeaseId(0),         LeaseId(1),           LeaseId(~std::uint64_t{0}),
        mine.front().first, theirs.front().first, LeaseId(theirs.front().first.value + 1000)};
    for (const LeaseId lease : leases) {
        for (const auto& [itsLease, item] : theirs) // under whatever lease: they are not this agent's
            forged.emplace_back(protocol::Results{uid}, lies(lease, item.value, 1, sequence));
        if (lease != mine.front().first) { // its own items, under leases that it does not have
            for (const auto& [itsLease, item] : mine)
                forged.emplace_back(protocol::Results{uid}, lies(lease, item.value, 1, sequence));
        }
    }
    forged.emplace_back(protocol::Results{uid}, lies(mine.front().first, pictures, 100, sequence)); // no such items
    forged.emplace_back(protocol::Results{"another run"}, lies(mine.front().first, 0, 100, sequence));
    say(application, std::move(forged));
    QCOMPARE(application.run().labelled, std::uint64_t(0));

    {
        const std::lock_guard lock(script.mutex);
        for (auto& [address, agent] : script.agents)
            agent.answers = true;
    }
    application.link->answerHeld("honest:1");
    application.link->answerHeld("evil:1"); // and what it did get it answers as it should
    QTRY_COMPARE_WITH_TIMEOUT(application.run().state, RunState::Finished, waitMs);
    QVERIFY(application.run().seal && application.run().seal->holds());
    checkRows(application, *run);
}

void HostileTest::requestsForFilesHaveALimit()
{
    Script script;
    script.agents["honest:1"].answers = false;
    script.agents["evil:1"].answers = false;
    Application application(m_folder->filePath(QStringLiteral("run.db")).toStdString(), script);
    std::atomic<int> dropped = 0;
    const Subscription events = application.engine->subscribeEvents(
        [&](const EventRecord& event) { dropped += event.error.code == ErrorCode::Protocol; });
    QVERIFY(application.start(request()).ok());
    QTRY_VERIFY_WITH_TIMEOUT(runOfEvil(script), waitMs);
    const std::string uid = *runOfEvil(script);
    const auto ask = [&](std::size_t times) {
        say(application, Said(times, {protocol::ItemRequest{uid, LeaseId(1), ItemId(0), 0}, Bytes()}));
    };
    ask(200); // many more than an agent of ours has on its way at a time
    QCOMPARE(dropped.load(), 0);
    ask(2000); // the first 200 are served at best: far above the limit all the same
    QTRY_VERIFY_WITH_TIMEOUT(dropped > 0, waitMs);
}

/// Each of these answers ends as at most one event for each time that it was asked for.
void HostileTest::whatNobodyAskedForFillsNoDatabase()
{
    Script script;
    script.agents["honest:1"].answers = false;
    script.agents["evil:1"].answers = false;
    Application application(m_folder->filePath(QStringLiteral("run.db")).toStdString(), script);
    std::atomic<int> told = 0;
    const Subscription events =
        application.engine->subscribeEvents([&](const EventRecord& event) { told += event.node == "evil:1"; });
    QVERIFY(application.start(request()).ok());
    QTRY_VERIFY_WITH_TIMEOUT(runOfEvil(script), waitMs);
    const std::string uid = *runOfEvil(script);
    const int before = told;
    protocol::AgentBeat ending;
    ending.state = protocol::AgentState::Draining;
    protocol::RunReady ready;
    ready.runUid = uid;
    const std::vector<Message> answers{protocol::RunFailed{uid, ErrorCode::Device, "again"},
                                       ready,
                                       protocol::ProbeResult{uid, {}},
                                       ending,
                                       protocol::AgentBeat(),
                                       protocol::Revoked{uid, LeaseId(1)}};
    Said said;
    for (int i = 0; i < 1000; ++i) {
        for (const Message& answer : answers)
            said.emplace_back(answer, Bytes());
    }
    say(application, std::move(said));
    QVERIFY2(told - before <= 2, std::to_string(told - before).c_str());
}

void HostileTest::mutatedMessagesNeverCrash()
{
    Script script;
    script.agents["honest:1"];
    script.agents["evil:1"].answers = false;
    Application application(m_folder->filePath(QStringLiteral("run.db")).toStdString(), script);
    const auto run = application.start(request());
    QVERIFY(run.ok());
    QTRY_VERIFY_WITH_TIMEOUT(application.run().inFlight > 0, waitMs);
    std::string uid;
    {
        const std::lock_guard lock(script.mutex);
        uid = script.agents["evil:1"].runUid;
    }
    std::mt19937_64 random(20240905);
    // Others end the session in the link, before the engine hears of them.
    auto samples = sampleMessages();
    std::erase_if(samples, [](const Message& sample) { return sample.index() < firstOfAgents; });
    // Enough that every field of every message is met; a million with VITFLEET_HOSTILE_FRAMES.
    const std::uint64_t frames = hostileFrames();
    std::uint64_t sequence = 0, passed = 0;
    Said batch;
    for (std::uint64_t i = 0; i < frames; ++i) {
        const Message& sample = samples[i % samples.size()];
        const bool results = std::holds_alternative<protocol::Results>(sample);
        Bytes payload = results
                            ? lies(LeaseId(random() % 3), static_cast<std::uint32_t>(random() % pictures), 4, sequence)
                            : samplePayload(sample);
        if (i % 2 == 0 && !payload.empty())
            mutate(payload, random);
        Bytes envelope = *protocol::encode(results ? Message(protocol::Results{uid}) : sample, payload);
        for (std::uint64_t times = i % 2 == 0 ? random() % 2 : 1 + random() % 3; times > 0; --times)
            mutate(envelope, random);
        // What the link would take off the wire; the rest ends the connection, which the link's own tests show.
        auto message = protocol::decode(envelope, payload);
        if (!message || message->index() < firstOfAgents)
            continue;
        ++passed;
        batch.emplace_back(std::move(*message), std::move(payload));
        if (batch.size() == 256)
            say(application, std::exchange(batch, {}));
    }
    say(application, std::move(batch));
    qInfo("%llu mutated frames, %llu of them still messages", static_cast<unsigned long long>(frames),
          static_cast<unsigned long long>(passed));
    QVERIFY(passed > frames / 20);
    // It may have been thrown out; either way its items are given back and done by the honest one.
    application.link->cut("evil:1");
    QTRY_COMPARE_WITH_TIMEOUT(application.run().state, RunState::Finished, waitMs);
    checkRows(application, *run);
}

QTEST_APPLESS_MAIN(HostileTest)
#include "hostile_test.moc"
