// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-agent bench with LibTorch and the demo's model.
#include "tests/integration/bench/bench_process.h"

using namespace vitfleet::benchtest;

class TestBenchTorch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void measuresTheDemoModel();
};

void TestBenchTorch::measuresTheDemoModel()
{
    const Ended ended = runBench({QStringLiteral("--model"), demoModel, QStringLiteral("--images"), pictures,
                                  QStringLiteral("--seconds"), QStringLiteral("0.3"), QStringLiteral("--device"),
                                  QStringLiteral("cpu"), QStringLiteral("--json")});
    QVERIFY2(ended.code == 0, ended.err.constData());
    const QJsonObject json = ended.json();
    QCOMPARE(json[u"backend"].toString(), QStringLiteral("torch"));
    QCOMPARE(json[u"synthetic"].toBool(), false);
    QVERIFY(json[u"images"].toDouble() > 0);
    QVERIFY(json[u"fp32_matrix_gflops"].toDouble() > 0);
    const double share = json[u"share_of_fp32_matrix_speed"].toDouble();
    QVERIFY(share > 0 && share < 10);
}

QTEST_GUILESS_MAIN(TestBenchTorch)
#include "test_bench_torch.moc"
