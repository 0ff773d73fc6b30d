// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a reduced precision is used, decided on answers that the test chooses.
#include <QTest>

#include "app/core/engine/canary.h"
#include "app/core/text.h"

#include <functional>

using namespace vitfleet;
using namespace vitfleet::app;

namespace {

const Error none{ErrorCode::None, {}};
const NodeId a(1), b(2);

/// Items without end, or up to a number.
Canary::Pick from(std::uint32_t& next, std::uint32_t end = ~std::uint32_t{0})
{
    return [&next, end](std::uint32_t count) {
        std::vector<ItemId> items;
        while (items.size() < count && next < end)
            items.emplace_back(next++);
        return items;
    };
}

/// Score 0.8 for the item's own label, or another one; and a second label.
Canary::Top top(ItemId item, bool other = false, float shift = 0)
{
    const std::uint32_t label = item.value % 10;
    return {{other ? label + 10 : label, 0.8F - shift}, {50, 0.1F}};
}

/// Answers everything until it is decided: fp32 rightly, the candidates as `differs` says. Returns how many pictures
/// were computed in each precision.
std::map<std::string, int> answerAll(Canary& canary, const std::function<bool(const std::string&, ItemId)>& differs)
{
    std::map<std::string, int> computed;
    while (!canary.isDecided()) {
        const std::string precision = canary.precision();
        const std::vector<ItemId> items = canary.take(a, 100);
        if (items.empty())
            qFatal("it waits for nothing");
        for (const ItemId item : items) {
            ++computed[precision];
            canary.answer(a, item, none, top(item, precision != "fp32" && differs(precision, item)));
        }
    }
    return computed;
}

Canary::Plan plan(std::vector<std::string> candidates, std::uint64_t items = 100'000)
{
    return {std::move(candidates), items, 0.985, 1000};
}

} // namespace

class CanaryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sampleOfARun();
    void admitsWhatAgrees();
    void rejectsWhatDoesNot();
    void doublesWhileTheIntervalStraddles();
    void endsAtTheLargestSample();
    void goesOnWithTheNextCandidate();
    void takesATenthOfAShortRun();
    void hasTooFewItems();
    void failedPicturesDoNotCount();
    void candidateThatFailsIsUnavailable();
    void nothingCanBeComputed();
    void deviceCannot();
    void nodeGoes();
    void onlyAskedAnswersCount();
    void runsOutOfPictures();
    void differenceOfScores();
    void oneOutputComparesScores();
};

void CanaryTest::sampleOfARun()
{
    QCOMPARE(canary::sampleOf(0), 0U);
    QCOMPARE(canary::sampleOf(9), 0U);
    QCOMPARE(canary::sampleOf(10), 1U);
    QCOMPARE(canary::sampleOf(2559), 255U);
    QCOMPARE(canary::sampleOf(2560), 256U);
    QCOMPARE(canary::sampleOf(100'000'000), 256U);
}

void CanaryTest::admitsWhatAgrees()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    QCOMPARE(canary.precision(), std::string("fp32"));
    const auto computed = answerAll(canary, [](const auto&, ItemId) { return false; });
    QCOMPARE(computed.at("fp32"), 256);
    QCOMPARE(computed.at("int8"), 256);
    QCOMPARE(canary.precision(), std::string("int8"));
    const auto checks = canary.checks();
    QCOMPARE(checks.size(), std::size_t(1));
    QCOMPARE(checks[0].verdict, PrecisionVerdict::Admitted);
    QCOMPARE(checks[0].sample, 256U);
    QCOMPARE(checks[0].compared, 256U);
    QCOMPARE(checks[0].agreed, 256U);
    QVERIFY(!checks[0].isShort);
    // What makes 256 the first sample: without a single disagreement its interval lies above the floor.
    QVERIFY(text::wilson(256, 256).low >= 0.985 && text::wilson(250, 250).low < 0.985);
}

void CanaryTest::rejectsWhatDoesNot()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    const auto computed = answerAll(canary, [](const auto&, ItemId item) { return item.value % 10 == 0; });
    QCOMPARE(computed.at("fp32"), 256);
    QCOMPARE(canary.precision(), std::string("fp32"));
    const auto check = canary.checks().at(0);
    QCOMPARE(check.verdict, PrecisionVerdict::Rejected);
    QCOMPARE(check.agreed, 230U);
    QVERIFY(text::wilson(check.agreed, check.compared).high < 0.985);
}

