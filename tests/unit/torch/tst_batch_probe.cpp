// SPDX-License-Identifier: GPL-3.0-or-later
// How large a GPU's batches are: the choice itself, and the probe on a CPU that stands in for a GPU.
#include "agent/backends/torch/batch_choice.h"
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/torch/reference.h"
#include "tests/unit/torch/torch_module.h"

#include <QtTest>
#include <nlohmann/json.hpp>

using namespace vitfleet;
using namespace vitfleet::tests;
using vitfleet::torchbackend::chooseBatch;

class BatchProbeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        leavePath();
        qunsetenv("VITFLEET_TORCH_PROBE");
        qunsetenv("VITFLEET_TORCH_MEMORY");
    }

    /// `fixed` seconds a batch and `each` a picture; memory for `room` pictures.
    void choosesBySpeedAndMemory_data()
    {
        QTest::addColumn<double>("fixed");
        QTest::addColumn<double>("each");
        QTest::addColumn<int>("room");
        QTest::addColumn<int>("chosen");
        QTest::addColumn<int>("largestTried");
        QTest::addRow("no fixed cost") << 0.0 << 0.001 << 1'000 << 8 << 16;
        QTest::addRow("1.125, 1.0625, 1.03 times its least") << 0.001 << 0.001 << 1'000 << 8 << 16;
        QTest::addRow("1.5, 1.25, 1.125, 1.0625 times") << 0.004 << 0.001 << 1'000 << 32 << 64;
        QTest::addRow("nothing but a fixed cost") << 0.004 << 0.0 << 1'000 << 256 << 256;
        QTest::addRow("memory for forty") << 0.004 << 0.0 << 40 << 32 << 64;
        QTest::addRow("memory for five") << 0.004 << 0.0 << 5 << 4 << 8;
        QTest::addRow("memory for one") << 0.004 << 0.0 << 1 << 1 << 8;
        QTest::addRow("memory for none") << 0.004 << 0.0 << 0 << 1 << 8;
        QTest::addRow("slow: the next might take it above a second") << 0.4 << 0.0 << 1'000 << 8 << 8;
        QTest::addRow("slow: 0.4 s a picture") << 1.6 << 0.2 << 1'000 << 8 << 8;
    }

    void choosesBySpeedAndMemory()
    {
        QFETCH(const double, fixed);
        QFETCH(const double, each);
        QFETCH(const int, room);
        QFETCH(const int, chosen);
        QFETCH(const int, largestTried);
        int largest = 0;
        const auto batch = chooseBatch(256, 1.0, [&](std::size_t pictures) -> std::optional<double> {
            largest = std::max(largest, static_cast<int>(pictures));
            if (pictures > static_cast<std::size_t>(room))
                return std::nullopt;
            return fixed + each * static_cast<double>(pictures);
        });
        QCOMPARE(static_cast<int>(batch), chosen);
        QCOMPARE(largest, largestTried);
    }

    /// Where a larger batch is slower again, as one that leaves a cache.
    void theFastestIsTaken()
    {
        const auto batch = chooseBatch(256, 1.0, [](std::size_t pictures) -> std::optional<double> {
            return (pictures == 32 ? 0.001 : 0.002) * static_cast<double>(pictures);
        });
        QCOMPARE(batch, std::size_t{8}); // 16 gains nothing over 8: it ends there
        const auto larger = chooseBatch(256, 1.0, [](std::size_t pictures) -> std::optional<double> {
            return (pictures == 8    ? 0.004
                    : pictures == 16 ? 0.002
                    : pictures == 32 ? 0.001
                                     : 0.003) *
                   static_cast<double>(pictures);
        });
        QCOMPARE(larger, std::size_t{32});
    }

    /// Whatever batch the probe chooses, the answers are right.
    void answersAreRight()
    {
        takePath(libTorch);
        qputenv("VITFLEET_TORCH_PROBE", "1");
        const HashedModel model(smallConfig());
        const auto theirs = readGolden("hashed-small.json").at("logits").get<std::vector<std::vector<float>>>();
        const auto backend = enteredBackend(model.spec());
        const auto batch = backend->info().preferredBatch;
        QVERIFY2(batch >= 8 && batch <= 32 && (batch & (batch - 1)) == 0, qPrintable(QString::number(batch)));
        std::vector<Picture> all;
        for (std::size_t i = 0; i < theirs.size(); ++i)
            all.push_back(hashedPicture(model.spec().config, i));
        QCOMPARE(compareLogits(classifyAll(*backend, all), theirs), std::string());
    }

    void memoryIsTakenIntoAccount()
    {
        takePath(libTorch);
        qputenv("VITFLEET_TORCH_PROBE", "1");
        qputenv("VITFLEET_TORCH_MEMORY", "5,cublas");
        const HashedModel model(smallConfig());
        QCOMPARE(enteredBackend(model.spec())->info().preferredBatch, 4U);
    }

private:
    static constexpr const EnginePath& libTorch = enginePaths[2];
};

QTEST_GUILESS_MAIN(BatchProbeTest)
#include "tst_batch_probe.moc"
