// SPDX-License-Identifier: GPL-3.0-or-later
// vitfleet-agent bench with LibTorch and the demo's model.
#include "agent/model/expected_tensors.h"
#include "tests/integration/bench/bench_process.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/model/model_files.h"

#include <QFile>
#include <QTemporaryDir>

#include <filesystem>

using namespace vitfleet;
using namespace vitfleet::benchtest;

namespace {

/// A ViT-B/16 whose weights are all zero: as large as a real one, and written in no time, since the file is a hole.
/// Returns the bytes of its weights.
std::uint64_t writeHollowModel(const std::filesystem::path& directory)
{
    const VitConfig config = tests::baseConfig();
    nlohmann::json header;
    std::uint64_t bytes = 0;
    for (const auto& tensor : expectedTensors(config)) {
        std::uint64_t end = bytes + sizeof(float);
        for (const auto length : tensor.shape)
            end = bytes + (end - bytes) * static_cast<std::uint64_t>(length);
        header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {bytes, end}}};
        bytes = end;
    }
    tests::ModelFiles files = tests::tinyFiles();
    files.config = {{"model_type", "vit"}, {"architectures", {"ViTForImageClassification"}}};
    files.setLabels(config.labels.size());
    files.preprocessor = {{"image_processor_type", "ViTImageProcessor"}};
    files.writeTo(directory);
    tests::writeFile(directory / "model.safetensors", tests::safetensorsBytes(header.dump(), {}));
    const auto file = directory / "model.safetensors";
    std::filesystem::resize_file(file, std::filesystem::file_size(file) + bytes);
    return bytes;
}

/// Of a process that still runs, in bytes.
double largestResidentSet(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/status").arg(pid));
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray& line : status.readAll().split('\n')) {
        if (line.startsWith("VmHWM:"))
            return line.mid(6).trimmed().split(' ').first().toDouble() * 1024;
    }
    return 0;
}

} // namespace

class TestBenchTorch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void measuresTheDemoModel();
    void staysWithinItsMemory();
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

/// Two replicas share one copy of the weights, which are mapped, not read, while they are laid out.
void TestBenchTorch::staysWithinItsMemory()
{
    const QTemporaryDir folder;
    const double weights = static_cast<double>(writeHollowModel(folder.path().toStdString()));
    QVERIFY(weights > 340e6);
    QProcess process;
    startBench(process, {QStringLiteral("--model"), folder.path(), QStringLiteral("--device"), QStringLiteral("cpu"),
                         QStringLiteral("--replicas"), QStringLiteral("2"), QStringLiteral("--paced")});
    QByteArray out;
    while (!out.contains("ready\n") && process.waitForReadyRead(100'000))
        out += process.readAllStandardOutput();
    QVERIFY2(out.contains("ready\n"), process.readAllStandardError().constData());
    const double most = largestResidentSet(process.processId());
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished());
    qInfo("%.0f MiB for %.0f MiB of weights", most / 1048576, weights / 1048576);
    QVERIFY(most > weights);
    QVERIFY(most <= 2.2 * weights + 300 * 1048576.0);
}

QTEST_GUILESS_MAIN(TestBenchTorch)
#include "test_bench_torch.moc"
