// SPDX-License-Identifier: GPL-3.0-or-later
// The pool with decoders that crash, hang, eat memory or are killed: every job still ends exactly once.
#include "pool_probe.h"

#include <QFile>
#include <QObject>
#include <QTemporaryDir>
#include <QTest>

#include <signal.h>

using namespace vitfleet;
using namespace vitfleet::tests;
using namespace std::chrono_literals;

namespace {

bool isGone(int pid)
{
    return kill(pid, 0) != 0 && errno == ESRCH;
}

} // namespace

class UnitDecoderFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void programsThatAreNoDecoderAreRefused();
    void faultsCostOnePicture_data();
    void faultsCostOnePicture();
    void memoryIsLimited();
    void memoryIsLimitedToWhatIsSaid_data();
    void memoryIsLimitedToWhatIsSaid();
    void aThrowingDecoderGoesOn();
    void manyFaultsAmongManyPictures();
    void decodersKilledFromOutside();
    void aProgramThatVanishesFailsTheQueue();
    void thePoolEndsWithJobsInside();
};

void UnitDecoderFaults::programsThatAreNoDecoderAreRefused()
{
    for (const char* program : {"/nonexistent/vitfleet-decoder", "/bin/true", "/"}) {
        PoolProbe probe;
        const Error error = probe.start(settingsFor(program, 2));
        QCOMPARE(error.code, ErrorCode::NodeIo);
        QVERIFY2(error.detail.starts_with(program), error.detail.c_str());
    }
}

void UnitDecoderFaults::faultsCostOnePicture_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("crash") << QByteArray("crash") << int(ErrorCode::DecoderCrashed) << QByteArray("SIGSEGV");
    QTest::newRow("exit") << QByteArray("exit") << int(ErrorCode::DecoderCrashed) << QByteArray("status 3");
    QTest::newRow("hang") << QByteArray("hang") << int(ErrorCode::DecoderTimeout) << QByteArray("200 ms");
    QTest::newRow("stop") << QByteArray("stop") << int(ErrorCode::DecoderTimeout) << QByteArray("200 ms");
}

void UnitDecoderFaults::faultsCostOnePicture()
{
    QFETCH(const QByteArray, fault);
    QFETCH(const int, code);
    QFETCH(const QByteArray, words);
    auto settings = settingsFor(faultyDecoder);
    QVERIFY(settings.timeout == limits::decodeTimeout); // as agents leave it
    settings.timeout = 200ms;
    PoolProbe probe;
    QCOMPARE(probe.start(settings).code, ErrorCode::None);
    const int before = probe.pool().processIds().front();
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> batch;
    for (std::uint64_t tag = 0; tag < 40; ++tag)
        batch.emplace_back(tag, toBytes(tag == 20 ? fault.toStdString() : std::string("x")));
    probe.submit(std::move(batch));
    QVERIFY(probe.waitFor(40));
    for (const auto& [tag, picture] : probe.results()) {
        if (tag == 20) {
            QCOMPARE(int(picture.error), code);
            QVERIFY2(picture.detail.find(words.toStdString()) != std::string::npos, picture.detail.c_str());
        } else {
            QVERIFY2(showsOnly(picture, 'x'), describe({picture.error, picture.detail}).c_str());
        }
    }
    QCOMPARE(probe.pool().restarts(), std::uint64_t{1});
    QVERIFY(isGone(before));
    QCOMPARE(probe.count(), std::size_t{40});
}

void UnitDecoderFaults::memoryIsLimited()
{
    if (sanitized)
        QSKIP("sanitizers need more address space than a decoder may have");
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(faultyDecoder)).code, ErrorCode::None);
    probe.submit(0, "memory");
    probe.submit(1, "x");
    QVERIFY(probe.waitFor(2));
    QCOMPARE(probe.codeOf(0), ErrorCode::DecoderMemory);
    QCOMPARE(probe.codeOf(1), ErrorCode::None);
    QCOMPARE(probe.pool().restarts(), std::uint64_t{0});
}

void UnitDecoderFaults::memoryIsLimitedToWhatIsSaid_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::newRow("addresses of any kind") << QByteArray("addresses");
    QTest::newRow("that can be written to") << QByteArray("data");
}

void UnitDecoderFaults::memoryIsLimitedToWhatIsSaid()
{
    if (sanitized)
        QSKIP("sanitizers need more address space than a decoder may have");
    QFETCH(const QByteArray, kind);
    constexpr unsigned long mostMiB = limits::decoderMemoryBytes >> 20;
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(faultyDecoder)).code, ErrorCode::None);
    probe.submit(0, kind.toStdString());
    QVERIFY(probe.waitFor(1));
    const auto gotMiB = std::stoul(probe.results().at(0).detail);
    QVERIFY2(gotMiB > mostMiB / 2 && gotMiB <= mostMiB, qPrintable(QString::number(gotMiB)));
}

