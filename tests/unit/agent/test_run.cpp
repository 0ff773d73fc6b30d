// SPDX-License-Identifier: GPL-3.0-or-later
// A run on one node, from OpenRun to its last result.
#include "run_fixture.h"

#include <QTest>

#include <map>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace vitfleet::agent::test;
using namespace std::chrono_literals;
using transport::SendStatus;

class TestRun : public RunFixture
{
    Q_OBJECT
private Q_SLOTS:
    void itemsBecomeResults();
    void errorsAreTyped();
    void oneBadItemSparesItsBatch();
    void wrongRequestsFail();
    void loadErrorsAreTold();
    void sameRunKeepsItsOutbox();
    void otherRunDropsTheOutbox();
    void nextProcessMustAskFirst();
    void revokeGivesBackTheTail();
    void drainedLeasesComeBack();
    void restingBeginsNothing();
    void stalledPeerLosesNothing();
    void fullOutboxPauses();
    void bytesOfPicturesBeingDecodedAreBounded();
};

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

void TestRun::bytesOfPicturesBeingDecodedAreBounded()
{
    constexpr std::size_t pictureBytes = 1'000'000;
    constexpr std::size_t fitting = bounds::pipelineBytes / pictureBytes + 1; // the last one just begins below it
    m_parts->keepPictures = true;
    QVERIFY(open(openRun(uid, R"({"batch": 32})"))); // so many at once that it is not their number that ends it
    for (std::uint32_t i = 0; i < fitting + 10; ++i) {
        auto items = byteItems(i, 1);
        items.front().data.assign(pictureBytes, std::byte{'p'});
        items.front().bytes = pictureBytes;
        lease(i + 1, items);
    }
    QVERIFY(loopUntil(*m_loop, [&] { return m_parts->kept >= fitting; }));
    loopFor(*m_loop, 100ms);
    QCOMPARE(m_parts->kept.load(), fitting);
}

QTEST_APPLESS_MAIN(TestRun)
#include "test_run.moc"
