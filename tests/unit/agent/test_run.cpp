// SPDX-License-Identifier: GPL-3.0-or-later
// A run on one node, from OpenRun to its last result, with fake surroundings and a fake connection.
#include "agent/core/run_controller.h"
#include "fake_parts.h"
#include "shared/digest/digest.h"
#include "tests/support/loop_until.h"

#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace std::chrono_literals;
using transport::SendStatus;
using vitfleet::test::loopFor;
using vitfleet::test::loopUntil;

namespace {

const std::string uid(32, 'a');

protocol::OpenRun openRun(const std::string& runUid = uid, const std::string& options = {})
{
    protocol::OpenRun open;
    open.runUid = runUid;
    open.backend = "synthetic";
    open.backendOptions = options;
    return open;
}

std::vector<protocol::LeaseItem> byteItems(std::uint32_t first, std::uint32_t count, char content = 'p')
{
    std::vector<protocol::LeaseItem> items;
    for (std::uint32_t i = 0; i < count; ++i) {
        protocol::LeaseItem item;
        item.item = ItemId(first + i);
        item.data.assign(10, static_cast<std::byte>(content));
        item.bytes = item.data.size();
        items.push_back(std::move(item));
    }
    return items;
}

} // namespace

class TestRun : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void itemsBecomeResults();
    void errorsAreTyped();
    void oneBadItemSparesItsBatch();
    void wrongRequestsFail();
    void loadErrorsAreTold();
    void sameRunKeepsItsOutbox();
    void otherRunDropsTheOutbox();
    void nextProcessMustAskFirst();
    void otherModelOfTheSameRunIsRefused();
    void revokeGivesBackTheTail();
    void drainedLeasesComeBack();
    void restingBeginsNothing();
    void stalledPeerLosesNothing();
    void fullOutboxPauses();
    void modelsAreFetched();
    void wrongModelsAreRefused();
    void fetchGoesOnAfterACut();
    void largeItemsArePulled();
    void beatsTellTheState();
    void aHungReplicaIsToldThoughTheOtherGoesOn();
    void aHungReplicaIsToldAfterItsRunToo();
    void droppedWhileLoading();
    void probesAnswer();

private:
    SendStatus send(const protocol::Message& message, protocol::BytesView payload);
    bool open(const protocol::OpenRun& request);
    bool waitForResults(std::size_t count);
    void lease(std::uint64_t id, const std::vector<protocol::LeaseItem>& items);
    protocol::AgentBeat beat() const;
    template <typename Type>
    std::vector<Type> sent() const;

    AgentSettings m_settings;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<agent::test::FakeParts> m_parts;
    std::unique_ptr<EventLoop> m_loop;
    std::unique_ptr<Courier> m_courier;
    std::unique_ptr<Worker> m_worker;
    std::unique_ptr<RunController> m_run;
    SendStatus m_status = SendStatus::Sent;
    std::vector<protocol::Message> m_sent;
    std::vector<protocol::ResultItem> m_results;
    std::vector<ItemId> m_revoked;
};

void TestRun::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_settings = AgentSettings();
    m_settings.modelCache = m_folder->filePath(QStringLiteral("cache")).toStdString();
    m_parts = std::make_unique<agent::test::FakeParts>();
    m_loop = std::make_unique<EventLoop>();
    m_courier =
        std::make_unique<Courier>(*m_loop, [this](const protocol::Message& message, protocol::BytesView payload) {
            return send(message, payload);
        });
    m_worker = std::make_unique<Worker>();
    m_run = std::make_unique<RunController>(*m_loop, *m_worker, *m_parts, m_settings, *m_courier);
    m_status = SendStatus::Sent;
    m_sent.clear();
    m_results.clear();
    m_revoked.clear();
}

void TestRun::cleanup()
{
    m_parts->gate.open();
    m_parts->loading.open();
    m_parts->hanging.open();
    m_run->shutDown();
    m_worker.reset();
    m_run.reset();
    m_courier.reset();
    m_loop.reset();
    QCOMPARE(m_parts->backends.load(), 0);
}

