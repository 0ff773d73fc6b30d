// SPDX-License-Identifier: GPL-3.0-or-later
// What a hostile peer sends: envelopes and lists that our encoder would never write.
#include "samples.h"
#include "tests/support/mutate.h"

#include "shared/digest/digest.h"

#include <QTest>

#include <algorithm>
#include <cstring>
#include <random>
#include <vitfleet_generated.h>

using namespace vitfleet;
using namespace vitfleet::protocol;
using flatbuffers::FlatBufferBuilder;
using test::mutate;

namespace {

Bytes copied(const FlatBufferBuilder& builder)
{
    const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
    return {bytes.begin(), bytes.end()};
}

Bytes envelopeWith(FlatBufferBuilder& builder, wire::Body type, flatbuffers::Offset<void> body,
                   const char* identifier = wire::EnvelopeIdentifier())
{
    builder.Finish(wire::CreateEnvelope(builder, 0, digest::checksum64({}), type, body), identifier);
    return copied(builder);
}

bool refused(const Bytes& envelope)
{
    const auto decoded = decode(envelope, {});
    return !decoded && decoded.error().code == ErrorCode::Protocol;
}

/// Reads every field, so that a sanitizer sees what a receiver would.
std::size_t weigh(const Result<std::vector<LeaseItem>>& items)
{
    std::size_t sum = 0;
    if (items) {
        for (const LeaseItem& item : *items)
            sum += item.path.size() + item.data.size() + item.bytes + item.headHash[15];
    }
    return sum;
}

} // namespace

class TestHostile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void garbageIsRefused();
    void unknownTypesAreRefused();
    void missingBodiesAreRefused();
    void otherFormatsAreRefused();
    void missingStringsAreEmpty();
    void badTextIsRefused();
    void longStringsAreRefused();
    void sharedTablesAreRefused();
    void sharedDataAreRefused();
    void tooManyItemsAreRefused();
    void tooManyLabelsAreRefused();
    void dataOfAnotherSizeAreRefused();
    void laterFieldsAreIgnored();
    void mutatedEnvelopesNeverCrash();
    void mutatedListsNeverCrash();
};

void TestHostile::garbageIsRefused()
{
    QVERIFY(refused({}));
    QVERIFY(refused(Bytes(3)));
    QVERIFY(refused(Bytes(limits::maxEnvelopeBytes)));
    const std::string http = "GET / HTTP/1.1\r\nHost: node\r\n\r\n";
    const auto bytes = std::as_bytes(std::span(http));
    QVERIFY(refused(Bytes(bytes.begin(), bytes.end())));
}

void TestHostile::unknownTypesAreRefused()
{
    FlatBufferBuilder builder;
    const auto body = wire::CreateDrain(builder, true).Union();
    const auto later = static_cast<wire::Body>(static_cast<std::uint8_t>(wire::Body::MAX) + 1);
    const Bytes envelope = envelopeWith(builder, later, body);
    const auto decoded = decode(envelope, {});
    QVERIFY(!decoded);
    QVERIFY(decoded.error().detail.find("type") != std::string::npos);
}

void TestHostile::missingBodiesAreRefused()
{
    FlatBufferBuilder none;
    QVERIFY(refused(envelopeWith(none, wire::Body::NONE, 0)));
    FlatBufferBuilder missing;
    QVERIFY(refused(envelopeWith(missing, wire::Body::Hello, 0)));
}

void TestHostile::otherFormatsAreRefused()
{
    FlatBufferBuilder builder;
    const auto body = wire::CreateDrain(builder, true).Union();
    QVERIFY(refused(envelopeWith(builder, wire::Body::Drain, body, "VFW2")));
}

void TestHostile::missingStringsAreEmpty()
{
    FlatBufferBuilder builder;
    const auto body = wire::CreateCloseRun(builder).Union();
    const auto decoded = decode(envelopeWith(builder, wire::Body::CloseRun, body), {});
    QVERIFY(decoded.ok());
    QVERIFY(std::get<CloseRun>(*decoded).runUid.empty());
}

void TestHostile::badTextIsRefused()
{
    for (const std::string& text : {std::string("\xff"), std::string("a\0b", 3), std::string("\xed\xa0\x80")}) {
        FlatBufferBuilder builder;
        const auto body = wire::CreateCloseRun(builder, builder.CreateString(text)).Union();
        QVERIFY(refused(envelopeWith(builder, wire::Body::CloseRun, body)));

        FlatBufferBuilder list;
        const std::vector items = {wire::CreateLeaseItem(list, 1, list.CreateString(text))};
        list.Finish(wire::CreateItemList(list, list.CreateVector(items)), "VFI1");
        QVERIFY(!decodeItems(copied(list)).ok());
    }
}

void TestHostile::longStringsAreRefused()
{
    for (const std::size_t excess : {0UL, 1UL}) {
        FlatBufferBuilder builder;
        const auto text = builder.CreateString(std::string(limits::maxStringBytes + excess, 'x'));
        const auto body = wire::CreateRefused(builder, 300, text).Union();
        QCOMPARE(refused(envelopeWith(builder, wire::Body::Refused, body)), excess != 0);

        FlatBufferBuilder list;
        const auto path = list.CreateString(std::string(limits::maxPathBytes + excess, 'p'));
        const std::vector items = {wire::CreateLeaseItem(list, 1, path)};
        list.Finish(wire::CreateItemList(list, list.CreateVector(items)), "VFI1");
        QCOMPARE(decodeItems(copied(list)).ok(), excess == 0);
    }
}

