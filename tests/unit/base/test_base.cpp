// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared/base/error.h"
#include "shared/base/ids.h"
#include "shared/base/log.h"
#include "shared/base/result.h"
#include "shared/base/scope.h"
#include "shared/base/unique_fd.h"
#include "shared/base/utf8.h"

#include <QTest>

#include <fcntl.h>
#include <memory>
#include <set>
#include <string>
#include <unistd.h>

using namespace vitfleet;
using namespace std::string_literals;

namespace {

std::string lastLine;
log::Level lastLevel = log::Level::Invalid;

void keepLine(log::Level level, std::string_view line)
{
    lastLevel = level;
    lastLine = line;
}

Result<int> half(int value)
{
    if (value % 2 != 0)
        return {ErrorCode::Usage, "odd"};
    return value / 2;
}

} // namespace

class TestBase : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void resultHoldsAValueOrAnError();
    void resultMovesItsValueOut();
    void resultOfNothing();
    void errorsHaveUniqueNamesAndNumbers();
    void errorsAreFoundByNameAndNumber();
    void unknownCodesAreInternal();
    void descriptionsSayWhatAndWhatToDo();
    void logLinesCannotBeForged_data();
    void logLinesCannotBeForged();
    void logLevelsAreKept();
    void scopedActionsRunOnce();
    void descriptorsAreClosed();
    void idsOfDifferentThingsDoNotMix();
    void textIsWellFormedUtf8_data();
    void textIsWellFormedUtf8();
    void clippingKeepsCharactersWhole();
};

void TestBase::resultHoldsAValueOrAnError()
{
    QVERIFY(half(4).ok());
    QCOMPARE(*half(4), 2);
    const Result<int> failed = half(3);
    QVERIFY(!failed);
    QVERIFY(failed.error() == (Error{ErrorCode::Usage, "odd"}));
}

void TestBase::resultMovesItsValueOut()
{
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    QCOMPARE(**result, 7);
    const std::unique_ptr<int> taken = *std::move(result);
    QCOMPARE(*taken, 7);
}

void TestBase::resultOfNothing()
{
    QVERIFY(Result<void>().ok());
    const Result<void> failed(ErrorCode::DbFull, "disk");
    QVERIFY(!failed);
    QCOMPARE(failed.error().detail, "disk"s);
}

void TestBase::errorsHaveUniqueNamesAndNumbers()
{
    std::set<std::string_view> names;
    std::set<std::uint16_t> numbers;
    for (const ErrorInfo& entry : allErrors()) {
        QVERIFY2(names.insert(entry.name).second, entry.name.data());
        QVERIFY2(numbers.insert(static_cast<std::uint16_t>(entry.code)).second, entry.name.data());
        QVERIFY2(entry.name.starts_with("E_"), entry.name.data());
        QVERIFY2(entry.code != ErrorCode::None, entry.name.data());
        QVERIFY2(entry.kind != ErrorKind::Invalid, entry.name.data());
        QVERIFY2(entry.what.ends_with('.') && entry.remedy.ends_with('.'), entry.name.data());
    }
    QCOMPARE(allErrors().back().code, ErrorCode::Internal); // what unknown codes turn into
}

void TestBase::errorsAreFoundByNameAndNumber()
{
    for (const ErrorInfo& entry : allErrors()) {
        QVERIFY(errorCodeFromName(entry.name) == entry.code);
        QVERIFY(errorCodeFromNumber(static_cast<std::uint16_t>(entry.code)) == entry.code);
        QCOMPARE(info(entry.code).name, entry.name);
    }
    QVERIFY(!errorCodeFromName("E_NOTHING"));
    QVERIFY(!errorCodeFromNumber(0));
    QVERIFY(!errorCodeFromNumber(65535));
}

void TestBase::unknownCodesAreInternal()
{
    QCOMPARE(info(static_cast<ErrorCode>(12345)).code, ErrorCode::Internal);
}

void TestBase::descriptionsSayWhatAndWhatToDo()
{
    const std::string text = describe({ErrorCode::ImgEmpty, "a.png"});
    QVERIFY(text.starts_with("E_IMG_EMPTY: "));
    QVERIFY(text.find("(a.png)") != std::string::npos);
    QVERIFY(text.ends_with(std::string(info(ErrorCode::ImgEmpty).remedy)));
    QVERIFY(describe({ErrorCode::ImgEmpty, {}}).find("()") == std::string::npos);
}