SendStatus TestRun::send(const protocol::Message& message, protocol::BytesView payload)
{
    if (m_status != SendStatus::Sent)
        return m_status;
    m_sent.push_back(message);
    if (std::holds_alternative<protocol::Results>(message)) {
        const auto results = protocol::decodeResults(payload);
        m_results.insert(m_results.end(), results->begin(), results->end());
    }
    if (std::holds_alternative<protocol::Revoked>(message)) {
        const auto items = protocol::decodeItems(payload);
        for (const auto& item : *items)
            m_revoked.push_back(item.item);
    }
    return SendStatus::Sent;
}

template <typename Type>
std::vector<Type> TestRun::sent() const
{
    std::vector<Type> found;
    for (const auto& message : m_sent) {
        if (const auto* typed = std::get_if<Type>(&message))
            found.push_back(*typed);
    }
    return found;
}

bool TestRun::open(const protocol::OpenRun& request)
{
    const std::size_t before = sent<protocol::RunReady>().size();
    m_run->open(request);
    return loopUntil(*m_loop, [&] { return sent<protocol::RunReady>().size() > before; });
}

bool TestRun::waitForResults(std::size_t count)
{
    return loopUntil(*m_loop, [&] { return m_results.size() >= count; });
}

void TestRun::lease(std::uint64_t id, const std::vector<protocol::LeaseItem>& items)
{
    protocol::LeasePart part;
    part.runUid = uid;
    part.lease = LeaseId(id);
    part.mode = protocol::TransferMode::Bytes;
    const auto encoded = protocol::encodeItems(items);
    QCOMPARE(encoded.count, items.size());
    QVERIFY(m_run->onLeasePart(part, encoded.payload).ok());
}

protocol::AgentBeat TestRun::beat() const
{
    protocol::AgentBeat beat;
    m_run->describe(beat);
    return beat;
}

void TestRun::itemsBecomeResults()
{
    QVERIFY(open(openRun()));
    QVERIFY(sent<protocol::RunReady>()[0].synthetic);
    lease(3, byteItems(0, 100));
    QVERIFY(waitForResults(100));
    std::map<std::uint32_t, protocol::ResultItem> byItem;
    for (const auto& result : m_results)
        byItem[result.item.value] = result;
    QCOMPARE(byItem.size(), std::size_t(100));
    for (const auto& [item, result] : byItem) {
        QCOMPARE(result.error, ErrorCode::None);
        QCOMPARE(result.lease, LeaseId(3));
        QCOMPARE(result.top.size(), limits::topK);
        QCOMPARE(result.top[0].label, synthetic::answerOf(item, 10).label);
        QCOMPARE(result.decodeMicros, 40U);
    }
    QCOMPARE(m_courier->outbox().size(), std::size_t(100));
    m_run->onCommitted({uid, {{1, 60}, {61, 100}}});
    QVERIFY(m_courier->outbox().empty());
    QVERIFY(m_run->isQuiet());
}

void TestRun::errorsAreTyped()
{
    QVERIFY(open(openRun(uid, R"({"fail_items": {"5": "nan"}, "batch": 4})")));
    lease(1, byteItems(0, 1, 'x'));
    lease(2, byteItems(5, 1));
    protocol::LeasePart part;
    part.runUid = uid;
    part.lease = LeaseId(3);
    part.mode = protocol::TransferMode::Paths; // of a data set that this node may not see
    auto items = byteItems(9, 1);
    items[0].data.clear();
    items[0].path = "a.jpg";
    QVERIFY(m_run->onLeasePart(part, protocol::encodeItems(items).payload).ok());
    QVERIFY(waitForResults(3));
    std::map<std::uint32_t, ErrorCode> codes;
    for (const auto& result : m_results) {
        codes[result.item.value] = result.error;
        QVERIFY(result.top.empty());
    }
    QCOMPARE(codes[0], ErrorCode::ImgFormat);
    QCOMPARE(codes[5], ErrorCode::BackendResult);
    QCOMPARE(codes[9], ErrorCode::PathEscape);
    QVERIFY(!m_run->onLeasePart(part, m_courier->outbox().empty() ? protocol::Bytes(3) : protocol::Bytes(5)).ok());
}

