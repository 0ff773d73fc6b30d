// SPDX-License-Identifier: GPL-3.0-or-later
#include "samples.h"

#include <QElapsedTimer>
#include <QTest>

#include <set>

using namespace vitfleet;
using namespace vitfleet::protocol;

namespace {

bool survives(const Message& message, BytesView payload = {})
{
    const auto envelope = encode(message, payload);
    if (!envelope)
        return false;
    const auto decoded = decode(*envelope, payload);
    return decoded && *decoded == message;
}

/// What decode() makes of it, or of the refusal to encode it.
ErrorCode refusal(const Message& message, BytesView payload = {})
{
    const auto envelope = encode(message, payload);
    if (!envelope)
        return envelope.error().code;
    const auto decoded = decode(*envelope, payload);
    return decoded ? ErrorCode::None : decoded.error().code;
}

LeaseItem itemWithData(std::size_t bytes)
{
    LeaseItem item;
    item.path = "x.png";
    item.bytes = bytes;
    item.data.assign(bytes, std::byte{1});
    return item;
}

} // namespace

class TestProtocol : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyMessageSurvives();
    void everyMessageSurvivesEmpty();
    void stringsHaveALimit();
    void listsHaveLimits();
    void numbersHaveLimits();
    void envelopesHaveALimit();
    void payloadsHaveALimit();
    void payloadsBelongToTheirEnvelope();
    void onlySomeMessagesHavePayloads();
    void sentencesAreCut();
    void badTextIsRepaired();
    void newerHellosCanBeAnswered();
    void itemsSurvive();
    void itemsAreSplit();
    void largeItemsGoWithoutData();
    void itemCountHasALimit();
    void longPathsAreCut();
    void resultsSurvive();
    void resultsAreSplit();
    void resultsAreChecked();
    void emptyListsAreLists();
    void listsAreNotMixedUp();
    void listsAreQuick();
};

void TestProtocol::everyMessageSurvives()
{
    std::set<std::size_t> kinds;
    for (const Message& message : test::sampleMessages()) {
        kinds.insert(message.index());
        QVERIFY2(survives(message, test::samplePayload(message)), qPrintable(QString::number(message.index())));
    }
    QCOMPARE(kinds.size(), std::variant_size_v<Message>);
}

void TestProtocol::everyMessageSurvivesEmpty()
{
    QVERIFY(survives(Hello{}));
    QVERIFY(survives(OpenRun{}));
    QVERIFY(survives(ProbeFiles{}));
    QVERIFY(survives(LeasePart{}));
    QVERIFY(survives(Committed{}));
    QVERIFY(survives(Welcome{}));
    QVERIFY(survives(Refused{}));
    QVERIFY(survives(AgentBeat{}));
    QVERIFY(survives(RunReady{}));
    QVERIFY(survives(RunFailed{}));
    QVERIFY(survives(ProbeResult{}));
    QVERIFY(survives(Results{}));
    QVERIFY(survives(Revoked{}));
}

void TestProtocol::stringsHaveALimit()
{
    const std::string longest(limits::maxStringBytes, 's');
    QVERIFY(survives(CloseRun{longest}));
    QCOMPARE(refusal(CloseRun{longest + "s"}), ErrorCode::Protocol);
    Hello hello;
    hello.software = longest + "s";
    QCOMPARE(refusal(hello), ErrorCode::Protocol);
    OpenRun open;
    open.dataRoot.assign(limits::maxPathBytes, 'p');
    open.modelFiles = {{std::string(limits::maxFileNameBytes, 'n'), 1, {}}};
    QVERIFY(survives(open));
    open.dataRoot += 'p';
    QCOMPARE(refusal(open), ErrorCode::Protocol);
    open.dataRoot.clear();
    open.modelFiles[0].name += 'n';
    QCOMPARE(refusal(open), ErrorCode::Protocol);
    ProbeFiles probe{"r", {{std::string(limits::maxPathBytes, 'p'), 1}}};
    QVERIFY(survives(probe));
    probe.files[0].path += 'p';
    QCOMPARE(refusal(probe), ErrorCode::Protocol);
}

