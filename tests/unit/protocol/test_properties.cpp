// SPDX-License-Identifier: GPL-3.0-or-later
// What holds for every message and list, tried on random ones. A failing case prints what replays it.
#include "shared/base/utf8.h"
#include "shared/protocol/codec.h"

#include <QTest>

#include <rapidcheck.h>

using namespace vitfleet;
using namespace vitfleet::protocol;

namespace {

rc::Gen<std::string> anyText(std::size_t maxBytes)
{
    return rc::gen::map(rc::gen::container<std::string>(rc::gen::arbitrary<char>()), [maxBytes](std::string bytes) {
        return std::string(clippedText(repairedText(bytes), maxBytes));
    });
}

rc::Gen<HeadHash> anyHash()
{
    return rc::gen::arbitrary<HeadHash>();
}

rc::Gen<LeaseItem> anyItem()
{
    return rc::gen::map(rc::gen::tuple(rc::gen::inRange<std::uint32_t>(0, limits::maxItems),
                                       anyText(limits::maxPathBytes), anyHash(),
                                       rc::gen::inRange<std::size_t>(0, 100'000), rc::gen::arbitrary<std::uint64_t>()),
                        [](const auto& parts) {
                            LeaseItem item;
                            item.item = ItemId(std::get<0>(parts));
                            item.path = std::get<1>(parts);
                            item.headHash = std::get<2>(parts);
                            item.data.assign(std::get<3>(parts), std::byte{3});
                            item.bytes = item.data.empty() ? std::get<4>(parts) : item.data.size();
                            return item;
                        });
}

rc::Gen<ResultItem> anyResult()
{
    const auto score = rc::gen::map(
        rc::gen::tuple(rc::gen::inRange<std::uint32_t>(0, limits::maxLabels), rc::gen::inRange<int>(0, 1'000'001)),
        [](const auto& parts) {
            return LabelScore{std::get<0>(parts), static_cast<float>(std::get<1>(parts)) / 1e6F};
        });
    const auto top = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, limits::topK + 1), [score](std::size_t count) {
        return rc::gen::container<std::vector<LabelScore>>(count, score);
    });
    const auto errors = rc::gen::map(rc::gen::inRange<std::size_t>(0, allErrors().size()),
                                     [](std::size_t index) { return allErrors()[index].code; });
    return rc::gen::map(rc::gen::tuple(rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::uint64_t>(),
                                       rc::gen::inRange<std::uint32_t>(0, limits::maxItems), top, errors,
                                       anyText(limits::maxStringBytes), anyText(limits::maxStringBytes)),
                        [](const auto& parts) {
                            ResultItem result;
                            result.sequence = std::get<0>(parts);
                            result.lease = LeaseId(std::get<1>(parts));
                            result.item = ItemId(std::get<2>(parts));
                            result.top = std::get<3>(parts);
                            result.error = result.top.empty() ? std::get<4>(parts) : ErrorCode::None;
                            result.errorDetail = std::get<5>(parts);
                            result.note = std::get<6>(parts);
                            result.decodeMicros = static_cast<std::uint32_t>(std::get<0>(parts));
                            result.inferenceMicros = static_cast<std::uint32_t>(std::get<1>(parts));
                            return result;
                        });
}

/// Encodes until nothing is left, and decodes all of it.
template <typename Entry, typename Encode, typename Decode>
std::vector<Entry> throughTheWire(const std::vector<Entry>& entries, Encode encodeSome, Decode decodeAll)
{
    std::vector<Entry> got;
    for (std::span<const Entry> left = entries; !left.empty();) {
        const auto encoded = encodeSome(left);
        RC_ASSERT(encoded.count > 0U);
        RC_ASSERT(encoded.payload.size() <= limits::maxPayloadBytes);
        const auto decoded = decodeAll(encoded.payload);
        RC_ASSERT(decoded.ok());
        RC_ASSERT(decoded->size() == encoded.count);
        got.insert(got.end(), decoded->begin(), decoded->end());
        left = left.subspan(encoded.count);
    }
    return got;
}

void messageSurvives(const Message& message)
{
    const auto envelope = encode(message);
    RC_ASSERT(envelope.ok());
    const auto decoded = decode(*envelope, {});
    RC_ASSERT(decoded.ok());
    RC_ASSERT(*decoded == message);
}

} // namespace

class TestProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyItemListSurvives();
    void everyResultListSurvives();
    void everyBeatSurvives();
    void everyCommittedSurvives();
    void everyTextArrivesRepaired();
    void noBytesCrash();
};

void TestProperties::everyItemListSurvives()
{
    QVERIFY(rc::check("every item list survives", [] {
        const auto items = *rc::gen::container<std::vector<LeaseItem>>(anyItem());
        RC_ASSERT(throughTheWire(items, encodeItems, decodeItems) == items);
    }));
}

void TestProperties::everyResultListSurvives()
{
    QVERIFY(rc::check("every result list survives", [] {
        const auto results = *rc::gen::container<std::vector<ResultItem>>(anyResult());
        RC_ASSERT(throughTheWire(results, encodeResults, decodeResults) == results);
    }));
}

void TestProperties::everyBeatSurvives()
{
    QVERIFY(rc::check("every beat survives", [](std::uint64_t a, std::uint64_t b, std::uint32_t c, bool busy) {
        AgentBeat beat;
        beat.sequence = a;
        beat.state = static_cast<AgentState>(*rc::gen::inRange(1, 7));
        beat.replicaProgress = *rc::gen::arbitrary<std::vector<std::uint64_t>>();
        beat.busy = busy;
        beat.queuedItems = c;
        beat.doneItems = b;
        beat.imagesPerSecond = static_cast<float>(c) / 7;
        beat.rssBytes = a ^ b;
        messageSurvives(beat);
    }));
}

void TestProperties::everyCommittedSurvives()
{
    QVERIFY(
        rc::check("every committed survives", [](const std::vector<std::pair<std::uint64_t, std::uint64_t>>& pairs) {
            Committed committed{"run", {}};
            for (const auto& [a, b] : pairs)
                committed.ranges.push_back({std::min(a, b), std::max(a, b)});
            messageSurvives(committed);
        }));
}

void TestProperties::everyTextArrivesRepaired()
{
    QVERIFY(rc::check("every text arrives repaired", [](const std::string& bytes) {
        const auto decoded = decode(*encode(Leaving{bytes}), {});
        RC_ASSERT(decoded.ok());
        RC_ASSERT(std::get<Leaving>(*decoded).reason == repairedText(bytes));
    }));
}

void TestProperties::noBytesCrash()
{
    QVERIFY(rc::check("no bytes crash", [](const std::vector<std::uint8_t>& noise) {
        const auto bytes = std::as_bytes(std::span(noise));
        RC_ASSERT(!decode(bytes, {}).ok());
        RC_ASSERT(noise.empty() || !decodeItems(bytes).ok());
        RC_ASSERT(noise.empty() || !decodeResults(bytes).ok());
    }));
}

QTEST_APPLESS_MAIN(TestProperties)
#include "test_properties.moc"