void TestRun::oneBadItemSparesItsBatch()
{
    QVERIFY(open(openRun(uid, R"({"fail_items": {"2": "fail"}, "batch": 4})")));
    lease(1, byteItems(0, 8));
    QVERIFY(waitForResults(8));
    for (const auto& result : m_results)
        QCOMPARE(result.error, result.item == ItemId(2) ? ErrorCode::BackendFailed : ErrorCode::None);
    m_parts->failBatches = true;
    lease(2, byteItems(10, 8));
    QVERIFY(waitForResults(16));
    QCOMPARE(m_results.back().error, ErrorCode::None);
}

void TestRun::wrongRequestsFail()
{
    const auto failureOf = [this](protocol::OpenRun request) {
        m_sent.clear();
        m_run->open(request);
        const auto failed = sent<protocol::RunFailed>();
        return failed.empty() ? ErrorCode::None : failed[0].code;
    };
    QCOMPARE(failureOf(openRun("short")), ErrorCode::Protocol);
    QCOMPARE(failureOf(openRun(std::string(31, 'a') + "G")), ErrorCode::Protocol);
    QCOMPARE(failureOf(openRun(uid, "[]")), ErrorCode::Settings);
    auto request = openRun();
    request.backend = "../evil";
    QCOMPARE(failureOf(request), ErrorCode::BackendMissing);
    request.backend = "torch";
    QCOMPARE(failureOf(request), ErrorCode::ModelMissing);
    request.modelFiles = {{"../config.json", 1, {}}};
    QCOMPARE(failureOf(request), ErrorCode::Protocol);
    QCOMPARE(beat().state, protocol::AgentState::Idle);
}

void TestRun::loadErrorsAreTold()
{
    auto request = openRun();
    request.precision = protocol::Precision::Bf16;
    m_run->open(request);
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::RunFailed>().size() == 1; }));
    QCOMPARE(sent<protocol::RunFailed>()[0].code, ErrorCode::BackendFailed);
    m_run->open(openRun(uid, R"({"speed": 1})"));
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::RunFailed>().size() == 2; }));
    QCOMPARE(sent<protocol::RunFailed>()[1].code, ErrorCode::Settings);
    QVERIFY(open(openRun())); // after a failure the same run may be tried again
}

void TestRun::sameRunKeepsItsOutbox()
{
    QVERIFY(open(openRun()));
    lease(1, byteItems(0, 20));
    QVERIFY(waitForResults(20));
    m_run->onCommitted({uid, {{1, 5}}});
    m_results.clear();
    m_run->reconnected();
    QVERIFY(waitForResults(15));
    QVERIFY(open(openRun()));
    QVERIFY(waitForResults(30));
    QCOMPARE(m_results.size(), std::size_t(30)); // sent twice, each time the fifteen that are not committed
    QCOMPARE(m_results[0].sequence, std::uint64_t(6));
}

void TestRun::otherRunDropsTheOutbox()
{
    QVERIFY(open(openRun()));
    lease(1, byteItems(0, 20));
    QVERIFY(waitForResults(20));
    QVERIFY(open(openRun(std::string(32, 'b'))));
    QVERIFY(m_courier->outbox().empty());
    lease(2, byteItems(0, 5)); // of the run before: not taken
    QCOMPARE(beat().queuedItems + beat().startedItems, 0U);
    m_run->close(uid);
    QCOMPARE(beat().state, protocol::AgentState::Ready);
    m_run->close(std::string(32, 'b'));
    QCOMPARE(beat().state, protocol::AgentState::Idle);
}

void TestRun::nextProcessMustAskFirst()
{
    QVERIFY(open(openRun()));
    lease(1, byteItems(0, 10));
    QVERIFY(waitForResults(10));
    m_results.clear();
    m_courier->hold();
    m_run->reconnected();
    loopFor(*m_loop, 60ms);
    QVERIFY(m_results.empty());
    QVERIFY(open(openRun()));
    QVERIFY(waitForResults(10));
}

