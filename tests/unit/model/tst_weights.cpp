// SPDX-License-Identifier: GPL-3.0-or-later
// The safetensors reader against files that nobody should have written.
#include "agent/model/finite.h"
#include "agent/model/model_limits.h"
#include "agent/model/safetensors.h"
#include "shared/base/limits.h"
#include "tests/unit/model/model_files.h"

#include <QtTest>
#include <cstring>
#include <limits>
#include <random>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

Result<TensorMap> parse(const std::string& bytes)
{
    return parseSafetensors(std::as_bytes(std::span(bytes)), "w");
}

/// A header for one tensor of four floats.
std::string entry(const char* dtype, const char* shape, const char* offsets)
{
    return std::string("{\"a\":{\"dtype\":\"") + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
           "}}";
}

const std::string fourFloats(16, '\0');

} // namespace

class WeightsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsTensors();
    void readsEmptyTensors();
    void refuses_data();
    void refuses();
    void headerLength();
    void depth();
    void nameLength();
    void dimensions();
    void survivesMutations();
    void findsValuesThatAreNotFinite_data();
    void findsValuesThatAreNotFinite();
};

void WeightsTest::readsTensors()
{
    const auto bytes = safetensorsBytes({{"x", {"F32", {2, 2}, std::string(16, 'a')}},
                                         {"y", {"F16", {3}, std::string(6, 'b')}},
                                         {"z", {"BF16", {}, std::string(2, 'c')}}});
    const auto tensors = parse(bytes);
    QVERIFY(tensors.ok());
    QCOMPARE(tensors->size(), std::size_t{3});
    QVERIFY(tensors->at("x").dtype == DType::F32);
    QCOMPARE(tensors->at("x").shape, (std::vector<std::int64_t>{2, 2}));
    QCOMPARE(tensors->at("x").bytes, std::size_t{16});
    QVERIFY(tensors->at("y").dtype == DType::F16);
    QCOMPARE(std::memcmp(tensors->at("y").data, "bbbbbb", 6), 0);
    QVERIFY(tensors->at("z").dtype == DType::BF16);
    QVERIFY(tensors->at("z").shape.empty());
    QCOMPARE(std::memcmp(tensors->at("z").data, "cc", 2), 0);
}

void WeightsTest::readsEmptyTensors()
{
    const auto tensors =
        parse(safetensorsBytes({{"a", {"F32", {0, 5}, ""}}, {"b", {"F32", {4}, fourFloats}}, {"c", {"F32", {0}, ""}}}));
    QVERIFY(tensors.ok());
    QCOMPARE(tensors->at("c").bytes, std::size_t{0});
    QVERIFY(parse(safetensorsBytes("{}", "")).ok());
}

