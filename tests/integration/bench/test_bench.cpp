// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-agent bench as a process, with the synthetic backend in the place of inference.
#include "tests/integration/bench/bench_process.h"

#include <QTemporaryDir>

using namespace vitfleet::benchtest;

namespace {

QStringList synthetic(const QString& plan = QStringLiteral("{\"ms_per_item\": 0.2, \"replicas\": 2}"))
{
    return {QStringLiteral("--model"),           demoModel, QStringLiteral("--backend"), QStringLiteral("synthetic"),
            QStringLiteral("--backend-options"), plan};
}

/// The next whole line; empty where none comes.
QByteArray nextLine(QProcess& process)
{
    while (!process.canReadLine()) {
        if (!process.waitForReadyRead(60'000))
            return {};
    }
    return process.readLine();
}

} // namespace

class TestBench : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void jsonOfMadeUpPictures();
    void jsonOfFiles();
    void textSaysThatItIsSynthetic();
    void precisionIsTheOneThatWasAskedFor();
    void refuses_data();
    void refuses();
    void pacedProtocol();
    void pacedRefusesWhatIsNoNumber();
};

void TestBench::jsonOfMadeUpPictures()
{
    const Ended ended = runBench(
        synthetic() + QStringList{QStringLiteral("--seconds"), QStringLiteral("0.2"), QStringLiteral("--json")});
    QCOMPARE(ended.code, 0);
    const QJsonObject json = ended.json();
    QCOMPARE(json[u"source"].toString(), QStringLiteral("made-up pictures"));
    QCOMPARE(json[u"synthetic"].toBool(), true);
    QCOMPARE(json[u"precision"].toString(), QStringLiteral("fp32"));
    QCOMPARE(json[u"replicas"].toInt(), 2);
    QCOMPARE(json[u"decoders"].toInt(), 0);
    const double images = json[u"images"].toDouble(), seconds = json[u"seconds"].toDouble();
    QVERIFY(images > 0 && seconds > 0);
    QVERIFY(std::abs(json[u"img_per_second"].toDouble() - images / seconds) < 1e-3 * images / seconds);
    QVERIFY(json[u"cpu_seconds_per_image"].isDouble());
    QVERIFY(json[u"gflop_per_image"].toDouble() > 0);
    QVERIFY(json[u"joules_per_image"].isNull() != json[u"joules_absent_because"].isNull());
    const QJsonObject stages = json[u"stage_ms_per_image"].toObject();
    QVERIFY(stages[u"decode"].isNull());
    QVERIFY(stages[u"inference"].toDouble() > 0);
    // It has no matrices to multiply.
    QVERIFY(json[u"share_of_matrix_speed"].isNull());
}

void TestBench::jsonOfFiles()
{
    const Ended ended =
        runBench(synthetic() + QStringList{QStringLiteral("--images"), pictures, QStringLiteral("--seconds"),
                                           QStringLiteral("0.5"), QStringLiteral("--json")});
    QCOMPARE(ended.code, 0);
    const QJsonObject json = ended.json();
    QCOMPARE(json[u"source"].toString(), QStringLiteral("files"));
    QVERIFY(json[u"decoders"].toInt() > 0);
    QVERIFY(json[u"images"].toDouble() > 0);
    QVERIFY2(json[u"failed_images"].toDouble() > 0, "the folder also holds files that are no pictures");
    QVERIFY(json[u"stage_ms_per_image"].toObject()[u"decode"].toDouble() > 0);
}

void TestBench::textSaysThatItIsSynthetic()
{
    const Ended ended = runBench(synthetic() + QStringList{QStringLiteral("--seconds"), QStringLiteral("0.1")});
    QCOMPARE(ended.code, 0);
    QVERIFY(ended.out.contains("SYNTHETIC"));
    QVERIFY(ended.out.contains("img/s"));
}

void TestBench::precisionIsTheOneThatWasAskedFor()
{
    const QString plan = QStringLiteral("{\"modes\": {\"int8\": {\"ms_per_item\": 0.1}}, \"ms_per_item\": 0.2}");
    const QStringList common{QStringLiteral("--seconds"), QStringLiteral("0.1"), QStringLiteral("--json"),
                             QStringLiteral("--precision")};
    const Ended ended = runBench(synthetic(plan) + common + QStringList{QStringLiteral("int8")});
    QCOMPARE(ended.code, 0);
    QCOMPARE(ended.json()[u"precision"].toString(), QStringLiteral("int8"));
    const Ended refused = runBench(synthetic(plan) + common + QStringList{QStringLiteral("bf16")});
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.err.contains("E_PRECISION"), refused.err.constData());
}

void TestBench::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no model") << QStringList{} << 2 << QByteArray("--model");
    QTest::newRow("no such model") << QStringList{QStringLiteral("--model"), QStringLiteral("/nowhere")} << 1
                                   << QByteArray("E_MODEL_MISSING");
    QTest::newRow("no such precision") << synthetic() +
                                              QStringList{QStringLiteral("--precision"), QStringLiteral("int4")}
                                       << 2 << QByteArray("--precision");
    QTest::newRow("no time") << synthetic() + QStringList{QStringLiteral("--seconds"), QStringLiteral("0")} << 2
                             << QByteArray("--seconds");
    QTest::newRow("no such folder") << synthetic() + QStringList{QStringLiteral("--images"), QStringLiteral("/nowhere")}
                                    << 1 << QByteArray("E_DATA_MISSING");
    QTest::newRow("no pictures") << synthetic() + QStringList{QStringLiteral("--images"),
                                                              QStringLiteral(VITFLEET_SOURCE_DIR "/cmake")}
                                 << 1 << QByteArray("E_DATA_EMPTY");
}

void TestBench::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, says);
    const Ended ended = runBench(arguments);
    QCOMPARE(ended.code, code);
    QVERIFY2(ended.err.contains(says), ended.err.constData());
}

void TestBench::pacedProtocol()
{
    for (const QStringList& more : {QStringList{}, QStringList{QStringLiteral("--images"), pictures}}) {
        QProcess process;
        startBench(process, synthetic() + more + QStringList{QStringLiteral("--paced")});
        QCOMPARE(nextLine(process), QByteArray("ready\n"));
        for (int slice = 0; slice < 2; ++slice) {
            process.write("0.2\n");
            const QJsonObject json = QJsonDocument::fromJson(nextLine(process)).object();
            QCOMPARE(json.keys(), (QStringList{QStringLiteral("cpu"), QStringLiteral("n"), QStringLiteral("t")}));
            QVERIFY(json[u"n"].toDouble() > 0);
            QVERIFY(json[u"t"].toDouble() > 0);
            QVERIFY(json[u"cpu"].toDouble() >= 0);
        }
        process.closeWriteChannel();
        QVERIFY(process.waitForFinished());
        QCOMPARE(process.exitCode(), 0);
    }
}

void TestBench::pacedRefusesWhatIsNoNumber()
{
    QProcess process;
    startBench(process, synthetic() + QStringList{QStringLiteral("--paced")});
    QCOMPARE(nextLine(process), QByteArray("ready\n"));
    process.write("soon\n");
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitCode(), 2);
}

QTEST_GUILESS_MAIN(TestBench)
#include "test_bench.moc"
