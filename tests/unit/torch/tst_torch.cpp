// SPDX-License-Identifier: GPL-3.0-or-later
// The torch backend on small models: right answers on every path, independence of the batch, threads.
#include "tests/unit/model/hashed_model.h"
#include "tests/unit/torch/reference.h"
#include "tests/unit/torch/torch_module.h"

#include <QProcess>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <thread>

using namespace vitfleet;
using namespace vitfleet::tests;

namespace {

std::vector<int> usableCpus()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof(set), &set);
    std::vector<int> cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(static_cast<std::size_t>(cpu), &set))
            cpus.push_back(cpu);
    }
    return cpus;
}

std::vector<Picture> pictures(const VitConfig& config, std::size_t count)
{
    std::vector<Picture> all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back(hashedPicture(config, i));
    return all;
}

std::vector<const Picture*> pointers(const std::vector<Picture>& all)
{
    std::vector<const Picture*> result;
    for (const Picture& picture : all)
        result.push_back(&picture);
    return result;
}

constexpr const char* memoryVariable = "VITFLEET_TORCH_MEMORY";

bool sameBits(std::span<const float> a, std::span<const float> b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

double cpuSeconds(clockid_t clock)
{
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

} // namespace

class TorchTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cleanup()
    {
        leavePath();
        qunsetenv(memoryVariable);
    }

    void exportsOnlyTheFactory();
    void saysWhatItIs();
    void matchesTransformers_data();
    void matchesTransformers();
    void resultsDoNotDependOnTheBatch_data();
    void resultsDoNotDependOnTheBatch();
    void replicasAgree();
    void replicasArePinned();
    void computesInTheCallingThread();
    void raisesProgressAfterEachLayer();
    void halfPrecisionWeights_data();
    void halfPrecisionWeights();
    void halvesTheBatchWhereMemoryIsShort_data();
    void halvesTheBatchWhereMemoryIsShort();
    void reportsValuesThatAreNotFinite();
};

void TorchTest::exportsOnlyTheFactory()
{
    QProcess nm;
    nm.start(QStringLiteral("nm"),
             {QStringLiteral("-D"), QStringLiteral("--defined-only"), QStringLiteral("--format=just-symbols"),
              QString::fromStdString(torchModulePath())});
    QVERIFY(nm.waitForFinished());
    QCOMPARE(nm.readAllStandardOutput(), QByteArray(backendFactoryName) + '\n');
}

void TorchTest::saysWhatItIs()
{
    const HashedModel model(smallConfig());
    const auto backend = enteredBackend(model.spec());
    const auto info = backend->info();
    QCOMPARE(info.name, std::string("torch"));
    QVERIFY(info.version.starts_with("LibTorch "));
    QCOMPARE(info.device, std::string("cpu"));
    QVERIFY(!info.deviceName.empty());
    QCOMPARE(info.precision, std::string("fp32"));
    QCOMPARE(info.replicas, 1U);
    QCOMPARE(info.labels, 10U);
    QCOMPARE(info.preferredBatch, 32U); // 50 tokens each, near 1,600 rows
    QVERIFY(!info.synthetic);
    qInfo("%s on %s", info.version.c_str(), info.deviceName.c_str());
}

void TorchTest::matchesTransformers_data()
{
    QTest::addColumn<std::string>("file");
    QTest::addColumn<int>("activation");
    QTest::addColumn<int>("path");
    const auto add = [](const std::string& name, Activation activation) {
        for (int path = 0; path < static_cast<int>(std::size(enginePaths)); ++path)
            QTest::addRow("%s, %s", name.c_str(), enginePaths[path].name)
                << "hashed-" + name + ".json" << static_cast<int>(activation) << path;
    };
    add("small", Activation::Gelu);
    add("tiny-gelu", Activation::Gelu);
    add("tiny-gelu_new", Activation::GeluNew);
    add("tiny-gelu_pytorch_tanh", Activation::GeluTanh);
    add("tiny-quick_gelu", Activation::QuickGelu);
    add("tiny-relu", Activation::Relu);
    add("tiny-silu", Activation::Silu);
    add("tiny-imagenet", Activation::Gelu);
    add("tiny-plain", Activation::Gelu);
}