void TestBase::logLinesCannotBeForged_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("plain") << QByteArray("abc") << QByteArray("event key=abc");
    QTest::newRow("empty") << QByteArray("") << QByteArray("event key=\"\"");
    QTest::newRow("space") << QByteArray("a b") << QByteArray("event key=\"a b\"");
    QTest::newRow("quote") << QByteArray("a\"b\\") << QByteArray("event key=\"a\\\"b\\\\\"");
    QTest::newRow("equals") << QByteArray("a=b") << QByteArray("event key=\"a=b\"");
    QTest::newRow("newline") << QByteArray("a\nevent key=b") << QByteArray("event key=\"a\\x0aevent key=b\"");
    QTest::newRow("escape") << QByteArray("\x1b[2J") << QByteArray("event key=\"\\x1b[2J\"");
    QTest::newRow("NUL") << QByteArray("a\0b", 3) << QByteArray("event key=\"a\\x00b\"");
    QTest::newRow("UTF-8") << QByteArray("gr\xc3\xbc\xc3\x9f") << QByteArray("event key=gr\xc3\xbc\xc3\x9f");
}

void TestBase::logLinesCannotBeForged()
{
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, line);
    log::setSink(&keepLine);
    log::info("event", {{"key", value.toStdString()}});
    log::setSink(nullptr);
    QCOMPARE(QByteArray::fromStdString(lastLine), line);
}

void TestBase::logLevelsAreKept()
{
    log::setSink(&keepLine);
    lastLine.clear();
    log::debug("hidden");
    QVERIFY(lastLine.empty());
    log::setLevel(log::Level::Debug);
    log::debug("seen", {{"number", 3}});
    QCOMPARE(lastLine, "seen number=3"s);
    QCOMPARE(lastLevel, log::Level::Debug);
    log::setLevel(log::Level::Info);
    log::setSink(nullptr);
}

void TestBase::scopedActionsRunOnce()
{
    int runs = 0;
    {
        ScopedAction first([&runs] { ++runs; });
        ScopedAction second = std::move(first);
        QCOMPARE(runs, 0);
        second.run();
        QCOMPARE(runs, 1);
    }
    QCOMPARE(runs, 1);
    ScopedAction replaced([&runs] { ++runs; });
    replaced = ScopedAction();
    QCOMPARE(runs, 2);
}

void TestBase::descriptorsAreClosed()
{
    int number = -1;
    {
        UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        QVERIFY(fd);
        number = fd.get();
        const UniqueFd moved = std::move(fd);
        QVERIFY(!fd);
        QCOMPARE(moved.get(), number);
    }
    QCOMPARE(::fcntl(number, F_GETFD), -1);
}

void TestBase::idsOfDifferentThingsDoNotMix()
{
    static_assert(!std::is_convertible_v<ItemId, NodeId> && !std::is_convertible_v<int, ItemId>);
    QVERIFY(ItemId(2) > ItemId(1));
    QCOMPARE(std::hash<ItemId>{}(ItemId(5)), std::hash<std::uint32_t>{}(5));
}

void TestBase::textIsWellFormedUtf8_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("repaired");
    const QByteArray r("\xef\xbf\xbd");
    QTest::newRow("ASCII") << QByteArray("a/b.png") << QByteArray("a/b.png");
    QTest::newRow("two bytes") << QByteArray("\xc2\x80\xdf\xbf") << QByteArray("\xc2\x80\xdf\xbf");
    QTest::newRow("three bytes") << QByteArray("\xe0\xa0\x80\xef\xbf\xbf") << QByteArray("\xe0\xa0\x80\xef\xbf\xbf");
    QTest::newRow("four bytes") << QByteArray("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf")
                                << QByteArray("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    QTest::newRow("NUL") << QByteArray("a\0b", 3) << "a" + r + "b";
    QTest::newRow("continuation alone") << QByteArray("a\x80") << "a" + r;
    QTest::newRow("overlong slash") << QByteArray("\xc0\xaf") << r + r;
    QTest::newRow("overlong, three") << QByteArray("\xe0\x9f\xbf") << r + r + r;
    QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << r + r + r;
    QTest::newRow("above U+10FFFF") << QByteArray("\xf4\x90\x80\x80") << r + r + r + r;
    QTest::newRow("cut") << QByteArray("x\xe2\x82") << "x" + r + r;
    QTest::newRow("Latin-1") << QByteArray("gr\xfc\xdf") << "gr" + r + r;
}

void TestBase::textIsWellFormedUtf8()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, repaired);
    QCOMPARE(isText(bytes.toStdString()), bytes == repaired);
    QCOMPARE(QByteArray::fromStdString(repairedText(bytes.toStdString())), repaired);
    QVERIFY(isText(repaired.toStdString()));
}

void TestBase::clippingKeepsCharactersWhole()
{
    QCOMPARE(clippedText("abc", 3), std::string_view("abc"));
    QCOMPARE(clippedText("abc", 2), std::string_view("ab"));
    QCOMPARE(clippedText("a\xe2\x82\xac", 3), std::string_view("a"));
    QCOMPARE(clippedText("a\xe2\x82\xac", 4), std::string_view("a\xe2\x82\xac"));
    QCOMPARE(clippedText("\xe2\x82\xac", 0), std::string_view());
}

QTEST_APPLESS_MAIN(TestBase)
#include "test_base.moc"
