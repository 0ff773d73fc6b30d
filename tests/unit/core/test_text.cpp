// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/core/text.h"

#include <QtTest>

using namespace vitfleet;
using namespace vitfleet::app;

class TestText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numbers()
    {
        QCOMPARE(text::grouped(0), std::string("0"));
        QCOMPARE(text::grouped(999), std::string("999"));
        QCOMPARE(text::grouped(1000), std::string("1,000"));
        QCOMPARE(text::grouped(1234567), std::string("1,234,567"));
        QCOMPARE(text::counted(1, "item"), std::string("1 item"));
        QCOMPARE(text::counted(10'000, "item"), std::string("10,000 items"));
        QCOMPARE(text::counted(0, "box", "boxes"), std::string("0 boxes"));
        QCOMPARE(text::rate(0), std::string("0.00"));
        QCOMPARE(text::rate(9.876), std::string("9.88"));
        QCOMPARE(text::rate(98.76), std::string("98.8"));
        QCOMPARE(text::rate(987.6), std::string("988"));
        QCOMPARE(text::rate(12345.6), std::string("12,346"));
        QCOMPARE(text::rate(std::nan("")), std::string("0"));
        QCOMPARE(text::percent(0.91234), std::string("91.23 %"));
    }

    void durations()
    {
        QCOMPARE(text::duration(0.04), std::string("0.0 s"));
        QCOMPARE(text::duration(9.94), std::string("9.9 s"));
        QCOMPARE(text::duration(9.96), std::string("10 s"));
        QCOMPARE(text::duration(59.6), std::string("1 min 00 s"));
        QCOMPARE(text::duration(65), std::string("1 min 05 s"));
        QCOMPARE(text::duration(7380), std::string("2 h 03 min"));
        QCOMPARE(text::duration(3.25 * 86400), std::string("3 d 06 h"));
        QCOMPARE(text::duration(-1), std::string("unknown"));
    }

    void times()
    {
        QCOMPARE(text::utcTime(0), std::string("1970-01-01T00:00:00.000Z"));
        QCOMPARE(text::utcTime(1'700'000'001'234), std::string("2023-11-14T22:13:21.234Z"));
        QCOMPARE(text::utcTime(-1), std::string("1969-12-31T23:59:59.999Z"));
    }

    /// Against the closed form for 0 and n of n, and a value from Newcombe 1998 (81 of 263: 0.2553 to 0.3662).
    void wilsonInterval()
    {
        const auto [low, high] = text::wilson(81, 263);
        QVERIFY(std::abs(low - 0.2553) < 5e-5);
        QVERIFY(std::abs(high - 0.3662) < 5e-5);
        QCOMPARE(text::wilson(0, 20).low, 0.0);
        QVERIFY(std::abs(text::wilson(0, 20).high - 0.1611) < 5e-5);
        QCOMPARE(text::wilson(20, 20).high, 1.0);
        QCOMPARE(text::wilson(0, 0).high, 1.0);
    }

    void accuracyIsShownOnlyWhereItMeansSomething()
    {
        const auto shown = text::accuracy(9123, 877, 10'000, 10'000);
        QVERIFY(shown.isShown);
        QCOMPARE(shown.sentence, std::string("Accuracy 91.23 % (95 % interval 90.66 % to 91.77 %; 9,123 of 10,000)."));
        QVERIFY(!text::accuracy(0, 0, 0, 0).isShown);
        QVERIFY(!text::accuracy(49, 0, 100, 49).isShown);
        QVERIFY(text::accuracy(49, 0, 100, 49).sentence.find("49 of 100") != std::string::npos);
        QVERIFY(text::accuracy(50, 0, 100, 50).isShown);
        QVERIFY(!text::accuracy(0, 0, 100, 100).isShown);
    }

    void seals()
    {
        Seal seal{10, 8, 2, 0, 0, 3, 4};
        QCOMPARE(text::sealText(seal), std::string("10 planned = 8 labelled + 2 errors; 0 lost, 0 doubled"));
        seal.lost = 1;
        QVERIFY(text::sealText(seal).starts_with("The seal is broken"));
    }

    void everyEventHasASentence()
    {
        for (int kind = 1; kind <= static_cast<int>(EventKind::Audited); ++kind) {
            EventRecord event;
            event.kind = static_cast<EventKind>(kind);
            event.node = "local-1";
            event.count = 2;
            QVERIFY2(text::name(event.kind) != "unknown", std::to_string(kind).c_str());
            switch (event.kind) { // these have their text only
            case EventKind::Note:
            case EventKind::PrecisionAdmitted:
            case EventKind::PrecisionRefused:
                continue;
            default:
                QVERIFY2(text::eventText(event).size() > 10, std::to_string(kind).c_str());
            }
        }
        EventRecord event;
        event.kind = EventKind::NodeLost;
        event.node = "evil\x1b[2Jname\n";
        event.error = {ErrorCode::NodeLost, "3 s"};
        const std::string sentence = text::eventText(event);
        QVERIFY(sentence.find("E_NODE_LOST") != std::string::npos);
        QVERIFY(sentence.find('\x1b') == std::string::npos && sentence.find('\n') == std::string::npos);
    }

    void printableHasNoControls()
    {
        QCOMPARE(text::printable("a\tb\r\nc\x7f"), std::string("a\\x09b\\x0d\\x0ac\\x7f"));
        QCOMPARE(text::printable("Käse \xC2\x9B"), std::string("Käse \\x9b"));
        QCOMPARE(text::printable("\xff"), std::string("\xEF\xBF\xBD"));
    }

    void errorMessages()
    {
        QCOMPARE(text::errorMessage({ErrorCode::None, "x"}), std::string());
        QCOMPARE(text::errorMessage({ErrorCode::ImgEmpty, ""}), std::string("The file is empty."));
        QCOMPARE(text::errorMessage({ErrorCode::ImgEmpty, "a.jpg"}), std::string("The file is empty. (a.jpg)"));
    }
};

QTEST_GUILESS_MAIN(TestText)
#include "test_text.moc"