void TorchTest::matchesTransformers()
{
    QFETCH(const std::string, file);
    QFETCH(const int, activation);
    QFETCH(const int, path);
    takePath(enginePaths[path]);

    auto config = file == "hashed-small.json" ? smallConfig() : tinyConfig();
    config.activation = static_cast<Activation>(activation);
    config.qkvBias = file != "hashed-tiny-imagenet.json";
    HashedModel model(config);
    if (file == "hashed-tiny-imagenet.json") {
        model.spec().preprocess.mean = {0.485, 0.456, 0.406};
        model.spec().preprocess.std = {0.229, 0.224, 0.225};
    }
    model.spec().preprocess.normalize = file != "hashed-tiny-plain.json";

    const auto theirs = readGolden(file).at("logits").get<std::vector<std::vector<float>>>();
    const auto backend = enteredBackend(model.spec());
    const auto ours = classifyAll(*backend, pictures(config, theirs.size()));
    qInfo("largest deviation %.1e", largestDeviation(ours, theirs));
    QCOMPARE(compareLogits(ours, theirs), std::string());
}

void TorchTest::resultsDoNotDependOnTheBatch_data()
{
    QTest::addColumn<bool>("tiny");
    QTest::addColumn<int>("path");
    QTest::addColumn<std::string>("precision");
    for (const bool tiny : {false, true}) {
        const char* name = tiny ? "tiny" : "small";
        for (int path = 0; path < static_cast<int>(std::size(enginePaths)); ++path)
            QTest::addRow("%s, %s", name, enginePaths[path].name) << tiny << path << std::string("fp32");
        QTest::addRow("%s, bf16", name) << tiny << 0 << std::string("bf16");
        QTest::addRow("%s, int8", name) << tiny << 0 << std::string("int8");
        QTest::addRow("%s, int8 of AVX2", name) << tiny << 1 << std::string("int8");
    }
}

void TorchTest::resultsDoNotDependOnTheBatch()
{
    QFETCH(const bool, tiny);
    QFETCH(const int, path);
    takePath(enginePaths[path]);
    QFETCH(const std::string, precision);
    const HashedModel model(tiny ? tinyConfig() : smallConfig());
    if (!canCompute(model.spec(), precision))
        QSKIP("this machine has no products of that type");
    const auto backend = enteredBackend(model.spec(), precision);
    const std::size_t batch = backend->info().preferredBatch;
    const std::size_t labels = backend->info().labels;
    const auto all = pictures(model.spec().config, batch + 1);
    const auto alone = classifyAlone(*backend, all);

    // Several sizes of batch, and in the full ones every place, with other neighbours each time.
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{3}, batch / 2 + 1, batch - 1, batch}) {
        std::vector<const Picture*> items;
        for (std::size_t place = 0; place < size; ++place)
            items.push_back(&all[(place + size) % all.size()]);
        const auto logits = classify(*backend, 0, items);
        for (std::size_t place = 0; place < size; ++place) {
            const auto row = std::span(logits).subspan(place * labels, labels);
            QVERIFY2(sameBits(row, alone[(place + size) % all.size()]),
                     qPrintable(QStringLiteral("place %1 of %2").arg(place).arg(size)));
        }
    }
}

void TorchTest::replicasAgree()
{
    const HashedModel model(smallConfig());
    const auto expected = classifyAlone(*enteredBackend(model.spec()), pictures(model.spec().config, 8));

    BackendSettings settings;
    settings.cpus = usableCpus();
    settings.cpus.push_back(settings.cpus.front()); // at least two, also on one core
    auto backend = createTorchBackend(&model.spec(), &settings);
    QVERIFY(backend.ok());
    QCOMPARE((*backend)->info().replicas, static_cast<std::uint32_t>(settings.cpus.size()));

    const auto all = pictures(model.spec().config, 8);
    std::atomic<int> different{0};
    std::vector<std::jthread> threads;
    for (std::uint32_t replica = 0; replica < settings.cpus.size(); ++replica) {
        threads.emplace_back([&, replica] {
            if (!(*backend)->enterReplica(replica))
                ++different;
            for (int round = 0; round < 5; ++round) {
                const auto logits = classify(**backend, replica, pointers(all));
                for (std::size_t i = 0; i < all.size(); ++i)
                    different += sameBits(std::span(logits).subspan(i * 10, 10), expected[i]) ? 0 : 1;
            }
        });
    }
    threads.clear();
    QCOMPARE(different.load(), 0);
}