void TestProtocol::listsHaveLimits()
{
    OpenRun open;
    open.modelFiles.assign(limits::maxModelFiles, {"f", 1, {}});
    QVERIFY(survives(open));
    open.modelFiles.push_back({"f", 1, {}});
    QCOMPARE(refusal(open), ErrorCode::Protocol);

    ProbeFiles probe{"r", std::vector<ProbeFiles::File>(limits::maxProbeFiles, {"p", 1})};
    QVERIFY(survives(probe));
    probe.files.push_back({"p", 1});
    QCOMPARE(refusal(probe), ErrorCode::Protocol);

    ProbeResult probed{"r", std::vector<ProbeResult::File>(limits::maxProbeFiles)};
    QVERIFY(survives(probed));
    probed.files.emplace_back();
    QCOMPARE(refusal(probed), ErrorCode::Protocol);

    Committed committed{"r", std::vector<Committed::Range>(limits::maxCommittedRanges, {1, 2})};
    QVERIFY(survives(committed));
    committed.ranges.push_back({1, 2});
    QCOMPARE(refusal(committed), ErrorCode::Protocol);

    AgentBeat beat;
    beat.replicaProgress.assign(limits::maxReplicas, 1);
    QVERIFY(survives(beat));
    beat.replicaProgress.push_back(1);
    QCOMPARE(refusal(beat), ErrorCode::Protocol);
}

void TestProtocol::numbersHaveLimits()
{
    OpenRun open;
    open.modelFiles = {{"f", limits::maxModelBytes, {}}};
    QVERIFY(survives(open));
    open.modelFiles[0].bytes += 1;
    QCOMPARE(refusal(open), ErrorCode::Protocol);

    QVERIFY(survives(ModelPiece{"r", limits::maxModelFiles - 1, limits::maxModelBytes}));
    QCOMPARE(refusal(ModelPiece{"r", limits::maxModelFiles, 0}), ErrorCode::Protocol);
    QCOMPARE(refusal(ModelPiece{"r", 0, limits::maxModelBytes + 1}), ErrorCode::Protocol);
    QCOMPARE(refusal(ModelRequest{"r", 0, 0, limits::maxModelBytes + 1}), ErrorCode::Protocol);

    QVERIFY(survives(ItemPiece{"r", LeaseId(1), ItemId(limits::maxItems - 1), limits::maxItemBytes}));
    QCOMPARE(refusal(ItemPiece{"r", LeaseId(1), ItemId(limits::maxItems), 0}), ErrorCode::Protocol);
    QCOMPARE(refusal(ItemRequest{"r", LeaseId(1), ItemId(0), limits::maxItemBytes + 1}), ErrorCode::Protocol);

    RunReady ready;
    ready.labels = limits::maxLabels;
    ready.replicas = limits::maxReplicas;
    QVERIFY(survives(ready));
    ready.labels += 1;
    QCOMPARE(refusal(ready), ErrorCode::Protocol);
    ready.labels = 1;
    ready.replicas += 1;
    QCOMPARE(refusal(ready), ErrorCode::Protocol);
    ready.replicas = 1;
    ready.precisions.assign(limits::maxPrecisions, Precision::Fp32);
    QVERIFY(survives(ready));
    ready.precisions.push_back(Precision::Fp32);
    QCOMPARE(refusal(ready), ErrorCode::Protocol);

    AgentBeat beat;
    beat.imagesPerSecond = std::numeric_limits<float>::quiet_NaN();
    QCOMPARE(refusal(beat), ErrorCode::Protocol);
    beat.imagesPerSecond = std::numeric_limits<float>::infinity();
    QCOMPARE(refusal(beat), ErrorCode::Protocol);

    QCOMPARE(refusal(Committed{"r", {{3, 2}}}), ErrorCode::Protocol);
    QCOMPARE(refusal(Refused{ErrorCode::None, ""}), ErrorCode::Protocol);
    QCOMPARE(refusal(Refused{static_cast<ErrorCode>(65000), ""}), ErrorCode::Protocol);
    QCOMPARE(refusal(LeasePart{"r", LeaseId(1), TransferMode::Invalid, 0, true}), ErrorCode::Protocol);
    QCOMPARE(refusal(LeasePart{"r", LeaseId(1), static_cast<TransferMode>(3), 0, true}), ErrorCode::Protocol);
    for (const char* name : {"", ".", "..", "a/b", "/etc/passwd"}) {
        open.modelFiles = {{name, 1, {}}};
        QCOMPARE(refusal(open), ErrorCode::Protocol);
    }
}