void CanaryTest::doublesWhileTheIntervalStraddles()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    // One in the first 256, none later: 255 of 256 straddle, 511 of 512 do not.
    const auto computed = answerAll(canary, [](const auto&, ItemId item) { return item.value == 7; });
    QVERIFY(text::wilson(255, 256).low < 0.985 && text::wilson(511, 512).low >= 0.985);
    QCOMPARE(computed.at("fp32"), 512);
    QCOMPARE(computed.at("int8"), 512); // no picture twice
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::Admitted);
    QCOMPARE(canary.checks().at(0).compared, 512U);
    QCOMPARE(canary.checks().at(0).agreed, 511U);
}

void CanaryTest::endsAtTheLargestSample()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    // 1.2 % differ: the interval holds the floor at 256, 512 and 1,024.
    const auto computed = answerAll(canary, [](const auto&, ItemId item) { return item.value % 85 == 40; });
    QCOMPARE(computed.at("fp32"), 1024);
    const auto check = canary.checks().at(0);
    const auto interval = text::wilson(check.agreed, check.compared);
    QVERIFY(interval.low < 0.985 && interval.high >= 0.985);
    QCOMPARE(check.verdict, PrecisionVerdict::Admitted); // only an interval below the floor refuses
}

void CanaryTest::goesOnWithTheNextCandidate()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8", "bf16"}), from(next));
    const auto computed = answerAll(
        canary, [](const std::string& precision, ItemId item) { return precision == "int8" && item.value % 5 == 0; });
    QCOMPARE(computed.at("fp32"), 256); // the same pictures serve both
    QCOMPARE(computed.at("int8"), 256);
    QCOMPARE(computed.at("bf16"), 256);
    QCOMPARE(canary.precision(), std::string("bf16"));
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::Rejected);
    QCOMPARE(canary.checks().at(1).precision, std::string("bf16"));
    QCOMPARE(canary.checks().at(1).verdict, PrecisionVerdict::Admitted);
}

void CanaryTest::takesATenthOfAShortRun()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}, 200), from(next));
    const auto computed = answerAll(canary, [](const auto&, ItemId item) { return item.value == 3; });
    QCOMPARE(computed.at("fp32"), 20); // and no more, although 19 of 20 straddle
    const auto check = canary.checks().at(0);
    QVERIFY(check.isShort);
    QCOMPARE(check.verdict, PrecisionVerdict::Admitted);
    QVERIFY(text::precisionText(check).find("a tenth of the run") != std::string::npos);
}

void CanaryTest::hasTooFewItems()
{
    std::uint32_t next = 0;
    const Canary canary(plan({"int8", "bf16"}, 9), from(next));
    QVERIFY(canary.isDecided());
    QCOMPARE(canary.precision(), std::string("fp32"));
    QCOMPARE(canary.checks().size(), std::size_t(2));
    QCOMPARE(canary.checks().at(1).verdict, PrecisionVerdict::TooFew);
    QCOMPARE(next, 0U);
}

void CanaryTest::failedPicturesDoNotCount()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    int failed = 0;
    while (!canary.isDecided()) {
        const bool full = canary.precision() == "fp32";
        for (const ItemId item : canary.take(a, 50)) {
            // Every third cannot be decoded; a few fail only in the candidate.
            const bool fails = item.value % 3 == 0 || (!full && item.value % 100 == 1);
            failed += fails && !full;
            canary.answer(a, item, fails ? Error{ErrorCode::ImgCorrupt, {}} : none, fails ? Canary::Top() : top(item));
        }
    }
    QVERIFY(failed > 0);
    const auto check = canary.checks().at(0);
    QCOMPARE(check.verdict, PrecisionVerdict::Admitted);
    QVERIFY(check.sample >= 256);
    QCOMPARE(check.compared + static_cast<std::uint32_t>(failed), check.sample);
    QCOMPARE(check.agreed, check.compared);
}

void CanaryTest::candidateThatFailsIsUnavailable()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    while (!canary.isDecided()) {
        const bool fails = canary.precision() == "int8";
        for (const ItemId item : canary.take(a, 50))
            canary.answer(a, item, fails && item.value % 5 == 0 ? Error{ErrorCode::BackendResult, "not finite"} : none,
                          top(item));
    }
    QCOMPARE(canary.precision(), std::string("fp32"));
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::Unavailable);
    QVERIFY(canary.checks().at(0).reason.find("not finite") != std::string::npos);
}

