// SPDX-License-Identifier: GPL-3.0-or-later
// What a run fetches before it can begin, and after: models, large items, the data set that a node sees.
#include "run_fixture.h"
#include "shared/digest/digest.h"

#include <QFile>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::agent;
using namespace vitfleet::agent::test;

class TestRunFiles : public RunFixture
{
    Q_OBJECT
private Q_SLOTS:
    void otherModelOfTheSameRunIsRefused();
    void modelsAreFetched();
    void wrongModelsAreRefused();
    void fetchGoesOnAfterACut();
    void largeItemsArePulled();
    void probesAnswer();
};

void TestRunFiles::otherModelOfTheSameRunIsRefused()
{
    QVERIFY(open(openRun()));
    auto other = openRun();
    other.modelFiles = {{"config.json", 1, {}}};
    m_run->open(other);
    QCOMPARE(sent<protocol::RunFailed>().at(0).code, ErrorCode::ModelMismatch);
    QCOMPARE(beat().state, protocol::AgentState::Ready);
}

void TestRunFiles::modelsAreFetched()
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

void TestRunFiles::wrongModelsAreRefused()
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

void TestRunFiles::fetchGoesOnAfterACut()
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

void TestRunFiles::largeItemsArePulled()
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

void TestRunFiles::probesAnswer()
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

QTEST_APPLESS_MAIN(TestRunFiles)
#include "test_run_files.moc"