void TestHostile::sharedTablesAreRefused()
{
    // A list that names one table again and again is longer than it looks.
    FlatBufferBuilder builder;
    const auto file = wire::CreateModelFile(builder, builder.CreateString("f"), 1);
    const std::vector files(limits::maxModelFiles * 10, file);
    const auto body = wire::CreateOpenRun(builder, 0, 0, 0, wire::Precision::Fp32, builder.CreateVector(files)).Union();
    QVERIFY(refused(envelopeWith(builder, wire::Body::OpenRun, body)));
}

void TestHostile::sharedDataAreRefused()
{
    // 4,096 items that share 900 KB would be 3.6 GB once unpacked.
    FlatBufferBuilder builder;
    const auto data = builder.CreateVector(std::vector<std::uint8_t>(900'000, 1));
    std::vector<flatbuffers::Offset<wire::LeaseItem>> items;
    for (std::uint32_t i = 0; i < limits::maxLeaseItems; ++i)
        items.push_back(wire::CreateLeaseItem(builder, i, 0, 900'000, nullptr, data));
    builder.Finish(wire::CreateItemList(builder, builder.CreateVector(items)), "VFI1");
    QVERIFY(builder.GetSize() <= limits::maxPayloadBytes);
    QVERIFY(!decodeItems(copied(builder)).ok());
}

void TestHostile::tooManyItemsAreRefused()
{
    for (const std::size_t excess : {0UL, 1UL}) {
        FlatBufferBuilder builder;
        const auto item = wire::CreateLeaseItem(builder, 1);
        const std::vector items(limits::maxLeaseItems + excess, item);
        builder.Finish(wire::CreateItemList(builder, builder.CreateVector(items)), "VFI1");
        QCOMPARE(decodeItems(copied(builder)).ok(), excess == 0);
    }
}

void TestHostile::tooManyLabelsAreRefused()
{
    for (const std::size_t excess : {0UL, 1UL}) {
        FlatBufferBuilder builder;
        const std::vector<wire::LabelScore> scores(limits::topK + excess, wire::LabelScore(1, 0.5F));
        const auto top = builder.CreateVectorOfStructs(scores);
        const std::vector results = {wire::CreateResultItem(builder, 1, 1, 1, 0, 0, 0, top)};
        builder.Finish(wire::CreateResultList(builder, builder.CreateVector(results)), "VFR1");
        QCOMPARE(decodeResults(copied(builder)).ok(), excess == 0);
    }
}

void TestHostile::dataOfAnotherSizeAreRefused()
{
    for (const std::uint64_t bytes : {99UL, 100UL, 101UL}) {
        FlatBufferBuilder builder;
        const auto data = builder.CreateVector(std::vector<std::uint8_t>(100, 1));
        const std::vector items = {wire::CreateLeaseItem(builder, 1, 0, bytes, nullptr, data)};
        builder.Finish(wire::CreateItemList(builder, builder.CreateVector(items)), "VFI1");
        QCOMPARE(decodeItems(copied(builder)).ok(), bytes == 100);
    }
}

void TestHostile::laterFieldsAreIgnored()
{
    // What a later version's CloseRun with one more field looks like.
    FlatBufferBuilder builder;
    const auto uid = builder.CreateString("run");
    const auto start = builder.StartTable();
    builder.AddOffset(wire::CloseRun::VT_RUN_UID, uid);
    builder.AddElement<std::uint64_t>(wire::CloseRun::VT_RUN_UID + 2, 5, 0);
    const flatbuffers::Offset<void> body(builder.EndTable(start));
    const auto decoded = decode(envelopeWith(builder, wire::Body::CloseRun, body), {});
    QVERIFY(decoded.ok());
    QCOMPARE(std::get<CloseRun>(*decoded).runUid, std::string("run"));
}

void TestHostile::mutatedEnvelopesNeverCrash()
{
    std::mt19937_64 random(20240601);
    std::vector<std::pair<Bytes, Bytes>> samples;
    for (const Message& message : test::sampleMessages()) {
        const Bytes payload = test::samplePayload(message);
        samples.emplace_back(*encode(message, payload), payload);
    }
    int accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto [envelope, payload] = samples[static_cast<std::size_t>(i) % samples.size()];
        for (std::uint64_t times = 1 + random() % 4; times > 0; --times)
            mutate(envelope, random);
        const auto decoded = decode(envelope, payload);
        if (!decoded)
            QCOMPARE(decoded.error().code, ErrorCode::Protocol);
        else
            accepted += encode(*decoded, payload).ok() ? 1 : 0; // what is accepted can be passed on
    }
    qInfo("%d of 100000 were still messages", accepted);
}

void TestHostile::mutatedListsNeverCrash()
{
    std::mt19937_64 random(20240602);
    const Bytes items = encodeItems(test::sampleItems()).payload;
    const Bytes results = encodeResults(test::sampleResults()).payload;
    std::size_t sum = 0;
    for (int i = 0; i < 50'000; ++i) {
        Bytes list = items;
        for (std::uint64_t times = 1 + random() % 4; times > 0; --times)
            mutate(list, random);
        sum += weigh(decodeItems(list));
        list = results;
        for (std::uint64_t times = 1 + random() % 4; times > 0; --times)
            mutate(list, random);
        const auto decoded = decodeResults(list);
        if (decoded && !decoded->empty())
            sum += decoded->front().top.size();
    }
    QVERIFY(sum > 0);
}

QTEST_APPLESS_MAIN(TestHostile)
#include "test_hostile.moc"