void TestRun::otherModelOfTheSameRunIsRefused()
{
    QVERIFY(open(openRun()));
    auto other = openRun();
    other.modelFiles = {{"config.json", 1, {}}};
    m_run->open(other);
    QCOMPARE(sent<protocol::RunFailed>().at(0).code, ErrorCode::ModelMismatch);
    QCOMPARE(beat().state, protocol::AgentState::Ready);
}

void TestRun::revokeGivesBackTheTail()
{
    QVERIFY(open(openRun(uid, R"({"batch": 1})")));
    m_parts->gate.close();
    lease(1, byteItems(0, 300));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().busy; }));
    m_run->onRevoke({uid, LeaseId(1), 10});
    QCOMPARE(m_revoked.size(), std::size_t(10));
    QCOMPARE(m_revoked[0], ItemId(299));
    m_run->onRevoke({uid, LeaseId(2), 10}); // nothing of that one: an answer all the same
    QCOMPARE(sent<protocol::Revoked>().size(), std::size_t(2));
    m_parts->gate.open();
    QVERIFY(waitForResults(290));
    QVERIFY(m_run->isQuiet());
}

void TestRun::drainedLeasesComeBack()
{
    QVERIFY(open(openRun(uid, R"({"batch": 1})")));
    m_parts->gate.close();
    lease(1, byteItems(0, 50));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().busy; }));
    m_run->drain(true);
    QCOMPARE(m_revoked.size(), std::size_t(49));
    QCOMPARE(beat().state, protocol::AgentState::Draining);
    lease(2, byteItems(100, 3));
    QCOMPARE(m_revoked.size(), std::size_t(52));
    m_parts->gate.open();
    QVERIFY(waitForResults(1));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().state == protocol::AgentState::Drained; }));
    m_run->undrain();
    lease(3, byteItems(200, 3));
    QVERIFY(waitForResults(4));
}

/// Nothing is begun while the application is away; opening the run again lets it go on.
void TestRun::restingBeginsNothing()
{
    QVERIFY(open(openRun(uid, R"({"batch": 1})")));
    m_parts->gate.close();
    lease(1, byteItems(0, 50));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().busy; }));
    m_run->rest(true);
    m_parts->gate.open();
    QVERIFY(waitForResults(1)); // what was being computed
    QVERIFY(loopUntil(*m_loop, [&] { return !beat().busy; }));
    QCOMPARE(beat().startedItems, 0U);
    QCOMPARE(m_results.size(), std::size_t(1));
    m_run->onRevoke({uid, LeaseId(), 1000});
    QCOMPARE(m_revoked.size(), std::size_t(49)); // the others have them
    m_run->open(openRun(uid, R"({"batch": 1})"));
    lease(2, byteItems(100, 3));
    QVERIFY(waitForResults(4));
}

void TestRun::stalledPeerLosesNothing()
{
    QVERIFY(open(openRun()));
    m_status = SendStatus::WouldBlock;
    lease(1, byteItems(0, 1000));
    m_run->onRevoke({uid, LeaseId(9), 1});
    QVERIFY(loopUntil(*m_loop, [&] { return m_courier->outbox().size() == 1000; }));
    QVERIFY(m_results.empty());
    m_status = SendStatus::Sent;
    QVERIFY(waitForResults(1000));
    QCOMPARE(m_results.size(), std::size_t(1000));
    QCOMPARE(sent<protocol::Revoked>().size(), std::size_t(1));
}

void TestRun::fullOutboxPauses()
{
    QVERIFY(open(openRun(uid, R"({"batch": 64})")));
    for (std::uint32_t i = 0; i < 5; ++i)
        lease(i + 1, byteItems(i * 4096, 4096)), loopUntil(*m_loop, [&] { return beat().queuedItems < 8192; });
    QVERIFY(loopUntil(*m_loop, [&] { return m_courier->outbox().size() >= bounds::outboxItems; }));
    loopFor(*m_loop, 50ms);
    QVERIFY(beat().queuedItems > 0);
    m_run->onCommitted({uid, {{1, bounds::outboxItems}}});
    QVERIFY(waitForResults(std::size_t{5} * 4096));
}

