// SPDX-License-Identifier: GPL-3.0-or-later
// When two answers contradict each other.
#include <QTest>

#include "app/core/engine/audit_book.h"

using namespace vitfleet;
using vitfleet::app::AuditBook;

namespace {

const std::vector<std::string> names = {"cat", "dog", "cat"};

AuditBook::Answer answer(std::uint32_t label, float best, float next,
                         protocol::Precision precision = protocol::Precision::Fp32)
{
    return {NodeId(1), "n", ErrorCode::None, {{label, best}, {label == 0 ? 1U : 0U, next}}, precision};
}

AuditBook::Answer failure(ErrorCode code)
{
    return {NodeId(1), "n", code, {}, protocol::Precision::Fp32};
}

bool differ(const AuditBook::Answer& a, const AuditBook::Answer& b)
{
    const bool there = AuditBook::contradict(a, b, names);
    const bool back = AuditBook::contradict(b, a, names);
    return there == back ? there : throw std::logic_error("not symmetric");
}

} // namespace

class TestAuditBook : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anotherLabelWhereBothAreSure() { QVERIFY(differ(answer(0, 0.8F, 0.1F), answer(1, 0.5F, 0.4F))); }
    void theSameLabelNeverDiffers() { QVERIFY(!differ(answer(0, 0.9F, 0.05F), answer(0, 0.4F, 0.3F))); }
    void twoOutputsOfOneNameAreTheSame() { QVERIFY(!differ(answer(0, 0.9F, 0.05F), answer(2, 0.9F, 0.05F))); }
    void aCloseCallIsNoDispute()
    {
        QVERIFY(!differ(answer(0, 0.4504F, 0.4500F), answer(1, 0.4502F, 0.4501F)));
        QVERIFY(!differ(answer(0, 0.8F, 0.1F), answer(1, 0.4502F, 0.4501F)));
        QVERIFY(differ(answer(0, 0.8F, 0.1F), answer(1, 0.452F, 0.450F)));
    }
    void theRougherPrecisionDecides()
    {
        using protocol::Precision;
        const auto rough = answer(1, 0.47F, 0.44F, Precision::Int8);
        QVERIFY(!differ(answer(0, 0.8F, 0.1F), rough));
        QVERIFY(differ(answer(0, 0.8F, 0.1F), answer(1, 0.47F, 0.44F)));
        QVERIFY(AuditBook::tolerance(Precision::Fp32, Precision::Fp32) == 1e-3F);
        QVERIFY(AuditBook::tolerance(Precision::Bf16, Precision::Fp32) > 1e-3F);
        QVERIFY(AuditBook::tolerance(Precision::Bf16, Precision::Int8) ==
                AuditBook::tolerance(Precision::Int8, Precision::Fp32));
    }
    void aLabelAgainstAnError()
    {
        QVERIFY(differ(answer(0, 0.8F, 0.1F), failure(ErrorCode::ImgCorrupt)));
        QVERIFY(!differ(failure(ErrorCode::ImgTruncated), failure(ErrorCode::ImgCorrupt)));
    }
    void answersAreKeptInOrder()
    {
        AuditBook book;
        book.keep(ItemId(7), answer(0, 0.8F, 0.1F));
        book.add(ItemId(7), answer(1, 0.8F, 0.1F));
        QCOMPARE(book.of(ItemId(7)).size(), 2U);
        QCOMPARE(book.of(ItemId(7)).front().top.front().label, 0U);
        QVERIFY(book.of(ItemId(8)).empty());
        book.forget(ItemId(7));
        QCOMPARE(book.size(), 0U);
        QCOMPARE(AuditBook::describe(answer(1, 0.8F, 0.1F), names), std::string("n: dog (0.800)"));
        QCOMPARE(AuditBook::describe(failure(ErrorCode::ImgCorrupt), names), std::string("n: E_IMG_CORRUPT"));
    }
};

QTEST_GUILESS_MAIN(TestAuditBook)
#include "test_audit_book.moc"
