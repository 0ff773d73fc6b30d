// SPDX-License-Identifier: GPL-3.0-or-later
// A decoder that somebody has taken over can do nothing with it: every way out is refused, and costs that one picture.
#include "intruder.h"
#include "pool_probe.h"

#include <QObject>
#include <QTest>

using namespace vitfleet;
using namespace vitfleet::tests;
using namespace std::chrono_literals;

class UnitDecoderSandbox : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theWaysOutExist();
    void intrudersAreRefused_data();
    void intrudersAreRefused();
};

/// Outside of the sandbox these calls do something else than fail with EPERM: the test below can fail.
void UnitDecoderSandbox::theWaysOutExist()
{
    for (const std::string_view name : {"open a file", "look at a path", "read a link", "make a memory file",
                                        "start a thread", "map code", "make data code", "signal the agent"})
        QCOMPARE(attempt(name), 0);
    QCOMPARE(attempt("no such thing"), ENOSYS);
}

void UnitDecoderSandbox::intrudersAreRefused_data()
{
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < intrusions.size(); ++i)
        QTest::newRow(intrusions[i].name.data()) << static_cast<int>(i);
}

void UnitDecoderSandbox::intrudersAreRefused()
{
    QFETCH(const int, index);
    const Intrusion& intrusion = intrusions[static_cast<std::size_t>(index)];
    PoolProbe probe;
    QCOMPARE(probe.start(settingsFor(faultyDecoder)).code, ErrorCode::None);
    probe.submit({{0, toBytes("x")}, {1, toBytes("intruder: " + std::string(intrusion.name))}, {2, toBytes("y")}});
    QVERIFY(probe.waitFor(3));
    QVERIFY(showsOnly(probe.results().at(0), 'x'));
    QVERIFY(showsOnly(probe.results().at(2), 'y'));
    const DecodedPicture picture = probe.results().at(1);
    if (intrusion.deadly) {
        QCOMPARE(picture.error, ErrorCode::DecoderCrashed);
        QVERIFY2(picture.detail.find("SIGSYS") != std::string::npos, picture.detail.c_str());
    } else {
        QCOMPARE(picture.error, ErrorCode::ImgCorrupt);
        QCOMPARE(picture.detail, std::string("EPERM"));
    }
    QCOMPARE(probe.pool().restarts(), std::uint64_t{intrusion.deadly ? 1U : 0U});
}

QTEST_GUILESS_MAIN(UnitDecoderSandbox)
#include "unit_decoder_sandbox.moc"