void TestRun::modelsAreFetched()
{
    const protocol::Bytes config(10, std::byte{'c'}), weights(3 * limits::maxPayloadBytes + 5, std::byte{'w'});
    auto request = openRun();
    request.modelFiles = {{"config.json", config.size(), digest::sha256(config)},
                          {"model.safetensors", weights.size(), digest::sha256(weights)}};
    m_run->open(request);
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::ModelRequest>().size() == 2; }));
    QCOMPARE(beat().state, protocol::AgentState::FetchingModel);
    QCOMPARE(beat().modelBytesTotal, config.size() + weights.size());
    m_run->onModelPiece({uid, 0, 0}, config);
    for (std::size_t at = 0; at < weights.size(); at += limits::maxPayloadBytes) {
        const auto piece = std::span(weights).subspan(at, std::min(limits::maxPayloadBytes, weights.size() - at));
        m_run->onModelPiece({uid, 1, at}, piece);
        m_run->onModelPiece({uid, 1, at}, piece); // twice is once
    }
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::RunReady>().size() == 1; }));
    QVERIFY(sent<protocol::RunReady>()[0].modelSha256 == digestOf(request.modelFiles));
    m_sent.clear();
    request.runUid = std::string(32, 'b');
    QVERIFY(open(request)); // from the cache
    QVERIFY(sent<protocol::ModelRequest>().empty());
}

void TestRun::wrongModelsAreRefused()
{
    const protocol::Bytes config(10, std::byte{'c'}), other(10, std::byte{'d'});
    auto request = openRun();
    request.modelFiles = {{"config.json", config.size(), digest::sha256(config)}};
    m_run->open(request);
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::ModelRequest>().empty(); }));
    m_run->onModelPiece({uid, 0, 0}, other);
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::RunFailed>().empty(); }));
    QCOMPARE(sent<protocol::RunFailed>()[0].code, ErrorCode::ModelMismatch);
}

void TestRun::fetchGoesOnAfterACut()
{
    const protocol::Bytes config(100, std::byte{'c'});
    auto request = openRun();
    request.modelFiles = {{"config.json", config.size(), digest::sha256(config)}};
    m_run->open(request);
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::ModelRequest>().empty(); }));
    m_run->onModelPiece({uid, 0, 0}, std::span(config).first(40));
    m_run->reconnected();
    QCOMPARE(sent<protocol::ModelRequest>().back().offset, std::uint64_t(40));
    m_run->onModelPiece({uid, 0, 40}, std::span(config).subspan(40));
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::RunReady>().empty(); }));
}

void TestRun::largeItemsArePulled()
{
    QVERIFY(open(openRun()));
    auto items = byteItems(0, 2);
    items[1].data.clear();
    items[1].bytes = limits::maxPayloadBytes + 7;
    lease(1, items);
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::ItemRequest>().size() == 2; }));
    const protocol::Bytes piece(limits::maxPayloadBytes);
    m_run->onItemPiece({uid, LeaseId(1), ItemId(1), 0}, piece);
    m_run->onItemPiece({uid, LeaseId(1), ItemId(1), limits::maxPayloadBytes}, std::span(piece).first(7));
    QVERIFY(waitForResults(2));
    items[1].item = ItemId(2);
    lease(2, {items[1]});
    QVERIFY(loopUntil(*m_loop, [&] { return sent<protocol::ItemRequest>().size() == 4; }));
    m_run->onItemPiece({uid, LeaseId(2), ItemId(2), 0}, {});
    QVERIFY(waitForResults(3));
    QCOMPARE(m_results[2].error, ErrorCode::ItemChanged);
}