void TestProtocol::envelopesHaveALimit()
{
    // Sixteen of the longest paths are above 64 KiB although each and their number are allowed.
    const ProbeFiles probe{
        "r", std::vector<ProbeFiles::File>(limits::maxProbeFiles, {std::string(limits::maxPathBytes, 'p'), 1})};
    QCOMPARE(refusal(probe), ErrorCode::Protocol);
    const Bytes large(limits::maxEnvelopeBytes + 1);
    QCOMPARE(decode(large, {}).error().code, ErrorCode::Protocol);
}

void TestProtocol::payloadsHaveALimit()
{
    const Bytes payload(limits::maxPayloadBytes + 1, std::byte{1});
    const BytesView largest = BytesView(payload).first(limits::maxPayloadBytes);
    QVERIFY(survives(ModelPiece{"r", 0, 0}, largest));
    QCOMPARE(refusal(ModelPiece{"r", 0, 0}, payload), ErrorCode::Protocol);
    QCOMPARE(decode(*encode(Results{"r"}), payload).error().code, ErrorCode::Protocol);
    QCOMPARE(decodeItems(payload).error().code, ErrorCode::Protocol);
    QCOMPARE(decodeResults(payload).error().code, ErrorCode::Protocol);
}

void TestProtocol::payloadsBelongToTheirEnvelope()
{
    Bytes payload(1000, std::byte{1});
    const Bytes envelope = *encode(ModelPiece{"r", 0, 0}, payload);
    QVERIFY(decode(envelope, payload).ok());
    QVERIFY(!decode(envelope, BytesView(payload).first(999)).ok());
    QVERIFY(!decode(envelope, {}).ok());
    payload[500] = std::byte{2};
    QCOMPARE(decode(envelope, payload).error().code, ErrorCode::Protocol);
}

void TestProtocol::onlySomeMessagesHavePayloads()
{
    const Bytes payload(10, std::byte{1});
    for (const Message& message : test::sampleMessages()) {
        const bool carries = !test::samplePayload(message).empty();
        QCOMPARE(encode(message, payload).ok(), carries);
    }
}

void TestProtocol::sentencesAreCut()
{
    std::string sentence(limits::maxStringBytes - 1, 'd');
    sentence += "\xe2\x82\xac and more";
    const auto decoded = decode(*encode(RunFailed{"r", ErrorCode::ModelConfig, sentence}), {});
    QVERIFY(decoded.ok());
    QCOMPARE(std::get<RunFailed>(*decoded).detail, std::string(limits::maxStringBytes - 1, 'd'));
    QVERIFY(decode(*encode(Refused{ErrorCode::AgentBusy, sentence}), {}).ok());
    QVERIFY(decode(*encode(Leaving{sentence}), {}).ok());
}

void TestProtocol::badTextIsRepaired()
{
    const auto decoded = decode(*encode(Leaving{"gr\xfc"
                                                "n"}),
                                {});
    QCOMPARE(std::get<Leaving>(*decoded).reason, std::string("gr\xef\xbf\xbd"
                                                             "n"));
    // Three bytes for each bad one: the limit counts what is sent.
    QVERIFY(!encode(CloseRun{std::string(limits::maxStringBytes / 2, '\xff')}).ok());
}