void WeightsTest::refuses_data()
{
    QTest::addColumn<std::string>("bytes");
    QTest::addColumn<std::string>("says");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const std::string& bytes, const char* says,
                        ErrorCode code = ErrorCode::ModelWeights) {
        QTest::newRow(name) << bytes << std::string(says) << static_cast<int>(code);
    };
    const auto file = [&](const char* name, const std::string& header, const std::string& data, const char* says) {
        row(name, safetensorsBytes(header, data), says);
    };
    row("nothing", "", "0 bytes");
    row("seven bytes", std::string(7, '\0'), "7 bytes");
    row("header of 2^63", std::string(7, '\0') + "\x80{}", "claims 9223372036854775808 bytes");
    row("header of 2^64-1", std::string(8, '\xff') + "{}", "claims 18446744073709551615 bytes");
    row("header cut", safetensorsBytes(std::string(100, ' '), "").substr(0, 60), "cut short");
    row("empty header", safetensorsBytes("", ""), "w: ");
    row("a pickle", std::string("\x80\x04\x95\x1a\0\0\0\0\0\0\0", 11), "pickle", ErrorCode::ModelUntrusted);
    row("a pickle of protocol 2", std::string("\x80\x02}q\0X\x05\0\0\0", 10), "pickle", ErrorCode::ModelUntrusted);
    row("a zip archive", std::string("PK\x03\x04\x14\0\0\0\0\0\0\0", 12), "zip", ErrorCode::ModelUntrusted);
    file("no JSON", "{\"a\":", "", "w: ");
    file("text after the JSON", "{}x", "", "w: ");
    file("bad UTF-8", "{\"\xff\":1}", "", "w: ");
    file("a list", "[]", "", "not a JSON object");
    file("an entry that is a number", "{\"a\":1}", "", "dtype, shape and data_offsets");
    file("an entry with more", R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":1}})", fourFloats,
         "dtype, shape and data_offsets");
    file("an entry with less", R"({"a":{"dtype":"F32","shape":[4]}})", fourFloats, "dtype, shape and data_offsets");
    file(
        "a tensor twice",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
        fourFloats, "\"a\" occurs twice");
    file("a type that is not read", entry("I64", "[2]", "[0,16]"), fourFloats, "supported: F32, F16, BF16");
    file("a type that is a number", R"({"a":{"dtype":1,"shape":[4],"data_offsets":[0,16]}})", fourFloats, "no string");
    file("negative shape", entry("F32", "[-4]", "[0,16]"), fourFloats, "whole number");
    file("fractional shape", entry("F32", "[4.0]", "[0,16]"), fourFloats, "whole number");
    file("shape that overflows", entry("F32", "[4294967296,4294967296,4294967296]", "[0,16]"), fourFloats, "overflows");
    file("shape that wraps to the right size", entry("F32", "[9223372036854775809,2]", "[0,8]"), fourFloats.substr(8),
         "overflows");
    file("shape too large", entry("F32", "[5]", "[0,16]"), fourFloats, "needs 20 bytes");
    file("shape too small", entry("F32", "[3]", "[0,16]"), fourFloats, "needs 12 bytes");
    file("type too small", entry("F16", "[4]", "[0,16]"), fourFloats, "needs 8 bytes");
    file("offsets reversed", entry("F32", "[4]", "[16,0]"), fourFloats, "outside");
    file("offsets beyond the end", entry("F32", "[4]", "[0,17]"), fourFloats, "outside");
    file("offsets of 2^64-1", entry("F32", "[4]", "[18446744073709551615,18446744073709551615]"), fourFloats,
         "outside");
    file("negative offsets", entry("F32", "[4]", "[-16,0]"), fourFloats, "two whole numbers");
    file("three offsets", entry("F32", "[4]", "[0,16,16]"), fourFloats, "two whole numbers");
    file("bytes before the first", entry("F32", "[2]", "[8,16]"), fourFloats, "begins at 8, expected 0");
    file("trailing bytes", entry("F32", "[4]", "[0,16]"), fourFloats + "x", "end at 16 of 17");
    file("only trailing bytes", "{}", "x", "end at 0 of 1");
    file(
        "overlap",
        R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
        fourFloats, "\"b\" begins at 8, expected 12");
    file(
        "the same bytes twice",
        R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}})",
        fourFloats, "begins at 0, expected 16");
    file(
        "a gap",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
        fourFloats, "begins at 8, expected 4");
}

void WeightsTest::refuses()
{
    QFETCH(const std::string, bytes);
    QFETCH(const std::string, says);
    QFETCH(const int, code);
    const auto tensors = parse(bytes);
    QVERIFY(!tensors.ok());
    QCOMPARE(static_cast<int>(tensors.error().code), code);
    QVERIFY2(tensors.error().detail.find(says) != std::string::npos, tensors.error().detail.c_str());
    QVERIFY(tensors.error().detail.starts_with("w"));
    QVERIFY(tensors.error().detail.size() < 400);
}

void WeightsTest::headerLength()
{
    std::string header = entry("F32", "[4]", "[0,16]");
    header.resize(limits::maxSafetensorsHeaderBytes, ' ');
    QVERIFY(parse(safetensorsBytes(header, fourFloats)).ok());
    header += ' ';
    const auto above = parse(safetensorsBytes(header, fourFloats));
    QVERIFY(!above.ok());
    QCOMPARE(above.error().code, ErrorCode::ModelWeights);
    QVERIFY(above.error().detail.find("claims 1048577 bytes") != std::string::npos);
}