void CanaryTest::nothingCanBeComputed()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    while (!canary.isDecided()) {
        for (const ItemId item : canary.take(a, 50))
            canary.answer(a, item, {ErrorCode::ImgCorrupt, {}}, {});
    }
    QCOMPARE(next, 4U * 256); // it does not go through the whole data set for that
    QCOMPARE(canary.precision(), std::string("fp32"));
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::TooFew);
}

void CanaryTest::deviceCannot()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8", "bf16"}), from(next));
    while (canary.precision() == "fp32") {
        for (const ItemId item : canary.take(a, 50))
            canary.answer(a, item, none, top(item));
    }
    static_cast<void>(canary.take(b, 3));
    canary.unavailable({ErrorCode::Precision, "no int8 here"});
    QCOMPARE(canary.held(b), std::size_t(0));
    QCOMPARE(canary.precision(), std::string("bf16"));
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::Unavailable);
    QVERIFY(canary.checks().at(0).reason.find("no int8 here") != std::string::npos);
    answerAll(canary, [](const auto&, ItemId) { return false; });
    QCOMPARE(canary.precision(), std::string("bf16"));
}

void CanaryTest::nodeGoes()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}, 500), from(next)); // 50 pictures
    const auto lost = canary.take(b, 20);
    QCOMPARE(canary.held(b), std::size_t(20));
    canary.gone(b);
    QCOMPARE(canary.waiting(), std::size_t(50));
    QVERIFY(!canary.answer(b, lost.front(), none, top(lost.front())));
    const auto computed = answerAll(canary, [](const auto&, ItemId) { return false; });
    QCOMPARE(computed.at("fp32"), 50);
    QCOMPARE(canary.precision(), std::string("int8"));
}

void CanaryTest::onlyAskedAnswersCount()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next));
    const auto items = canary.take(a, 2);
    QVERIFY(!canary.answer(b, items[0], none, top(items[0])));
    QVERIFY(!canary.answer(a, ItemId(99), none, top(ItemId(99))));
    QVERIFY(canary.answer(a, items[0], none, top(items[0])));
    QVERIFY(!canary.answer(a, items[0], none, top(items[0]))); // a second time
    QCOMPARE(canary.checks().at(0).computed, 1U);
}

void CanaryTest::runsOutOfPictures()
{
    // A resumed run of which little is left: what there is decides.
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}), from(next, 300));
    const auto computed = answerAll(canary, [](const auto&, ItemId item) { return item.value == 7; });
    QCOMPARE(computed.at("fp32"), 300);
    QCOMPARE(canary.checks().at(0).compared, 300U);
    QCOMPARE(canary.checks().at(0).verdict, PrecisionVerdict::Admitted);

    std::uint32_t end = 0;
    Canary empty(plan({"int8"}), from(end, 0));
    QVERIFY(empty.isDecided());
    QCOMPARE(empty.precision(), std::string("fp32"));
}

void CanaryTest::differenceOfScores()
{
    std::uint32_t next = 0;
    Canary canary(plan({"int8"}, 20), from(next));
    for (const ItemId item : canary.take(a, 2))
        canary.answer(a, item, none, {{1, 0.70F}, {2, 0.20F}, {3, 0.05F}});
    const auto items = canary.take(a, 2);
    canary.answer(a, items[0], none, {{1, 0.69F}, {2, 0.23F}, {3, 0.04F}});
    // Label 3 is no longer among the listed: it has at most 0.02 there.
    canary.answer(a, items[1], none, {{1, 0.70F}, {2, 0.20F}, {4, 0.02F}});
    QVERIFY(canary.isDecided());
    QVERIFY(std::abs(canary.checks().at(0).largestDifference - 0.03) < 1e-6);
    QCOMPARE(canary.checks().at(0).agreed, 2U);
}

void CanaryTest::oneOutputComparesScores()
{
    std::uint32_t next = 0;
    Canary::Plan one = plan({"int8"}, 30);
    one.outputs = 1;
    Canary canary(one, from(next));
    for (const ItemId item : canary.take(a, 3))
        canary.answer(a, item, none, {{0, 0.5F}});
    const auto items = canary.take(a, 3);
    canary.answer(a, items[0], none, {{0, 0.5F}});
    canary.answer(a, items[1], none, {{0, 0.505F}});
    canary.answer(a, items[2], none, {{0, 0.6F}});
    QCOMPARE(canary.checks().at(0).agreed, 2U);
}

QTEST_APPLESS_MAIN(CanaryTest)
#include "canary_test.moc"