void TestProtocol::newerHellosCanBeAnswered()
{
    Hello hello;
    hello.protocolVersion = 99;
    hello.minProtocolVersion = 98;
    QVERIFY(survives(hello));
    hello.role = static_cast<ConnectionRole>(200); // that only version 99 knows
    auto decoded = decode(*encode(hello), {});
    QVERIFY(decoded.ok());
    QCOMPARE(std::get<Hello>(*decoded).protocolVersion, std::uint16_t(99));
    QCOMPARE(std::get<Hello>(*decoded).role, ConnectionRole::Invalid);
    hello.protocolVersion = version;
    hello.minProtocolVersion = minVersion;
    QCOMPARE(refusal(hello), ErrorCode::Protocol);
    hello.role = ConnectionRole::Control;
    hello.minProtocolVersion = version + 1;
    QCOMPARE(refusal(hello), ErrorCode::Protocol);
}

void TestProtocol::itemsSurvive()
{
    const auto items = test::sampleItems();
    const EncodedItems encoded = encodeItems(items);
    QCOMPARE(encoded.count, items.size());
    const auto decoded = decodeItems(encoded.payload);
    QVERIFY(decoded.ok());
    QVERIFY(*decoded == items);
}

void TestProtocol::itemsAreSplit()
{
    std::vector<LeaseItem> items(20, itemWithData(100'000));
    for (std::uint32_t i = 0; i < items.size(); ++i)
        items[i].item = ItemId(i);
    std::span<const LeaseItem> left = items;
    std::vector<LeaseItem> got;
    while (!left.empty()) {
        const EncodedItems encoded = encodeItems(left);
        QVERIFY(encoded.count > 0);
        QVERIFY(encoded.payload.size() <= limits::maxPayloadBytes);
        const auto decoded = decodeItems(encoded.payload);
        QVERIFY(decoded.ok());
        QCOMPARE(decoded->size(), encoded.count);
        got.insert(got.end(), decoded->begin(), decoded->end());
        left = left.subspan(encoded.count);
    }
    QVERIFY(got == items);
    QCOMPARE(encodeItems(items).count, std::size_t(10)); // well filled
}

void TestProtocol::largeItemsGoWithoutData()
{
    const std::vector<LeaseItem> items = {itemWithData(10), itemWithData(limits::maxPayloadBytes), itemWithData(20)};
    const EncodedItems encoded = encodeItems(items);
    QCOMPARE(encoded.count, std::size_t(3));
    const auto decoded = decodeItems(encoded.payload);
    QVERIFY(decoded.ok());
    QVERIFY((*decoded)[0] == items[0]);
    QVERIFY((*decoded)[1].data.empty());
    QCOMPARE((*decoded)[1].bytes, std::uint64_t(limits::maxPayloadBytes));
    QVERIFY((*decoded)[2] == items[2]);
    // The largest that still travels inside does so alone.
    const std::vector<LeaseItem> two = {itemWithData(1), itemWithData(limits::maxPayloadBytes - 262)};
    QCOMPARE(encodeItems(two).count, std::size_t(1));
    QVERIFY(!decodeItems(encodeItems(std::span(two).subspan(1)).payload)->front().data.empty());
}

void TestProtocol::itemCountHasALimit()
{
    std::vector<LeaseItem> items(limits::maxLeaseItems + 1);
    for (LeaseItem& item : items)
        item.path = "some/class/ILSVRC2012_val_00000001.JPEG";
    const EncodedItems encoded = encodeItems(items);
    QCOMPARE(encoded.count, limits::maxLeaseItems);
    QCOMPARE(decodeItems(encoded.payload)->size(), limits::maxLeaseItems);
}

void TestProtocol::longPathsAreCut()
{
    LeaseItem item;
    item.path.assign(limits::maxPathBytes + 1, 'p');
    const auto decoded = decodeItems(encodeItems(std::span(&item, 1)).payload);
    QVERIFY(decoded.ok());
    QCOMPARE(decoded->front().path.size(), limits::maxPathBytes);
}

void TestProtocol::resultsSurvive()
{
    const auto results = test::sampleResults();
    const EncodedResults encoded = encodeResults(results);
    QCOMPARE(encoded.count, results.size());
    const auto decoded = decodeResults(encoded.payload);
    QVERIFY(decoded.ok());
    QVERIFY(*decoded == results);
}

void TestProtocol::resultsAreSplit()
{
    std::vector<ResultItem> results(300, test::sampleResults()[1]);
    for (ResultItem& result : results)
        result.errorDetail.assign(limits::maxStringBytes + 100, 'd');
    const EncodedResults encoded = encodeResults(results);
    QVERIFY(encoded.count > 200 && encoded.count < 300);
    const auto decoded = decodeResults(encoded.payload);
    QVERIFY(decoded.ok());
    QCOMPARE(decoded->front().errorDetail.size(), limits::maxStringBytes);
    const std::vector<ResultItem> many(limits::maxLeaseItems + 1, test::sampleResults()[0]);
    QCOMPARE(encodeResults(many).count, limits::maxLeaseItems);
}

void TestProtocol::resultsAreChecked()
{
    const ResultItem good = test::sampleResults()[0];
    const auto refused = [](const ResultItem& result) {
        const auto decoded = decodeResults(encodeResults(std::span(&result, 1)).payload);
        return !decoded && decoded.error().code == ErrorCode::Protocol;
    };
    QVERIFY(!refused(good));
    ResultItem bad = good;
    bad.top[0].score = std::numeric_limits<float>::quiet_NaN();
    QVERIFY(refused(bad));
    bad = good;
    bad.top[4].score = -std::numeric_limits<float>::infinity();
    QVERIFY(refused(bad));
    bad = good;
    bad.top[0].label = limits::maxLabels;
    QVERIFY(refused(bad));
    bad = good;
    bad.item = ItemId(limits::maxItems);
    QVERIFY(refused(bad));
    bad = good;
    bad.error = static_cast<ErrorCode>(999);
    bad.top.clear();
    QVERIFY(refused(bad));
    bad = good;
    bad.error = ErrorCode::ImgCorrupt; // and yet labels
    QVERIFY(refused(bad));
    bad = good;
    bad.top.clear(); // and yet no error
    QVERIFY(refused(bad));
}

void TestProtocol::emptyListsAreLists()
{
    QVERIFY(decodeItems({})->empty());
    QVERIFY(decodeResults({})->empty());
    const EncodedItems none = encodeItems({});
    QCOMPARE(none.count, std::size_t(0));
    QVERIFY(decodeItems(none.payload)->empty());
}

void TestProtocol::listsAreNotMixedUp()
{
    QVERIFY(!decodeResults(encodeItems(test::sampleItems()).payload).ok());
    QVERIFY(!decodeItems(encodeResults(test::sampleResults()).payload).ok());
    QVERIFY(!decodeItems(*encode(Hello{})).ok());
}

void TestProtocol::listsAreQuick()
{
    // Figures to read, not to judge: the machine may be busy.
    const std::vector<LeaseItem> items(1000, itemWithData(800));
    QElapsedTimer timer;
    timer.start();
    std::size_t count = 0;
    while (timer.elapsed() < 100)
        count += encodeItems(items).count;
    const double encodeMicros = static_cast<double>(timer.nsecsElapsed()) / 1000.0 / static_cast<double>(count);
    const EncodedItems encoded = encodeItems(items);
    timer.restart();
    count = 0;
    while (timer.elapsed() < 100)
        count += decodeItems(encoded.payload)->size();
    const double decodeMicros = static_cast<double>(timer.nsecsElapsed()) / 1000.0 / static_cast<double>(count);
    qInfo("items of 800 bytes: %.2f us to encode, %.2f us to decode", encodeMicros, decodeMicros);
    QVERIFY(encodeMicros < 100 && decodeMicros < 100);
}

QTEST_APPLESS_MAIN(TestProtocol)
#include "test_protocol.moc"