void TestRun::beatsTellTheState()
{
    QCOMPARE(beat().state, protocol::AgentState::Idle);
    m_parts->loading.close();
    m_run->open(openRun(uid, R"({"replicas": 2, "batch": 1})"));
    QCOMPARE(beat().state, protocol::AgentState::LoadingModel);
    m_parts->loading.open();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().state == protocol::AgentState::Ready; }));
    QCOMPARE(beat().replicaProgress.size(), std::size_t(2));
    lease(1, byteItems(0, 10));
    QVERIFY(waitForResults(10));
    QCOMPARE(beat().replicaProgress[0] + beat().replicaProgress[1], std::uint64_t(10));
    QCOMPARE(beat().doneItems, std::uint64_t(10));
    QCOMPARE(beat().outboxItems, 10U);
    QVERIFY(!beat().busy);
}

void TestRun::aHungReplicaIsToldThoughTheOtherGoesOn()
{
    m_parts->hanging.close();
    m_run->open(openRun(uid, R"({"replicas": 2, "batch": 1, "fail_items": {"3": "hang"}})"));
    lease(1, byteItems(0, 10));
    QVERIFY(waitForResults(9));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis > 0; }));
    const auto told = beat();
    QVERIFY(told.busy);
    QCOMPARE(told.replicaProgress[0] + told.replicaProgress[1], std::uint64_t(9));
    // The other one takes what comes, and the one that stands still goes on doing so.
    lease(2, byteItems(10, 10));
    QVERIFY(waitForResults(19));
    QCOMPARE(beat().stalledReplica, told.stalledReplica);
    QVERIFY(beat().stalledMillis >= told.stalledMillis);
    m_parts->hanging.open();
    QVERIFY(waitForResults(20));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis == 0 && !beat().busy; }));
}

void TestRun::aHungReplicaIsToldAfterItsRunToo()
{
    m_parts->hanging.close();
    m_run->open(openRun(uid, R"({"batch": 1, "fail_items": {"0": "hang"}})"));
    lease(1, byteItems(0, 1));
    QVERIFY(loopUntil(*m_loop, [&] { return beat().stalledMillis > 0; }));
    m_run->close(uid);
    const auto told = beat();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().busy && beat().stalledMillis > told.stalledMillis; }));
    m_run->open(openRun(std::string(32, 'b'))); // waits behind it
    QVERIFY(beat().busy && beat().stalledMillis > 0);
    m_parts->hanging.open();
    QVERIFY(loopUntil(*m_loop, [&] { return beat().state == protocol::AgentState::Ready; }));
    QVERIFY(!beat().busy && beat().stalledMillis == 0);
    m_run->close(std::string(32, 'b'));
    QVERIFY(beat().replicaProgress.empty());
}

void TestRun::droppedWhileLoading()
{
    m_parts->loading.close();
    m_run->open(openRun());
    QVERIFY(loopUntil(*m_loop, [&] { return !m_worker->isIdle(); }));
    m_run->open(openRun(std::string(32, 'b')));
    m_parts->loading.open();
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::RunReady>().empty(); }));
    QCOMPARE(sent<protocol::RunReady>()[0].runUid, std::string(32, 'b'));
    QVERIFY(loopUntil(*m_loop, [&] { return m_parts->backends == 1; }));
}

void TestRun::probesAnswer()
{
    const std::string folder = m_folder->path().toStdString();
    m_settings.dataRoots = {folder};
    QFile file(m_folder->filePath(QStringLiteral("a")));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("hello") == 5);
    file.close();
    auto request = openRun();
    request.dataRoot = folder;
    m_run->open(request);
    m_run->onProbe({uid, {{"a", 5}, {"../a", 5}, {"b", 5}}});
    QVERIFY(loopUntil(*m_loop, [&] { return !sent<protocol::ProbeResult>().empty(); }));
    const auto files = sent<protocol::ProbeResult>()[0].files;
    QCOMPARE(files.size(), std::size_t(3));
    QVERIFY(files[0].found && !files[1].found && !files[2].found);
    const std::string text = "hello";
    QVERIFY(files[0].hash == digest::headHash(std::as_bytes(std::span(text.data(), text.size()))));
}

QTEST_APPLESS_MAIN(TestRun)
#include "test_run.moc"