void TorchTest::replicasArePinned()
{
    const HashedModel model(tinyConfig());
    const auto cpus = usableCpus();
    BackendSettings settings;
    settings.cpus = {cpus.back()};
    settings.replicas = 5; // there is one core
    auto backend = createTorchBackend(&model.spec(), &settings);
    QVERIFY(backend.ok());
    QCOMPARE((*backend)->info().replicas, 1U);
    std::vector<int> inside;
    std::jthread([&] {
        (void)(*backend)->enterReplica(0);
        inside = usableCpus();
    }).join();
    QCOMPARE(inside, settings.cpus);

    (void)enteredBackend(model.spec()); // without cores: this thread stays as it was
    QCOMPARE(usableCpus(), cpus);
}

void TorchTest::computesInTheCallingThread()
{
    const HashedModel model(smallConfig());
    const auto backend = enteredBackend(model.spec());
    const auto all = pictures(model.spec().config, backend->info().preferredBatch);
    (void)classify(*backend, 0, pointers(all)); // whatever is set up once
    const double process = cpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
    const double thread = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    for (int round = 0; round < 20; ++round)
        (void)classify(*backend, 0, pointers(all));
    const double inThread = cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - thread;
    const double inProcess = cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - process;
    QVERIFY2(inProcess < inThread * 1.05 + 0.005,
             qPrintable(QStringLiteral("%1 s in this thread of %2 s").arg(inThread).arg(inProcess)));
}

void TorchTest::raisesProgressAfterEachLayer()
{
    const HashedModel model(smallConfig());
    const auto backend = enteredBackend(model.spec());
    const auto picture = hashedPicture(model.spec().config, 0);
    const BackendItem item{picture.data(), 0};
    std::vector<float> logits(10);
    std::atomic<std::uint64_t> progress{100};
    QVERIFY(backend->classify(0, {&item, 1}, logits, progress).ok());
    QCOMPARE(progress.load(), std::uint64_t{106});
}

void TorchTest::halfPrecisionWeights_data()
{
    QTest::addColumn<bool>("brain");
    QTest::newRow("F16") << false;
    QTest::newRow("BF16") << true;
}

/// Numbers that the short type holds exactly must give what the same numbers give in fp32, from any address.
void TorchTest::halfPrecisionWeights()
{
    QFETCH(const bool, brain);
    HashedModel wide(tinyConfig());
    std::vector<std::vector<float>> values;
    std::vector<std::vector<char>> shorts;
    ModelSpec narrow = wide.spec();
    for (auto& [name, tensor] : wide.spec().tensors) {
        const std::size_t count = tensor.bytes / sizeof(float);
        auto& exact = values.emplace_back(count);
        auto& bytes = shorts.emplace_back(count * 2 + 1);
        for (std::size_t i = 0; i < count; ++i) {
            float value = 0;
            std::memcpy(&value, tensor.data + i * sizeof(float), sizeof(float));
            // Steps of 1/64 below 2: at most eight bits, no exponent that fp16 lacks, and for BF16 a cut to its bits.
            value = std::round(value * 64.0F) / 64.0F;
            std::uint32_t bits = 0;
            std::memcpy(&bits, &value, sizeof(bits));
            bits &= 0xffff'0000U;
            std::memcpy(&exact[i], &bits, sizeof(bits));
            const std::uint32_t half =
                exact[i] == 0.0F
                    ? 0
                    : ((bits >> 16) & 0x8000U) | ((((bits >> 23) & 0xffU) - 112U) << 10) | ((bits >> 13) & 0x3ffU);
            const auto word = static_cast<std::uint16_t>(brain ? bits >> 16 : half);
            std::memcpy(bytes.data() + 1 + i * 2, &word, sizeof(word));
        }
        tensor.data = reinterpret_cast<const std::byte*>(exact.data());
        auto& small = narrow.tensors.at(name);
        small.dtype = brain ? DType::BF16 : DType::F16;
        small.data = reinterpret_cast<const std::byte*>(bytes.data() + 1);
        small.bytes = count * 2;
    }
    const auto all = pictures(wide.spec().config, 3);
    QCOMPARE(classifyAlone(*enteredBackend(narrow), all), classifyAlone(*enteredBackend(wide.spec()), all));
}