void WeightsTest::depth()
{
    const auto nested = [](std::size_t depth) {
        return safetensorsBytes("{\"__metadata__\":" + std::string(depth, '[') + std::string(depth, ']') + "}", "");
    };
    QVERIFY(parse(nested(limits::maxJsonDepth - 1)).ok()); // the object around them is one
    for (const std::size_t depth : {limits::maxJsonDepth, std::size_t{100'000}}) {
        const auto tensors = parse(nested(depth));
        QVERIFY(!tensors.ok());
        QCOMPARE(tensors.error(), (Error{ErrorCode::ModelWeights, "w: nested deeper than 32"}));
    }
}

void WeightsTest::nameLength()
{
    const auto named = [](std::size_t length) {
        return safetensorsBytes({{std::string(length, 'n'), {"F32", {4}, fourFloats}}});
    };
    QVERIFY(parse(named(limits::maxTensorNameBytes)).ok());
    QVERIFY(!parse(named(limits::maxTensorNameBytes + 1)).ok());
}

void WeightsTest::dimensions()
{
    const auto shaped = [](std::size_t count) {
        return safetensorsBytes({{"a", {"F32", std::vector<std::int64_t>(count, 1), std::string(4, '\0')}}});
    };
    QVERIFY(parse(shaped(limits::maxTensorDimensions)).ok());
    QVERIFY(!parse(shaped(limits::maxTensorDimensions + 1)).ok());
}

/// Whatever is read after a change lies inside of the file and has the size of its shape.
void WeightsTest::survivesMutations()
{
    const auto whole = safetensorsBytes({{"x", {"F32", {2, 2}, fourFloats}}, {"y", {"F16", {3}, std::string(6, 'b')}}});
    std::mt19937 random(20'261'123);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = whole;
        for (std::size_t changes = 1 + random() % 4; changes > 0; --changes)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (random() % 4 == 0)
            bytes.resize(random() % (bytes.size() + 1));
        const auto tensors = parse(bytes);
        if (!tensors)
            continue;
        const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
        for (const auto& [name, tensor] : *tensors) {
            QVERIFY(tensor.data >= begin && tensor.data + tensor.bytes <= begin + bytes.size());
            std::size_t needed = tensor.dtype == DType::F32 ? 4 : 2;
            for (const auto length : tensor.shape)
                needed *= static_cast<std::size_t>(length);
            QCOMPARE(needed, tensor.bytes);
        }
    }
}

void WeightsTest::findsValuesThatAreNotFinite_data()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<quint32>("word");
    QTest::addColumn<bool>("finite");
    const auto row = [](const char* name, DType dtype, quint32 word, bool finite) {
        QTest::newRow(name) << static_cast<int>(dtype) << word << finite;
    };
    row("F32 NaN", DType::F32, 0x7fc0'0000, false);
    row("F32 signalling NaN", DType::F32, 0x7f80'0001, false);
    row("F32 infinity", DType::F32, 0x7f80'0000, false);
    row("F32 minus infinity", DType::F32, 0xff80'0000, false);
    row("F32 largest", DType::F32, 0x7f7f'ffff, true);
    row("F32 minus zero", DType::F32, 0x8000'0000, true);
    row("F16 NaN", DType::F16, 0x7e00, false);
    row("F16 minus infinity", DType::F16, 0xfc00, false);
    row("F16 largest", DType::F16, 0x7bff, true);
    row("BF16 NaN", DType::BF16, 0x7fc0, false);
    row("BF16 minus infinity", DType::BF16, 0xff80, false);
    row("BF16 largest", DType::BF16, 0x7f7f, true);
}

void WeightsTest::findsValuesThatAreNotFinite()
{
    QFETCH(const int, dtype);
    QFETCH(const quint32, word);
    QFETCH(const bool, finite);
    const std::size_t wordBytes = static_cast<DType>(dtype) == DType::F32 ? 4 : 2;
    constexpr std::size_t count = 10'000;
    // At the first, the last, and on both sides of a block's edge; from an address that is not aligned.
    for (const std::size_t place : {std::size_t{0}, std::size_t{4095}, std::size_t{4096}, count - 1}) {
        std::vector<std::byte> bytes(count * wordBytes + 1);
        std::memcpy(bytes.data() + 1 + place * wordBytes, &word, wordBytes);
        const TensorView tensor{
            static_cast<DType>(dtype), {static_cast<std::int64_t>(count)}, bytes.data() + 1, count * wordBytes};
        QCOMPARE(allFinite(tensor), finite);
    }
}

QTEST_GUILESS_MAIN(WeightsTest)
#include "tst_weights.moc"
