// SPDX-License-Identifier: GPL-3.0-or-later
// What vitfleet-agent bench reckons with: operations of a picture and energy counters.
#include "agent/bench/flops.h"
#include "agent/host/energy.h"
#include "agent/host/gpu_energy.h"
#include "agent/host/node_energy.h"

#include <QTemporaryDir>
#include <QTest>

#include <fstream>

using namespace vitfleet;
using namespace vitfleet::agent;
using host::EnergyMeter;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
}

/// A package's folder as the kernel's powercap driver makes it.
void makePackage(const fs::path& root, const std::string& name, const std::string& label, std::uint64_t microjoules)
{
    write(root / name / "name", label);
    write(root / name / "energy_uj", std::to_string(microjoules));
    write(root / name / "max_energy_range_uj", "1000000000");
}

} // namespace

class TestBenchParts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void operationsOfVitBase();
    void operationsOfAModelWithoutLayers();
    void operationsOfFamilies_data();
    void operationsOfFamilies();
    void energyOfAllPackages();
    void energyCounterWraps();
    void energyIsAbsentAndSaysWhy();
    void energyOfAllGpus();
    void energyOfANode();
};

/// A stand-in for the driver's library with two GPUs.
void TestBenchParts::energyOfAllGpus()
{
    using host::GpuEnergyMeter;
    QTemporaryDir folder;
    const fs::path counters = fs::path(folder.path().toStdString()) / "counters";
    QCOMPARE(GpuEnergyMeter("libvitfleet-none.so.1").absence(), std::string("no NVIDIA driver on this node"));
    QCOMPARE(GpuEnergyMeter(VITFLEET_NVML).absence(), std::string("the NVIDIA driver does not answer"));
    qputenv("VITFLEET_TEST_NVML", counters.c_str());
    write(counters, "5000\n7000");
    GpuEnergyMeter meter(VITFLEET_NVML);
    QVERIFY2(meter.absence().empty(), meter.absence().c_str());
    write(counters, "6000\n7000");
    meter.start();
    write(counters, "6500\n9250");
    QVERIFY(meter.joules());
    QCOMPARE(*meter.joules(), 2.75);
    write(counters, "6500\n10"); // counted anew: a part would look like all of it
    QVERIFY(!meter.joules());
    write(counters, "6500\n-");
    QVERIFY(!meter.joules());
    QCOMPARE(GpuEnergyMeter(VITFLEET_NVML).absence(), std::string("not every GPU of this node counts its energy"));
    qunsetenv("VITFLEET_TEST_NVML");
}

/// Processors always; GPUs while a backend computes on one; nothing where those cannot be counted.
void TestBenchParts::energyOfANode()
{
    QTemporaryDir folder;
    const fs::path root = fs::path(folder.path().toStdString());
    const fs::path counters = root / "counters";
    makePackage(root / "powercap", "intel-rapl:0", "package-0", 1'000'000);
    qputenv("VITFLEET_TEST_NVML", counters.c_str());
    write(counters, "5000\n7000");
    host::NodeEnergy node(root / "powercap", VITFLEET_NVML);
    write(root / "powercap/intel-rapl:0/energy_uj", "3500000");
    write(counters, "9000\n7000"); // nobody's
    QCOMPARE(node.millijoules(), std::uint64_t{2500});
    node.setUsesGpu(true);
    QCOMPARE(node.millijoules(), std::uint64_t{2500}); // counted from here on
    write(root / "powercap/intel-rapl:0/energy_uj", "4500000");
    write(counters, "9300\n7200");
    QCOMPARE(node.millijoules(), std::uint64_t{4000});
    QCOMPARE(node.millijoules(), std::uint64_t{4000});
    node.setUsesGpu(false);
    write(counters, "9900\n7200");
    QCOMPARE(node.millijoules(), std::uint64_t{4000});
    // A GPU that counts nothing: what its processors use is not what the node uses.
    write(counters, "9900\n-");
    node.setUsesGpu(true);
    QCOMPARE(node.millijoules(), std::uint64_t{0});
    qunsetenv("VITFLEET_TEST_NVML");
    // Only its GPUs are counted.
    qputenv("VITFLEET_TEST_NVML", counters.c_str());
    write(counters, "100\n100");
    host::NodeEnergy gpusOnly(root / "nothing", VITFLEET_NVML);
    gpusOnly.setUsesGpu(true);
    QCOMPARE(gpusOnly.millijoules(), std::uint64_t{0});
    write(counters, "150\n100");
    QCOMPARE(gpusOnly.millijoules(), std::uint64_t{50});
    qunsetenv("VITFLEET_TEST_NVML");
}