void TorchTest::halvesTheBatchWhereMemoryIsShort_data()
{
    QTest::addColumn<int>("path");
    QTest::addColumn<QByteArray>("memory");
    for (int path = 0; path < static_cast<int>(std::size(enginePaths)); ++path) {
        if (std::string_view(enginePaths[path].cpu) != "plain")
            continue; // our own kernels allocate nothing after they have been entered
        QTest::addRow("%s", enginePaths[path].name) << path << QByteArray("5");
        QTest::addRow("%s, as cuBLAS says it", enginePaths[path].name) << path << QByteArray("5,cublas");
    }
}

/// 32 pictures, where five have room: 16, 8, 4. Right answers to all, and no more pictures than before in a call.
void TorchTest::halvesTheBatchWhereMemoryIsShort()
{
    QFETCH(const int, path);
    QFETCH(const QByteArray, memory);
    takePath(enginePaths[path]);
    const HashedModel model(smallConfig());
    const auto theirs = readGolden("hashed-small.json").at("logits").get<std::vector<std::vector<float>>>();
    const auto backend = enteredBackend(model.spec());
    const std::size_t batch = backend->info().preferredBatch;
    QCOMPARE(batch, std::size_t{32});
    const auto all = pictures(model.spec().config, theirs.size());
    std::vector<const Picture*> items;
    for (std::size_t place = 0; place < batch; ++place)
        items.push_back(&all[place % all.size()]);
    qputenv(memoryVariable, memory);
    for (int call = 0; call < 2; ++call) {
        const auto logits = classify(*backend, 0, items);
        std::vector<std::vector<float>> ours, expected;
        for (std::size_t place = 0; place < batch; ++place) {
            ours.emplace_back(logits.begin() + static_cast<std::ptrdiff_t>(place * 10),
                              logits.begin() + static_cast<std::ptrdiff_t>(place * 10 + 10));
            expected.push_back(theirs[place % theirs.size()]);
        }
        QCOMPARE(compareLogits(ours, expected), std::string());
    }
    // Not even one.
    qputenv(memoryVariable, "0");
    std::vector<float> logits(10);
    std::atomic<std::uint64_t> progress{0};
    const BackendItem item{all[0].data(), 0};
    QCOMPARE(backend->classify(0, {&item, 1}, logits, progress).error().code, ErrorCode::BackendMemory);
}

void TorchTest::reportsValuesThatAreNotFinite()
{
    HashedModel model(tinyConfig());
    const std::vector<float> bias{0, 0, std::numeric_limits<float>::infinity(), 0, 0, 0, 0};
    model.spec().tensors.at("classifier.bias").data = reinterpret_cast<const std::byte*>(bias.data());
    const auto backend = enteredBackend(model.spec());
    const auto picture = hashedPicture(model.spec().config, 0);
    const BackendItem item{picture.data(), 0};
    std::vector<float> logits(7);
    std::atomic<std::uint64_t> progress{0};
    const auto done = backend->classify(0, {&item, 1}, logits, progress);
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::BackendResult);
    QVERIFY(done.error().detail.starts_with("output 2 of picture 0"));
}

QTEST_GUILESS_MAIN(TorchTest)
#include "tst_torch.moc"