void UnitDecoderFaults::aThrowingDecoderGoesOn()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(faultyDecoder)).code, ErrorCode::None);
    probe.submit(0, "throw");
    probe.submit(1, "x");
    QVERIFY(probe.waitFor(2));
    QCOMPARE(probe.codeOf(0), ErrorCode::ImgCorrupt);
    QCOMPARE(probe.results().at(0).detail, std::string("told to"));
    QCOMPARE(probe.codeOf(1), ErrorCode::None);
    QCOMPARE(probe.pool().restarts(), std::uint64_t{0});
}

void UnitDecoderFaults::manyFaultsAmongManyPictures()
{
    auto settings = settingsFor(faultyDecoder, 3);
    settings.timeout = 300ms;
    PoolProbe probe;
    QCOMPARE(probe.start(settings).code, ErrorCode::None);
    const auto faultOf = [](std::uint64_t tag) -> const char* {
        return tag % 100 == 13 ? "crash" : tag % 100 == 57 ? "exit" : tag % 250 == 99 ? "hang" : nullptr;
    };
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> batch;
    for (std::uint64_t tag = 0; tag < 1000; ++tag)
        batch.emplace_back(
            tag, toBytes(faultOf(tag) ? std::string(faultOf(tag)) : std::string(1, static_cast<char>(valueOf(tag)))));
    probe.submit(std::move(batch));
    QVERIFY(probe.waitFor(1000));
    for (const auto& [tag, picture] : probe.results()) {
        const std::string_view fault = faultOf(tag) ? faultOf(tag) : "";
        if (fault.empty())
            QVERIFY(showsOnly(picture, valueOf(tag)));
        else
            QCOMPARE(picture.error, fault == "hang" ? ErrorCode::DecoderTimeout : ErrorCode::DecoderCrashed);
    }
    QCOMPARE(probe.pool().restarts(), std::uint64_t{24});
    probe.stop();
    QCOMPARE(probe.count(), std::size_t{1000});
}

void UnitDecoderFaults::decodersKilledFromOutside()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(realDecoder, 2)).code, ErrorCode::None);
    std::vector<std::pair<std::uint64_t, std::vector<std::byte>>> batch;
    for (std::uint64_t tag = 0; tag < 20'000; ++tag)
        batch.emplace_back(tag, toBytes(greyPicture(valueOf(tag))));
    probe.submit(std::move(batch));
    std::size_t killed = 0;
    for (const std::size_t at : {500U, 3'000U, 8'000U}) {
        QVERIFY(probe.waitFor(at));
        for (const int pid : probe.pool().processIds())
            killed += kill(pid, SIGKILL) == 0 ? 1 : 0;
    }
    QVERIFY(probe.waitFor(20'000));
    std::size_t crashed = 0;
    for (const auto& [tag, picture] : probe.results()) {
        if (picture.error == ErrorCode::DecoderCrashed)
            ++crashed;
        else
            QVERIFY(showsOnly(picture, valueOf(tag)));
    }
    QVERIFY2(crashed <= killed, "more pictures lost than decoders killed");
    QVERIFY(probe.pool().restarts() >= 2);
    probe.stop();
    QCOMPARE(probe.results().size(), std::size_t{20'000});
    QCOMPARE(probe.count(), std::size_t{20'000});
}

void UnitDecoderFaults::aProgramThatVanishesFailsTheQueue()
{
    const QTemporaryDir folder;
    const QString copy = folder.filePath(QStringLiteral("decoder"));
    QVERIFY(QFile::copy(QLatin1String(faultyDecoder), copy));
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(qPrintable(copy))).code, ErrorCode::None);
    QVERIFY(QFile::remove(copy));
    probe.submit(0, "x");
    probe.submit(1, "crash");
    probe.submit(2, "x");
    QVERIFY(probe.waitFor(3));
    QCOMPARE(probe.codeOf(0), ErrorCode::None);
    QCOMPARE(probe.codeOf(1), ErrorCode::DecoderCrashed);
    QCOMPARE(probe.codeOf(2), ErrorCode::NodeIo);
    QVERIFY(probe.pool().processIds().empty());
    // It comes back as soon as the program does.
    QVERIFY(QFile::copy(QLatin1String(faultyDecoder), copy));
    QTRY_VERIFY_WITH_TIMEOUT(!probe.pool().processIds().empty(), 30'000);
    probe.submit(3, "x");
    QVERIFY(probe.waitFor(4));
    QCOMPARE(probe.codeOf(3), ErrorCode::None);
}

void UnitDecoderFaults::thePoolEndsWithJobsInside()
{
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(faultyDecoder, 2)).code, ErrorCode::None);
    const auto pids = probe.pool().processIds();
    QCOMPARE(pids.size(), std::size_t{2});
    probe.submit({{0, toBytes("x")}, {1, toBytes("hang")}, {2, toBytes("hang")}, {3, toBytes("x")}, {4, toBytes("x")}});
    QVERIFY(probe.waitFor(1));
    probe.stop();
    for (const int pid : pids)
        QVERIFY(isGone(pid));
    QVERIFY(probe.count() < 5);
}

QTEST_GUILESS_MAIN(UnitDecoderFaults)
#include "unit_decoder_faults.moc"