void TestBenchParts::operationsOfVitBase()
{
    VitConfig config;
    config.labels.resize(1000);
    // 17.56 GMAC for all tokens, less what the last layer need not do for the others.
    const double flops = flopsOfOnePicture(config) * 1e-9;
    QVERIFY2(std::abs(flops - 32.7) < 0.05, qPrintable(QString::number(flops)));
}

void TestBenchParts::operationsOfAModelWithoutLayers()
{
    VitConfig config;
    config.layers = 0;
    config.imageHeight = config.imageWidth = 32;
    config.patchHeight = config.patchWidth = 16;
    config.hiddenSize = 8;
    config.labels.resize(3);
    QCOMPARE(flopsOfOnePicture(config), 2.0 * (4 * 3 * 16 * 16 * 8 + 8 * 3));
}

/// Multiplications by hand for 2 × 2 patches of 8 × 8 pixels, 16 wide, 32 inside, two layers, three labels.
void TestBenchParts::operationsOfFamilies_data()
{
    QTest::addColumn<VitConfig>("config");
    QTest::addColumn<double>("products");
    VitConfig config;
    config.imageHeight = config.imageWidth = 16;
    config.patchHeight = config.patchWidth = 8;
    config.hiddenSize = 16;
    config.intermediateSize = 32;
    config.layers = 2;
    config.labels.resize(3);
    const double patches = 4.0 * 3 * 8 * 8 * 16;
    // A token's: keys and values, query and output, the MLP, and attention over all tokens.
    const double kv = 2 * 16 * 16, qo = 2 * 16 * 16, mlp = 2 * 16 * 32, attention = 2 * 16;
    const auto layers = [&](double tokens, double last, double inside) {
        return 2 * tokens * kv + (tokens + last) * (qo + inside + tokens * attention);
    };
    QTest::newRow("vit") << config << patches + layers(5, 1, mlp) + 16 * 3;
    VitConfig deit = config;
    deit.distillationToken = true;
    QTest::newRow("deit") << deit << patches + layers(6, 1, mlp) + 16 * 3;
    deit.head = Head::ClassAndDistillation;
    QTest::newRow("deit with its teacher") << deit << patches + layers(6, 2, mlp) + 2 * 16 * 3;
    VitConfig dino = config;
    dino.head = Head::ClassAndPatchMean;
    QTest::newRow("dinov2") << dino << patches + layers(5, 5, mlp) + 2 * 16 * 3;
    dino.registerTokens = 4;
    dino.swiGlu = true;
    QTest::newRow("dinov2 with registers and SwiGLU") << dino << patches + layers(9, 9, 1.5 * mlp) + 2 * 16 * 3;
}

void TestBenchParts::operationsOfFamilies()
{
    QFETCH(const VitConfig, config);
    QFETCH(const double, products);
    QCOMPARE(flopsOfOnePicture(config), 2 * products);
}

void TestBenchParts::energyOfAllPackages()
{
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    makePackage(root, "intel-rapl:0", "package-0", 5'000'000);
    makePackage(root, "intel-rapl:0:0", "core", 1'000'000); // part of the package
    makePackage(root, "intel-rapl:1", "package-1", 7'000'000);
    makePackage(root, "intel-rapl:2", "psys", 9'000'000); // the whole platform: would count the packages again
    EnergyMeter meter(root);
    QVERIFY(meter.absence().empty());
    meter.start();
    write(root / "intel-rapl:0/energy_uj", "6500000");
    write(root / "intel-rapl:0:0/energy_uj", "99000000");
    write(root / "intel-rapl:1/energy_uj", "7250000");
    QVERIFY(meter.joules());
    QCOMPARE(*meter.joules(), 1.75);
}

void TestBenchParts::energyCounterWraps()
{
    QTemporaryDir folder;
    const fs::path root = folder.path().toStdString();
    makePackage(root, "intel-rapl:0", "package-0", 999'000'000);
    EnergyMeter meter(root);
    meter.start();
    write(root / "intel-rapl:0/energy_uj", "1000000");
    QVERIFY(meter.joules());
    QCOMPARE(*meter.joules(), 2.0);
}

void TestBenchParts::energyIsAbsentAndSaysWhy()
{
    QTemporaryDir folder;
    EnergyMeter none(fs::path(folder.path().toStdString()) / "nothing");
    QVERIFY(!none.joules());
    QVERIFY(!none.absence().empty());
    // A counter that gives nothing, as one that only root may read.
    const fs::path root = folder.path().toStdString();
    write(root / "intel-rapl:0/name", "package-0");
    EnergyMeter unreadable(root);
    QVERIFY(!unreadable.joules());
    QVERIFY(QString::fromStdString(unreadable.absence()).contains(QStringLiteral("may not be read")));
}

QTEST_APPLESS_MAIN(TestBenchParts)
#include "test_bench_parts.moc"
